"""Automatic monitoring against calculation, month by month (D-15)."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction

from oracles.quality.findings import Finding, finding, threshold
from oracles.quality.records import MonthlyItem

_METHODS = ("cems_mass", "emissions")


def monitored_months(items: Iterable[MonthlyItem]) -> Iterator[Finding]:
    """Both methods of each entity, sub-unit and year, from the items ``cems_mass`` and ``emissions``."""
    found: dict[tuple[str, str, int], dict[str, dict[int, Fraction]]] = {}
    for item in items:
        if item.item in _METHODS:
            methods = found.setdefault((item.entity, item.subunit, item.year), {name: {} for name in _METHODS})
            methods[item.item].setdefault(item.month, item.value)
    for (entity, subunit, year), methods in sorted(found.items()):
        monitored, calculated = (methods[name] for name in _METHODS)
        yield from cems_deviation(entity, year, monitored, calculated, subunit=subunit)


def cems_deviation(
    entity: str,
    year: int,
    monitored: Mapping[int, Fraction],
    calculated: Mapping[int, Fraction],
    days: Mapping[int, int] | None = None,
    subunit: str = "1",
) -> Iterator[Finding]:
    """Months in which the two methods differ by more than the alarm ratio of the calculated value.

    Args:
        monitored, calculated: t CO2 by month 1..12; months that only one of them has are not compared.
        days: valid CEMS days by month; months with fewer than the calendar has are named.
    """
    for month in sorted(set(monitored) & set(calculated)):
        day = date(year, month, monthrange(year, month)[1])
        subject = {"entity": entity, "subunit": subunit, "year": year, "month": month}
        needed = day.day
        if days is not None and days.get(month, 0) < needed:
            yield finding("Q-CEMS-DAYS", subject, month=month, days=days.get(month, 0), needed=needed)
        limit = threshold("cems_deviation_alarm_ratio", day)
        difference, base = abs(monitored[month] - calculated[month]), calculated[month]
        deviation = difference / base if base else Fraction(int(difference > 0))
        if deviation > limit:
            yield finding(
                "Q-CEMS",
                subject,
                month=month,
                monitored=monitored[month],
                calculated=base,
                deviation=deviation,
                limit=limit,
            )
