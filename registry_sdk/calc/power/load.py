"""The load (later: peak-shaving) correction Ff of every cycle: B-02 steps, B-03 power curve, B-07 exponential curve."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import exact
from registry_sdk.calc.trace import Trace

PRECISION = 60
"""Digits carried in powers and exponentials, far beyond the declared rounding of the factor."""


@dataclass(frozen=True, slots=True)
class LoadFactor:
    """``value`` as rounded by policy (``shown`` with its places), ``unrounded`` before that, and the formula."""

    value: Fraction
    shown: Decimal | Fraction | int
    unrounded: Fraction
    formula: str
    rule: str


ONE = Fraction(1)
UNITY = Decimal(1)


def load_factor(year: int, unit_class: str, load_pct: object, *, condensing: bool, trace: Trace) -> LoadFactor:
    """Ff of one unit. ``load_pct`` in percent, 0 to 100; needed only where the rule of the year applies to the class.

    Raises CalculationError when the load factor is missing or out of range, or the year has no rule.
    """
    rule = trace.for_year("load_correction", year)
    number = _RULE_OF[rule["kind"]]
    if load_pct is not None:
        exact(load_pct, "load_factor_pct", number, maximum=100)
    outside = unit_class not in rule["classes"] or (rule.get("condensing_only") and not condensing)
    if outside:
        return LoadFactor(ONE, UNITY, ONE, "1", number)
    if load_pct is None:
        raise CalculationError(
            number,
            "load_factor_pct",
            "缺少负荷(出力)系数",
            "load factor is missing",
            "0 到 100 的百分数",
            "a percentage from 0 to 100",
        )
    unrounded, formula = _KINDS[rule["kind"]](year, Fraction(exact(load_pct, "load_factor_pct", number)), rule, trace)
    shown = UNITY if unrounded == 1 else trace.rounded(unrounded, "peak_factor")
    return LoadFactor(Fraction(shown), shown, unrounded, formula, number)


def _stepped(year: int, load: Fraction, rule: Mapping[str, Any], trace: Trace) -> tuple[Fraction, str]:
    table = trace.law.table("load_factor_steps")
    step = next(row for row in sorted(table, key=lambda row: row["min_pct"], reverse=True) if load >= row["min_pct"])
    if step["curve"]:
        return _curve(year, load, trace)
    start, slope, border = (Fraction(step[name]) for name in ("start", "slope", "from_pct"))
    trace.row("load_factor_steps", "start", min_pct=step["min_pct"])
    text = f"{step['start']} + {step['slope']} × ({step['from_pct']} - F)" if slope else "1"
    return start + slope * (border - load), text


def _power(year: int, load: Fraction, rule: Mapping[str, Any], trace: Trace) -> tuple[Fraction, str]:
    return _curve(year, load, trace) if load < Fraction(rule["below_pct"]) else (ONE, f"1 (F ≥ {rule['below_pct']})")


def _curve(year: int, load: Fraction, trace: Trace) -> tuple[Fraction, str]:
    curve = trace.for_year("load_power_curve", year)
    exponent = Fraction(curve["constant"]) - Fraction(curve["slope"]) * load / 100
    text = f"{curve['base']}^({curve['constant']} - {curve['slope']} × F / 100)"
    return power_of(curve["base"], exponent), text


def _exponential(year: int, load: Fraction, rule: Mapping[str, Any], trace: Trace) -> tuple[Fraction, str]:
    if load >= Fraction(rule["below_pct"]):
        return ONE, f"1 (F ≥ {rule['below_pct']})"
    curve = trace.for_year("load_exponential_curve", year)
    text = "{start} - {a} × (1 - e^(-F/{ta})) - {b} × (1 - e^(-F/{tb}))".format(**curve)
    fall = sum(
        (
            Fraction(curve[size]) * (1 - exponential_of(-load / Fraction(curve[scale])))
            for size, scale in (("a", "ta"), ("b", "tb"))
        ),
        Fraction(0),
    )
    return Fraction(curve["start"]) - fall, text


@lru_cache(maxsize=4096)
def power_of(base: Decimal, exponent: Fraction) -> Fraction:
    """``base`` to ``exponent``: exact for whole exponents, else to PRECISION digits."""
    if exponent.denominator == 1:
        return Fraction(base) ** exponent.numerator
    with localcontext() as context:
        context.prec = PRECISION
        return Fraction(base ** (Decimal(exponent.numerator) / exponent.denominator))


@lru_cache(maxsize=4096)
def exponential_of(exponent: Fraction) -> Fraction:
    """e to ``exponent``, to PRECISION digits."""
    with localcontext() as context:
        context.prec = PRECISION
        return Fraction((Decimal(exponent.numerator) / exponent.denominator).exp())


_Kind = Callable[[int, Fraction, Mapping[str, Any], Trace], tuple[Fraction, str]]
_KINDS: Mapping[str, _Kind] = MappingProxyType({"stepped": _stepped, "power": _power, "exponential": _exponential})
_RULE_OF: Mapping[str, str] = MappingProxyType({"stepped": "B-02", "power": "B-03", "exponential": "B-07"})
