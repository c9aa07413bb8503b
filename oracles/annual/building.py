"""The annual report out of its months."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from oracles.accounting import Report, validate
from oracles.accounting.model import Lab, Meter
from oracles.annual.plan import PROPERTIES, Plan
from oracles.refusals import refuse
from registry_sdk.evidence import Item

#: Test report by month and kind of the item.
Labs = Mapping[tuple[int, str], Lab]


def build_report(
    entity: str,
    year: int,
    plan: Plan,
    months: Mapping[int, Iterable[Item]],
    *,
    subunit: str | None = None,
    meters: Mapping[str, Meter] | None = None,
    labs: Labs | None = None,
) -> Report:
    """One row a source and month, with the properties that stand beside its amount.

    Args:
        entity: name under which the report stands.
        months: items by month, 1 to 12.
        subunit: only what belongs to this sub-unit; None for all.
        meters: meters with their certificates, by number.
        labs: test reports of tested items.

    Raises:
        OracleError: two amounts share a source and month.
        RefusedError: what they give is no valid report.
    """
    rows: dict[str, dict[str, Any]] = {}
    for month, items in sorted(months.items()):
        listed = list(items)
        properties = {each.kind: each for each in listed if each.code in PROPERTIES}
        for item in listed:
            counted, source = plan.counted(item), plan.source(item)
            if counted is None or subunit not in (None, source.subunit) or _is_idle(item):
                continue
            name = source_id(item, month)
            if name in rows:
                raise refuse("ReportUnreadable", detail_zh=f"{name} 有两项", detail=f"{name} stands twice")
            rows[name] = {
                "id": name,
                "flow": counted.flow,
                "month": month,
                **source.model_dump(exclude_none=True),
                "amount": _amount(item, meters or {}),
                **{
                    PROPERTIES[each.code]: _measured(each, month, meters or {}, labs or {})
                    for each in properties.values()
                    if each.source == item.source
                },
            }
    document = {"entity": entity, "sector": plan.sector, "year": year, "sources": list(rows.values())}
    report = validate(document)
    if not isinstance(report, Report):
        raise TypeError("an emission report has no other kind")
    return report


def source_id(item: Item, month: int) -> str:
    """Name of the row that an item's amount makes."""
    return f"{item.kind}@{month:02}"


def _is_idle(item: Item) -> bool:
    """Nothing burnt, nothing sold: the month shows it, the report needs no row for it."""
    return Decimal(item.value) == 0


def _amount(item: Item, meters: Mapping[str, Meter]) -> dict[str, Any]:
    return {"value": item.value, "unit": item.unit, **_meter(item, meters)}


def _measured(item: Item, month: int, meters: Mapping[str, Meter], labs: Labs) -> dict[str, Any]:
    lab = labs.get((month, item.kind))
    return _amount(item, meters) | ({} if lab is None else {"lab": lab.model_dump(mode="json")})


def _meter(item: Item, meters: Mapping[str, Meter]) -> dict[str, Any]:
    meter = meters.get(item.meter)
    return {} if meter is None else {"meter": meter.model_dump(mode="json")}
