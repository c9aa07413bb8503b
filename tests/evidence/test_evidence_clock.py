"""The 40-day clock in Beijing time, whatever the machine's zone; what each sector owes every month."""

import os
import time
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_sdk.evidence.clock import MonthState, deadline, due_day, missing_months, year_standing
from registry_sdk.evidence.duties import duties, item_row, missing_duties, sector_name, sectors


@pytest.fixture(params=["America/New_York", "Asia/Shanghai", "UTC"])
def _zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    os.environ.setdefault("TZ", "UTC")
    time.tzset()


@pytest.mark.parametrize(
    ("sector", "year", "month", "day"),
    [
        ("power", 2025, 1, date(2025, 3, 12)),
        ("power", 2024, 1, date(2024, 3, 11)),  # February 2024 has 29 days
        ("power", 2025, 11, date(2026, 1, 9)),
        ("power", 2025, 12, date(2026, 2, 9)),
        ("power", 2022, 12, None),
        ("steel", 2024, 12, None),
        ("steel", 2025, 1, date(2025, 10, 31)),
        ("cement", 2025, 6, date(2025, 10, 31)),
        ("aluminium", 2025, 7, date(2025, 9, 9)),
        ("steel", 2026, 1, date(2026, 3, 12)),
        ("paper", 2025, 1, None),
    ],
)
def test_due_day__sector_and_month__day_of_the_law(sector: str, year: int, month: int, day: date | None) -> None:
    assert due_day(sector, year, month) == day


@pytest.mark.usefixtures("_zone")
def test_deadline__any_zone_of_the_machine__last_second_in_beijing() -> None:
    assert deadline("power", 2025, 12) == int(datetime(2026, 2, 9, 15, 59, 59, tzinfo=UTC).timestamp())


@given(st.integers(2023, 2100), st.integers(1, 12))
def test_due_day__any_month_of_power__forty_days_after_its_end(year: int, month: int) -> None:
    assert due_day("power", year, month) == date(year, month, monthrange(year, month)[1]) + timedelta(days=40)


def test_year_standing__second_after_the_deadline__missing() -> None:
    last = deadline("power", 2025, 2)
    assert last is not None
    states = [each.state for each in year_standing("power", 2025, {1: False, 3: True}, last)]
    assert states[:4] == [MonthState.IN_TIME, MonthState.DUE, MonthState.LATE, MonthState.NOT_OVER]
    after = year_standing("power", 2025, {1: False, 3: True}, last + 1)
    assert missing_months(after) == [2]
    assert [each.state for each in year_standing("steel", 2024, {}, last)] == [MonthState.NOT_REQUIRED] * 12


def test_sectors__numbers_on_chain__in_the_order_of_the_table() -> None:
    assert [sector_name(number) for number in range(6)] == [None, *sectors(), None]


@pytest.mark.parametrize("sector", ["power", "steel", "cement", "aluminium"])
def test_duties__all_met__none_missing_and_each_alone_is_missed(sector: str) -> None:
    owed = duties(sector)
    codes = {duty.codes[-1] for duty in owed}
    assert len(owed) >= 3
    assert missing_duties(sector, codes) == []
    for duty in owed:
        assert missing_duties(sector, codes - set(duty.codes)) == [duty]
        assert all(item_row(sector, code) for code in duty.codes)
