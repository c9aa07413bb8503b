"""Exact numbers in, exact numbers out: integers, Decimals and fractions. Binary floats and booleans are refused."""

import re
from decimal import Decimal
from fractions import Fraction

from registry_sdk.calc.errors import CalculationError

Number = int | Decimal | Fraction | str
"""What callers may pass where a number is meant; text such as "1789.70" is read exactly."""

MAX_DIGITS = 18
MAX_DECIMALS = 12
MAX_PLACES = 30
_PLAIN = re.compile(rf"[+-]?[0-9]{{1,{MAX_DIGITS}}}(\.[0-9]{{1,{MAX_DECIMALS}}})?")


def exact(
    value: object,
    field: str,
    rule: str,
    *,
    minimum: Fraction | int | None = 0,
    maximum: Fraction | int | None = None,
    above: Fraction | int | None = None,
) -> Fraction:
    """``value`` as a fraction. Raises CalculationError for anything that is not a plain number inside the bounds."""
    number = _plain(value, field, rule)
    low = minimum is not None and number < minimum
    if low or (maximum is not None and number > maximum) or (above is not None and number <= above):
        bounds_zh, bounds_en = _bounds(minimum, maximum, above)
        raise CalculationError(
            rule, field, f"{show(number)} 超出范围", f"{show(number)} is out of range", bounds_zh, bounds_en
        )
    return number


def tonnes(value: object, field: str, rule: str, *, minimum: int = 0) -> int:
    """``value`` as whole tonnes. Raises CalculationError when it has a fraction or is below ``minimum``."""
    number = exact(value, field, rule, minimum=minimum)
    if number.denominator != 1:
        raise CalculationError(
            rule, field, f"{show(number)} 不是整吨", f"{show(number)} is not whole tonnes", "整数吨", "whole tonnes"
        )
    return number.numerator


def _plain(value: object, field: str, rule: str) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**MAX_DIGITS:
        return Fraction(value)
    text = value if isinstance(value, str) else f"{value:f}" if _is_finite(value) else ""
    if not _PLAIN.fullmatch(text):
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            shown, zh, en = str(value)[:40], "位数超出允许范围", "has more digits than are allowed"
        else:
            shown = "(空 empty)" if value is None or value == "" else repr(value)[:40]
            zh, en = "不是数", "is not a plain number"
        raise CalculationError(
            rule,
            field,
            f"{shown} {zh}",
            f"{shown} {en}",
            f"十进制数，如 1234.5；整数至多 {MAX_DIGITS} 位、小数至多 {MAX_DECIMALS} 位，不带单位和千分位",
            f"a decimal number such as 1234.5, at most {MAX_DIGITS} digits and {MAX_DECIMALS} decimals, "
            "without unit or thousands separator",
        )
    return Fraction(text)


def _is_finite(value: object) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and -40 < value.adjusted() < MAX_DIGITS


def _bounds(
    minimum: Fraction | int | None, maximum: Fraction | int | None, above: Fraction | int | None
) -> tuple[str, str]:
    zh, en = [], []
    for bound, word_zh, word_en in (
        (above, "大于", "above"),
        (minimum, "不小于", "at least"),
        (maximum, "不大于", "at most"),
    ):
        if bound is not None and not (word_en == "at least" and above is not None):
            zh.append(f"{word_zh} {show(Fraction(bound))}")
            en.append(f"{word_en} {show(Fraction(bound))}")
    return "、".join(zh), " and ".join(en)


def decimal_of(value: Fraction, decimals: int) -> Decimal:
    """``value`` with ``decimals`` places, half-up: for showing only, policies decide elsewhere."""
    scaled = (2 * abs(value.numerator) * 10**decimals + value.denominator) // (2 * value.denominator)
    return Decimal(f"{'-' if value < 0 and scaled else ''}{scaled}E-{decimals}")


def _places(denominator: int) -> int | None:
    """Places of the finite decimals over ``denominator``, or None when there are none of at most MAX_PLACES."""
    places = 0
    while denominator % 10 == 0:
        denominator //= 10
        places += 1
    for prime in (2, 5):
        while denominator % prime == 0 and places <= MAX_PLACES:
            denominator //= prime
            places += 1
    return places if denominator == 1 and places <= MAX_PLACES else None


def terminating(value: Fraction) -> Decimal | None:
    """The finite decimal equal to ``value``, or None when it has none of at most MAX_PLACES places."""
    places = _places(value.denominator)
    return None if places is None else decimal_of(value, places)


def show(value: object) -> str:
    """Text of a number for people and JSON: plain decimals; a fraction without finite decimals as "41/45"."""
    if isinstance(value, Fraction):
        if value.denominator == 1:
            return str(value.numerator)
        finite = terminating(value)
        if finite is not None:
            return f"{finite:f}"
        if value.denominator < 10**24:
            return f"{value.numerator}/{value.denominator}"
        return f"{decimal_of(value, 30):f}..."
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)
