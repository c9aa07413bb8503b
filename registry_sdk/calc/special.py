"""B-11, B-11a, B-11b: units and entities that stand outside the benchmark and get what they emitted, or nothing."""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, decimal_of, exact, show
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet

EXCLUDED = "EXCLUDED"
"""Treatment of units that get no allowances and owe nothing (B-11b)."""

SHARES: Mapping[str, tuple[str, str, str]] = {
    "biomass_heat_share": ("power", "生物质热量占比", "biomass heat share"),
    "own_secondary_energy_share": ("power", "自产二次能源占比", "own secondary energy share"),
    "green_hydrogen_share": ("power", "绿氢绿氨占比", "green hydrogen or ammonia share"),
    "carbide_slag_replacement": ("cement", "电石渣替代率", "carbide slag replacement"),
}
"""Shares between 0 and 1 that make a special case when they are above the border of the year."""

_TOGETHER = ("biomass_heat_share", "own_secondary_energy_share")


def check_flags(flags: Iterable[str], sector: str, trace: Trace) -> tuple[str, ...]:
    """``flags`` in the order of the table. Raises CalculationError for a flag this sector does not know."""
    table = trace.law.table("special_case_flags")
    known = {row["flag"]: row for row in table if row["sector"] in (sector, "all")}
    unknown = [flag for flag in flags if flag not in known]
    if unknown:
        valid = ", ".join(known)
        raise CalculationError(
            "B-11",
            "flags",
            f"{sector} 没有特殊情形 {unknown[0]}",
            f"{unknown[0]} is no special case of {sector}",
            valid,
            valid,
        )
    wanted = set(flags)
    return tuple(flag for flag in known if flag in wanted)


def special_reasons(
    sector: str, year: int, flags: Iterable[str], shares: Mapping[str, Number | None], trace: Trace
) -> tuple[Text, ...]:
    """Why a unit or line is a special case (strictly above a border, or flagged); empty when it is not.

    Raises CalculationError for unknown flags, shares outside 0..1, or a share given in a year without a border.
    """
    table = trace.law.table("special_case_flags")
    reasons = [
        Text(table.row(flag=flag)["name_zh"], table.row(flag=flag)["name_en"])
        for flag in check_flags(flags, sector, trace)
    ]
    given: dict[str, Fraction] = {}
    for name, value in shares.items():
        share = exact(0 if value is None else value, name, "B-11", maximum=1)
        if share and SHARES[name][0] != sector:
            raise CalculationError(
                "B-11",
                name,
                f"{sector} 不用此项",
                f"not used in {sector}",
                f"仅用于 {SHARES[name][0]}",
                f"only for {SHARES[name][0]}",
            )
        if share:
            given[name] = share
            border = Fraction(trace.for_year(f"special_case_{name}_gt", year))
            if share > border:
                reasons.append(_above(SHARES[name][1], SHARES[name][2], share, border))
    if all(name in given for name in _TOGETHER):
        both = sum((given[name] for name in _TOGETHER), Fraction(0))
        border = Fraction(trace.for_year("special_case_biomass_and_secondary_share_gt", year))
        if both > border:
            reasons.append(_above("生物质与二次能源合计", "biomass and secondary energy together", both, border))
    return tuple(reasons)


def _above(zh: str, en: str, share: Fraction, border: Fraction) -> Text:
    return Text(f"{zh} {show(share)} > {show(border)}", f"{en} {show(share)} > {show(border)}")


def is_small(sector: str, year: int, verified: Fraction, trace: Trace) -> bool:
    """Whether the entity's verified emissions are below the key-emitter threshold (B-11, A-05).

    Never in a cycle that leaves power units outside the scheme: there the threshold makes no special case (B-11b).
    """
    if sector == "power" and trace.for_year("out_of_scheme_units", year) == EXCLUDED:
        return False
    return verified < int(trace.on("key_emitter_threshold_tco2e", date(year, 12, 31)))


def carbide_replacement(
    *,
    clinker_t: Number,
    clinker_factor: Number | None = None,
    carbide_slag_t: Number,
    carbide_factor: Number | None = None,
    year: int = 2025,
    clinker_kind: str = "portland",
    parameters: ParameterSet | None = None,
) -> Result:
    """B-11a: (slag x its deduction factor) / (clinker x its process factor); factors default to the tables (tCO2/t)."""
    trace = Trace(parameters)
    if clinker_factor is None:
        clinker_factor = trace.row("cement_clinker_factors_tCO2_per_t", "value", item=clinker_kind)
    if carbide_factor is None:
        carbide_factor = trace.row("cement_substitute_deductions_tCO2_per_t", "value", item="carbide_slag")
    clinker = exact(clinker_t, "clinker_t", "B-11a", above=0)
    slag = exact(carbide_slag_t, "carbide_slag_t", "B-11a")
    replaced = slag * exact(carbide_factor, "carbide_factor", "B-11a")
    ratio = replaced / (clinker * exact(clinker_factor, "clinker_factor", "B-11a", above=0))
    border = Fraction(trace.for_year("special_case_carbide_slag_replacement_gt", year))
    special = ratio > border
    return trace.result(
        "special.carbide_replacement",
        Text("电石渣替代率", "carbide slag replacement"),
        ratio,
        "ratio",
        Text("电石渣量 × 扣除因子 ÷ (熟料量 × 过程因子)", "slag x deduction factor / (clinker x process factor)"),
        {"clinker_t": clinker, "carbide_slag_t": slag},
        {
            "carbide_substitution_pct": trace.rounded(ratio * 100, "replacement_pct"),
            "ratio": decimal_of(ratio, 6),
            "special_case": special,
        },
        ["B-11", "B-11a"],
    )
