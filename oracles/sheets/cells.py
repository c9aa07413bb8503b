"""From one cell to a JSON value: no guessing, and what is wrong is told with sheet and cell."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from oracles.accounting.refusal import Refusal
from oracles.sheets import columns
from oracles.sheets.columns import Column
from oracles.sheets.limits import MAX_CELL
from registry_sdk.calc.result import Text

MAX_DIGITS = 17
_PLAIN = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as stored: its value (the last result of a formula), the formula if any, and whether it is an error.

    ``loose``: from a text file, where a number and a date are text too.
    """

    place: str
    value: Any
    formula: str | None = None
    error: bool = False
    loose: bool = False

    @property
    def filled(self) -> bool:
        return self.value is not None or self.formula is not None


@dataclass(frozen=True, slots=True)
class Row:
    """A row as people count it, from column A."""

    number: int
    cells: tuple[Cell, ...]


class CellError(Exception):
    """``problem`` and ``valid`` for the person who fills in the sheet."""

    def __init__(self, problem: Text, valid: Text) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.valid = valid


def convert(cell: Cell, column: Column) -> Any:
    """The JSON value of a filled cell. Raises CellError."""
    if cell.error:
        raise CellError(
            Text(f"单元格为错误值 {cell.value}", f"the cell is an error: {cell.value}"), _VALID[column.kind]
        )
    if cell.formula is not None and cell.value is None:
        raise CellError(
            Text(f"公式 {cell.formula[:60]} 没有计算结果", f"the formula {cell.formula[:60]} has no stored result"),
            Text("打开、重算并保存，或只填值", "open, recalculate and save, or enter the value itself"),
        )
    if isinstance(cell.value, str) and len(cell.value) > MAX_CELL:
        raise CellError(Text("文字过长", "the text is too long"), Text(f"至多 {MAX_CELL} 字", f"at most {MAX_CELL}"))
    value = _CONVERTERS[column.kind](_loosened(cell.value, column) if cell.loose else cell.value)
    if column.choices and value not in column.choices:
        known = ", ".join(column.choices)
        raise CellError(Text(f"没有 {value}", f"unknown {column.key} {value}"), Text(known, known))
    return value


def _loosened(text: str, column: Column) -> Any:
    """A number of a text file as a number; everything else stays text."""
    if column.kind not in (columns.NUMBER, columns.INTEGER) or not _PLAIN.fullmatch(text.strip()):
        return text
    return Decimal(text.strip())


def refusal(cell: Cell, column: Column, error: CellError) -> Refusal:
    return Refusal(cell.place, column.rule, error.problem, error.valid)


def _shown(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return (f"{value:f}" if isinstance(value, Decimal) else repr(value))[:40]


def _wrong(value: object, kind: str) -> CellError:
    name, (hint_zh, hint_en) = _NAMES[kind], _hint(value, kind)
    return CellError(
        Text(f"{_shown(value)} 不是{name.zh}{hint_zh}", f"{_shown(value)} is not {name.en}{hint_en}"), _VALID[kind]
    )


def _hint(value: object, kind: str) -> tuple[str, str]:
    """What the value seems to be, where that helps to correct it."""
    if kind == columns.DATE and isinstance(value, Decimal) and 20_000 < value < 80_000:
        day = date(1899, 12, 30) + timedelta(days=int(value))
        return f"（日期序号？即 {day}）", f" (a date as a serial number? that would be {day})"
    if kind in (columns.NUMBER, columns.INTEGER) and isinstance(value, str):
        if value != unicodedata.normalize("NFKC", value):
            return "（含全角字符）", " (it has full-width signs)"
        if re.fullmatch(r"\s*-?[0-9.]+[eE][+-]?[0-9]+\s*", value):
            return "（科学计数）", " (scientific notation)"
        if re.search(r"[0-9],[0-9]{3}", value):
            return "（含千分位）", " (it has thousands separators)"
    return "", ""


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return f"{value:f}".partition(".")[0]
    raise _wrong(value, columns.TEXT)


def _number(value: object) -> str:
    if not isinstance(value, Decimal) or abs(value.adjusted()) > MAX_DIGITS:
        raise _wrong(value, columns.NUMBER)
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _integer(value: object) -> int:
    if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) < 10**9:
        return int(value)
    raise _wrong(value, columns.INTEGER)


def _date(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        raise _wrong(value, columns.DATE)
    try:
        return date.fromisoformat(value.strip()).isoformat()
    except ValueError:
        raise _wrong(value, columns.DATE) from None


def _time(value: object) -> str:
    """Local clock of Beijing to the second, as ISO text without a zone."""
    try:
        moment = datetime.fromisoformat(value.strip().replace("/", "-")) if isinstance(value, str) else value
    except ValueError:
        raise _wrong(value, columns.TIME) from None
    if not isinstance(moment, datetime) or moment.tzinfo is not None:
        raise _wrong(value, columns.TIME)
    # a workbook keeps a time as a fraction of a day, which misses the second by a hair
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0).isoformat()


_ANSWERS: Mapping[str, bool] = {"是": True, "yes": True, "true": True, "否": False, "no": False, "false": False}


def _yes_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    answer = _ANSWERS.get(value.strip().lower()) if isinstance(value, str) else None
    if answer is None:
        raise _wrong(value, columns.YES_NO)
    return answer


def _list(value: object) -> list[str]:
    return [part.strip() for part in _text(value).replace("，", ",").split(",") if part.strip()]


_CONVERTERS: Mapping[str, Callable[[object], Any]] = {
    columns.TEXT: _text,
    columns.NUMBER: _number,
    columns.INTEGER: _integer,
    columns.DATE: _date,
    columns.TIME: _time,
    columns.YES_NO: _yes_no,
    columns.LIST: _list,
}
_NAMES: Mapping[str, Text] = {
    columns.TEXT: Text("文字", "text"),
    columns.NUMBER: Text("数值", "a number"),
    columns.INTEGER: Text("整数", "a whole number"),
    columns.DATE: Text("日期", "a date"),
    columns.TIME: Text("时刻", "a time"),
    columns.YES_NO: Text("是或否", "yes or no"),
    columns.LIST: Text("列表", "a list"),
}
_VALID: Mapping[str, Text] = {
    columns.TEXT: Text("文字", "text"),
    columns.NUMBER: Text("数值格式，不带单位、空格或千分位", "a number cell without unit, spaces or separators"),
    columns.INTEGER: Text("整数，如 3", "a whole number, such as 3"),
    columns.DATE: Text("日期，如 2024-03-31", "a date, such as 2024-03-31"),
    columns.TIME: Text("北京时间，如 2024-03-31 08:00", "Beijing time, such as 2024-03-31 08:00"),
    columns.YES_NO: Text("是 或 否", "yes or no"),
    columns.LIST: Text("逗号分隔", "separated by commas"),
}
