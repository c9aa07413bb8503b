"""Workbooks of tables: the first row names the columns, a second row of column keys is skipped."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Font, PatternFill  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

from oracles.accounting.refusal import Refusal
from oracles.sheets import Book, Cell, Mistakes, open_book
from oracles.sheets.limits import RULE
from registry_sdk.calc.result import Text
from registry_sdk.calc.tables.sheet import RawRow, SheetSpec

README = "readme"
_FORMULA_SIGNS = ("=", "+", "-", "@")


def read_workbook(path: Path, specs: Sequence[SheetSpec], aside: Sequence[str] = ()) -> dict[str, list[RawRow]]:
    """Rows by sheet name; a file of one unnamed sheet is taken as the first of ``specs``. Raises RefusedError.

    Args:
        aside: further sheets that the file may have, not read.
    """
    book = open_book(path)
    names = {spec.name: spec.name for spec in specs} | {spec.zh: spec.name for spec in specs}
    given = [sheet for sheet in book.sheets if sheet not in (README, *aside)]
    wanted = {sheet: names[sheet] for sheet in given if sheet in names}
    if not wanted and len(given) == 1:
        wanted = {given[0]: specs[0].name}
    valid = ", ".join(spec.name for spec in specs)
    mistakes = Mistakes()
    for sheet in given:
        if sheet not in wanted:
            mistakes.append(_file(sheet, f"没有工作表 {sheet}", f"unknown sheet {sheet}", valid))
    if len(set(wanted.values())) != len(wanted) or not wanted:
        mistakes.append(_file("file", "工作表缺少或重复", "sheets are missing or double", valid))
    mistakes.raise_any()
    keys = {spec.name: {column.key for column in spec.columns} for spec in specs}
    found = {name: _rows(book, sheet, keys[name], mistakes) for sheet, name in wanted.items()}
    mistakes.raise_any()
    return found


def _file(where: str, zh: str, en: str, valid: str) -> Refusal:
    return Refusal(where, RULE, Text(zh, en), Text(valid, valid))


def _rows(book: Book, sheet: str, keys: set[str], mistakes: Mistakes) -> list[RawRow]:
    rows = [(row.number, [_plain(cell) for cell in row.cells]) for row in book.rows(sheet, mistakes)]
    if not rows:
        return []
    number, first = rows[0]
    headers = ["" if value is None else str(value).strip() for value in first]
    doubled = {header for header in headers if header and headers.count(header) > 1}
    headers += [""] * (max(len(cells) for _, cells in rows) - len(headers))
    unnamed = [
        index
        for index, header in enumerate(headers)
        if not header and any(index < len(cells) and cells[index] is not None for _, cells in rows[1:])
    ]
    if doubled or unnamed:
        where = f"{sheet}!{get_column_letter(unnamed[0] + 1) if unnamed else 'A'}{number}"
        valid = "每列一个不同的列名 / a different name for every column"
        mistakes.append(_file(where, "列名缺少或重复", "a column name is missing or given twice", valid))
        return []
    body = rows[1:]
    if body and {value for value in body[0][1] if value is not None} <= keys:
        body = body[1:]
    return [(number, {h: c for h, c in zip(headers, cells, strict=False) if h}) for number, cells in body]


def _plain(cell: Cell) -> Any:
    """The value as the tables' columns take it; a formula without a result says so."""
    if cell.value is None and cell.formula is not None:
        return f"公式无结果 formula without a stored value: {cell.formula[:60]}"
    if isinstance(cell.value, Decimal):
        return int(cell.value) if cell.value == cell.value.to_integral_value() else float(cell.value)
    return cell.value


def write_tables(path: Path, sections: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """One sheet per section; text that a spreadsheet would take for a formula stays text."""
    book = Workbook(write_only=True)
    for name, rows in sections.items():
        sheet = book.create_sheet(name[:31])
        columns = list(dict.fromkeys(key for row in rows for key in row))
        sheet.append(columns)
        for row in rows:
            sheet.append([_safe(sheet, row.get(key)) for key in columns])
    _save(book, path)


def _save(book: Any, path: Path) -> None:
    # a failing disk must not leave half a workbook: it is complete in memory before the file is touched
    content = BytesIO()
    book.save(content)
    path.write_bytes(content.getvalue())


def _safe(sheet: Any, value: Any) -> Any:
    if isinstance(value, list | dict):
        value = str(value)
    if isinstance(value, str) and value.startswith(_FORMULA_SIGNS):
        cell = WriteOnlyCell(sheet, value)
        cell.data_type = "s"
        return cell
    return value


def write_template(path: Path, specs: Sequence[SheetSpec]) -> None:
    """Empty sheets with bilingual titles and the column keys below them, and a sheet that explains every column."""
    book = Workbook()
    book.remove(book.active)
    head = PatternFill("solid", fgColor="DDEBF7")
    for spec in specs:
        sheet = book.create_sheet(spec.name)
        for place, column in enumerate(spec.columns, start=1):
            title = sheet.cell(1, place, column.title)
            title.font, title.fill = Font(bold=column.required), head
            title.alignment = Alignment(wrap_text=True, vertical="top")
            sheet.cell(2, place, column.key).font = Font(color="808080", italic=True)
            sheet.column_dimensions[get_column_letter(place)].width = 20
        sheet.freeze_panes = "A3"
    notes = book.create_sheet(README)
    notes.append(
        ["表 / sheet", "列 / column", "标题 / title", "类型 / kind", "必填 / required", "规则 / rule", "取值 / values"]
    )
    for spec in specs:
        for column in spec.columns:
            required = "是 / yes" if column.required else "否 / no"
            choices = ", ".join(column.choices)
            notes.append([spec.name, column.key, column.title, column.kind, required, column.rule, choices])
    _save(book, path)
