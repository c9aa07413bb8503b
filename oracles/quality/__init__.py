"""Data quality: pure checks over streams of monthly figures. Every finding names its rule, its figures, its answer.

Order matters where a check says so: ``cross`` takes months grouped by ``months``; ``own_history``, ``repeats`` and
``peers`` take streams ordered by time. Thresholds, ranges and texts are parameter data (table_quality.json).
"""

from collections.abc import Iterable
from itertools import chain

from oracles.quality.cems import cems_deviation, monitored_months
from oracles.quality.completeness import completeness, main_unit
from oracles.quality.cross import cross, intensities, months
from oracles.quality.duplicates import same_evidence, same_series
from oracles.quality.findings import Finding
from oracles.quality.history import own_history, peers
from oracles.quality.patterns import digits, repeats
from oracles.quality.records import LabReport, Month, MonthlyItem
from oracles.quality.single import TESTED, single
from registry_sdk import parameters

SEVERITIES = ("high", "medium", "low")


def entity_findings(items: Iterable[MonthlyItem], year: int, *, required: bool = True) -> list[Finding]:
    """Every check of one entity's figures, worst first. ``items`` may hold earlier years as history, in any order.

    Args:
        required: every item that the sector files monthly must be there; not so in an annual report.

    Findings of earlier years are left out. Memory: the items of one entity.
    """
    ordered = sorted(items, key=lambda item: (item.entity, item.subunit, item.year, item.month, item.item))
    current = [item for item in ordered if item.year == year]
    expected = {(item.entity, main_unit(item.subunit), item.sector) for item in current if required}
    history = sorted([*ordered, *intensities(months(ordered))], key=lambda item: (item.year, item.month))
    found = chain(
        completeness(current, year, sorted(expected)),
        single(current),
        cross(months(current)),
        monitored_months(current),
        (each for each in own_history(history) if each.subject.get("year") == str(year)),
        digits(current),
        repeats(current),
    )
    return sorted(found, key=lambda each: SEVERITIES.index(each.severity))


def sector_findings(items: Iterable[MonthlyItem], year: int) -> list[Finding]:
    """Checks between firms: the same evidence, the same series, figures far from the sector. Worst first.

    Memory: the items of ``year`` of the firms given.
    """
    current = sorted(
        (item for item in items if item.year == year), key=lambda item: (item.month, item.entity, item.subunit)
    )
    varying = [row["item"] for row in parameters.table("quality_items") if row["varies"]]
    intensive = (item for item in current if item.item in TESTED)
    by_month = sorted([*intensive, *intensities(months(current))], key=lambda item: item.month)
    found = chain(same_evidence(current), same_series(current, varying), peers(by_month))
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
    "sector_findings",
    "single",
]
