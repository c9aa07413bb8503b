"""A report against the months it comes from: nothing changed, nothing added, nothing left out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from oracles.accounting import Report
from oracles.accounting.model import Source
from oracles.annual.building import source_id
from oracles.annual.plan import PROPERTIES, Plan, PlanSource
from registry_sdk.evidence import Item

ABSENT = "-"
#: What stands in one place: value, unit and, for an amount, what it is.
Figure = tuple[str, str, str]


@dataclass(frozen=True)
class Difference:
    """One figure that a report and its months tell differently; ABSENT where one of them has none."""

    where: str
    reported: str
    evidence: str


def differences(
    report: Report, plan: Plan, months: Mapping[int, Iterable[Item]], *, subunit: str | None = None
) -> Iterator[Difference]:
    """Every difference, in the order of the places. Nothing where the report follows from the months.

    Args:
        subunit: the report is of this sub-unit; None: of the whole entity.
    """
    reported, shown = dict(_of_report(report)), dict(_of_months(plan, months, subunit))
    for where in sorted(reported.keys() | shown.keys()):
        if reported.get(where) != shown.get(where):
            yield Difference(where, _said(reported.get(where)), _said(shown.get(where)))


def _of_report(report: Report) -> Iterator[tuple[str, Figure]]:
    for source in report.sources:
        yield source.id, (_plain(source.amount.value), source.amount.unit, _what(source.flow, source))
        for field in sorted(set(PROPERTIES.values())):
            measured = getattr(source, field)
            if measured is not None:
                yield f"{source.id} {field}", (_plain(measured.value), measured.unit, "")


def _of_months(plan: Plan, months: Mapping[int, Iterable[Item]], subunit: str | None) -> Iterator[tuple[str, Figure]]:
    for month, items in months.items():
        listed = list(items)
        for item in listed:
            counted, source = plan.counted(item), plan.source(item)
            if counted is None or subunit not in (None, source.subunit) or Decimal(item.value) == 0:
                continue
            where = source_id(item, month)
            yield where, (_plain(item.value), item.unit, _what(counted.flow, source))
            for each in listed:
                if each.code in PROPERTIES and each.source == item.source:
                    yield f"{where} {PROPERTIES[each.code]}", (_plain(each.value), each.unit, "")


def _what(flow: str, source: Source | PlanSource) -> str:
    return ":".join((flow, source.item, source.subunit, source.process or "", source.unit_class or "")).rstrip(":")


def _plain(value: object) -> str:
    return f"{Decimal(str(value)).normalize():f}"


def _said(figure: Figure | None) -> str:
    return ABSENT if figure is None else " ".join(part for part in figure if part)
