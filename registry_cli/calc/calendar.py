"""`registry calc calendar` and `registry calc working-days`: the law's deadlines and clocks, without a service."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from registry_cli.output import emit, fail
from registry_sdk import calc
from registry_sdk.calc.compliance.schedule import Due

AsJson = Annotated[bool, typer.Option("--json", help="机器可读 / JSON on standard output")]
STATES = {"UPCOMING": "未开始 upcoming", "OPEN": "进行中 open", "PASSED": "已截止 passed"}


def calendar(
    year: Annotated[int, typer.Argument(help="履约年度 / compliance year")],
    sector: Annotated[str | None, typer.Option(help="power, steel, cement, aluminium")] = None,
    on: Annotated[str | None, typer.Option(help="以此日(北京时间)为今天 / today, as a day in Beijing")] = None,
    as_json: AsJson = False,
) -> None:
    """履约日历 / Every deadline of a compliance year (C-01). Exit code 2: no such year or sector."""
    # The last instant of the day: every window that closes with it is still open, every one that opens on it is.
    now = datetime.now(UTC) if on is None else calc.end_of_day(_day(on)) - timedelta(seconds=1)
    try:
        found = calc.schedule(year, sector)
    except calc.CalculationError as error:
        fail(str(error))
    rows = [
        due.to_json()
        | {
            "state": due.state(now),
            "days_left": due.days_left(now),
            "working_days_left": calc.working_days_left(now, due.day),
        }
        for due in found
    ]
    emit({"year": year, "items": rows}, as_json, lambda _: _table(year, found, rows))


def working_days(
    start: Annotated[str, typer.Argument(help="起算日(北京时间)，当日不计 / day of the event, not counted itself")],
    count: Annotated[int, typer.Argument(min=0, help="工作日数 / number of working days")],
    as_json: AsJson = False,
) -> None:
    """工作日期限 / The last day of a clock of working days, with Chinese holidays (B-16, B-17, D-08)."""
    try:
        day = calc.add_working_days(_day(start), count)
    except calc.CalculationError as error:
        fail(str(error))
    body = {
        "start": start, "working_days": count, "last_day": day.isoformat(),
        "closes_at": int(calc.end_of_day(day).timestamp()),
    }  # fmt: skip
    emit(body, as_json, lambda _: f"{day}（北京时间当日终了 until the end of that day in Beijing）")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{text!r} 不是日期 is not a date（有效 valid: 2026-12-31）")


def _table(year: int, found: tuple[Due, ...], rows: list[dict[str, Any]]) -> Table:
    table = Table(title=f"{year} 年度履约日历（北京时间） / compliance calendar (Beijing time)")
    for head in ("截止 / last day", "开始 / opens"):
        table.add_column(head, no_wrap=True, min_width=10)
    for head in ("步骤 / step", "行业 / sectors", "规则 / rule"):
        table.add_column(head)
    table.add_column("状态、剩余天 / state, days left")
    for due, row in zip(found, rows, strict=True):
        opens = "" if due.opens is None else due.opens.isoformat()
        state = STATES[row["state"]] + ("" if row["state"] == "PASSED" else f" {row['days_left']}")
        table.add_row(due.day.isoformat(), opens, str(due.title), ", ".join(due.sectors) or "-", due.rule, state)
    return table
