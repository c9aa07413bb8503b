"""From one cell to a JSON value: no guessing, and what is wrong is told with sheet and cell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from oracles.accounting.refusal import Refusal
from oracles.accounting.workbook import columns
from oracles.accounting.workbook.columns import Column
from registry_sdk.calc.result import Text

MAX_TEXT = 500
SIGNIFICANT = 15
"""A workbook keeps a number as typed to 15 digits; digits after that are noise of its binary form."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as stored: its value (the last result of a formula), the formula if any, and whether it is an error."""

    place: str
    value: Any
    formula: str | None = None
    error: bool = False


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
    if isinstance(cell.value, str) and len(cell.value) > MAX_TEXT:
        raise CellError(Text("文字过长", "the text is too long"), Text(f"至多 {MAX_TEXT} 字", f"at most {MAX_TEXT}"))
    return _CONVERTERS[column.kind](cell.value)


def refusal(cell: Cell, column: Column, error: CellError) -> Refusal:
    return Refusal(cell.place, column.rule, error.problem, error.valid)


def _shown(value: object) -> str:
    return repr(value)[:40]


def _wrong(value: object, kind: str) -> CellError:
    return CellError(
        Text(f"{_shown(value)} 不是{_NAMES[kind].zh}", f"{_shown(value)} is not {_NAMES[kind].en}"), _VALID[kind]
    )


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise _wrong(value, columns.TEXT)


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(value, columns.NUMBER)
    number = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.{SIGNIFICANT}g}")
    if not number.is_finite() or abs(number.adjusted()) > SIGNIFICANT + 2:
        raise _wrong(value, columns.NUMBER)
    return f"{number:f}"


def _integer(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e9:
        return int(value)
    raise _wrong(value, columns.INTEGER)


def _date(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    try:
        return date.fromisoformat(value.strip()).isoformat() if isinstance(value, str) else _not_a_date(value)
    except ValueError:
        raise _wrong(value, columns.DATE) from None


def _not_a_date(value: object) -> str:
    raise _wrong(value, columns.DATE)


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
    columns.YES_NO: _yes_no,
    columns.LIST: _list,
}
_NAMES: Mapping[str, Text] = {
    columns.TEXT: Text("文字", "text"),
    columns.NUMBER: Text("数值", "a number"),
    columns.INTEGER: Text("整数", "a whole number"),
    columns.DATE: Text("日期", "a date"),
    columns.YES_NO: Text("是或否", "yes or no"),
    columns.LIST: Text("列表", "a list"),
}
_VALID: Mapping[str, Text] = {
    columns.TEXT: Text("文字", "text"),
    columns.NUMBER: Text("数值格式，不带单位、空格或千分位", "a number cell without unit, spaces or separators"),
    columns.INTEGER: Text("整数，如 3", "a whole number, such as 3"),
    columns.DATE: Text("日期，如 2024-03-31", "a date, such as 2024-03-31"),
    columns.YES_NO: Text("是 或 否", "yes or no"),
    columns.LIST: Text("逗号分隔", "separated by commas"),
}
