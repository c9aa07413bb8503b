"""C-01: every step of a compliance year with its window, from the dated tables; and clocks that start with an event.

Days are days in Beijing; a window closes when its last day ends there (``Due.closes_at``, UTC).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from registry_sdk.calc.compliance.calendar import BEIJING, add_working_days, end_of_day, is_working_day
from registry_sdk.calc.errors import CalculationError
from registry_sdk.calc.result import Text
from registry_sdk.evidence.clock import due_day, last_day
from registry_sdk.parameters import ParameterError, ParameterSet, default

CALENDAR = {
    "report": "report",
    "verification": "verification",
    "preallocation": "preallocation",
    "determination": "determination",
    "issue": "issue",
    "surrender": "surrender_deadline",
}
"""Step -> column of the table ``compliance_calendar``."""

CLOCKS = {
    "result_told": ("verification", "result_notice_working_days"),
    "verification_objection": ("result_told", "objection_working_days"),
    "allocation_objection": ("determination", "objection_working_days"),
}
"""Step -> the step it counts from, and the parameter with its working days."""


@dataclass(frozen=True, slots=True)
class Due:
    """One step of one year. ``day``: its last day; ``opens``: its first day, None where it is open from the start.

    ``id`` names step, year, object and last day, so a step whose date is changed is another one. ``who`` has to act.
    """

    id: str
    step: str
    rule: str
    who: str
    title: Text
    year: int
    sectors: tuple[str, ...]
    opens: date | None
    day: date

    @property
    def opens_at(self) -> datetime | None:
        """The instant (UTC) at which the window opens."""
        return None if self.opens is None else end_of_day(self.opens - timedelta(days=1))

    @property
    def closes_at(self) -> datetime:
        """The instant (UTC) at which the window closes: the end of the last day in Beijing."""
        return end_of_day(self.day)

    def state(self, now: datetime) -> str:
        """UPCOMING, OPEN or PASSED at ``now``."""
        if now >= self.closes_at:
            return "PASSED"
        return "UPCOMING" if self.opens_at is not None and now < self.opens_at else "OPEN"

    def days_left(self, now: datetime) -> int:
        """Calendar days from today in Beijing to the last day; negative when it is past."""
        return (self.day - now.astimezone(BEIJING).date()).days

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "step": self.step,
            "rule": self.rule,
            "who": self.who,
            "title_zh": self.title.zh,
            "title": self.title.en,
            "year": self.year,
            "sectors": list(self.sectors),
            "opens": None if self.opens is None else self.opens.isoformat(),
            "day": self.day.isoformat(),
            "closes_at": int(self.closes_at.timestamp()),
        }


def schedule(year: int, sector: str | None = None, parameters: ParameterSet | None = None) -> tuple[Due, ...]:
    """Every step of compliance year ``year`` (of ``sector`` where given), by last day.

    Raises CalculationError when the year stands in no table, or the sector is unknown.
    """
    law = parameters or default()
    _check_sector(sector, law)
    years = scheduled_years(law)
    if year not in years:
        known = ", ".join(map(str, years))
        raise CalculationError(
            "C-01", "year", f"{year} 年没有日历", f"there is no calendar for {year}",
            f"{known}，或以覆盖文件给出", f"{known}, or an override file",
        )  # fmt: skip
    found = sorted(_merged(year, _steps(year, law), law), key=lambda due: (due.day, due.id))
    return tuple(due for due in found if sector is None or not due.sectors or sector in due.sectors)


def scheduled_years(parameters: ParameterSet | None = None) -> tuple[int, ...]:
    """The years for which any table has a date."""
    law = parameters or default()
    columns = {
        "compliance_calendar": "year", "data_plan_deadlines": "data_year", "emitter_list_deadlines": "list_year",
        "verifier_evaluation_deadlines": "year",
    }  # fmt: skip
    return tuple(sorted({row[column] for name, column in columns.items() for row in law.table(name)}))


def working_day_clock(
    key: str, started: datetime, parameters: ParameterSet | None = None, *, year: int | None = None
) -> date:
    """Last day of a clock of working days that starts with an event: B-16, B-17, D-08.

    ``key`` is the parameter with the number of days, ``started`` the instant of the event (with its zone); the day of
    the event in Beijing is not counted. ``year``: the compliance year, for numbers that follow it.
    """
    law = parameters or default()
    day = started.astimezone(BEIJING).date()
    count = (law.get(key, day) if year is None else law.for_year(key, year)).value
    return add_working_days(day, int(count), law)


def was_kept(day: date, done: datetime) -> bool:
    """Whether something done at ``done`` kept the last day ``day``."""
    return done.astimezone(UTC) < end_of_day(day)


def working_days_left(now: datetime, day: date, parameters: ParameterSet | None = None) -> int | None:
    """Working days after today up to ``day``; 0 when it is today or past, None where a year's holidays are unknown."""
    today = now.astimezone(BEIJING).date()
    try:
        return sum(
            is_working_day(today + timedelta(days=step), parameters) for step in range(1, (day - today).days + 1)
        )
    except CalculationError:
        return None


_Window = tuple[str, str, str, date | None, date]
"""Step, object (month, batch or ""), sector ("" for all), first day, last day."""


def _steps(year: int, law: ParameterSet) -> Iterator[_Window]:
    for row in law.table("compliance_calendar"):
        if row["year"] == year:
            yield from _of_calendar(row, law)
    for row in law.table("data_plan_deadlines"):
        if row["data_year"] == year:
            yield "data_plan", "", row["sector"], None, row["submit_by"]
    for name, step, column in (
        ("emitter_list_deadlines", "emitter_list", "list_year"),
        ("verifier_evaluation_deadlines", "verifier_evaluation", "year"),
    ):
        for row in law.table(name):
            if row[column] == year:
                yield step, "", "", None, row["publish_by"]
    yield from _evidence(year, law)
    yield from _carryover(year, law)


def _of_calendar(row: Mapping[str, Any], law: ParameterSet) -> Iterator[_Window]:
    days: dict[str, date | None] = {step: row[column] for step, column in CALENDAR.items()}
    for step, (origin, key) in CLOCKS.items():
        start = days.get(origin)
        days[step] = None if start is None else _clock(key, start, law)
    opens_after = {each["step"]: each["opens_after"] for each in law.table("calendar_steps")}
    for step, day in days.items():
        if day is not None:
            before = days.get(opens_after[step] or "")
            # A step whose window would open on its own last day or later is simply open until then.
            opens = None if before is None or before >= day else before + timedelta(days=1)
            yield step, "", row["sector"], opens, day


def _clock(key: str, start: date, law: ParameterSet) -> date | None:
    """None where the days are not set for that time or the holidays are not known."""
    try:
        return working_day_clock(key, end_of_day(start) - timedelta(seconds=1), law)
    except (ParameterError, CalculationError):
        return None


def _evidence(year: int, law: ParameterSet) -> Iterator[_Window]:
    for row in law.table("sectors"):
        for month in range(1, 13):
            day = due_day(row["sector"], year, month, law)
            if day is not None:
                first = last_day(year, month) + timedelta(days=1)
                yield "evidence", f"{year}-{month:02d}", row["sector"], first, day


def _carryover(year: int, law: ParameterSet) -> Iterator[_Window]:
    try:
        notice = law.get("carryover_notice_deadline", date(year + 1, 1, 1)).value
        target = law.get("carryover_target_vintage", notice).value
    except ParameterError:
        return
    if target != year:
        return
    yield "carryover_notice", "", "", None, notice
    for row in law.table("carryover_batches"):
        place = f"batch-{row['batch']}"
        yield "carryover_apply", place, "", row["apply_from"] or notice, row["apply_to"]
        yield "carryover_process", place, "", row["apply_to"] + timedelta(days=1), row["process_by"]


def _merged(year: int, windows: Iterator[_Window], law: ParameterSet) -> Iterator[Due]:
    """One Due for the sectors that share step, object and days."""
    groups: dict[tuple[str, str, date | None, date], list[str]] = {}
    for step, place, sector, opens, day in windows:
        groups.setdefault((step, place, opens, day), []).append(sector)
    order = [row["sector"] for row in law.table("sectors")]
    for (step, place, opens, day), members in groups.items():
        head = law.table("calendar_steps").row(step=step)
        sectors = tuple(sector for sector in order if sector in members)
        yield Due(
            id="/".join([step, str(year), *([place] if place else []), *_named(sectors, order), day.isoformat()]),
            step=step,
            rule=head["rule"],
            who=head["who"],
            title=Text(*(f"{head[name]} {place}".strip() for name in ("name_zh", "name_en"))),
            year=year,
            sectors=sectors,
            opens=opens,
            day=day,
        )


def _named(sectors: Sequence[str], order: Sequence[str]) -> list[str]:
    return [] if not sectors or len(sectors) == len(order) else ["+".join(sectors)]


def _check_sector(sector: str | None, law: ParameterSet) -> None:
    known = [row["sector"] for row in law.table("sectors")]
    if sector is not None and sector not in known:
        valid = ", ".join(known)
        raise CalculationError("A-05a", "sector", f"没有行业 {sector!r}", f"no sector {sector!r}", valid, valid)
