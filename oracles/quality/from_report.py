"""Monthly items out of an emission report and its result, so that the same checks serve both."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from oracles.accounting import Accounted, Report
from oracles.accounting.model import Amount, Measured, Source
from oracles.quality.records import LabReport, MonthlyItem

GAS_UNIT = "1e4Nm3"
_AMOUNTS: Mapping[str, str] = {"clinker": "clinker", "aluminium": "aluminium"}
_PROPERTIES: Mapping[str, str] = {
    "heat_value": "heat_value",
    "carbon_per_heat": "carbon_per_heat",
    "carbon_content": "carbon_content",
    "anode_net_carbon": "anode_net_carbon",
    "anode_effect": "anode_effect",
}


def monthly_items(report: Report, result: Accounted | None = None) -> Iterator[MonthlyItem]:
    """Every monthly figure of ``report``; with ``result`` also the calculated emissions of each month.

    Rows without a month are left out: they are yearly. Fuel items are told apart by fuel, so several fuels of one
    month do not look like one item filed twice; the ratios of input to output need a single main fuel per sub-unit.
    """
    for source in report.sources:
        if source.month is not None:
            yield from _row(report, source, source.month)
    if result is not None:
        for month, tonnes in result.by_month().items():
            yield MonthlyItem(report.entity, report.sector, report.year, month, "emissions", tonnes, "tCO2")


def _row(report: Report, source: Source, month: int) -> Iterator[MonthlyItem]:
    gas = source.amount.unit == GAS_UNIT
    name = _AMOUNTS.get(source.flow) or (("gas_amount" if gas else "fuel_amount") if source.flow == "fuel" else None)
    subunit = source.subunit if source.flow != "fuel" else f"{source.subunit}/{source.item}"
    if name is not None:
        yield _item(report, month, subunit, name, source.amount)
    for field, item in _PROPERTIES.items():
        measured = getattr(source, field)
        if measured is not None:
            yield _item(report, month, subunit, f"gas_{item}" if gas and item == "heat_value" else item, measured)


def _item(report: Report, month: int, subunit: str, name: str, figure: Amount | Measured) -> MonthlyItem:
    value = Fraction(figure.value)
    lab = figure.lab if isinstance(figure, Measured) else None
    return MonthlyItem(
        entity=report.entity,
        sector=report.sector,
        year=report.year,
        month=month,
        item=name,
        value=value,
        unit=figure.unit,
        written=f"{figure.value:f}",
        subunit=subunit,
        lab=None
        if lab is None
        else LabReport(lab.report, lab.id, value, lab.mark, True, lab.validity.last, lab.tested_on),
    )
