"""Column types of our own."""

from typing import Any

from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator

UINT64_DIGITS = 20


class Uint64(TypeDecorator[int]):
    """Unsigned 64-bit number as 20 digits of text: exact in every database, and sorts as the number does."""

    impl = String(UINT64_DIGITS)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:
        return None if value is None else f"{value:0{UINT64_DIGITS}d}"

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else int(value)
