"""Data quality: pure checks over streams of monthly figures. Every finding names its rule, its figures, its answer.

Order matters where a check says so: ``cross`` takes months grouped by ``months``; ``own_history``, ``repeats`` and
``peers`` take streams ordered by time. Thresholds, ranges and texts are parameter data (table_quality.json).
"""

from collections.abc import Iterable
from itertools import chain

from oracles.quality.cems import cems_deviation
from oracles.quality.completeness import completeness
from oracles.quality.cross import cross, months
from oracles.quality.duplicates import same_evidence, same_series
from oracles.quality.findings import Finding
from oracles.quality.history import own_history, peers
from oracles.quality.patterns import digits, repeats
from oracles.quality.records import LabReport, Month, MonthlyItem
from oracles.quality.single import TESTED, single

SEVERITIES = ("high", "medium", "low")


def entity_findings(items: Iterable[MonthlyItem], year: int) -> list[Finding]:
    """Every check of one entity's figures, worst first. ``items`` may hold earlier years as history, in any order.

    Findings of earlier years are left out. Memory: the items of one entity.
    """
    ordered = sorted(items, key=lambda item: (item.entity, item.subunit, item.year, item.month, item.item))
    current = [item for item in ordered if item.year == year]
    expected = {(item.entity, item.subunit, item.sector) for item in current}
    by_time = sorted(ordered, key=lambda item: (item.year, item.month))
    found = chain(
        completeness(current, year, sorted(expected)),
        single(current),
        cross(months(current)),
        (each for each in own_history(by_time) if each.subject.get("year") == str(year)),
        digits(current),
        repeats(current),
    )
    return sorted(found, key=lambda each: SEVERITIES.index(each.severity))


__all__ = [
    "SEVERITIES",
    "TESTED",
    "Finding",
    "LabReport",
    "Month",
    "MonthlyItem",
    "cems_deviation",
    "completeness",
    "cross",
    "digits",
    "entity_findings",
    "months",
    "own_history",
    "peers",
    "repeats",
    "same_evidence",
    "same_series",
    "single",
]
