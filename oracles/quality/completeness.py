"""Completeness and punctuality: 12 of 12 months, none twice, none late (D-06)."""

from collections.abc import Iterable, Iterator
from datetime import date

from oracles.quality.findings import Finding, finding, threshold
from oracles.quality.records import MonthlyItem
from oracles.quality.required import required
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
        expected: sub-units (entity, sub-unit, sector) that must have every duty of their sector in every month, even
            if nothing at all was filed; any item of a duty meets it.

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
    needed = int(threshold("quality_months_needed", date(year, 12, 31)))
    gaps: dict[tuple[str, str, str], set[int]] = {}
    for entity, subunit, sector in expected:
        for group in required(sector):
            mine = [key for key in seen if (key[0], main_unit(key[1])) == (entity, subunit) and key[2] in group]
            gaps[entity, subunit, "/".join(group)] = {month for key in mine for month in seen.pop(key)}
    gaps |= {key: set(months) for key, months in seen.items()}
    for (entity, subunit, name), filed in sorted(gaps.items()):
        missing = [month for month in range(1, needed + 1) if month not in filed]
        if missing:
            yield finding(
                "Q-MISSING",
                {"entity": entity, "subunit": subunit, "year": year},
                item=name,
                needed=needed,
                have=needed - len(missing),
                missing=", ".join(map(str, missing)),
            )


def main_unit(subunit: str) -> str:
    """The sub-unit of a series that is one of several sources in it (``1/coal-a``)."""
    return subunit.partition("/")[0]
