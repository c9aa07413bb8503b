"""What people see of verification: status, one job, its findings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text as Plain

from oracles.cases import verify_chain
from oracles.verification.jobs import Job, NonConformity, beijing
from oracles.verification.track import Eligibility
from registry_cli.oracle_options import AsJson, Home
from registry_cli.output import emit
from registry_cli.verification.common import JobName, station

app = typer.Typer()

STATES_ZH = {
    "open": "待指派",
    "assigned": "已指派",
    "reviewing": "核查中",
    "concluded": "已有结论",
    "told": "已告知",
}
FINDINGS_ZH = {"open": "待整改", "answered": "已答复", "closed": "已关闭", "conserved": "保守处理"}


@app.command()
def status(
    account: Annotated[int | None, typer.Option(help="账户 / account")] = None,
    year: Annotated[int | None, typer.Option(help="年度 / year")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """核查一览 / All jobs and where they stand."""
    with station(home) as here:
        jobs = list(here.desk.files.all(account, year))
    emit([each.to_json() for each in jobs], as_json, lambda _: jobs_table(jobs))


@app.command()
def findings(
    account: Annotated[int | None, typer.Option(help="账户 / account")] = None,
    year: Annotated[int | None, typer.Option(help="年度 / year")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """不符合项一览，逾期者标明 / Non-conformities of all jobs; those past their due day are marked."""
    with station(home) as here:
        today = beijing(here.desk.review.now())
        rows = [(job, found) for job in here.desk.files.all(account, year) for found in job.findings]
    body = [{"job": job.name, **found.to_json(), "overdue": found.is_overdue(today)} for job, found in rows]
    emit(body, as_json, lambda _: findings_table(rows, {each["finding"] for each in body if each["overdue"]}))


@app.command()
def show(job: JobName, home: Home = None, as_json: AsJson = False) -> None:
    """一项核查的全部经过；抽取与日志是否可复核 / One job whole, and whether its draw and journal can be repeated."""
    with station(home) as here:
        found = here.desk.files.get(job)
        checks = {"journal_broken_at": verify_chain(found.entries), "draw_repeats": here.desk.assignment.redraw(found)}
    emit(found.to_json() | checks, as_json, lambda _: _whole(found, checks))


def jobs_table(jobs: Iterable[Job]) -> Table:
    """One line a job."""
    table = Table(title="核查 / verification")
    heads = ("编号 / job", "行业 / sector", "方式 / track", "状态 / state", "机构 / body")
    for head in (*heads, "不符合项 / findings", "吨 / t"):
        table.add_column(head, overflow="fold")
    for job in jobs:
        left = len(job.unsettled)
        findings = f"{len(job.findings)} ({left} 未了结 / open)" if left else str(len(job.findings))
        tonnes = "" if job.tonnes is None else f"{job.tonnes:,}"
        body = "" if job.body is None else str(job.body)
        table.add_row(job.name, job.sector, job.track, _state(job.state), body, findings, tonnes)
    return table


def job_table(job: Job) -> Group:
    """A job after an act: its line, what the act wrote, its findings."""
    last = job.entries[-1]
    said = Table(title=Plain(f"{last.act} · {last.who}"), show_header=False)
    for name, value in last.body.items():
        said.add_row(name, Plain(_cell(value)))
    parts: list[Any] = [jobs_table([job]), said]
    if job.findings:
        parts.append(findings_table([(job, each) for each in job.findings], set()))
    return Group(*parts)


def findings_table(rows: Sequence[tuple[Job, NonConformity]], overdue: set[str]) -> Table:
    """Non-conformities."""
    table = Table(title="不符合项 / non-conformities")
    for head in ("编号 / finding", "规则 / rule", "说明 / text", "数据 / figure", "期限 / due", "状态 / state"):
        table.add_column(head, overflow="fold")
    for job, each in rows:
        due = f"{each.due} {'逾期 overdue' if each.name in overdue else ''}"
        figure = "/".join(each.target or ())
        state = f"{FINDINGS_ZH[each.state]} {each.state}"
        table.add_row(f"{job.name} {each.name}", each.rule, Plain(each.text), figure, due, state)
    return table


def facts_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Facts on file."""
    table = Table(title="存档事实 / facts on file", show_header=False)
    for row in rows:
        table.add_row(*(Plain(f"{name}: {_cell(value)}") for name, value in row.items()))
    return table


def sample_table(body: Mapping[str, Any]) -> Table:
    """The sample and its seed."""
    table = Table(title="现场抽查 / sites visited", show_header=False)
    for name in ("year", "block", "block_hash", "share", "accounts", "chosen"):
        table.add_row(name, Plain(_cell(body[name])))
    return table


def eligibility_table(judged: Eligibility) -> Table:
    """Every criterion of every year."""
    verdict = "符合 / eligible" if judged.is_eligible else "不符合 / not eligible"
    table = Table(title=f"简化核查 {judged.year}：{verdict}")
    for head in ("年度 / year", "条件 / criterion", "数值 / figure", ""):
        table.add_column(head, overflow="fold")
    for each in judged.criteria:
        text = f"{each.text.zh} / {each.text.en}"
        table.add_row(str(each.year), text, each.figure, "✓" if each.is_met else "✗")
    return table


def _whole(job: Job, checks: Mapping[str, Any]) -> Group:
    table = Table(title="经过 / history")
    for head in ("#", "动作 / act", "办理人 / who", "日期 / day", "内容 / content"):
        table.add_column(head, overflow="fold")
    for entry in job.entries:
        content = "; ".join(f"{name}: {_cell(value)}" for name, value in entry.body.items())
        table.add_row(str(entry.number), entry.act, entry.who, beijing(entry.at).isoformat(), Plain(content))
    broken = checks["journal_broken_at"]
    journal = "日志完整 / journal unbroken" if broken is None else f"日志自第 {broken} 条被改 / altered from {broken}"
    drawn = "抽取可复核 / the draw repeats" if checks["draw_repeats"] else "抽取不能复核 / the draw does not repeat"
    return Group(jobs_table([job]), table, Plain(f"{journal}；{drawn}" if job.round and job.body else journal))


def _state(state: str) -> str:
    return f"{STATES_ZH[state]} {state}"


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={_cell(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return "" if value is None else str(value)
