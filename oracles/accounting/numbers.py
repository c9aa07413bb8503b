"""Exact numbers: strict reading, rounding of fractions to a declared number of decimals."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer
from pydantic_core import PydanticCustomError

from registry_sdk.calc.rounding import scale

MAX_INTEGER_DIGITS = 18
MAX_DECIMALS = 18
_PLAIN = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")


def _refused(problem_zh: str, problem_en: str) -> PydanticCustomError:
    return PydanticCustomError(
        "exact_number",
        "{en}",
        {
            "zh": problem_zh,
            "en": problem_en,
            "valid_zh": "非负十进制数，如 19.876；整数与小数各不超过 18 位，不用浮点、科学计数或千分位",
            "valid_en": "a non-negative decimal such as 19.876, at most 18 digits on each side of the point; "
            "no binary float, exponent or thousands separator",
        },
    )


def exact(raw: object) -> Decimal:
    """The non-negative decimal written in ``raw`` (text, int or Decimal), nothing lost or guessed.

    Raises PydanticCustomError (a ValueError) for floats, booleans, NaN, infinities, negatives and oversize numbers.
    """
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        raise _refused(f"{type(raw).__name__} 不是十进制数", f"{type(raw).__name__} is not a decimal number")
    if isinstance(raw, Decimal) and not raw.is_finite():
        raise _refused("不是有限数", "not a finite number")
    if isinstance(raw, Decimal) and abs(raw.adjusted()) > MAX_INTEGER_DIGITS:
        raise _refused("数字过大或过小", "number too large or too small")
    if isinstance(raw, int) and abs(raw) >= 10**MAX_INTEGER_DIGITS:
        raise _refused("数字过大", "number too large")
    text = raw if isinstance(raw, str) else f"{raw:f}" if isinstance(raw, Decimal) else str(raw)
    if text.startswith("-"):
        raise _refused(f"{text[:24]} 为负数", f"{text[:24]} is negative")
    if not _PLAIN.fullmatch(text):
        raise _refused(f"{text[:24]!r} 不是十进制数", f"{text[:24]!r} is not a plain decimal number")
    return Decimal(text)


Exact = Annotated[Decimal, BeforeValidator(exact), PlainSerializer(lambda value: f"{value:f}", return_type=str)]
"""A pydantic field for exact non-negative decimals; written back as text."""


def rounded(value: Fraction, decimals: int, mode: str) -> Decimal:
    """``value`` with ``decimals`` decimals. Mode: "half_up" (ties away from zero), "floor" or "ceil"."""
    return Decimal(scale(value, decimals, mode))
