"""Checks of one month's figures against each other: fuel against output, load factor (D-06)."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import Any

from oracles.quality.findings import Finding, finding, threshold
from oracles.quality.records import Month, MonthlyItem
from registry_sdk import parameters

HOURS_A_DAY = 24


def months(items: Iterable[MonthlyItem]) -> Iterator[Month]:
    """Groups a stream that is ordered by entity, sub-unit, year and month; one month is kept at a time.

    A stream in another order gives the same groups in pieces, so callers sort first.
    """
    current: Month | None = None
    place: tuple[str, str, int, int] | None = None
    for item in items:
        here = item.entity, item.subunit, item.year, item.month
        if current is None or here != place:
            if current is not None:
                yield current
            current, place = Month(item), here
        current.items.setdefault(item.item, item)
    if current is not None:
        yield current


def intensities(grouped: Iterable[Month]) -> Iterator[MonthlyItem]:
    """Each ratio as a monthly figure of its own, so that history and peers are asked about intensities too."""
    for month in grouped:
        for row, top, output in _parts(month):
            if output:
                yield replace(
                    month.first, item=row["ratio"], value=top / output, unit=row["unit"], written="", lab=None
                )


def cross(grouped: Iterable[Month]) -> Iterator[Finding]:
    """Findings of each month: ratios of input to output, then the load factor."""
    for month in grouped:
        yield from ratios(month)
        yield from load_factor(month)


def ratios(month: Month) -> Iterator[Finding]:
    """Every ratio of the sector whose figures are all there."""
    for row, top, output in _parts(month):
        if output == 0:
            if top > 0:
                yield finding("Q-NO-OUTPUT", month.first.subject, input=top, output=row["denominator"])
            continue
        value = top / output
        if not row["low"] <= value <= row["high"]:
            yield finding(
                "Q-RATIO",
                month.first.subject,
                ratio=row["ratio"],
                value=value,
                unit=row["unit"],
                low=row["low"],
                high=row["high"],
                formula=f"{' × '.join(row['numerators'])} / {row['denominator']}",
            )


def _parts(month: Month) -> Iterator[tuple[Mapping[str, Any], Fraction, Fraction]]:
    """Row, product of the numerators, denominator; of every ratio of the sector whose figures are all there."""
    for row in parameters.table("quality_ratios"):
        values = [month.value(name) for name in (*row["numerators"], row["denominator"])]
        known = [value for value in values if value is not None]
        if row["sector"] == month.first.sector and len(known) == len(values):
            yield row, prod(known[:-1], start=Fraction(1)), known[-1]


def load_factor(month: Month) -> Iterator[Finding]:
    """generation / (capacity x hours): possible, plausible, and equal to what the firm states."""
    subject, day = month.first.subject, month.first.last_day
    generation, capacity, hours = (month.value(name) for name in ("generation", "capacity", "running_hours"))
    if hours is not None:
        limit = HOURS_A_DAY * monthrange(month.first.year, month.first.month)[1]
        if hours > limit:
            yield finding("Q-LOAD-HOURS", subject, hours=hours, limit=limit)
    if generation is None or not capacity or not hours:
        return
    value = generation / (capacity * hours)
    figures = {"value": value, "generation": generation, "capacity": capacity, "hours": hours}
    high, low = threshold("quality_load_factor_max", day), threshold("quality_load_factor_min", day)
    if value > high:
        yield finding("Q-LOAD-HIGH", subject, **figures, limit=high)
    elif value < low:
        yield finding("Q-LOAD-LOW", subject, **figures, limit=low)
    stated = month.value("load_factor")
    if stated is not None and abs(stated - value) > Fraction(1, 100):
        yield finding("Q-LOAD-DIFFERS", subject, stated=stated, value=value)
