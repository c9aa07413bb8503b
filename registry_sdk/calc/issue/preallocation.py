"""B-06, B-06a, B-16: what is issued ahead, what at the end, and what changes when verified data change."""

from datetime import date
from fractions import Fraction

from registry_sdk.calc.compliance.calendar import add_working_days
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, exact, show, tonnes
from registry_sdk.calc.industry.sector import INDUSTRY
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.trace import Trace
from registry_sdk.parameters import ParameterSet


def preallocate(
    *,
    year: int,
    base_t: Number,
    sector: str = "power",
    rate: Number | None = None,
    parameters: ParameterSet | None = None,
) -> Result:
    """Pre-allocation in whole tonnes, rounded down.

    Args:
        base_t: what the rate is applied to; the parameter ``preallocation_basis`` of the year says which figure.
        rate: a lower rate for a firm at risk, only in years whose rate is a maximum; default: the rate of the year.
    """
    trace = Trace(parameters)
    _check_sector(sector)
    base = exact(base_t, "previous_verified_t", "B-06")
    key = "preallocation_rate_power" if sector == "power" else "preallocation_rate_industry"
    published = Fraction(trace.for_year(key, year))
    applied = published if rate is None else exact(rate, "preallocation_rate", "B-06", maximum=1)
    is_maximum = trace.for_year("preallocation_rate_is_maximum", year)
    if applied > published or (applied != published and not is_maximum):
        word_zh, word_en = ("不大于", "at most") if is_maximum else ("等于", "equal to")
        raise CalculationError(
            "B-06",
            "preallocation_rate",
            f"{year} 年预分配比例不能为 {show(applied)}",
            f"the rate of {year} cannot be {show(applied)}",
            f"{word_zh} {show(published)}",
            f"{word_en} {show(published)}",
        )
    value = trace.whole(base * applied, "preallocation")
    basis = trace.for_year("preallocation_basis", year) if sector == "power" else "VERIFIED_PREVIOUS_YEAR"
    return trace.result(
        "issue.preallocation",
        Text("预分配", "pre-allocation"),
        value,
        "tCO2e",
        Text("floor(基数 × 比例)", "floor(base x rate)"),
        {"year": year, "sector": sector, "base_t": base, "rate": applied, "basis": basis},
        {"pre_allocation": value},
        ["B-06"],
    )


def settle(*, pre_allocation_t: Number, final_allocation_t: Number, parameters: ParameterSet | None = None) -> Result:
    """B-06a: what is still issued, or returned, once the final allocation is known."""
    trace = Trace(parameters)
    pre = tonnes(pre_allocation_t, "pre_allocation_t", "B-06a")
    final = tonnes(final_allocation_t, "final_allocation_t", "B-06a")
    return trace.result(
        "issue.settle",
        Text("核定多退少补", "final issue or claw-back"),
        final - pre,
        "tCO2e",
        Text("核定 - 预分配；负数须退回", "final - pre; negative is to be returned"),
        {"pre_allocation_t": pre, "final_allocation_t": final},
        {"final_issue": max(0, final - pre), "claw_back": max(0, pre - final)},
        ["B-06a"],
    )


def recalculate(
    *,
    year: int,
    issued_t: Number,
    recalculated_t: Number,
    changed_on: date | None = None,
    parameters: ParameterSet | None = None,
) -> Result:
    """B-16: the change after issue; an increase is issued, a decrease must be returned.

    ``changed_on``: day the verified data changed; gives ``due_on``, the last day to recompute.
    """
    trace = Trace(parameters)
    issued = tonnes(issued_t, "issued_t", "B-16")
    again = tonnes(recalculated_t, "recalculated_t", "B-16")
    days = trace.for_year("change_of_verified_data_working_days", year)
    due = None if changed_on is None else add_working_days(changed_on, days, parameters)
    trace.note(f"应在 {days} 个工作日内完成", f"to be done within {days} working days")
    return trace.result(
        "issue.recalculation",
        Text("数据变更后重算", "recalculation after changed data"),
        again - issued,
        "tCO2e",
        Text("重算 - 已发放", "recalculated - issued"),
        {"year": year, "issued_t": issued, "recalculated_t": again, "changed_on": changed_on},
        {"issue": max(0, again - issued), "return": max(0, issued - again), "working_days": days, "due_on": due},
        ["B-16"],
    )


def _check_sector(sector: str) -> None:
    known = ("power", *INDUSTRY)
    if sector not in known:
        valid = ", ".join(known)
        raise CalculationError("A-05a", "sector", f"没有行业 {sector!r}", f"no sector {sector!r}", valid, valid)
