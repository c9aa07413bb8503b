"""`registry oracle quality`: run the data-quality checks, file what they find, answer and decide."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Plain

from oracles.cases import Journal, verify_chain
from oracles.quality import Finding, entity_findings, sector_findings
from oracles.quality.cases import KIND, STATES, FiledFinding, QualityCases
from oracles.refusals import OracleError
from oracles.store import open_store
from registry_cli.oracle_options import REFUSED, AsJson, Home, settings_of
from registry_cli.output import emit, fail
from registry_cli.quality_data import Evidence, PlanFile, read_all
from registry_sdk import parameters

app = typer.Typer(no_args_is_help=True, help="数据质量：检查、答复、决定 / data quality: check, answer, decide")

FOUND = 1

STATES_ZH = {"open": "待答复", "answered": "已答复", "accepted": "已认可", "upheld": "维持"}

Who = Annotated[str, typer.Option(help="办理人及单位 / person and institution")]
Said = Annotated[str, typer.Option("--text", help="说明 / what is said")]
Case = Annotated[str, typer.Argument(help="发现编号 / name of the finding")]


def cases_of(home: Path | None) -> QualityCases:
    """The findings on file in a home folder."""
    settings = settings_of(home=home)
    settings.prepare_home()
    return QualityCases(Journal(open_store(settings.database), KIND))


@app.command()
def check(
    year: Annotated[int, typer.Option(help="检查年度；更早的作为历史 / year to check; earlier ones are history")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="月度数据或排放报告，可多家 / monthly figures or emission reports, of several firms too"),
    ] = None,
    evidence: Evidence = None,
    plan: PlanFile = None,
    record: Annotated[bool, typer.Option(help="存档，供答复 / put on file, to be answered")] = False,
    who: Annotated[str, typer.Option(help="办理人及单位 / person and institution")] = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """检查数据质量，多家互相比对 / Check, also firms with each other. Exit code 1: something severe, 2: refused."""
    try:
        read = read_all(files or (), evidence or (), plan, year, home)
        found = [each for one in read for each in entity_findings(one.items, year, required=one.is_monthly)]
        found += sector_findings((item for one in read for item in one.items), year) if len(read) > 1 else []
        filed = cases_of(home).file(found, who) if record else []
    except OracleError as error:
        fail(str(error), REFUSED)
    body = [each.to_json() for each in filed] if record else [each.to_json() for each in found]
    emit({"year": year, "findings": body}, as_json, lambda _: _found(found, filed))
    if any(_blocks(each.severity) for each in found):
        raise typer.Exit(FOUND)


@app.command("list")
def listed(
    entity: Annotated[str | None, typer.Option(help="主体 / entity")] = None,
    year: Annotated[int | None, typer.Option(help="年度 / year")] = None,
    state: Annotated[list[str] | None, typer.Option(help=f"状态 / state: {', '.join(STATES)}")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """列出存档的发现 / List the findings on file and where they stand."""
    if unknown := set(state or ()) - set(STATES):
        fail(f"未知状态 unknown state {', '.join(sorted(unknown))}: {', '.join(STATES)}", REFUSED)
    found = list(cases_of(home).all(entity, year, state or ()))
    emit([each.to_json() for each in found], as_json, lambda _: _filed(found))


@app.command()
def show(case: Case, home: Home = None, as_json: AsJson = False) -> None:
    """一项发现的全部经过 / Everything said about one finding, and whether its journal is unbroken."""
    try:
        found = cases_of(home).get(case)
    except OracleError as error:
        fail(str(error), REFUSED)
    broken = verify_chain(found.entries)
    emit(found.to_json() | {"journal_broken_at": broken}, as_json, lambda _: _history(found, broken))


@app.command()
def answer(
    case: Case,
    who: Who,
    text: Said,
    document: Annotated[Path | None, typer.Option(help="证明文件，记其哈希 / proof; its hash is recorded")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """答复 / The firm's answer, with a document that proves it."""
    try:
        digest = "" if document is None else _digest(document)
        found = cases_of(home).answer(case, who, text, digest)
    except OracleError as error:
        fail(str(error), REFUSED)
    emit(found.to_json(), as_json, lambda _: _filed([found]))


@app.command()
def accept(case: Case, who: Who, text: Said, home: Home = None, as_json: AsJson = False) -> None:
    """认可答复 / Accept the answer; not by the person who gave it."""
    _decide(case, who, text, home, as_json, accepted=True)


@app.command()
def uphold(case: Case, who: Who, text: Said, home: Home = None, as_json: AsJson = False) -> None:
    """维持发现 / Uphold the finding against the answer."""
    _decide(case, who, text, home, as_json, accepted=False)


def _decide(case: str, who: str, text: str, home: Path | None, as_json: bool, *, accepted: bool) -> None:
    try:
        found = cases_of(home).decide(case, who, text, accepted=accepted)
    except OracleError as error:
        fail(str(error), REFUSED)
    emit(found.to_json(), as_json, lambda _: _filed([found]))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _blocks(severity: str) -> bool:
    return bool(parameters.table("quality_severities").row(severity=severity)["blocks"])


def _severity(severity: str) -> str:
    row = parameters.table("quality_severities").row(severity=severity)
    return f"{row['name_zh']} {row['name_en']}"


def _found(found: list[Finding], filed: list[FiledFinding]) -> RenderableType:
    if not found:
        return Plain("未发现问题 / nothing found")
    if filed:
        return _filed(filed)
    table = _table()
    for each in found:
        table.add_row(*_cells(each.to_json(), each.code, ""))
    return table


def _filed(filed: list[FiledFinding]) -> Table:
    table = _table()
    for each in filed:
        table.add_row(*_cells(each.finding, each.case, f"{STATES_ZH[each.state]} {each.state}"))
    return table


def _table() -> Table:
    table = Table(title="数据质量发现 / data-quality findings", show_lines=True)
    heads = (
        "编号 / finding",
        "级别 / severity",
        "规则 / rule",
        "主体 / entity",
        "说明与答复方式 / what, and how to answer",
    )
    for head in (*heads, "状态 / state"):
        table.add_column(head, overflow="fold")
    return table


def _cells(finding: dict[str, Any], name: str, state: str) -> tuple[Any, ...]:
    subject, message, way = finding["subject"], finding["message"], finding["answer"]
    place = "/".join(subject[key] for key in ("entity", "subunit", "year", "month") if key in subject)
    text = Plain(f"{message['zh']}\n{message['en']}\n→ {way['zh']} / {way['en']}")
    return name, _severity(finding["severity"]), finding["rule"], place, text, state


def _history(found: FiledFinding, broken: int | None) -> Group:
    table = Table(title=f"{found.case} · {STATES_ZH[found.state]} {found.state}")
    for head in ("#", "动作 / act", "办理人 / who", "时间 / at (UTC)", "说明 / text", "文件 / document"):
        table.add_column(head, overflow="fold")
    for entry in found.entries:
        text = entry.body.get("text") or entry.body["message"]["zh"] + " / " + entry.body["message"]["en"]
        moment = _moment(entry.at)
        table.add_row(str(entry.number), entry.act, entry.who, moment, Plain(text), entry.body.get("document", ""))
    chain = (
        "日志完整 / journal unbroken"
        if broken is None
        else f"日志自第 {broken} 条起被改动 / altered from entry {broken}"
    )
    return Group(_filed([found]), table, Plain(chain))


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
