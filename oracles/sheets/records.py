"""Tables and fields of a sheet as records under declared columns; every mistake is told, with its cell and rule."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

from oracles.accounting.refusal import Refusal
from oracles.sheets.cells import Cell, CellError, Row, convert, refusal
from oracles.sheets.columns import Column
from oracles.sheets.limits import RULE, Mistakes
from registry_sdk.calc.result import Text


class Places(dict[str, str]):
    """Field path -> "sheet!cell"."""

    def of(self, path: str) -> str:
        """The cell of the nearest field at or above ``path``; the path itself where no cell holds it."""
        probe = path
        while probe:
            if probe in self:
                return self[probe]
            probe = probe.rpartition(".")[0] if "." in probe else ""
        return next((cell for known, cell in self.items() if known.startswith(f"{path}.")), path)


@dataclass(slots=True)
class Record:
    """One filled row: values by column path, and the cell of each."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    cells: dict[tuple[str, ...], str] = field(default_factory=dict)
    is_whole: bool = True
    """False where a cell could not be read: its mistake is told already."""


def records(rows: Iterable[Row], sheet: str, columns: Sequence[Column], mistakes: Mistakes) -> Iterator[Record]:
    """Headers in the first row, in any order, one record per filled row below, one at a time.

    A header that is unknown, doubled or missing ends the table: rows under a wrong header would only repeat it.
    """
    source = iter(rows)
    head = next(source, None)
    if head is None:
        for column in columns:
            if column.required:
                mistakes.append(no_header(sheet, column))
        return
    before = len(mistakes)
    headers = _headers(head, sheet, columns, mistakes)
    if len(mistakes) > before:
        for _ in source:
            pass
        return
    for row in source:
        yield _record(row, headers, mistakes)


def _headers(head: Row, sheet: str, columns: Sequence[Column], mistakes: Mistakes) -> dict[int, Column]:
    known = {_label(column.header): column for column in columns}
    headers: dict[int, Column] = {}
    for index, cell in enumerate(head.cells):
        column = known.get(_label(cell.value)) if isinstance(cell.value, str) else None
        if column is not None and column in headers.values():
            mistakes.append(
                _header(cell, Text(f"表头“{column.header}”重复", f"“{column.header}” is given twice"), columns)
            )
        elif column is not None:
            headers[index] = column
        elif cell.filled:
            mistakes.append(_unknown(cell, columns))
    for column in columns:
        if column.required and column not in headers.values():
            mistakes.append(no_header(sheet, column))
    return headers


def _unknown(cell: Cell, columns: Sequence[Column]) -> Refusal:
    """A header of ours under another unit is told as that: reading the figures in it would be a silent conversion."""
    shown = str(cell.value)[:40]
    stem = _label(shown).partition(" [")[0]
    for column in columns:
        if column.unit and _label(column.header).partition(" [")[0] == stem:
            problem = Text(f"单位不符：“{shown}”", f"another unit: “{shown}”")
            return Refusal(cell.place, column.rule, problem, Text(column.header, column.header))
    return _header(cell, Text(f"表头“{shown}”不认识", f"the header “{shown}” is unknown"), columns)


def _label(text: str) -> str:
    return " ".join(text.split())


def _record(row: Row, headers: dict[int, Column], mistakes: Mistakes) -> Record:
    found = Record(row.number)
    before = len(mistakes)
    by_index = dict(enumerate(row.cells))
    for index, column in headers.items():
        cell = by_index.pop(index, None)
        if cell is None:
            cell = Cell(_beside(row, index), None)
        found.cells[column.path] = cell.place
        if cell.filled:
            take(cell, column, found.values, mistakes)
        elif column.required:
            mistakes.append(empty(cell.place, column))
    for cell in by_index.values():
        if cell.filled:
            mistakes.append(_stray(cell))
    found.is_whole = len(mistakes) == before
    return found


def _beside(row: Row, index: int) -> str:
    """Place of a cell past the last filled one of its row."""
    sheet, mark, _ = row.cells[0].place.rpartition("!")
    return f"{sheet}{mark}{get_column_letter(index + 1)}{row.number}"


def fields(
    rows: Iterable[Row], sheet: str, columns: Sequence[Column], places: Places, mistakes: Mistakes
) -> dict[str, Any]:
    """Label in column A, value in column B."""
    known = {_label(column.header): column for column in columns}
    found: dict[str, Any] = {}
    for row in rows:
        label = row.cells[0].value
        column = known.get(_label(label)) if isinstance(label, str) else None
        if column is None:
            continue
        cell = row.cells[1] if len(row.cells) > 1 else Cell(_beside(row, 1), None)
        if column.key in places:
            mistakes.append(
                _header(row.cells[0], Text(f"“{column.header}”重复", f"“{column.header}” is given twice"), columns)
            )
        places[column.key] = cell.place
        if cell.filled:
            take(cell, column, found, mistakes)
        elif column.required:
            mistakes.append(empty(cell.place, column))
    for column in columns:
        if column.required and column.key not in places:
            mistakes.append(no_header(sheet, column))
    return found


def take(cell: Cell, column: Column, found: dict[str, Any], mistakes: Mistakes) -> None:
    """Put the value of a filled cell where its column says, with the unit of the header where it states one."""
    try:
        value = convert(cell, column)
    except CellError as error:
        mistakes.append(refusal(cell, column, error))
        return
    inner = found
    for step in column.path[:-1]:
        inner = inner.setdefault(step, {})
    inner[column.path[-1]] = value
    if column.unit and len(column.path) > 1:
        inner["unit"] = column.unit


def empty(place: str, column: Column) -> Refusal:
    return Refusal(
        place, column.rule, Text("单元格为空", "the cell is empty"), Text(f"填写{column.zh}", f"fill in {column.key}")
    )


def no_header(sheet: str, column: Column) -> Refusal:
    return Refusal(
        sheet,
        column.rule,
        Text(f"缺少“{column.header}”", f"“{column.header}” is missing"),
        Text("用模板的表头", "use the headers of the template"),
    )


def _header(cell: Cell, problem: Text, columns: Sequence[Column]) -> Refusal:
    known = "；".join(column.header for column in columns)
    return Refusal(cell.place, RULE, problem, Text(known, known))


def _stray(cell: Cell) -> Refusal:
    return Refusal(
        cell.place,
        RULE,
        Text("没有表头的列中有值", "there is a value in a column without a header"),
        Text("删除该值", "remove the value"),
    )
