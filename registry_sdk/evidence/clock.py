"""The 40-day clock of monthly evidence (D-06): which months a sector files and until when, in Beijing time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from registry_sdk import parameters

BEIJING: Final = timezone(timedelta(hours=8))
SECOND: Final = timedelta(seconds=1)


class MonthState(StrEnum):
    """Where a month stands for those outside the firm."""

    NOT_REQUIRED = "not_required"
    NOT_OVER = "not_over"
    DUE = "due"
    IN_TIME = "in_time"
    LATE = "late"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class MonthStanding:
    """``deadline`` is the last second in time, Unix; None where the sector files no such month."""

    month: int
    state: MonthState
    deadline: int | None


def last_day(year: int, month: int) -> date:
    """Last day of a month."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def due_day(sector: str, year: int, month: int, numbers: parameters.ParameterSet | None = None) -> date | None:
    """Last day to file: the day set for the sector's month (C-01), else so many days after the month (D-06).

    None before the sector's first month, and where the sector is not covered.
    """
    law = numbers or parameters.default()
    start = law.table("evidence_starts").find(sector=sector)
    if start is None or (year, month) < (start["year"], start["month"]):
        return None
    for row in law.table("monthly_evidence_deadlines"):
        in_row = (row["sector"], row["year"]) == (sector, year) and row["month_from"] <= month <= row["month_to"]
        if in_row:
            day: date = row["submit_by"]
            return day
    end = last_day(year, month)
    return end + timedelta(days=int(law.get("monthly_evidence_days", end).value))


def deadline(sector: str, year: int, month: int) -> int | None:
    """Last second in time, Unix; None as for :func:`due_day`."""
    day = due_day(sector, year, month)
    return None if day is None else end_of(day)


def end_of(day: date) -> int:
    """Last second of a day in Beijing, Unix."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=BEIJING) + timedelta(days=1)
    return int((midnight - SECOND).timestamp())


def day_of(time: int) -> date:
    """The day in Beijing of a moment, Unix."""
    return datetime.fromtimestamp(time, BEIJING).date()


def year_standing(sector: str, year: int, late: Mapping[int, bool], now: int) -> list[MonthStanding]:
    """Each of the twelve months.

    Args:
        late: month to late flag, of the months that are anchored.
        now: Unix seconds.
    """
    return [_standing(sector, year, month, late.get(month), now) for month in range(1, 13)]


def missing_months(standing: list[MonthStanding]) -> list[int]:
    """Months whose deadline has passed without evidence: two or more of them are a risk signal (7.1)."""
    return [each.month for each in standing if each.state == MonthState.MISSING]


def _standing(sector: str, year: int, month: int, late: bool | None, now: int) -> MonthStanding:
    last = deadline(sector, year, month)
    if late is not None:
        return MonthStanding(month, MonthState.LATE if late else MonthState.IN_TIME, last)
    if last is None:
        return MonthStanding(month, MonthState.NOT_REQUIRED, None)
    if now <= end_of(last_day(year, month)):
        return MonthStanding(month, MonthState.NOT_OVER, last)
    return MonthStanding(month, MonthState.DUE if now <= last else MonthState.MISSING, last)


def chain_deadlines() -> list[tuple[str, tuple[int, ...]]]:
    """What the ministry sets on chain so that the contract's clock is this one, in order: function and arguments.

    The contract knows one beginning for all sectors, the earliest: it takes earlier months of the others as well.
    """
    year, month = min((row["year"], row["month"]) for row in parameters.table("evidence_starts"))
    days = int(parameters.get("monthly_evidence_days", last_day(year, month)).value)
    acts: list[tuple[str, tuple[int, ...]]] = [("setDeadlineDays", (year, month, days))]
    for later in parameters.default().history("monthly_evidence_days"):
        if later.effective_from > last_day(year, month):
            start = later.effective_from
            acts.append(("setDeadlineDays", (start.year, start.month, int(later.value))))
    numbers = {row["sector"]: number for number, row in enumerate(parameters.table("sectors"), start=1)}
    for row in parameters.table("monthly_evidence_deadlines"):
        months = (row["month_from"], row["month_to"])
        acts.append(("setDeadlines", (numbers[row["sector"]], row["year"], *months, end_of(row["submit_by"]))))
    return acts
