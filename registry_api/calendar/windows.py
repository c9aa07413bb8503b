"""The windows of the calendar as they stand now: the law's dates, with the chain's own deadline where it has one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from registry_sdk import calc, parameters
from registry_sdk.calc.compliance.schedule import Due

SURRENDER: Final = "surrender"
SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A step of the calendar; ``lawful`` is the law's last day where the chain's rules set another one."""

    due: Due
    lawful: date | None = None

    def shown(self, now: datetime) -> dict[str, Any]:
        """As the API shows it at ``now``."""
        state = self.due.state(now)
        return self.due.to_json() | {
            "state": state,
            "days_left": self.due.days_left(now),
            "working_days_left": calc.working_days_left(now, self.due.day),
            "lawful_day": None if self.lawful is None else self.lawful.isoformat(),
        }


@lru_cache(maxsize=64)
def lawful(year: int) -> tuple[Due, ...]:
    """The law's steps of a year. Raises CalculationError."""
    return calc.schedule(year)


def windows(year: int, deadlines: Mapping[int, int]) -> list[Window]:
    """Steps of a year by last day. Raises CalculationError where the year has no calendar.

    Args:
        deadlines: year to the deadline in the chain's rules, Unix seconds; it decides when surrender closes.
    """
    return sorted(
        (_on_chain(due, deadlines.get(year)) for due in lawful(year)), key=lambda each: (each.due.day, each.due.id)
    )


def warning_days(now: datetime) -> list[int]:
    """Days ahead on which people are reminded, least first."""
    return sorted(parameters.get("calendar_warning_days", calc.beijing_day(now)).value)


def instant(seconds: int) -> datetime:
    """Unix seconds as a moment."""
    return datetime.fromtimestamp(seconds, UTC)


def _on_chain(due: Due, deadline: int | None) -> Window:
    if due.step != SURRENDER or deadline is None:
        return Window(due)
    # The chain accepts what comes at the deadline itself, so midnight belongs to the day it ends.
    day = calc.beijing_day(instant(deadline) - SECOND)
    if day == due.day:
        return Window(due)
    opens = due.opens if due.opens is not None and due.opens < day else None
    moved = replace(due, id=f"{due.id.rpartition('/')[0]}/{day.isoformat()}", opens=opens, day=day)
    return Window(moved, due.day)
