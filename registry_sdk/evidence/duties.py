"""What a sector files every month (D-06), from the table ``evidence_items``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from registry_sdk import parameters
from registry_sdk.calc.result import Text

REQUIRED: Final = "required"


@dataclass(frozen=True, slots=True)
class Duty:
    """Something a month must show; any of the codes shows it (coal or gas, for a power plant)."""

    codes: tuple[str, ...]
    name: Text


def sectors() -> tuple[str, ...]:
    """Covered sectors; their numbers on chain are 1, 2, ... in this order."""
    return tuple(row["sector"] for row in parameters.table("sectors"))


def sector_name(number: int) -> str | None:
    """Sector of a number on chain; None for a number that no covered sector has."""
    known = sectors()
    return known[number - 1] if 1 <= number <= len(known) else None


def item_row(sector: str, code: str) -> Mapping[str, Any] | None:
    """The row of a code; None where the sector has no such item."""
    return parameters.table("evidence_items").find(sector=sector, code=code)


def duties(sector: str) -> list[Duty]:
    """Everything required of a sector, in the order of the table."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in parameters.table("evidence_items"):
        if row["sector"] == sector and row["level"] == REQUIRED:
            groups.setdefault(row["duty"], []).append(row)
    return [
        Duty(tuple(r["code"] for r in rows), Text(rows[0]["name_zh"], rows[0]["name_en"])) for rows in groups.values()
    ]


def missing_duties(sector: str, codes: Iterable[str]) -> list[Duty]:
    """Duties that none of ``codes`` meets."""
    filed = set(codes)
    return [duty for duty in duties(sector) if filed.isdisjoint(duty.codes)]
