"""Which notices a moment calls for. Pure: rows of the projection and the time in, notices out.

For everybody, of each window: one when it opens, one on each of the reminding days, one when it has closed. Of several
reminders that have become due together (the service was down) only the newest is written. What lies before the
contracts existed is left alone. For an account: its result and obligation once per version of its figure, and the
reminders of what it still owes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from registry_api.calendar.notices import Notice, Stage
from registry_api.calendar.windows import SURRENDER, Window, instant
from registry_sdk import calc
from registry_sdk.calc.compliance.schedule import Due
from registry_sdk.evidence.duties import sector_name

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class YearView:
    """A compliance year at one moment: its windows, and the rows of the projection it needs.

    ``rules`` None: the chain has no rules for the year. ``accounts``: rows by number.
    """

    year: int
    windows: Sequence[Window]
    rules: Row | None
    positions: Sequence[Row]
    figures: Sequence[Row]
    accounts: Mapping[int, Row]


WHO: Final = {
    "emitter": "重点排放单位 key emitters",
    "province": "省级主管部门 provinces",
    "registry": "登记机构 registry",
}
BPS: Final = 10_000


def due_notices(view: YearView, now: datetime, since: datetime, warning_days: Sequence[int]) -> Iterator[Notice]:
    """Every notice that ``view`` calls for at ``now``, written before or not.

    Args:
        since: when the contracts were deployed.
        warning_days: days ahead on which people are reminded, least first.
    """
    for window in view.windows:
        due = window.due
        concerned = of_sectors(due, view) if due.step == SURRENDER else []
        if window.lawful is not None and due.closes_at > since:
            yield deadline_check(due, window.lawful)
        for stage, moment in moments(due, now, since, warning_days):
            yield public_notice(due, stage, moment, now, standing(concerned) if concerned else {})
            if stage is not Stage.OPENED:
                yield from (owing_notice(due, stage, moment, row, now) for row in concerned if owed_by(row))
    yield from _results(view)


def _results(view: YearView) -> Iterator[Notice]:
    if view.rules is None:
        return
    last = calc.beijing_day(instant(view.rules["deadline"] - 1)).isoformat() if view.rules["deadline"] else ""
    reported = {row["account"]: row for row in view.positions if row["is_reported"]}
    for figure in view.figures:
        position = reported.get(figure["account"])
        if position is not None:
            yield result_notice(figure, position, view.rules, last)


def moments(due: Due, now: datetime, since: datetime, warning_days: Sequence[int]) -> Iterator[tuple[Stage, str]]:
    """Stages of ``due`` that have been reached at ``now``, each with the name of its moment.

    Args:
        since: when the contracts were deployed.
        warning_days: days ahead on which people are reminded, least first.
    """
    if due.closes_at <= since:
        return
    opens = due.opens_at
    if opens is not None and opens <= now and opens >= since:
        yield Stage.OPENED, "OPENED"
    if now >= due.closes_at:
        yield Stage.CLOSED, "CLOSED"
        return
    left = due.days_left(now)
    for days in warning_days:
        starts = calc.end_of_day(due.day - timedelta(days=days + 1))
        if left <= days and (opens is None or starts >= opens):
            yield Stage.AHEAD, f"AHEAD-{days}"
            return


def public_notice(due: Due, stage: Stage, moment: str, now: datetime, figures: dict[str, Any]) -> Notice:
    """For everybody: a window opens, ends soon, or has closed."""
    until = f"{due.day}（北京时间）"
    texts = {
        Stage.OPENED: (f"开始，截止 {until}", f"has begun; last day {due.day} (Beijing)"),
        Stage.AHEAD: (
            f"还有 {due.days_left(now)} 天，截止 {until}",
            f"{due.days_left(now)} days left; last day {due.day} (Beijing)",
        ),
        Stage.CLOSED: (f"已于 {until}终了截止", f"closed at the end of {due.day} (Beijing)"),
    }
    zh, en = texts[stage]
    who_zh, _, who_en = WHO[due.who].partition(" ")
    return Notice(
        id=f"{due.id}/{moment}",
        stage=stage,
        step=due.step,
        rule=due.rule,
        year=due.year,
        zh=f"{due.year} 年度{due.title.zh}（{who_zh}）：{zh}",
        en=f"{due.title.en} {due.year} ({who_en}): {en}",
        day=due.day.isoformat(),
        figures=figures,
    )


def deadline_check(due: Due, lawful: date) -> Notice:
    """The chain's rules set another last day than the law's calendar: officers must know."""
    return Notice(
        id=f"{due.id}/CHECK",
        stage=Stage.CHECK,
        step=due.step,
        rule="C-01",
        year=due.year,
        zh=f"{due.year} 年度规则的清缴截止日为 {due.day}，日历为 {lawful}，请核对",
        en=f"the rules of {due.year} end surrender on {due.day}, the calendar on {lawful}: please check",
        day=due.day.isoformat(),
        figures={"lawful_day": lawful.isoformat()},
    )


def result_notice(figure: Row, position: Row, rules: Row, closes: str) -> Notice:
    """To an account: its verified emissions, what it has to surrender and until when, and how it can object."""
    year, tonnes = figure["year"], figure["tonnes"]
    cap = position["obligation"] * rules["offset_cap_bps"] // BPS
    objection = calc.working_day_clock("objection_working_days", instant(figure["recorded_at"]))
    return Notice(
        id=f"result/{year}/{figure['account']}/{figure['version']}",
        stage=Stage.TOLD,
        step="result_told",
        rule="C-04",
        year=year,
        zh=f"{year} 年度核查排放量 {tonnes} 吨，应清缴 {position['obligation']} 吨，截止 {closes}（北京时间）；"
        f"减排量抵销至多 {cap} 吨；如有异议，请于 {objection} 前申请复核",
        en=f"verified emissions of {year}: {tonnes} t; to surrender: {position['obligation']} t by {closes} (Beijing);"
        f" credits for at most {cap} t; an objection must be made by {objection}",
        account=figure["account"],
        day=closes,
        figures={
            "verified": tonnes,
            "version": figure["version"],
            "obligation": position["obligation"],
            "offset_cap": cap,
            "objection_until": objection.isoformat(),
        },
    )


def owing_notice(due: Due, stage: Stage, moment: str, position: Row, now: datetime) -> Notice:
    """To an account that still owes: a reminder, or that the deadline is past."""
    owed = owed_by(position)
    over = stage is Stage.CLOSED
    left = due.days_left(now)
    return Notice(
        id=f"{due.id}/{moment}/{position['account']}",
        stage=stage,
        step=due.step,
        rule="C-08" if over else due.rule,
        year=due.year,
        zh=f"{due.year} 年度尚欠 {owed} 吨，"
        + (f"清缴期限 {due.day} 已过，欠缴部分仍须补缴" if over else f"距截止 {due.day} 还有 {left} 天"),
        en=f"{owed} t are still owed for {due.year}; "
        + (
            f"the deadline {due.day} is past and the shortfall stays owed"
            if over
            else f"{left} days to the last day {due.day}"
        ),
        account=position["account"],
        day=due.day.isoformat(),
        figures={"owed": owed},
    )


def owed_by(position: Row) -> int:
    """What an account has not paid, tonnes; a surrender that waits for the province counts as paid."""
    paid: int = position["surrendered"] + position["offset"] + position["pending"]
    return max(0, int(position["obligation"]) - paid)


def standing(positions: Sequence[Row]) -> dict[str, Any]:
    """Figures of a surrender window: entities, how many are complete, tonnes owed."""
    owing = [owed_by(position) for position in positions]
    return {"entities": len(owing), "complete": sum(1 for owed in owing if not owed), "owed": sum(owing)}


def of_sectors(due: Due, view: YearView) -> list[Row]:
    """Reported positions of the sectors of ``due``; an account of a sector the law does not know goes with any."""
    names = {number: sector_name(row["sector"]) or "" for number, row in view.accounts.items()}
    return [
        position
        for position in view.positions
        if position["is_reported"] and names.get(position["account"], "") in ("", *due.sectors)
    ]
