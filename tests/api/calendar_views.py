"""Rows of a projection as the clock reads them."""

from collections.abc import Sequence
from typing import Any

from registry_api.calendar.due import YearView
from registry_api.calendar.windows import windows
from registry_sdk import calc

DUE_2025 = next(due for due in calc.schedule(2025) if due.step == "surrender")
LAWFUL = int(DUE_2025.closes_at.timestamp())


def position(account: int, *, obligation: int, surrendered: int = 0, offset: int = 0) -> dict[str, Any]:
    return {
        "account": account, "year": 2025, "obligation": obligation, "surrendered": surrendered, "offset": offset,
        "pending": 0, "is_reported": True, "is_frozen": False, "frozen": 0,
    }  # fmt: skip


def view(positions: Sequence[dict[str, Any]], deadline: int = LAWFUL) -> YearView:
    """The year 2025 with figures equal to the obligations, version 1, of power firms."""
    figures = [
        {
            "account": row["account"],
            "year": 2025,
            "tonnes": row["obligation"],
            "version": 1,
            "recorded_at": LAWFUL - 10**7,
        }
        for row in positions
    ]
    rules = {"year": 2025, "deadline": deadline, "offset_cap_bps": 500, "is_closed": False}
    accounts = {row["account"]: {"account": row["account"], "sector": 1} for row in positions}
    return YearView(2025, windows(2025, {2025: deadline}), rules, positions, figures, accounts)
