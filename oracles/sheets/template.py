"""Writes the empty files that people fill in: bilingual headers, lists of allowed values, notes, locked heads."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Font, PatternFill, Protection  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]
from openpyxl.worksheet.datavalidation import DataValidation  # type: ignore[import-untyped]

from oracles.sheets.columns import DATE, INTEGER, NUMBER, TIME, YES_NO, Column

GUIDE: Final = "说明 Guide"
COLUMNS: Final = "列 Columns"
MAX_LIST: Final = 255
"""Characters of a list of allowed values that a spreadsheet takes."""

_HEAD = Font(bold=True)
_FILL = PatternFill("solid", fgColor="DDEBF7")
_REQUIRED = PatternFill("solid", fgColor="FCE4D6")
_FORMATS: Final[Mapping[str, str]] = {DATE: "yyyy-mm-dd", TIME: "yyyy-mm-dd hh:mm"}
_KINDS: Final[Mapping[str, str]] = {
    NUMBER: "数值 number",
    INTEGER: "整数 whole number",
    DATE: "日期 date",
    TIME: "时刻 time",
    YES_NO: "是/否 yes/no",
}


@dataclass(frozen=True)
class Sheet:
    """A sheet of a template: a table (headers in row 1), or fields (labels in column A, values in column B)."""

    name: str
    columns: Sequence[Column]
    is_table: bool = True
    preset: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def choices_of(self, column: Column) -> Sequence[str]:
        return self.choices.get(column.key) or column.choices


def write_xlsx(path: Path, sheets: Sequence[Sheet], guide: Sequence[Sequence[Any]], rows: int) -> None:
    """A workbook whose heads are locked and whose cells are open; the guide lists codes, another sheet the columns."""
    book = Workbook()
    book.remove(book.active)
    for each in sheets:
        (_table if each.is_table else _fields)(book.create_sheet(each.name), each, rows)
    _rows(book.create_sheet(COLUMNS), _columns(sheets))
    _rows(book.create_sheet(GUIDE), guide)
    content = BytesIO()
    book.save(content)
    # a failing disk must not leave half a workbook: it is complete in memory before the file is touched
    path.write_bytes(content.getvalue())


def write_csv(path: Path, columns: Sequence[Column]) -> None:
    """The head of a CSV file, in UTF-8 with the mark that spreadsheets look for."""
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([column.header for column in columns])
    path.write_bytes(text.getvalue().encode("utf-8-sig"))


def _fields(sheet: Any, spec: Sheet, _rows: int) -> None:
    for number, column in enumerate(spec.columns, start=1):
        _head(sheet.cell(number, 1, column.header), column)
        value = sheet.cell(number, 2, spec.preset.get(column.key))
        value.protection = Protection(locked=False)
        value.number_format = _FORMATS.get(column.kind, "General")
        _validate(sheet, spec, column, f"B{number}")
    sheet.column_dimensions["A"].width = sheet.column_dimensions["B"].width = 28
    sheet.protection.sheet = True


def _table(sheet: Any, spec: Sheet, rows: int) -> None:
    for index, column in enumerate(spec.columns, start=1):
        letter = get_column_letter(index)
        _head(sheet.cell(1, index, column.header), column)
        dimension = sheet.column_dimensions[letter]
        dimension.width = 18
        dimension.protection = Protection(locked=False)
        dimension.number_format = _FORMATS.get(column.kind, "General")
        _validate(sheet, spec, column, f"{letter}2:{letter}{rows}")
    sheet.freeze_panes = "A2"
    sheet.protection.sheet = True
    sheet.protection.insertRows = sheet.protection.deleteRows = False
    sheet.protection.formatCells = sheet.protection.formatColumns = False


def _head(cell: Any, column: Column) -> None:
    cell.font = _HEAD
    cell.fill = _REQUIRED if column.required else _FILL
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.protection = Protection(locked=True)


def _validate(sheet: Any, spec: Sheet, column: Column, area: str) -> None:
    """The list of allowed values, or that a number, date or time is one: the spreadsheet tells a mistake at once."""
    choices = spec.choices_of(column) or (("是", "否") if column.kind == YES_NO else ())
    joined = ",".join(choices)
    if choices and len(joined) <= MAX_LIST:
        rule = DataValidation(type="list", formula1=f'"{joined}"', allow_blank=True)
    elif column.kind in (NUMBER, INTEGER):
        kind = "whole" if column.kind == INTEGER else "decimal"
        rule = DataValidation(type=kind, operator="between", formula1="-1E+15", formula2="1E+15", allow_blank=True)
    elif column.kind in _FORMATS:
        rule = DataValidation(type="date", operator="greaterThan", formula1="36526", allow_blank=True)
    else:
        return
    rule.showErrorMessage = True
    rule.error = f"{column.zh} / {column.key}: {joined or _KINDS[column.kind]}"[:200]
    sheet.add_data_validation(rule)
    rule.add(area)


def _columns(sheets: Sequence[Sheet]) -> list[Sequence[Any]]:
    heads = (
        "工作表 / sheet",
        "列 / column",
        "类型 / kind",
        "单位 / unit",
        "必填 / required",
        "规则 / rule",
        "说明 / note",
    )
    rows: list[Sequence[Any]] = [heads]
    for spec in sheets:
        for column in spec.columns:
            note = "" if column.note is None else f"{column.note.zh} / {column.note.en}"
            choices = ", ".join(spec.choices_of(column))
            kind = _KINDS.get(column.kind, "文字 text")
            required = "是 yes" if column.required else "否 no"
            rows.append((spec.name, column.header, kind, column.unit, required, column.rule, choices or note))
    return rows


def _rows(sheet: Any, rows: Sequence[Sequence[Any]]) -> None:
    for row in rows:
        sheet.append(list(row))
    for index in range(1, 10):
        sheet.column_dimensions[get_column_letter(index)].width = 24
    for cell in sheet[1]:
        cell.font = _HEAD
    sheet.freeze_panes = "A2"
    sheet.protection.sheet = True
