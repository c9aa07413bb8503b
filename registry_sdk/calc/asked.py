"""The inputs of one question: what was read of them, and readers for years, days and lists."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.exact import exact, show

FORMS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "firms": ("[{id, issued, obligation}]", "[{id, issued, obligation}]"),
        "entities": ("[[核查排放量, 强度]]", "[[verified_t, intensity]]"),
        "allocations": ("[整吨]", "[whole tonnes]"),
        "orders": ("[整吨]", "[whole tonnes]"),
        "flags": ("[特殊情形]", "[special cases]"),
    }
)
"""Inputs that are neither a number nor text, and how they are written."""


class Asked(Mapping[str, Any]):
    """``inputs`` of a question under ``rule``. What nobody read stays in ``unread``: a misspelt name must not pass."""

    def __init__(self, rule: str, inputs: Mapping[str, Any]) -> None:
        self._rule = rule
        self._inputs = inputs
        self._read: dict[str, None] = {}

    def __getitem__(self, name: str) -> Any:
        value = self._inputs[name]
        self._read.pop(name, None)
        self._read[name] = None
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._inputs)

    def __len__(self) -> int:
        return len(self._inputs)

    @property
    def unread(self) -> tuple[str, ...]:
        return tuple(str(name) for name in self._inputs if name not in self._read)

    def year(self, default: int | None = None, name: str = "year") -> int:
        """A compliance year, as a number or as text. Raises CalculationError."""
        number = exact(self[name] if default is None else self.get(name, default), name, "C-01")
        if number.denominator != 1:
            raise CalculationError(
                "C-01", name, f"{show(number)} 不是年度", f"{show(number)} is not a year", "如 2026", "such as 2026"
            )
        return number.numerator

    def day(self, default: date, name: str = "on") -> date:
        """A day in Beijing, written YYYY-MM-DD. Raises CalculationError."""
        if name not in self._inputs:
            return default
        value = self[name]
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise CalculationError(
                self._rule, name, f"{str(value)[:40]!r} 不是日期", f"{str(value)[:40]!r} is not a date",
                "年-月-日，如 2026-12-31", "YYYY-MM-DD, such as 2026-12-31",
            ) from None  # fmt: skip

    def wrong_form(self) -> CalculationError:
        """The refusal for an input that cannot be taken apart: the one read last."""
        name = next(reversed(self._read), "inputs")
        zh, en = FORMS.get(name, ("数或文字", "a number or text"))
        return CalculationError(self._rule, name, f"{name} 的形式不符", f"{name} has the wrong form", zh, en)
