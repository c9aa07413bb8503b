"""One dated number of the law, and one table of them."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from registry_sdk.parameters.errors import UnknownParameterError
from registry_sdk.parameters.values import Value


def fingerprint(raw: object) -> str:
    """Eight hex digits that change whenever the published value changes."""
    return hashlib.sha256(json.dumps(raw, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value in force from ``effective_from`` to ``effective_to`` (both inclusive; None: no end).

    ``by`` is "date" (the calendar day decides) or "compliance_year" (the year the emissions belong to decides).
    """

    key: str
    value: Value
    unit: str
    rule: str
    effective_from: date
    effective_to: date | None
    by: str
    source: str
    confidence: str
    version: str
    label_zh: str
    label_en: str
    note: str = ""

    def in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    @property
    def period(self) -> str:
        """Human-readable dates of force, such as "2024-05-01..2026-08-14" or "2026-08-15.."."""
        return f"{self.effective_from}..{self.effective_to or ''}"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of typed columns, found by the columns named in ``key``."""

    name: str
    rule: str
    label_zh: str
    label_en: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    source: str
    confidence: str
    version: str
    rows: tuple[Mapping[str, Any], ...]
    _index: Mapping[tuple[Any, ...], Mapping[str, Any]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = {tuple(row[name] for name in self.key): row for row in self.rows}
        object.__setattr__(self, "_index", MappingProxyType(index))

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return iter(self.rows)

    def find(self, **key: Any) -> Mapping[str, Any] | None:
        """The row whose key columns equal ``key``, or None."""
        return self._index.get(tuple(key.get(name) for name in self.key))

    def row(self, **key: Any) -> Mapping[str, Any]:
        """The row whose key columns equal ``key``. Raises UnknownParameterError naming the rows there are."""
        found = self.find(**key)
        if found is None:
            asked = ", ".join(f"{name}={value}" for name, value in key.items())
            valid = ", ".join("/".join(map(str, known)) for known in self._index)
            raise UnknownParameterError(
                self.name,
                self.rule,
                f"{self.label_zh} 没有 {asked}；可用：{valid}",
                f"table {self.name} has no row {asked}; rows: {valid}",
            )
        return found
