"""When things happen in a compliance year, from ``data/eutl.json``. Times are Unix seconds, UTC."""

import json
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parent / "data" / "eutl.json"


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(FILE.read_text())
    return data


def _row(step: str, year: int) -> dict[str, Any]:
    rows: list[dict[str, Any]] = _data()["dates"][step]
    return max((row for row in rows if row["from"] <= year), key=lambda row: int(row["from"]))


def day_of(step: str, year: int) -> date:
    """Day of a step (``opened``, ``issued``, ``reported``, ``surrendered``) of a compliance year."""
    row = _row(step, year)
    return date.fromisoformat(f"{year + row['offset']}-{row['day']}")


def title(step: str, year: int) -> str:
    """What the step is, zh and en."""
    row = _row(step, year)
    return f"{row['zh']} {row['en']}"


def noon(day: date, days_later: int = 0) -> int:
    """Noon of a day."""
    return int(datetime.combine(day + timedelta(days_later), time(12), UTC).timestamp())


def last_second(day: date) -> int:
    """Last second of a day."""
    return int(datetime.combine(day + timedelta(1), time(0), UTC).timestamp()) - 1


def deadline(year: int) -> int:
    """Last second at which a surrender for the year is in time."""
    return last_second(day_of("surrendered", year))


def reversible_until(phase_last: int) -> int:
    """Last second at which a surrender of a phase can be reversed."""
    return deadline(phase_last + int(_data()["years_reversible_after_phase"]))
