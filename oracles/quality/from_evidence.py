"""Monthly items out of sealed months of evidence, so that the same checks and the picture serve both."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from oracles.accounting import RefusedError, account
from oracles.accounting.model import Meter
from oracles.annual import Plan, build_report
from oracles.evidence.months import Filed, MonthStore, Version
from oracles.quality.reading import invalid
from oracles.quality.records import LabReport, MonthlyItem
from oracles.quality.required import name_of
from oracles.refusals import refuse
from registry_sdk.evidence import Item
from registry_sdk.evidence.clock import day_of

#: Test reports by year, month and kind of the item.
Tests = Mapping[tuple[int, int, str], LabReport]
UNIT = "unit-"


def evidence_items(
    store: MonthStore, number: int, plan: Plan | None = None, tests: Tests | None = None
) -> list[MonthlyItem]:
    """Every figure of an account that a check knows, from the newest sealed version of each month, all years.

    Args:
        plan: tells sub-units of sources; without it a source ``unit-2`` is sub-unit 2 and any other belongs to 1.
        tests: what the test reports say; evidence holds their hashes only.

    Memory: the items of one account.

    Raises:
        OracleError: ItemDamaged, SectorDiffers (the plan is of another one), InputInvalid (nothing is sealed).
    """
    found: list[MonthlyItem] = []
    first = {each.month: each.sealed_at for each in reversed(store.versions(number)) if each.sealed_at}
    for version in _sealed(store, number):
        if plan and plan.sector != version.sector:
            raise refuse("SectorDiffers", given=plan.sector, expected=version.sector)
        found += _month(version, first[version.month], list(store.items(version)), plan, tests or {})
    if not found:
        raise invalid(f"--evidence {number}", "没有已封存的月份", "no month is sealed")
    return found


def evidence_emissions(
    store: MonthStore, number: int, year: int, plan: Plan, meters: Mapping[str, Meter] | None = None
) -> Iterator[MonthlyItem]:
    """Emissions of each sub-unit and month of a year, calculated from its sealed months by the plan.

    Raises:
        OracleError: ItemDamaged, or the months cannot be calculated.
    """
    months = {
        each.month.month: [filed.item for filed in store.items(each)]
        for each in _sealed(store, number)
        if each.month.year == year
    }
    units = {subunit_of(item, plan) for items in months.values() for item in items if plan.counted(item)}
    for unit in sorted(units):
        try:
            report = build_report(str(number), year, plan, months, subunit=unit, meters=meters)
            figures = account(report).by_month()
        except RefusedError as error:
            text = "; ".join(map(str, error.refusals[:5]))
            raise invalid(f"--evidence {number}", text, text) from None
        for month, tonnes in figures.items():
            yield MonthlyItem(str(number), plan.sector, year, month, "emissions", tonnes, "tCO2", subunit=unit)


def subunit_of(item: Item, plan: Plan | None) -> str:
    """Sub-unit of an item: the number of a source such as ``unit-2``, else what the plan says of its source."""
    if item.source.startswith(UNIT):
        return item.source.removeprefix(UNIT)
    return plan.source(item).subunit if plan else "1"


def _sealed(store: MonthStore, number: int) -> Iterable[Version]:
    newest = {each.month: each for each in store.versions(number) if each.root}
    return newest.values()


def _month(version: Version, first: int, filed: list[Filed], plan: Plan | None, tests: Tests) -> Iterator[MonthlyItem]:
    sources: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in filed:
        sources[subunit_of(each.item, plan), each.item.code].add(each.item.source)
    for each in filed:
        item, name = each.item, name_of(version.sector, each.item.code)
        if name is None:
            continue
        unit = subunit_of(item, plan)
        # several sources of one sub-unit are several series, not one figure filed twice
        subunit = f"{unit}/{item.source}" if len(sources[unit, item.code]) > 1 else unit
        year, month = version.month.year, version.month.month
        yield MonthlyItem(
            entity=str(version.month.account),
            sector=version.sector,
            year=year,
            month=month,
            item=name,
            value=Fraction(item.value),
            unit=item.unit,
            written=item.value,
            subunit=subunit,
            document="0x" + item.document.hex(),
            submitted=day_of(min(each.submitted_at, first)),  # a correction is not late: its month came before
            meter=item.meter,
            calibrated_until=item.calibrated_until,
            lab=tests.get((year, month, item.kind)),
            is_sealed=True,
        )
