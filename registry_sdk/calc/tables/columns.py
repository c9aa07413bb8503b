"""What a column holds: names in both languages, unit, kind, rule number, and how a cell becomes a value."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from types import MappingProxyType
from typing import Any

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import exact, show, tonnes

SPREADSHEET_DIGITS = 15
"""Decimal digits that a number cell of a spreadsheet holds without loss."""


@dataclass(frozen=True, slots=True)
class Column:
    """``kind`` is one of KINDS; ``choices`` for kind "choice" and "flags"; the title shows zh, en and the unit."""

    key: str
    zh: str
    en: str
    rule: str
    kind: str = "number"
    unit: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    maximum: int | None = None

    @property
    def title(self) -> str:
        return f"{self.zh} / {self.en}" + (f" ({self.unit})" if self.unit else "")

    def read(self, cell: Any) -> Any:
        """Typed value of ``cell``; None when empty. Raises CalculationError."""
        raw = cell.strip() if isinstance(cell, str) else cell
        if raw is None or raw == "":
            if self.required:
                raise self.refusal("缺少必填值", "a required value is missing", *_VALID[self.kind](self))
            return None
        return KINDS[self.kind](self, raw)

    def refusal(self, zh: str, en: str, valid_zh: str, valid_en: str) -> CalculationError:
        return CalculationError(self.rule, self.key, zh, en, valid_zh, valid_en)


def _as_plain(column: Column, raw: Any) -> Any:
    if not isinstance(raw, float):
        return raw
    if not isfinite(raw):
        raise column.refusal(f"{raw} 不是数", f"{raw} is not a number", "有限的十进制数", "a finite decimal number")
    shortest = Decimal(repr(raw))
    if len(shortest.as_tuple().digits) > SPREADSHEET_DIGITS:
        raise column.refusal(
            f"{raw!r} 位数过多，电子表格无法准确保存",
            f"{raw!r} has more digits than a spreadsheet number holds exactly",
            f"至多 {SPREADSHEET_DIGITS} 位有效数字，或以文本填写",
            f"at most {SPREADSHEET_DIGITS} significant digits, or the number as text",
        )
    return shortest


def _number(column: Column, raw: Any) -> Fraction:
    plain = _as_plain(column, raw)
    if isinstance(plain, str) and (unit := re.fullmatch(r"([0-9.,]+)\s*([^0-9.,\s].*)", plain)):
        raise column.refusal(
            f"数值后带单位 {unit[2]!r}", f"the number carries a unit {unit[2]!r}",
            f"只填数字，单位为 {column.unit or '无'}", f"the number alone, in {column.unit or 'no unit'}",
        )  # fmt: skip
    number = exact(plain, column.key, column.rule, maximum=column.maximum)
    if column.unit == "%" and 0 < number <= 1:
        # a spreadsheet cell formatted as 70% holds 0.7, which the formulas would take for less than one percent
        raise column.refusal(
            f"{show(number)} 像是比值而非百分数", f"{show(number)} looks like a ratio, not a percentage",
            "百分数，如 70（不是 0.7，也不用百分比格式的单元格）",
            "percent, such as 70 (not 0.7, and no cell in percent format)",
        )  # fmt: skip
    return number


def _tonnes(column: Column, raw: Any) -> int:
    return tonnes(_as_plain(column, raw), column.key, column.rule)


def _year(column: Column, raw: Any) -> int:
    year = exact(_as_plain(column, raw), column.key, column.rule)
    if year.denominator != 1 or not 2019 <= year <= 2100:
        raise column.refusal(f"年度 {show(year)} 不可用", f"year {show(year)} cannot be used", *_VALID["year"](column))
    return year.numerator


def _text(column: Column, raw: Any) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise column.refusal(f"{raw!r} 不是文本", f"{raw!r} is not text", *_VALID["text"](column))
    text = str(raw)
    if len(text) > 200 or any(ord(sign) < 32 for sign in text):
        raise column.refusal(
            "文本过长或含控制字符", "text too long or with control characters", *_VALID["text"](column)
        )
    return text


def _choice(column: Column, raw: Any) -> str:
    text = str(raw).strip()
    known = next((choice for choice in column.choices if choice.casefold() == text.casefold()), None)
    if known is None:
        raise column.refusal(f"没有 {text[:40]!r}", f"unknown {column.key} {text[:40]!r}", *_VALID["choice"](column))
    return known


def _flags(column: Column, raw: Any) -> tuple[str, ...]:
    parts = raw if isinstance(raw, list) else re.split(r"[;,；，、\s]+", str(raw))
    return tuple(_choice(column, part) for part in parts if part)


_BOOLEANS: Mapping[str, bool] = MappingProxyType(
    {"true": True, "yes": True, "是": True, "1": True, "false": False, "no": False, "否": False, "0": False}
)


def _boolean(column: Column, raw: Any) -> bool:
    found = _BOOLEANS.get(str(raw).lower())
    if found is None:
        raise column.refusal(f"{raw!r} 不是是非值", f"{raw!r} is not yes or no", *_VALID["boolean"](column))
    return found


def _date(column: Column, raw: Any) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        raise column.refusal(f"{raw!r} 不是日期", f"{raw!r} is not a date", *_VALID["date"](column)) from None


KINDS: Mapping[str, Callable[[Column, Any], Any]] = MappingProxyType(
    {
        "number": _number,
        "tonnes": _tonnes,
        "year": _year,
        "text": _text,
        "choice": _choice,
        "flags": _flags,
        "boolean": _boolean,
        "date": _date,
    }
)

_VALID: Mapping[str, Callable[[Column], tuple[str, str]]] = MappingProxyType(
    {
        "number": lambda column: (f"不小于 0 的数 {column.unit}", f"a number of at least 0 {column.unit}"),
        "tonnes": lambda column: ("不小于 0 的整吨数", "whole tonnes, at least 0"),
        "year": lambda column: ("2019 至 2100", "2019 to 2100"),
        "text": lambda column: ("不超过 200 字的文本", "text of at most 200 characters"),
        "choice": lambda column: (", ".join(column.choices), ", ".join(column.choices)),
        "flags": lambda column: (", ".join(column.choices), ", ".join(column.choices)),
        "boolean": lambda column: ("是、否", "true or false"),
        "date": lambda column: ("年-月-日，如 2026-12-31", "YYYY-MM-DD, such as 2026-12-31"),
    }
)
