"""Writes the empty report workbook: bilingual headers, lists of allowed values, a guide sheet."""

from pathlib import Path
from typing import Any

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Font, PatternFill  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]
from openpyxl.worksheet.datavalidation import DataValidation  # type: ignore[import-untyped]

from oracles.accounting.flows import BY_SECTOR, PROCESSES
from oracles.accounting.metrics import OUTPUT_UNITS
from oracles.accounting.workbook.columns import (
    GUIDE_SHEET,
    OUTPUT_COLUMNS,
    OUTPUTS_SHEET,
    REPORT_FIELDS,
    REPORT_SHEET,
    SOURCE_COLUMNS,
    SOURCES_SHEET,
)
from oracles.sheets import REPORT, Column
from registry_sdk import parameters

_HEAD = Font(bold=True)
_FILL = PatternFill("solid", fgColor="DDEBF7")
_REQUIRED = PatternFill("solid", fgColor="FCE4D6")


def write_template(path: Path, sector: str, year: int) -> None:
    """An empty workbook for ``sector``. Raises KeyError for an unknown sector."""
    flows = BY_SECTOR[sector]
    book = Workbook()
    report = book.active
    if report is None:
        raise RuntimeError("a new workbook has a sheet")
    report.title = REPORT_SHEET
    preset: dict[str, Any] = {"sector": sector, "year": year, "rounding": "exact-once"}
    for number, field in enumerate(REPORT_FIELDS, start=1):
        report.cell(number, 1, field.header).font = _HEAD
        report.cell(number, 2, preset.get(field.key))
    report.column_dimensions["A"].width = 28
    report.column_dimensions["B"].width = 28
    sources = book.create_sheet(SOURCES_SHEET)
    used = {name for flow in flows.values() for name in flow.properties}
    _headers(sources, _columns_for(used, sector))
    choices = {
        "flow": list(flows),
        "process": list(PROCESSES),
        "unit_class": ["conventional_coal", "unconventional_coal"],
        "lab_mark": ["CMA", "CNAS", "none"],
        "lab_qualified": ["是", "否"],
        "meter_kind": [row["meter"] for row in parameters.table("meter_max_error")],
    }
    _choices(sources, _columns_for(used, sector), choices)
    outputs = book.create_sheet(OUTPUTS_SHEET)
    _headers(outputs, OUTPUT_COLUMNS)
    _choices(outputs, OUTPUT_COLUMNS, {"product": list(OUTPUT_UNITS[sector])})
    _guide(book.create_sheet(GUIDE_SHEET), sector)
    book.save(path)


def _columns_for(used: set[str], sector: str) -> tuple[Column, ...]:
    """The columns a sector has a use for."""
    optional = {"heat_value", "carbon_per_heat", "carbon_content", "unit_class", "anode_net_carbon", "anode_sulfur",
                "anode_ash", "anode_effect"} - used  # fmt: skip
    if sector != "steel":
        optional.add("process")
    return tuple(column for column in SOURCE_COLUMNS if column.path[0] not in optional)


def _headers(sheet: Any, columns: tuple[Column, ...]) -> None:
    for index, column in enumerate(columns, start=1):
        cell = sheet.cell(1, index, column.header)
        cell.font = _HEAD
        cell.fill = _REQUIRED if column.required else _FILL
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(index)].width = 18
    sheet.freeze_panes = "A2"


def _choices(sheet: Any, columns: tuple[Column, ...], choices: dict[str, list[str]]) -> None:
    for index, column in enumerate(columns, start=1):
        if column.key in choices:
            rule = DataValidation(type="list", formula1=f'"{",".join(choices[column.key])}"', allow_blank=True)
            rule.error = f"{column.zh}：{', '.join(choices[column.key])}"[:200]
            sheet.add_data_validation(rule)
            letter = get_column_letter(index)
            rule.add(f"{letter}2:{letter}{REPORT.rows}")


def _guide(sheet: Any, sector: str) -> None:
    """What may stand in flow and item, with units."""
    sheet.append(["流向 / flow", "说明", "meaning", "规则 / rule", "代码 / item", "名称", "name", "单位 / unit"])
    units = {row["fuel"]: row["fuel_unit"] for row in parameters.table("fuel_defaults")}
    for flow in BY_SECTOR[sector].values():
        head = [flow.key, flow.label.zh, flow.label.en, flow.rule]
        if flow.properties and flow.method != "aluminium":
            for row in parameters.table("fuel_groups"):
                sheet.append([*head, row["fuel"], row["name_zh"], row["name_en"], units.get(row["fuel"], "t")])
        else:
            unit = "MWh" if flow.key == "electricity" else "t"
            for row in parameters.table("accounting_items"):
                if flow.key in row["flows"]:
                    sheet.append([*head, row["item"], row["name_zh"], row["name_en"], unit])
    for letter, width in zip("ABCDEFGH", (18, 22, 30, 12, 30, 26, 34, 12), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
