"""The calendar of a compliance year: windows, clocks of working days, and independence of the machine's time zone."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from calc_files import parameter_file
from hypothesis import given
from hypothesis import strategies as st

from registry_sdk import calc, parameters

DAYS = st.datetimes(datetime(2019, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))


def find(year: int, step: str, sector: str = "power") -> calc.Due:
    [due] = [each for each in calc.schedule(year, sector) if each.step == step]
    return due


@pytest.mark.parametrize(
    ("year", "sector", "step", "opens", "day"),
    [
        (2019, "power", "surrender", None, date(2021, 12, 31)),
        (2023, "power", "surrender", None, date(2024, 12, 31)),
        (2024, "power", "preallocation", None, date(2025, 4, 20)),
        (2024, "power", "result_told", date(2025, 7, 1), date(2025, 7, 9)),
        (2024, "steel", "verification", date(2025, 7, 1), date(2025, 8, 31)),
        # 1 to 8 October 2025 are holidays, Saturday 11 October is worked
        (2024, "cement", "allocation_objection", date(2025, 10, 1), date(2025, 10, 16)),
        (2025, "aluminium", "preallocation", None, date(2026, 4, 10)),
        (2025, "power", "surrender", date(2026, 10, 1), date(2026, 12, 31)),
        (2025, "power", "carryover_notice", None, date(2026, 1, 31)),
    ],
)
def test_schedule__dates_of_the_notices__are_the_windows(
    year: int, sector: str, step: str, opens: date | None, day: date
) -> None:
    due = find(year, step, sector)
    assert (due.opens, due.day) == (opens, day)


def test_schedule__new_sectors__have_no_preallocation_in_2024_and_evidence_from_2025() -> None:
    steps = [due.step for due in calc.schedule(2024, "steel")]
    assert "preallocation" not in steps
    assert "evidence" not in steps
    months = {due.id: due.day for due in calc.schedule(2025, "steel") if due.step == "evidence"}
    assert len(months) == 12
    assert sorted(months.values())[:7] == [date(2025, 9, 9), date(2025, 10, 10), *[date(2025, 10, 31)] * 5]


def test_schedule__unknown_year_and_sector__are_refused_with_what_there_is() -> None:
    for year in (1999, 2018, 2050, 65_535):
        with pytest.raises(calc.CalculationError, match="2019, 2020"):
            calc.schedule(year)
    with pytest.raises(calc.CalculationError, match="power, steel, cement, aluminium"):
        calc.schedule(2025, "glass")


def test_schedule__third_batch_by_override__is_a_window_of_its_own(tmp_path: Path) -> None:
    file = parameter_file(
        tmp_path, tables={"carryover_batches": {"rows": [[3, "2026-06-11", "2026-07-31", "2026-08-14"]]}}
    )
    found = [due for due in calc.schedule(2025, parameters=parameters.load([file])) if due.step == "carryover_apply"]
    assert [(due.opens, due.day) for due in found][-1] == (date(2026, 6, 11), date(2026, 7, 31))
    assert len({due.id for due in found}) == 3


def test_schedule__moved_deadline__is_another_step_with_its_own_identity(tmp_path: Path) -> None:
    row = [2025, "power", "2026-03-31", "2026-06-30", "2026-06-30", "2026-09-20", "2026-09-30", "2027-01-15"]
    moved = parameters.load([parameter_file(tmp_path, tables={"compliance_calendar": {"rows": [row]}})])
    [due] = [each for each in calc.schedule(2025, "power", moved) if each.step == "surrender"]
    assert due.day == date(2027, 1, 15)
    assert due.id != find(2025, "surrender").id
    assert due.sectors == ("power",)


@given(st.sampled_from(calc.scheduled_years()), DAYS)
def test_schedule__any_moment__state_follows_the_window(year: int, now: datetime) -> None:
    found = calc.schedule(year)
    assert len({due.id for due in found}) == len(found)
    assert all(one.day <= other.day for one, other in pairwise(found))
    for due in found:
        assert due.opens is None or due.opens < due.day
        state = due.state(now)
        assert (state == "PASSED") == (now >= due.closes_at) == (due.days_left(now) < 0)
        assert (state == "UPCOMING") == (due.opens_at is not None and now < due.opens_at)


def test_closes_at__surrender_of_2025__is_midnight_in_beijing() -> None:
    assert find(2025, "surrender").closes_at == datetime(2026, 12, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "started", "year", "last"),
    [
        # told late in the evening of 30 September in Beijing, which is still the 30th there and in UTC
        ("objection_working_days", datetime(2025, 9, 30, 15, 59, tzinfo=UTC), None, date(2025, 10, 16)),
        # a minute later it is 1 October in Beijing: a holiday, so the same working days follow
        ("objection_working_days", datetime(2025, 9, 30, 16, 0, tzinfo=UTC), None, date(2025, 10, 16)),
        ("objection_decision_working_days", datetime(2026, 2, 13, 1, tzinfo=UTC), None, date(2026, 3, 5)),
        ("change_of_verified_data_working_days", datetime(2026, 10, 9, 1, tzinfo=UTC), 2025, date(2026, 10, 22)),
    ],
)
def test_working_day_clock__holidays_between__are_not_counted(
    key: str, started: datetime, year: int | None, last: date
) -> None:
    day = calc.working_day_clock(key, started, year=year)
    assert day == last
    assert calc.was_kept(day, calc.end_of_day(day).replace(hour=15, minute=59))
    assert not calc.was_kept(day, calc.end_of_day(day))


def test_working_days_left__year_without_published_holidays__is_unknown() -> None:
    assert calc.working_days_left(datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 5)) == 2
    assert calc.working_days_left(datetime(2099, 1, 1, tzinfo=UTC), date(2099, 1, 9)) is None
    assert calc.working_days_left(datetime(2026, 5, 9, tzinfo=UTC), date(2026, 5, 8)) == 0


def test_calendar__machines_in_other_zones__say_the_same() -> None:
    code = "from registry_cli.calc.calendar import *; calendar(2025, on='2026-12-31', as_json=True)"
    answers = set()
    for zone in ("America/New_York", "Asia/Shanghai", "Pacific/Kiritimati"):
        environment = os.environ | {"TZ": zone}
        answers.add(subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True).stdout)
    [answer] = answers
    assert b'"state": "OPEN"' in answer
