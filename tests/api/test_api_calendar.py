"""The clock on a real service: what is written when the training area's clock passes a moment, once, across kills."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from api_stage import SECTOR, YEAR, ApiStage, refused, wait_until
from calendar_views import DUE_2025, position, view
from prometheus_client import generate_latest

from registry_api.calendar.due import due_notices, moments
from registry_api.calendar.notices import Notice, Notices, Stage
from registry_api.calendar.windows import warning_days
from registry_api.store import create_store_engine, migrate
from registry_sdk import calc

LONG_AGO = datetime(2021, 7, 16, tzinfo=UTC)
WARNINGS = [1, 3, 7, 15, 30, 60]


def at(day: date, hour: int = 4) -> datetime:
    """An hour UTC of a day; 4 is noon in Beijing."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


# ---- which moments


def test_moments__year_passes_day_by_day__each_once_in_order() -> None:
    seen: list[str] = []
    for offset in range(-5, 100):
        now = at(DUE_2025.day - timedelta(days=92) + timedelta(days=offset))
        seen += [name for _, name in moments(DUE_2025, now, LONG_AGO, WARNINGS) if name not in seen]
    assert seen == ["OPENED", "AHEAD-60", "AHEAD-30", "AHEAD-15", "AHEAD-7", "AHEAD-3", "AHEAD-1", "CLOSED"]


def test_moments__last_second_in_beijing__still_open() -> None:
    last = DUE_2025.closes_at - timedelta(seconds=1)
    assert [stage for stage, _ in moments(DUE_2025, last, LONG_AGO, WARNINGS)] == [Stage.OPENED, Stage.AHEAD]
    assert (Stage.CLOSED, "CLOSED") in moments(DUE_2025, DUE_2025.closes_at, LONG_AGO, WARNINGS)


def test_moments__service_was_down_for_weeks__only_the_newest_reminder() -> None:
    names = [name for _, name in moments(DUE_2025, at(date(2026, 12, 29)), LONG_AGO, WARNINGS)]
    assert names == ["OPENED", "AHEAD-3"]


def test_moments__before_the_contracts_existed__nothing() -> None:
    assert list(moments(DUE_2025, at(date(2027, 5, 1)), at(date(2027, 2, 1)), WARNINGS)) == []


def test_moments__reminder_that_would_come_before_the_window_opens__none() -> None:
    objection = next(due for due in calc.schedule(2025, "power") if due.step == "allocation_objection")
    assert objection.opens is not None
    names = [name for _, name in moments(objection, at(objection.opens), LONG_AGO, WARNINGS)]
    assert names == ["OPENED"]


# ---- which notices


def test_due_notices__firm_owes__is_reminded_and_told_once_per_version() -> None:
    now = at(date(2026, 12, 28))
    owing, paid = position(1001, obligation=1000, surrendered=400), position(1002, obligation=500, surrendered=500)
    found = {notice.id: notice for notice in due_notices(view([owing, paid]), now, LONG_AGO, WARNINGS)}
    mine = [notice for notice in found.values() if notice.account == 1001]
    assert {notice.stage for notice in mine} == {Stage.TOLD, Stage.AHEAD}
    assert next(n for n in mine if n.stage is Stage.AHEAD).figures == {"owed": 600}
    told = found["result/2025/1001/1"]
    assert told.figures["offset_cap"] == 50
    assert "1000 吨" in told.zh
    assert [n.stage for n in found.values() if n.account == 1002] == [Stage.TOLD]
    surrender = next(
        n for n in found.values() if n.step == "surrender" and n.account is None and n.stage is Stage.AHEAD
    )
    assert surrender.figures == {"entities": 2, "complete": 1, "owed": 600}


def test_due_notices__after_the_deadline__shortfall_is_named_with_its_rule() -> None:
    found = list(due_notices(view([position(1001, obligation=1000)]), at(date(2027, 1, 1)), LONG_AGO, WARNINGS))
    [short] = [n for n in found if n.account == 1001 and n.stage is Stage.CLOSED]
    assert (short.rule, short.figures) == ("C-08", {"owed": 1000})


def test_due_notices__chain_sets_another_deadline__officers_are_told_and_windows_follow() -> None:
    moved = int(calc.end_of_day(date(2027, 1, 15)).timestamp())
    found = list(due_notices(view([], deadline=moved), at(date(2027, 1, 10)), LONG_AGO, WARNINGS))
    [check] = [notice for notice in found if notice.stage is Stage.CHECK]
    assert "2027-01-15" in check.zh
    assert "2026-12-31" in check.zh
    assert not any(notice.step == "surrender" and notice.stage is Stage.CLOSED for notice in found)


# ---- written once


def test_write__same_notices_from_two_processes__kept_once(tmp_path: Path) -> None:
    one, other = (create_store_engine(f"sqlite:///{tmp_path}/store.sqlite3") for _ in range(2))
    migrate(one)
    fresh = [Notice(f"n-{i}", Stage.AHEAD, "surrender", "C-04", 2025, "还有", "left") for i in range(5)]
    assert len(Notices(one).write(fresh[:3], 10)) == 3
    assert [notice.id for notice in Notices(other).write(fresh, 11)] == ["n-3", "n-4"]
    assert [row["id"] for row in Notices(one).page(0, 100)] == [f"n-{i}" for i in range(5)]
    assert Notices(other).known() == {f"n-{i}" for i in range(5)}


# ---- on a running service


def test_clock__training_area_moves_through_the_deadline__notices_once_and_again_after_restart(tmp_path: Path) -> None:
    stage = ApiStage(tmp_path / "home", start_at=int(at(date(2026, 12, 20)).timestamp())).start().deploy()
    try:
        deadline = int(calc.end_of_day(date(2026, 12, 31)).timestamp())
        stage.act(
            "compliance", "setYearRules", YEAR, (deadline, YEAR, YEAR, 500, 1 << 1, 0, 0, False, deadline + 9**6, 0, 0)
        )
        wait_until(lambda: _ids(stage, "AHEAD-15"), "the reminder of fifteen days")
        stage.service.advance_to(deadline - 3600)
        wait_until(lambda: _ids(stage, "AHEAD-1"), "the reminder of the last day")
        calendar = stage.get("/v1/calendar", year=YEAR, sector="power", state="OPEN").json()
        [surrender] = [item for item in calendar["items"] if item["step"] == "surrender"]
        assert (calendar["today"], surrender["days_left"], surrender["closes_at"]) == ("2026-12-31", 0, deadline)
        assert surrender["lawful_day"] is None
        stage.restart()
        stage.service.advance_to(deadline)
        wait_until(lambda: _ids(stage, "CLOSED"), "the deadline is told")
        before = _all(stage)
        stage.restart()
        stage.service.desk.clock.round()
        assert _all(stage) == before
        assert len({row["id"] for row in before}) == len(before)
        assert b'registry_notices_total{stage="CLOSED",step="surrender"}' in generate_latest()
        [passed] = [
            item for item in stage.get("/v1/calendar", year=YEAR).json()["items"] if item["step"] == "surrender"
        ]
        assert passed["state"] == "PASSED"
    finally:
        stage.stop()


def test_calendar__unknown_year_sector_and_state__refused(stage: ApiStage) -> None:
    refused(stage.get("/v1/calendar", year=1999), "P-05")
    refused(stage.get("/v1/calendar", sector="glass"), "P-11")
    refused(stage.get("/v1/calendar", state="LATE"), "P-11")
    refused(stage.get("/v1/notices", cursor="zz"), "P-10")
    refused(stage.get("/v1/accounts/1001/notices"), "P-03")
    assert all(item["state"] != "PASSED" for item in stage.get("/v1/calendar").json()["items"])
    assert SECTOR == 1


def test_warning_days__from_the_parameters__least_first() -> None:
    assert warning_days(at(date(2026, 12, 1))) == WARNINGS


def _all(stage: ApiStage) -> list[dict[str, object]]:
    rows, cursor = [], None
    while True:
        page = stage.get("/v1/notices", limit=3, **({"cursor": cursor} if cursor else {})).json()
        rows += page["items"]
        cursor = page["next"]
        if cursor is None:
            return rows


def _ids(stage: ApiStage, moment: str) -> list[object]:
    return [
        row["id"] for row in _all(stage) if str(row["id"]).startswith("surrender/2025") and moment in str(row["id"])
    ]
