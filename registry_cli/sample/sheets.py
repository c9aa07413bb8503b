"""Papers behind the items: the month's sheet on the registry's own template, ledgers, test reports, stack monitors."""

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from openpyxl import load_workbook  # type: ignore[import-untyped]

from oracles.accounting.model import Lab
from oracles.sources.cems import columns as cems
from oracles.sources.evidence_sheet import COLUMNS, FIELDS, REPORT_SHEET, SHEET
from oracles.sources.templates import TEMPLATES
from registry_cli.sample.plants import CEMS, DERIVED, MONTHLY, YEAR, Plant, Series
from registry_sdk.calc.compliance.calendar import BEIJING
from registry_sdk.evidence import decimal_text

LEDGER: Final = "ledger.csv"
MONITOR: Final = "cems.csv"
FIRST_ROW: Final = 2


def monthly_sheet(path: Path, plant: Plant, month: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Fill in the template of monthly evidence.

    Args:
        rows: by key of the template's columns.
    """
    TEMPLATES[f"evidence-{plant.sector}"](path, YEAR, month)
    book = load_workbook(path)
    places = [column.key for column in FIELDS]
    book[REPORT_SHEET].cell(places.index("entity") + 1, 2, str(plant.number))
    sheet = book[SHEET]
    for number, row in enumerate(rows, start=FIRST_ROW):
        for index, column in enumerate(COLUMNS, start=1):
            if row.get(column.key) is not None:
                sheet.cell(number, index, row[column.key])
    book.save(path)


def ledger(path: Path, plant: Plant, month: int, values: Mapping[str, Decimal]) -> None:
    """What is read off or added up by hand in a month."""
    rows = [
        (each.kind, decimal_text(values[each.kind]), each.unit, each.meter[0])
        for each in plant.series
        if each.how in (MONTHLY, DERIVED)
    ]
    _csv(path, (f"{plant.name} {YEAR}-{month:02}", "数值 value", "单位 unit", "计量器具 meter"), rows)


def cems_file(path: Path, plant: Plant, month: int, days: int) -> None:
    """Hourly records of every monitored stack, on the columns of the template."""
    columns = cems.columns("hourly")
    rows = [
        tuple(_hour(series, end, gas, flow).get(column.key, "") for column in columns)
        for series in plant.series
        if series.how == CEMS
        for end, gas, flow in plant.stack(series, month, days)
    ]
    _csv(path, tuple(column.header for column in columns), rows)


def test_report(path: Path, lab: Lab, series: Series, month: int, value: Decimal) -> None:
    """What the laboratory sends."""
    lines = (
        f"检测报告 test report {lab.report}",
        f"机构 laboratory {lab.id} ({lab.mark})",
        f"检测日 tested on {lab.tested_on.isoformat()}",
        f"{series.kind} {YEAR}-{month:02}: {decimal_text(value)} {series.unit}",
    )
    path.write_text("\n".join(lines), encoding="utf-8")


def _hour(series: Series, end: datetime, gas: Decimal, flow: Decimal) -> dict[str, str]:
    """One hour as the monitor reports it; only concentration and flow enter the mass."""
    start = (end - timedelta(hours=1)).astimezone(BEIJING)
    load = flow / Decimal("36")
    return {
        "stack": series.source,
        "hour": start.strftime("%Y-%m-%d %H:%M"),
        "concentration": decimal_text(gas),
        "flow": decimal_text(flow),
        "co2_percent": f"{gas / Decimal('19.64'):.2f}",
        "velocity": f"{load * 16:.1f}",
        "o2_percent": "6.1",
        "temperature": f"{load * 56:.1f}",
        "humidity_percent": "8.7",
        "load_percent": f"{load * 100:.1f}",
        "mass": decimal_text(gas * flow / 100),
    }


def _csv(path: Path, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows([head, *rows])
