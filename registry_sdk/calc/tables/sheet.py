"""One sheet of rows under declared columns: headers matched by key or title, cells read, errors kept per row."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.tables.columns import Column


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """A named sheet: its columns, the rule its rows belong to, and whether at least one row must be there."""

    name: str
    zh: str
    en: str
    rule: str
    columns: tuple[Column, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class RowError:
    """Where and why a row was refused; ``row`` counts as the file shows it (1 is the first)."""

    sheet: str
    row: int
    error: CalculationError

    def to_json(self) -> dict[str, Any]:
        found = self.error.to_json()
        return {"sheet": self.sheet, "row": self.row, "column": found.pop("field"), **found}

    def __str__(self) -> str:
        return f"{self.sheet} 第 {self.row} 行 row {self.row}: {self.error}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row that could be read; missing cells are None."""

    sheet: str
    number: int
    values: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def fails(self, error: CalculationError) -> RowError:
        return RowError(self.sheet, self.number, error)


RawRow = tuple[int, Mapping[str, Any]]
"""Row number as people see it, and the cells by header."""


def read_sheet(spec: SheetSpec, rows: Iterable[RawRow]) -> tuple[list[Row], list[RowError]]:
    """Typed rows and the errors of all rows that are not; every wrong cell is reported, not only the first."""
    known = {column.key: column for column in spec.columns}
    found: list[Row] = []
    errors: list[RowError] = []
    headers: dict[str, Column | CalculationError] = {}
    for number, cells in rows:
        values: dict[str, Any] = dict.fromkeys(known)
        problems: list[CalculationError] = []
        seen: dict[str, str] = {}
        for header, cell in cells.items():
            if header not in headers:
                headers[header] = match_header(header, spec.columns, spec.rule)
            column = headers[header]
            if isinstance(column, CalculationError):
                if not _is_empty(cell):
                    problems.append(column)
                continue
            if _is_empty(cell):
                continue
            if column.key in seen:
                problems.append(_twice(column, seen[column.key], header))
                continue
            seen[column.key] = header
            values[column.key] = _collect(column, cell, problems)
        for key, column in known.items():
            if key not in seen:
                _collect(column, None, problems)
        if problems:
            errors.extend(RowError(spec.name, number, problem) for problem in problems)
        else:
            found.append(Row(spec.name, number, values))
    if spec.required and not found and not errors:
        errors.append(
            RowError(spec.name, 1, CalculationError(
                spec.rule, spec.name, "没有数据行", "there are no rows", "至少一行数据", "at least one row"
            ))
        )  # fmt: skip
    return found, errors


def _is_empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _twice(column: Column, first: str, second: str) -> CalculationError:
    return column.refusal(
        f"{str(first)[:60]} 与 {str(second)[:60]} 是同一列", f"{str(first)[:60]} and {str(second)[:60]} are one column",
        f"只留一列：{column.title}", f"one of them: {column.key}",
    )  # fmt: skip


def _collect(column: Column, cell: Any, problems: list[CalculationError]) -> Any:
    try:
        return column.read(cell)
    except CalculationError as error:
        problems.append(error)
        return None


def match_header(header: str, columns: Sequence[Column], rule: str) -> Column | CalculationError:
    """The column whose key, title, zh or en name ``header`` is; else the refusal, which knows about wrong units."""
    text = str(header).strip()
    for column in columns:
        if text in (column.key, column.title, column.zh, column.en):
            return column
    for column in columns:
        if _stem(text) in {_stem(column.key), _stem(column.title), _stem(column.zh), _stem(column.en)}:
            if column.unit and _unit_of(text) not in ("", column.unit):
                return CalculationError(
                    column.rule, text[:60], f"单位不符：应为 {column.unit}", f"wrong unit: {column.unit} is expected",
                    column.title, column.key,
                )  # fmt: skip
            return column
    keys = [column.key for column in columns]
    close = ", ".join(get_close_matches(text, keys, n=3, cutoff=0.5)) or ", ".join(keys)
    return CalculationError(rule, text[:60], f"没有列 {text[:60]!r}", f"unknown column {text[:60]!r}", close, close)


_UNIT = re.compile(r"(?:_([A-Za-z0-9]+)|\s*[(（]([^)）]*)[)）])$")
_UNITS = {"mwh", "kwh", "gwh", "wh", "gj", "tj", "mj", "kj", "t", "kg", "mt", "kt", "pct", "ratio", "yuan"}


def _unit_of(text: str) -> str:
    found = _UNIT.search(text)
    unit = (found[1] or found[2] or "") if found else ""
    return unit if found and (found[2] is not None or unit.lower() in _UNITS) else ""


def _stem(text: str) -> str:
    found = _UNIT.search(text)
    if found and (found[2] is not None or found[1].lower() in _UNITS):
        text = text[: found.start()]
    return re.sub(r"\s+", " ", text).strip().lower()
