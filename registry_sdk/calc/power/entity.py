"""The 20% gap cap of an entity (B-05) in both historical senses, and the sum of an entity's units."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, exact, tonnes
from registry_sdk.calc.power.unit import PowerUnit, allocate_unit
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.special import EXCLUDED, is_small
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet

TITLE = Text("主体配额与履约缺口率上限", "entity allocation with the gap cap")


def gap_cap(
    *,
    year: int,
    initial_t: Number,
    verified_t: Number,
    unit_obligations_t: Number | None = None,
    parameters: ParameterSet | None = None,
    parts: Sequence[Result] = (),
) -> Result:
    """Entity allocation and obligation under B-05.

    Args:
        initial_t: sum of the entity's unit allocations, after the gas exemption.
        verified_t: verified emissions of the units inside the scheme.
        unit_obligations_t: sum of unit obligations where the gas exemption lowers them; default ``verified_t``.

    Outputs: gap_rate_pct (None when nothing was emitted), top_up, final_allocation, obligation.
    """
    trace = Trace(parameters)
    initial = tonnes(initial_t, "initial_t", "B-05")
    verified = trace.whole(exact(verified_t, "verified_t", "B-05"), "obligation")
    owed = verified
    if unit_obligations_t is not None:
        owed = trace.whole(exact(unit_obligations_t, "unit_obligations_t", "B-04"), "obligation")
    ratio = Fraction(trace.for_year("entity_gap_cap_ratio", year))
    mode = trace.for_year("gap_cap_mode", year)
    top_up, obligation = _MODES[mode](initial, verified, min(owed, verified), ratio, trace)
    rate = Fraction(verified - initial, verified) if verified else None
    outputs = {
        "mode": mode,
        "initial": initial,
        "verified": verified,
        "gap_rate_pct": None if rate is None else trace.rounded(rate * 100, "gap_rate_pct"),
        "top_up": top_up,
        "final_allocation": initial + top_up,
        "allocation": initial + top_up,
        "obligation": obligation,
    }
    return trace.result(
        "power.entity",
        TITLE,
        initial + top_up,
        "tCO2",
        _FORMULAS[mode],
        {"year": year, "initial_t": initial, "verified_t": verified_t},
        outputs,
        ["B-05", "C-02"],
        parts,
    )


def _raise(initial: int, verified: int, owed: int, ratio: Fraction, trace: Trace) -> tuple[int, int]:
    target = trace.whole((1 - ratio) * verified, "gap_top_up_target")
    return max(0, target - initial), owed


def _lower(initial: int, verified: int, owed: int, ratio: Fraction, trace: Trace) -> tuple[int, int]:
    return 0, min(owed, trace.whole(initial + ratio * verified, "gap_obligation"))


_Mode = Callable[[int, int, int, Fraction, Trace], tuple[int, int]]
_MODES: Mapping[str, _Mode] = MappingProxyType({"RAISE_ALLOCATION": _raise, "LOWER_OBLIGATION": _lower})
_FORMULAS: Mapping[str, Text] = MappingProxyType(
    {
        "RAISE_ALLOCATION": Text(
            "缺口率 = (核查 - 配额) / 核查；不足核查量 × (1 - 上限) 的补发至该数，清缴义务不变",
            "gap = (verified - allocation) / verified; topped up to verified x (1 - cap), obligation unchanged",
        ),
        "LOWER_OBLIGATION": Text(
            "清缴义务 = min(核查, 免费配额 + 上限 × 核查)；配额不变",
            "obligation = min(verified, free allocation + cap x verified), allocation unchanged",
        ),
    }
)


def allocate_entity(units: Sequence[PowerUnit], parameters: ParameterSet | None = None) -> Result:
    """Units first (with gas exemption), then the gap cap of the entity; all units of one year, all verified.

    Raises CalculationError when units are missing, of different years, or without verified emissions.
    """
    years = {unit.year for unit in units}
    if len(years) != 1:
        raise CalculationError(
            "B-05",
            "year",
            f"机组年度不一致：{sorted(years)}",
            f"units of several years: {sorted(years)}",
            "同一年度",
            "one year",
        )
    if any(unit.verified_t is None for unit in units):
        raise CalculationError(
            "B-05", "verified_t", "有机组缺少核查排放量", "a unit has no verified emissions", "吨", "tonnes"
        )
    year = units[0].year
    total = sum((exact(unit.verified_t, "verified_t", "C-02") for unit in units), Fraction(0))
    small = is_small("power", year, total, Trace(parameters))
    parts = [allocate_unit(unit, parameters, small=small) for unit in units]
    return combine_units(units, parts, parameters)


def combine_units(
    units: Sequence[PowerUnit], parts: Sequence[Result], parameters: ParameterSet | None = None
) -> Result:
    """The gap cap over the results ``parts`` of ``units`` (same order, one year, all verified)."""
    inside = [
        (exact(unit.verified_t, "verified_t", "C-02"), part)
        for unit, part in zip(units, parts, strict=True)
        if part["treatment"] != EXCLUDED
    ]
    return gap_cap(
        year=units[0].year,
        initial_t=sum(part["final"] for _, part in inside),
        verified_t=sum((verified for verified, _ in inside), Fraction(0)),
        unit_obligations_t=sum((part["obligation"] for _, part in inside), Fraction(0)),
        parameters=parameters,
        parts=parts,
    )
