"""Completeness and punctuality: 12 of 12 months, none twice, none late (D-06)."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from oracles.quality.findings import Finding, finding, threshold
from oracles.quality.records import MonthlyItem
from registry_sdk import parameters


def late(item: MonthlyItem) -> Finding | None:
    """A finding when the item came after the deadline of its month; None when it did not or has no date."""
    if item.submitted is None:
        return None
    deadline = due(item)
    if item.submitted <= deadline:
        return None
    return finding(
        "Q-LATE", item.subject, item=item.item, month=item.month, submitted=item.submitted, deadline=deadline
    )


def due(item: MonthlyItem) -> date:
    """Last day to file: the date set for the sector's month (C-01), else the days that follow the month (D-06)."""
    for row in parameters.table("monthly_evidence_deadlines"):
        if (row["sector"], row["year"]) == (item.sector, item.year) and row["month_from"] <= item.month <= row[
            "month_to"
        ]:
            day: date = row["submit_by"]
            return day
    return item.last_day + timedelta(days=int(threshold("monthly_evidence_days", item.last_day)))


def completeness(
    items: Iterable[MonthlyItem], year: int, expected: Iterable[tuple[str, str, str]] = ()
) -> Iterator[Finding]:
    """Months filed twice as they pass, missing months at the end.

    Args:
        items: figures of ``year`` in any order.
        expected: series (entity, sub-unit, sector) that must carry every required item of their sector even if
            nothing at all was filed.

    Memory: one 12-bit mask and up to 12 figures per series.
    """
    seen: dict[tuple[str, str, str], dict[int, MonthlyItem]] = {}
    for item in items:
        months = seen.setdefault(item.series, {})
        earlier = months.get(item.month)
        if earlier is not None:
            yield finding(
                "Q-TWICE", item.subject, item=item.item, month=item.month, value=earlier.value, other=item.value
            )
        months.setdefault(item.month, item)
    for entity, subunit, sector in expected:
        for row in parameters.table("quality_items"):
            if sector in row["required_for"]:
                seen.setdefault((entity, subunit, row["item"]), {})
    needed = int(threshold("quality_months_needed", date(year, 12, 31)))
    for (entity, subunit, name), months in sorted(seen.items()):
        missing = [month for month in range(1, needed + 1) if month not in months]
        if missing:
            yield finding(
                "Q-MISSING",
                {"entity": entity, "subunit": subunit, "year": year},
                item=name,
                needed=needed,
                have=needed - len(missing),
                missing=", ".join(map(str, missing)),
            )
