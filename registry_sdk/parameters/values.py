"""From what JSON can say to typed values: integers, Decimals from strings, exact fractions, dates. Never a float."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

from registry_sdk.parameters.errors import DataFileError

Value = Any
"""int, Decimal, Fraction, bool, str, date, datetime, tuple or read-only mapping of these."""


def as_integer(raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise ValueError(f"integer expected, got {raw!r}")
    return raw


def as_decimal(raw: object) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise ValueError(f"decimal in quotes expected, got {raw!r}")
    try:
        number = Decimal(raw)
    except InvalidOperation:
        raise ValueError(f"decimal in quotes expected, got {raw!r}") from None
    if not number.is_finite():
        raise ValueError(f"finite decimal expected, got {raw!r}")
    return number


def as_boolean(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise ValueError(f"true or false expected, got {raw!r}")
    return raw


def as_text(raw: object) -> str:
    if not isinstance(raw, str):
        raise ValueError(f"text expected, got {raw!r}")
    return raw


def as_fraction(raw: object) -> Fraction:
    numerator, slash, denominator = as_text(raw).partition("/")
    if not slash:
        raise ValueError(f"fraction such as 44/12 expected, got {raw!r}")
    return Fraction(int(numerator), int(denominator))


def as_date(raw: object) -> date:
    return date.fromisoformat(as_text(raw))


def as_instant(raw: object) -> datetime:
    moment = datetime.fromisoformat(as_text(raw))
    if moment.tzinfo is None:
        raise ValueError(f"time zone missing in {raw!r}")
    return moment


def as_structure(raw: object) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise ValueError(f"object expected, got {raw!r}")
    return MappingProxyType(
        {as_text(key): tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
    )


def _sequence(item: Callable[[object], Value], size: int | None = None) -> Callable[[object], tuple[Value, ...]]:
    def convert(raw: object) -> tuple[Value, ...]:
        if not isinstance(raw, list) or (size is not None and len(raw) != size):
            raise ValueError(f"list{'' if size is None else f' of {size}'} expected, got {raw!r}")
        return tuple(item(part) for part in raw)

    return convert


def _mapping(item: Callable[[object], Value]) -> Callable[[object], Mapping[str, Value]]:
    def convert(raw: object) -> Mapping[str, Value]:
        return MappingProxyType({key: item(part) for key, part in as_structure(raw).items()})

    return convert


CONVERTERS: Mapping[str, Callable[[object], Value]] = MappingProxyType(
    {
        "integer": as_integer,
        "decimal": as_decimal,
        "fraction": as_fraction,
        "boolean": as_boolean,
        "text": as_text,
        "date": as_date,
        "instant": as_instant,
        "structure": as_structure,
        "switches": _mapping(as_boolean),
        "decimal_map": _mapping(as_decimal),
        "text_list": _sequence(as_text),
        "integer_list": _sequence(as_integer),
        "integer_range": _sequence(as_integer, 2),
        "decimal_range": _sequence(as_decimal, 2),
        "date_range": _sequence(as_date, 2),
    }
)


def convert(type_name: str, raw: object, *, where: str, rule: str) -> Value:
    """Typed value of ``raw``; None stays None. Raises DataFileError for an unknown type or a wrong value."""
    converter = CONVERTERS.get(type_name)
    if converter is None:
        names = ", ".join(CONVERTERS)
        raise DataFileError(
            where, rule, f"未知类型 {type_name}，可用：{names}", f"unknown type {type_name}, known: {names}"
        )
    if raw is None:
        return None
    try:
        return converter(raw)
    except (ValueError, ZeroDivisionError) as error:
        raise DataFileError(where, rule, f"{where} 的值类型不符({type_name})", f"{where}: {error}") from None


def read_json(path: Path) -> dict[str, Any]:
    """The object in ``path``; numbers with a point are refused, because they would pass through binary floats."""

    def refuse(text: str) -> object:
        raise ValueError(f"write {text} in quotes")

    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_float=refuse, parse_constant=refuse)
    except (OSError, ValueError) as error:
        raise DataFileError(
            path.name, "", f"参数文件无法读取：{path.name}", f"cannot read {path.name}: {error}"
        ) from None
    if not isinstance(content, dict):
        raise DataFileError(path.name, "", f"{path.name} 须为对象", f"{path.name}: an object is expected")
    return content
