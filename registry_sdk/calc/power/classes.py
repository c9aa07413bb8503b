"""Unit classes I to IV (2.1): from capacity and fuel shares, and merged units."""

from collections.abc import Iterable, Mapping
from typing import Any

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import Number, exact
from registry_sdk.calc.result import Result, Text
from registry_sdk.calc.trace import Trace, refused
from registry_sdk.parameters import ParameterError, ParameterSet


def check_class(unit_class: object, trace: Trace) -> str:
    """``unit_class`` itself. Raises CalculationError unless it is one of the table ``unit_classes``."""
    known = [row["unit_class"] for row in trace.law.table("unit_classes")]
    if unit_class not in known:
        valid = ", ".join(known)
        raise CalculationError(
            "2.1", "unit_class", f"没有机组类别 {unit_class!r}", f"no unit class {unit_class!r}", valid, valid
        )
    return str(unit_class)


def fuel_of(unit_class: str, trace: Trace) -> str:
    """COAL or GAS."""
    return str(trace.law.table("unit_classes").row(unit_class=unit_class)["fuel"])


def benchmarks(year: int, trace: Trace) -> Mapping[str, Any]:
    """The benchmark row of ``year``. Raises CalculationError naming the years there are."""
    try:
        return trace.law.table("power_benchmarks").row(year=year)
    except ParameterError as error:
        raise refused(error) from None


def classify(
    *,
    year: int,
    fuel: str,
    capacity_mw: Number,
    unconventional_heat_share: Number = 0,
    other_fuel_heat_share: Number = 0,
    parameters: ParameterSet | None = None,
) -> Result:
    """Class of one unit. ``fuel`` is COAL or GAS, capacity in MW, shares of heat between 0 and 1."""
    trace = Trace(parameters)
    capacity = exact(capacity_mw, "capacity_mw", "2.1", above=0)
    unconventional = exact(unconventional_heat_share, "unconventional_heat_share", "2.1", maximum=1)
    other = exact(other_fuel_heat_share, "other_fuel_heat_share", "2.1", maximum=1)
    if fuel not in ("COAL", "GAS"):
        raise CalculationError(
            "2.1", "fuel", f"没有燃料类别 {fuel!r}", f"no fuel class {fuel!r}", "COAL, GAS", "COAL, GAS"
        )
    if fuel == "GAS":
        limit = trace.for_year("gas_other_fuel_heat_share_max", year)
        if other > limit:
            raise CalculationError(
                "2.1",
                "other_fuel_heat_share",
                f"其他燃料占比 {other} 超过燃气机组上限",
                f"other fuels make {other} of the heat, too much for a gas unit",
                f"不大于 {limit}",
                f"at most {limit}",
            )
        unit_class = "IV"
    elif unconventional > trace.for_year("unconventional_heat_share_gt", year):
        unit_class = "III"
    else:
        unit_class = "I" if capacity >= trace.for_year("class_capacity_border_mw", year) else "II"
    return trace.result(
        "power.classify",
        Text("机组类别", "unit class"),
        unit_class,
        "",
        Text("按燃料、热量占比和装机容量分类", "by fuel, shares of heat and rated capacity"),
        {"fuel": fuel, "capacity_mw": capacity, "unconventional_heat_share": unconventional},
        {"unit_class": unit_class},
        ["2.1"],
    )


def merged_class(year: int, unit_classes: Iterable[str], parameters: ParameterSet | None = None) -> Result:
    """Class of units reported together: the least favourable one, which is the lowest benchmark of ``year``."""
    trace = Trace(parameters)
    classes = [check_class(unit_class, trace) for unit_class in unit_classes]
    if not classes:
        raise CalculationError("2.1", "unit_classes", "没有机组", "no units", "至少一个类别", "at least one class")
    row = benchmarks(year, trace)
    worst = min(classes, key=lambda unit_class: row[unit_class])
    trace.row("power_benchmarks", worst, year=year)
    return trace.result(
        "power.merged_class",
        Text("合并机组类别", "class of merged units"),
        worst,
        "",
        Text("取当年基准值最低(最不利)的类别", "the class with the lowest benchmark of the year"),
        {"year": year, "unit_classes": tuple(classes)},
        {"unit_class": worst},
        ["2.1"],
    )
