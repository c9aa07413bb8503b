"""From a report workbook to the document the input model takes; mistakes are told with sheet and cell."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import load_workbook  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

from oracles.accounting.model import Report
from oracles.accounting.reading import validate
from oracles.accounting.refusal import Refusal, RefusedError
from oracles.accounting.workbook import limits
from oracles.accounting.workbook.cells import Cell, CellError, convert, refusal
from oracles.accounting.workbook.columns import (
    OUTPUT_COLUMNS,
    OUTPUTS_SHEET,
    REPORT_FIELDS,
    REPORT_SHEET,
    SOURCE_COLUMNS,
    SOURCES_SHEET,
    TESTED,
    Column,
)
from registry_sdk.calc.result import Text

MAX_REFUSALS = 200
Row = tuple[Cell, ...]


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


def read_workbook(path: Path) -> tuple[Report, Places]:
    """The report in ``path`` and where each field stands. Raises RefusedError with sheet, cell and rule."""
    facts = limits.check(path)
    missing = [sheet for sheet in (REPORT_SHEET, SOURCES_SHEET) if sheet not in facts]
    if missing:
        names = "、".join(facts) or "-"
        raise RefusedError(
            Refusal(
                sheet,
                limits.RULE,
                Text(f"缺少工作表 {sheet}；现有：{names}", f"sheet {sheet} is missing; there are: {names}"),
                Text("用模板填报", "use the template"),
            )
            for sheet in missing
        )
    mistakes = [
        each
        for sheet in (REPORT_SHEET, SOURCES_SHEET, OUTPUTS_SHEET)
        if sheet in facts
        for each in limits.shape_refusals(sheet, facts[sheet])
    ]
    if mistakes:
        raise RefusedError(mistakes)
    try:
        rows = {
            sheet: list(_rows(path, sheet)) for sheet in (REPORT_SHEET, SOURCES_SHEET, OUTPUTS_SHEET) if sheet in facts
        }
    except limits.READ_ERRORS as error:
        raise limits.damaged(error) from None
    return _report(rows)


def _report(rows: dict[str, list[Row]]) -> tuple[Report, Places]:
    places = Places()
    mistakes: list[Refusal] = []
    document = _fields(rows[REPORT_SHEET], places, mistakes)
    document["sources"] = _table(rows[SOURCES_SHEET], SOURCES_SHEET, SOURCE_COLUMNS, "sources", places, mistakes)
    outputs = _table(rows.get(OUTPUTS_SHEET, []), OUTPUTS_SHEET, OUTPUT_COLUMNS, "outputs", places, mistakes)
    if outputs:
        document["outputs"] = outputs
    if mistakes:
        raise RefusedError(mistakes[:MAX_REFUSALS])
    for source in document["sources"]:
        _spread(source)
    report = locate(places, lambda: validate(document))
    if not isinstance(report, Report):
        raise TypeError("a workbook holds an emission report")
    return report, places


def locate(places: Places, act: Any) -> Any:
    """``act()``, with the refusals it raises moved from field paths to cells."""
    try:
        return act()
    except RefusedError as error:
        raise RefusedError(
            Refusal(places.of(each.where), each.rule, each.problem, each.valid) for each in error.refusals
        ) from None


def _rows(path: Path, sheet: str) -> Iterator[Row]:
    """Rows of cells; values and formulas are read side by side, because a file stores both."""
    shape = {"max_row": limits.MAX_ROWS, "max_col": limits.MAX_COLUMNS}
    with (
        closing(load_workbook(path, read_only=True, data_only=True)) as values,
        closing(load_workbook(path, read_only=True, data_only=False)) as formulas,
    ):
        pairs = zip(values[sheet].iter_rows(**shape), formulas[sheet].iter_rows(**shape), strict=False)
        for number, (stored, written) in enumerate(pairs, start=1):
            yield tuple(
                _cell(f"{sheet}!{get_column_letter(index)}{number}", *both)
                for index, both in enumerate(zip(stored, written, strict=False), start=1)
            )


def _cell(place: str, stored: Any, written: Any) -> Cell:
    formula = written.value if written.value is not None and written.data_type == "f" else None
    value = stored.value
    if isinstance(value, str) and not value.strip():
        value = None
    return Cell(place, value, None if formula is None else str(formula), stored.data_type == "e")


def _filled(cell: Cell) -> bool:
    return cell.value is not None or cell.formula is not None


def _fields(rows: Sequence[Row], places: Places, mistakes: list[Refusal]) -> dict[str, Any]:
    """Label in column A, value in column B."""
    known = {field.header: field for field in REPORT_FIELDS}
    found: dict[str, Any] = {}
    for row in rows:
        if len(row) < 2 or not isinstance(row[0].value, str) or row[0].value.strip() not in known:
            continue
        field = known[row[0].value.strip()]
        places[field.key] = row[1].place
        if _filled(row[1]):
            _take(row[1], field, found, mistakes)
        elif field.required:
            mistakes.append(_empty(row[1].place, field))
    for field in REPORT_FIELDS:
        if field.required and field.key not in places:
            mistakes.append(_no_header(REPORT_SHEET, field))
    return found


def _table(
    rows: Sequence[Row], sheet: str, columns: tuple[Column, ...], name: str, places: Places, mistakes: list[Refusal]
) -> list[dict[str, Any]]:
    """Headers in row 1 in any order, one record per filled row below."""
    if not rows:
        return []
    known = {column.header: column for column in columns}
    headers: dict[int, Column] = {}
    for index, cell in enumerate(rows[0]):
        label = cell.value.strip() if isinstance(cell.value, str) else None
        if label in known and known[label] not in headers.values():
            headers[index] = known[label]
        elif _filled(cell):
            mistakes.append(_unknown_header(cell, columns))
    mistakes += [_no_header(sheet, column) for column in columns if column.required and column not in headers.values()]
    records: list[dict[str, Any]] = []
    for row in islice(rows, 1, None):
        if any(_filled(cell) for cell in row):
            records.append(_record(row, headers, f"{name}[{len(records)}]", places, mistakes))
    return records


def _record(
    row: Row, headers: dict[int, Column], prefix: str, places: Places, mistakes: list[Refusal]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for index, cell in enumerate(row):
        column = headers.get(index)
        if column is None:
            if _filled(cell):
                mistakes.append(_stray(cell))
            continue
        places[".".join((prefix, *column.path))] = cell.place
        if _filled(cell):
            _take(cell, column, found, mistakes)
        elif column.required:
            mistakes.append(_empty(cell.place, column))
    return found


def _take(cell: Cell, column: Column, found: dict[str, Any], mistakes: list[Refusal]) -> None:
    try:
        value = convert(cell, column)
    except CellError as error:
        mistakes.append(refusal(cell, column, error))
        return
    inner = found
    for step in column.path[:-1]:
        inner = inner.setdefault(step, {})
    inner[column.path[-1]] = value
    if column.unit:
        inner["unit"] = column.unit


def _spread(source: dict[str, Any]) -> None:
    """Laboratory and meter columns belong to the figures of their row."""
    lab, meter = source.pop("lab", None), source.pop("meter", None)
    if meter is not None:
        first, last = meter.pop("first", None), meter.pop("last", None)
        if first is not None or last is not None:
            meter["certificates"] = [
                {key: value for key, value in (("first", first), ("last", last)) if value is not None}
            ]
        for name in ("amount", "anode_effect"):
            if name in source:
                source[name]["meter"] = meter
    if lab is not None:
        for name in TESTED:
            if name in source:
                source[name]["lab"] = lab


def _empty(place: str, column: Column) -> Refusal:
    return Refusal(
        place, column.rule, Text("单元格为空", "the cell is empty"), Text(f"填写{column.zh}", f"fill in {column.key}")
    )


def _no_header(sheet: str, column: Column) -> Refusal:
    return Refusal(
        sheet,
        column.rule,
        Text(f"缺少“{column.header}”", f"“{column.header}” is missing"),
        Text("用模板的表头", "use the headers of the template"),
    )


def _unknown_header(cell: Cell, columns: tuple[Column, ...]) -> Refusal:
    known = "；".join(column.header for column in columns)
    return Refusal(
        cell.place, limits.RULE, Text("表头不认识或重复", "the header is unknown or given twice"), Text(known, known)
    )


def _stray(cell: Cell) -> Refusal:
    return Refusal(
        cell.place,
        limits.RULE,
        Text("没有表头的列中有值", "there is a value in a column without a header"),
        Text("删除该值", "remove the value"),
    )
