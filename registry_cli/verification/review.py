"""The commands of the body and the firm: start, checklist, findings, answers, decisions, conclusion."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from oracles.accounting import Report
from oracles.refusals import OracleError, refuse
from oracles.signing.recalculation import read_activity, recalculate
from oracles.signing.report import OpenedReport, open_report
from oracles.verification.review import RESULTS
from registry_cli.oracle_options import AsJson, Home, Rpc, Where
from registry_cli.output import emit
from registry_cli.verification.common import Document, JobName, Said, Who, station
from registry_cli.verification.show import job_table

app = typer.Typer()

ReportFile = Annotated[Path, typer.Option("--report", help="报告文件 / report file, as oracle sign takes it")]
Finding = Annotated[str, typer.Argument(metavar="FINDING", help="不符合项，如 NC-1 / name of the finding")]
DECISIONS = ("accept", "return", "conserve")


@app.command()
def start(
    job: JobName,
    who: Who,
    team: Annotated[list[str], typer.Option(help="核查人员 / members of the team")],
    report: ReportFile,
    home: Home = None,
    rpc: Rpc = None,
    deployment: Where = None,
    as_json: AsJson = False,
) -> None:
    """受理报告，确定人员 / Take the report in and name the team; conflicts are asked of the persons too."""
    with station(home, rpc, deployment) as here:
        opened, assigned = _opened(report, job), here.desk.files.get(job).body
        mine = next((each for each in here.register.bodies() if each.number == assigned), None)
        if mine is None:
            raise refuse("ActNotNow", case=job, state="open", act="start", valid="assign")
        found = here.desk.review.start(job, who, mine, team, opened.report_hash, opened.tonnes)
    emit(found.to_json(), as_json, lambda _: job_table(found))


@app.command()
def check(
    job: JobName,
    code: Annotated[str, typer.Argument(help="清单项目 / item of the checklist")],
    result: Annotated[str, typer.Argument(help=f"结果 / result: {', '.join(RESULTS)}")],
    who: Who,
    text: Said,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """记录一项核查清单 / Record one item of the checklist with what was seen."""
    with station(home) as here:
        found = here.desk.review.check(job, who, code, result, text)
    emit(found.to_json(), as_json, lambda _: job_table(found))


@app.command("raise")
def raised(
    job: JobName,
    who: Who,
    rule: Annotated[str, typer.Option(help="违反的规则，如 D-03 / rule that is broken")],
    text: Said,
    source: Annotated[str | None, typer.Option(help="排放源编号 / id of the source")] = None,
    figure: Annotated[str | None, typer.Option(help="数据，如 amount、heat_value / figure that is contested")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """提出不符合项，期限 30 日 / Raise a non-conformity; with source and figure it can be treated conservatively."""
    with station(home) as here:
        if (source is None) != (figure is None):
            raise _invalid("--source, --figure", "须一并给出", "belong together", "两者都给或都不给", "both or neither")
        target = (source, figure) if source is not None and figure is not None else None
        found = here.desk.review.raise_finding(job, who, rule, text, target)
    emit(found.to_json(), as_json, lambda _: job_table(found))


@app.command()
def answer(
    job: JobName,
    finding: Finding,
    who: Who,
    text: Said,
    report: Annotated[Path | None, typer.Option(help="更正后的报告 / corrected report, a new version")] = None,
    document: Document = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """整改或说明 / Mend or explain; a corrected report becomes a new version, the old ones stay on file."""
    with station(home) as here:
        opened = None if report is None else _opened(report, job)
        version = None if opened is None else (opened.report_hash, opened.tonnes)
        digest = "" if document is None else hashlib.sha256(document.read_bytes()).hexdigest()
        found = here.desk.review.answer(job, who, finding, text, version, digest)
    emit(found.to_json(), as_json, lambda _: job_table(found))


@app.command()
def decide(
    job: JobName,
    finding: Finding,
    decision: Annotated[str, typer.Argument(help=f"决定 / decision: {', '.join(DECISIONS)}")],
    who: Who,
    text: Said = "",
    report: Annotated[Path | None, typer.Option(help="最新报告，用于保守计算 / newest report, for conserve")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """认可、退回，或期满后采用保守数据 / Accept, give back, or after the due day calculate conservatively (D-08)."""
    with station(home) as here:
        review = here.desk.review
        if decision not in DECISIONS:
            names = ", ".join(DECISIONS)
            raise _invalid(decision, "未知决定", "unknown decision", names, names)
        if decision != "conserve":
            found = review.decide(job, who, finding, text, accepted=decision == "accept")
        elif report is None:
            raise _invalid("--report", "缺少报告", "is missing", "最新报告文件", "the newest report file")
        else:
            opened = _opened(report, job)
            found = review.conserve(job, who, finding, _activity(opened), opened.report_hash)
    emit(found.to_json(), as_json, lambda _: job_table(found))


@app.command()
def conclude(
    job: JobName,
    who: Who,
    text: Said,
    report: ReportFile,
    home: Home = None,
    rpc: Rpc = None,
    deployment: Where = None,
    as_json: AsJson = False,
) -> None:
    """作出核查结论，不得由记录清单的人作出 / Conclude; not by a person who recorded the checklist.

    Activity data are calculated again as before a signature: by the register of meters, with conservative figures.
    On the simplified track the chain is asked for late months: with one the site is visited after all.
    """
    with station(home, rpc, deployment) as here:
        opened, review = _opened(report, job), here.desk.review
        evidence = review.evidence(here.desk.files.get(job))
        recalculate(opened, declared_total_accepted=True, evidence=evidence)
        found = review.conclude(job, who, opened.tonnes, opened.report_hash, text)
    emit(found.to_json(), as_json, lambda _: job_table(found))


def _opened(path: Path, job: str) -> OpenedReport:
    """The report, which must be the job's own."""
    opened = open_report(path)
    if not job.startswith(f"V-{opened.account}-{opened.year}-"):
        given = f"{opened.account} {opened.year}"
        raise _invalid(path.name, f"是 {given} 的报告", f"is the report of {given}", job, job)
    return opened


def _activity(opened: OpenedReport) -> Report:
    if opened.activity is None:
        raise refuse("DeclaredOnly", reported=opened.tonnes)
    return read_activity(opened.activity, opened)[0]


def _invalid(where: str, zh: str, en: str, valid_zh: str, valid: str) -> OracleError:
    return refuse("InputInvalid", where=where, detail_zh=zh, detail=en, valid_zh=f"{valid_zh}。", valid=f"{valid}.")
