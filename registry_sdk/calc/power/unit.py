"""Allocation of one power unit in every cycle (B-01, B-02, B-03, B-07), with the gas exemption B-04."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, exact
from registry_sdk.calc.power.classes import benchmarks, check_class, fuel_of
from registry_sdk.calc.power.load import LoadFactor, load_factor
from registry_sdk.calc.result import EMPTY, Result, Text
from registry_sdk.calc.special import EXCLUDED, special_reasons
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet

BENCHMARK, EQUALS_VERIFIED = "BENCHMARK", "EQUALS_VERIFIED"
TITLE = Text("发电机组配额", "allocation of a power unit")


@dataclass(frozen=True, slots=True)
class PowerUnit:
    """Activity of one unit in one year. MWh, GJ, percent, tonnes; only what the year's formula needs is read.

    ``unit_class`` None: an oil, IGCC or engine unit, which no class holds; only special cases can do without one.
    ``condensing`` None means: condensing when no heat was supplied. ``cooling``: WATER, AIR or BACK_PRESSURE.
    ``shares``: names of ``special.SHARES``, values between 0 and 1. ``verified_t`` None: not yet verified.
    """

    year: int
    unit_class: str | None
    generation_mwh: Number | None = None
    supplied_mwh: Number | None = None
    heat_gj: Number = 0
    load_factor_pct: Number | None = None
    verified_t: Number | None = None
    cooling: str = "WATER"
    heat_ratio: Number = 0
    condensing: bool | None = None
    flags: tuple[str, ...] = ()
    shares: Mapping[str, Number | None] = field(default_factory=lambda: EMPTY)
    unit_id: str = ""


@dataclass(frozen=True, slots=True)
class _Formula:
    electricity: int
    electricity_unrounded_factor: int
    heat: int
    factor: LoadFactor
    text: Text
    rules: tuple[str, ...]

    @property
    def initial(self) -> int:
        return self.electricity + self.heat


def allocate_unit(unit: PowerUnit, parameters: ParameterSet | None = None, *, small: bool = False) -> Result:
    """Allocation of ``unit`` in whole tonnes; ``small``: its entity is below the threshold (B-11).

    Outputs: treatment, peak_factor, Ae, Ah, initial, top_up, final, obligation (exact tonnes, None without verified).
    Raises CalculationError when an input that the year's formula needs is missing or not valid.
    """
    trace = Trace(parameters)
    unit_class = None if unit.unit_class is None else check_class(unit.unit_class, trace)
    benchmarks(unit.year, trace)
    verified = None if unit.verified_t is None else exact(unit.verified_t, "verified_t", "C-02")
    reasons = special_reasons("power", unit.year, unit.flags, unit.shares, trace)
    treatment = str(trace.for_year("out_of_scheme_units", unit.year)) if reasons else BENCHMARK
    if small:
        reasons, treatment = (*reasons, Text("年排放低于门槛", "emissions below the threshold")), EQUALS_VERIFIED
    if treatment == EXCLUDED:
        return _outside(unit, reasons, trace)
    if treatment != BENCHMARK:
        return _equals_verified(unit, verified, reasons, trace)
    if unit_class is None:
        raise CalculationError(
            "2.1", "unit_class", "缺少机组类别", "unit class is missing", "I, II, III, IV", "I, II, III, IV"
        )
    formula = _apply(unit, unit_class, trace)
    final, obligation = _gas_exemption(unit.year, unit_class, formula.initial, verified, trace)
    outputs = {
        "treatment": BENCHMARK,
        "peak_factor": formula.factor.shown,
        "Ae": formula.electricity,
        "Ah": formula.heat,
        "Ae_unrounded_factor": formula.electricity_unrounded_factor,
        "initial": formula.initial,
        "top_up": final - formula.initial,
        "final": final,
        "allocation": final,
        "obligation": obligation,
    }
    exempted = ("B-04",) if (final, obligation) != (formula.initial, verified) else ()
    rules = (*formula.rules, *exempted)
    return trace.result("power.unit", TITLE, final, "tCO2", formula.text, _inputs(unit), outputs, rules)


def _apply(unit: PowerUnit, unit_class: str, trace: Trace) -> _Formula:
    base = benchmarks(unit.year, trace)["output_base"]
    output = _output(unit, base)
    fuel = fuel_of(unit_class, trace)
    heat_gj = exact(unit.heat_gj, "heat_GJ", "B-01")
    condensing = heat_gj == 0 if unit.condensing is None else unit.condensing
    factor = load_factor(unit.year, unit_class, unit.load_factor_pct, condensing=condensing, trace=trace)
    benchmark = Fraction(trace.row("power_benchmarks", unit_class, year=unit.year))
    heat_benchmark = Fraction(
        trace.row("power_benchmarks", "heat_coal" if fuel == "COAL" else "heat_gas", year=unit.year)
    )
    fixed, rules = output * benchmark, ["B-03", factor.rule]
    if base == "supplied":
        fixed, rules = fixed * _older_corrections(unit, fuel, trace), ["B-01", "B-02"]
    electricity = trace.whole(fixed * factor.value, "allocation_part")
    heat = trace.whole(heat_gj * heat_benchmark, "allocation_part")
    formula = f"Ae = {_FORMULA[base]}; Ah = Qh × Bh; Ff = {factor.formula}"
    return _Formula(
        electricity,
        (fixed * factor.unrounded).__floor__(),
        heat,
        factor,
        Text(f"A = Ae + Ah; {formula}；各部分向下取整", f"A = Ae + Ah; {formula}; each part rounded down"),
        tuple(rules),
    )


_FORMULA = {"supplied": "Qe(supplied) × Be × Fl × Fr × Ff", "generated": "Qe(generated) × Be × Ff"}


def _output(unit: PowerUnit, base: str) -> Fraction:
    column, value = (
        ("supplied_MWh", unit.supplied_mwh) if base == "supplied" else ("generation_MWh", unit.generation_mwh)
    )
    rule = "B-01" if base == "supplied" else "B-03"
    if value is None:
        word = "供电量" if base == "supplied" else "发电量"
        raise CalculationError(
            rule,
            column,
            f"{unit.year} 年以{word}为基数，缺少该值",
            f"{unit.year} is based on {base} electricity, which is missing",
            f"{word}(MWh)",
            f"{base} electricity in MWh",
        )
    return exact(value, column, rule)


def _older_corrections(unit: PowerUnit, fuel: str, trace: Trace) -> Fraction:
    ratio = exact(unit.heat_ratio, "heat_ratio", "B-02", maximum=1)
    heat_supply = 1 - Fraction(trace.for_year("heat_ratio_coefficient", unit.year)[fuel]) * ratio
    if fuel == "GAS":
        return heat_supply
    cooling = trace.for_year("cooling_factor", unit.year)
    if unit.cooling not in cooling:
        valid = ", ".join(cooling)
        raise CalculationError(
            "B-02", "cooling", f"没有冷却方式 {unit.cooling!r}", f"no cooling {unit.cooling!r}", valid, valid
        )
    return Fraction(cooling[unit.cooling]) * heat_supply


def _gas_exemption(
    year: int, unit_class: str, initial: int, verified: Fraction | None, trace: Trace
) -> tuple[int, Fraction | None]:
    if verified is None or fuel_of(unit_class, trace) != "GAS" or verified <= initial:
        return initial, verified
    mode = trace.for_year("gas_exemption_mode", year)
    if mode == "RAISE_ALLOCATION":
        trace.note("燃气机组豁免：补发至核查排放量 (B-04)", "gas exemption: topped up to verified emissions (B-04)")
        return trace.whole(verified, "allocation_unit"), verified
    if mode == "LOWER_OBLIGATION":
        trace.note(
            "燃气机组豁免：清缴义务以配额为限 (B-04)", "gas exemption: obligation limited to the allocation (B-04)"
        )
        return initial, Fraction(initial)
    return initial, verified


def _outside(unit: PowerUnit, reasons: tuple[Text, ...], trace: Trace) -> Result:
    for reason in reasons:
        trace.note(reason.zh, reason.en)
    outputs = {
        "treatment": EXCLUDED, "initial": 0, "top_up": 0, "final": 0, "allocation": 0, "obligation": Fraction(0)
    }  # fmt: skip
    text = Text("不发配额，该机组无清缴义务", "no allocation and no obligation for the unit")
    return trace.result("power.unit", TITLE, 0, "tCO2", text, _inputs(unit), outputs, ["B-11b", "B-11"])


def _equals_verified(unit: PowerUnit, verified: Fraction | None, reasons: tuple[Text, ...], trace: Trace) -> Result:
    for reason in reasons:
        trace.note(reason.zh, reason.en)
    if verified is None:
        raise CalculationError(
            "B-11", "verified_t", "特殊情形须有核查排放量", "a special case needs verified emissions", "吨", "tonnes"
        )
    final = trace.whole(verified, "allocation_unit")
    outputs = {
        "treatment": EQUALS_VERIFIED,
        "initial": final,
        "top_up": 0,
        "final": final,
        "allocation": final,
        "obligation": verified,
    }
    text = Text("A = 核查排放量", "A = verified emissions")
    return trace.result("power.unit", TITLE, final, "tCO2", text, _inputs(unit), outputs, ["B-11", "B-11b"])


def _inputs(unit: PowerUnit) -> dict[str, Any]:
    return {
        "unit_id": unit.unit_id or None,
        "year": unit.year,
        "unit_class": unit.unit_class,
        "generation_MWh": unit.generation_mwh,
        "supplied_MWh": unit.supplied_mwh,
        "heat_GJ": unit.heat_gj,
        "load_factor_pct": unit.load_factor_pct,
        "heat_ratio": unit.heat_ratio,
        "cooling": unit.cooling,
        "verified_t": unit.verified_t,
        "flags": unit.flags or None,
    }
