"""Completeness and punctuality: 12 of 12 months, none twice, none late (D-06)."""

from collections.abc import Iterable, Iterator
from datetime import date

from oracles.quality.findings import Finding, finding, threshold
from oracles.quality.records import MonthlyItem
from registry_sdk import parameters
from registry_sdk.evidence.clock import due_day


def late(item: MonthlyItem) -> Finding | None:
    """A finding when the item came after the deadline of its month; None when it did not, or where there is none."""
    if item.submitted is None:
        return None
    deadline = due_day(item.sector, item.year, item.month)
    if deadline is None or item.submitted <= deadline:
        return None
    return finding(
        "Q-LATE", item.subject, item=item.item, month=item.month, submitted=item.submitted, deadline=deadline
    )


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
