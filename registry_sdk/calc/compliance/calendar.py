"""Deadlines as dated data, Beijing days, and working days with Chinese holidays and make-up days."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import chinese_calendar

from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.trace import refused
from registry_sdk.parameters import ParameterError, ParameterSet, default

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
STEPS = ("report", "verification", "preallocation", "determination", "issue", "surrender_deadline")


def beijing_day(moment: datetime) -> date:
    """The day in Beijing at ``moment``, which must carry a time zone (UTC in data)."""
    if moment.tzinfo is None:
        raise CalculationError(
            "C-01", "moment", "时间缺少时区", "the time has no time zone", "带时区的时间", "a time with its zone"
        )
    return moment.astimezone(BEIJING).date()


def end_of_day(day: date) -> datetime:
    """The instant (UTC) at which ``day`` ends in Beijing; a deadline is kept by anything before it."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING).astimezone(UTC) + timedelta(days=1)


def deadlines(year: int, sector: str, parameters: ParameterSet | None = None) -> Mapping[str, Any]:
    """All dates of C-01 for a compliance year and sector; None where the year has no such step.

    Raises CalculationError naming the rows there are.
    """
    law = parameters or default()
    try:
        return law.table("compliance_calendar").row(year=year, sector=sector)
    except ParameterError as error:
        raise refused(error) from None


def surrender_deadline(year: int, sector: str, parameters: ParameterSet | None = None) -> date:
    """Last day to surrender for compliance year ``year``."""
    day: date = deadlines(year, sector, parameters)["surrender_deadline"]
    return day


def is_working_day(day: date, parameters: ParameterSet | None = None) -> bool:
    """Whether offices work on ``day`` (make-up Saturdays and Sundays included).

    Exceptions in the parameters go first. Raises CalculationError for years whose holidays are not known.
    """
    law = parameters or default()
    exception = law.table("working_day_exceptions").find(day=day)
    if exception is not None:
        return bool(exception["working"])
    year = law.table("working_day_years").find(year=day.year)
    if year is not None and year["published"]:
        return day.weekday() < 5
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        first, last = _known_years()
        raise CalculationError(
            "C-01",
            "day",
            f"{day.year} 年放假安排未知",
            f"the holidays of {day.year} are not known",
            f"{first} 至 {last} 年，或以覆盖文件给出 working_day_exceptions 与 working_day_years",
            f"{first} to {last}, or an override file with working_day_exceptions and working_day_years",
        ) from None


def is_trading_day(day: date, parameters: ParameterSet | None = None) -> bool:
    """Whether the exchanges trade on ``day``: a working day that is no make-up Saturday or Sunday (A-22)."""
    return day.weekday() < 5 and is_working_day(day, parameters)


def add_working_days(start: date, count: int, parameters: ParameterSet | None = None) -> date:
    """The ``count``-th working day after ``start``; ``start`` itself is not counted, 0 gives ``start``."""
    if count < 0:
        raise CalculationError("C-01", "count", f"{count} 为负", f"{count} is negative", "0 或更大", "0 or more")
    day = start
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day, parameters)
    return day


def _known_years() -> tuple[int, int]:
    years = [day.year for day in chinese_calendar.constants.holidays]
    return min(years), max(years)
