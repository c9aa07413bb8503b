"""One sheet as a stream of rows: values and formulas in a single pass, a few rows in memory at a time.

The dimension that a file states about itself is not read: only cells that are there count.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Context, Decimal, DecimalException
from typing import Any, Final
from xml.parsers import expat

from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]
from openpyxl.utils.datetime import CALENDAR_MAC_1904, WINDOWS_EPOCH, from_excel  # type: ignore[import-untyped]

from oracles.accounting.refusal import Refusal
from oracles.sheets.cells import Cell, Row
from oracles.sheets.limits import MAX_CELL, MAX_COLUMNS, RULE, Limits, refused
from oracles.sheets.package import feed, local
from oracles.sheets.workbook import Parts
from registry_sdk.calc.result import Text

DIGITS: Final = Context(prec=15)
"""A workbook keeps a number as typed to 15 digits; digits after that are noise of its binary form."""
MAX_MERGED: Final = 50
ELEMENTS_PER_ROW: Final = 100
"""Bounds the time for a sheet full of empty cells, whatever its size unpacked."""


@dataclass(slots=True)
class SheetStream:
    """Reads one sheet. ``mistakes`` is complete once the rows have been taken: merged cells stand at the end."""

    name: str
    part: str
    parts: Parts
    limits: Limits
    mistakes: list[Refusal] = field(default_factory=list)
    _ready: list[Row] = field(default_factory=list)
    _row: int = 0
    _hidden: bool = False
    _cells: dict[int, Cell] = field(default_factory=dict)
    _column: int = 0
    _attributes: dict[str, str] = field(default_factory=dict)
    _into: str = ""
    _texts: dict[str, list[str]] = field(default_factory=dict)
    _merged: int = 0
    _over: bool = False
    _elements: int = 0

    def rows(self, archive: zipfile.ZipFile) -> Iterator[Row]:
        """Rows with at least one filled cell, in order. Raises RefusedError and READ_ERRORS."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        for _ in feed(archive, self.part, parser):
            yield from self._ready
            self._ready.clear()
            if self._over:
                return

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        self._elements += 1
        if self._elements > self.limits.rows * ELEMENTS_PER_ROW:
            raise refused("单元格过多", "too many cells", f"≤ {self.limits.rows} 行 / rows", self.name)
        if name == "row":
            self._row = int(attributes["r"]) if "r" in attributes else self._row + 1
            self._hidden = attributes.get("hidden", "0") in ("1", "true")
            self._cells, self._column = {}, 0
        elif name == "c":
            reference = attributes.get("r")
            self._column = _column_of(reference) if reference else self._column + 1
            self._attributes, self._texts = attributes, {}
        elif name in ("v", "f", "t"):
            self._into = "v" if name == "t" else name
            self._texts.setdefault(self._into, [])
        elif name == "mergeCell" and self._merged < MAX_MERGED:
            self._merged += 1
            self._wrong(attributes.get("ref", "")[:40], Text("合并单元格", "merged cells"), _UNMERGE)
        elif name == "col" and attributes.get("hidden", "0") in ("1", "true"):
            letter = get_column_letter(min(int(attributes.get("min", "1")), 18_278))
            self._wrong(f"{letter}:{letter}", Text("隐藏列", "a hidden column"), _UNHIDE)

    def _text(self, data: str) -> None:
        if self._into:
            pieces = self._texts[self._into]
            if len(pieces) <= MAX_CELL:
                pieces.append(data[: MAX_CELL + 1])

    def _end(self, tag: str) -> None:
        name = local(tag)
        if name in ("v", "f", "t"):
            self._into = ""
        elif name == "c":
            self._close_cell()
        elif name == "row" and self._cells:
            self._close_row()

    def _close_cell(self) -> None:
        if not self._texts:
            return
        place = f"{self.name}!{get_column_letter(min(self._column, 18_278))}{self._row}"
        cell = self._cell(place)
        if cell is None:
            return
        if self._column > MAX_COLUMNS:
            problem = Text(f"第 {MAX_COLUMNS} 列之后有值", f"there is a value past column {MAX_COLUMNS}")
            if len(self.mistakes) < MAX_MERGED:
                self.mistakes.append(Refusal(place, RULE, problem, Text("删除该值", "remove the value")))
            return
        self._cells[self._column] = cell

    def _cell(self, place: str) -> Cell | None:
        formula = "".join(self._texts["f"]) or "=" if "f" in self._texts else None
        raw = "".join(self._texts.get("v", ()))
        kind = self._attributes.get("t", "n")
        if kind == "inlineStr" or kind == "str":
            value: Any = raw
        elif not raw.strip():
            value = None
        else:
            value = self._typed(kind, raw)
        if isinstance(value, str) and not value.strip():
            value = None
        if value is None and formula is None:
            return None
        return Cell(place, value, formula, kind == "e" or value is _WRONG)

    def _typed(self, kind: str, raw: str) -> Any:
        if kind == "s":
            return self.parts.strings[int(raw)]
        if kind == "b":
            return raw.strip() in ("1", "true")
        if kind == "e":
            return raw[:40]
        if kind == "d":
            return datetime.fromisoformat(raw)
        try:
            number = DIGITS.create_decimal(raw.strip())
        except DecimalException:
            return raw[: MAX_CELL + 1]
        if int(self._attributes.get("s", "0")) in self.parts.date_styles and number.is_finite():
            return _date(number, self.parts.from_1904)
        return number if number.is_finite() else raw

    def _close_row(self) -> None:
        first = min(self._cells)
        if self._row > self.limits.rows:
            last = self.limits.rows
            problem = Text(f"数据超过第 {last} 行", f"there are rows past row {last}")
            self._wrong(f"A{self._row}", problem, Text(f"至多 {last - 1} 行数据", f"at most {last - 1} rows of data"))
            self._over = True
            return
        if self._hidden:
            self._wrong(
                f"{get_column_letter(first)}{self._row}", Text("隐藏行中有值", "a hidden row holds values"), _UNHIDE
            )
        empty = (
            self._cells.get(index) or Cell(f"{self.name}!{get_column_letter(index)}{self._row}", None)
            for index in range(1, max(self._cells) + 1)
        )
        if not self._over:
            self._ready.append(Row(self._row, tuple(empty)))

    def _wrong(self, area: str, problem: Text, valid: Text) -> None:
        if len(self.mistakes) < MAX_MERGED:
            self.mistakes.append(Refusal(f"{self.name}!{area}", RULE, problem, valid))


_WRONG: Final = "#DATE!"
_UNMERGE: Final = Text("取消合并，每格一值", "unmerge: one value per cell")
_UNHIDE: Final = Text("取消隐藏与筛选", "unhide it and clear every filter")


def _column_of(reference: str) -> int:
    number = 0
    for sign in reference[:4]:
        if not "A" <= sign <= "Z":
            break
        number = number * 26 + ord(sign) - 64
    if not number:
        raise ValueError("a cell without a column")
    return number


def _date(number: Decimal, from_1904: bool) -> date | datetime | str:
    try:
        found = from_excel(float(number), CALENDAR_MAC_1904 if from_1904 else WINDOWS_EPOCH)
    except (OverflowError, ValueError):
        return _WRONG
    return found if isinstance(found, date | datetime) else _WRONG
