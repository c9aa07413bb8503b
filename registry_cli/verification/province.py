"""The province's commands: open, draw, move, sample, tell; and the facts that draws are judged by."""

from typing import Annotated

import typer

from oracles.refusals import refuse
from oracles.verification.bodies import FACTS
from oracles.verification.jobs import SIMPLIFIED, TRACKS, beijing
from oracles.verification.track import ENTITY_FACTS
from registry_cli.oracle_options import AsJson, Home, Rpc, Where
from registry_cli.output import emit
from registry_cli.verification.common import JobName, Said, Who, station
from registry_cli.verification.show import eligibility_table, facts_table, job_table, jobs_table, sample_table
from registry_sdk.evidence.duties import sector_name

app = typer.Typer()

Account = Annotated[int, typer.Argument(min=1, help="账户 / account")]
Year = Annotated[int, typer.Argument(help="履约年度 / compliance year")]


@app.command("open")
def opened(
    account: Account,
    year: Year,
    who: Who,
    unit: Annotated[int, typer.Option(min=1, help="分设施 / sub-unit")] = 1,
    project: Annotated[str, typer.Option(help="减排项目 / reduction project, for its validator")] = "",
    name: Annotated[list[str] | None, typer.Option(help="单位的其他名称 / other names of the entity")] = None,
    track: Annotated[str, typer.Option(help=f"方式 / track: {', '.join(TRACKS)}")] = "full",
    home: Home = None,
    rpc: Rpc = None,
    deployment: Where = None,
    as_json: AsJson = False,
) -> None:
    """立项，行业省份取自链上；下一区块的哈希决定抽取 / Open a job; the hash of the next block decides the draw."""
    with station(home, rpc, deployment) as here:
        register = here.register
        found = register.account(account)
        sector = sector_name(found.sector)
        if sector is None:
            raise refuse(
                "InputInvalid",
                where=str(account),
                detail_zh="不是纳入行业的账户",
                detail="no account of a covered sector",
                valid_zh="重点排放单位的账户。",
                valid="the account of a key emitter.",
            )
        job = here.desk.assignment.create(
            who,
            account,
            year,
            sector=sector,
            province=found.province,
            draw_block=register.head() + 1,
            unit=unit,
            project=project,
            names=name or (),
            track=track,
        )
    emit(job.to_json(), as_json, lambda _: job_table(job))


@app.command()
def assign(
    job: JobName, who: Who, home: Home = None, rpc: Rpc = None, deployment: Where = None, as_json: AsJson = False
) -> None:
    """抽取核查机构，排除有利益冲突者 / Draw a body without conflicts. Exit code 1: the block is not there yet."""
    with station(home, rpc, deployment) as here:
        register, found = here.register, here.desk.files.get(job)
        seed = register.block_hash(found.draw_block)
        drawn = here.desk.assignment.assign(job, who, register.bodies(), found.draw_block, seed)
    emit(drawn.to_json(), as_json, lambda _: job_table(drawn))


@app.command()
def release(
    job: JobName,
    who: Who,
    text: Said,
    home: Home = None,
    rpc: Rpc = None,
    deployment: Where = None,
    as_json: AsJson = False,
) -> None:
    """从机构收回，重新抽取 / Take a job from its body; it is drawn again, findings stay."""
    with station(home, rpc, deployment) as here:
        moved = here.desk.assignment.release(job, who, text, here.register.head() + 1)
    emit(moved.to_json(), as_json, lambda _: job_table(moved))


@app.command()
def reopen(
    job: JobName,
    who: Who,
    text: Said,
    home: Home = None,
    rpc: Rpc = None,
    deployment: Where = None,
    as_json: AsJson = False,
) -> None:
    """结论作出后发现数据有误，重新核查 / Open a concluded job again, because verified data were wrong."""
    with station(home, rpc, deployment) as here:
        moved = here.desk.assignment.reopen(job, who, text, here.register.head() + 1)
    emit(moved.to_json(), as_json, lambda _: job_table(moved))


@app.command()
def sweep(who: Who, home: Home = None, rpc: Rpc = None, deployment: Where = None, as_json: AsJson = False) -> None:
    """收回失去资质或有冲突的机构的未结核查 / Release open jobs of bodies that lost standing or came into conflict."""
    with station(home, rpc, deployment) as here:
        register = here.register
        moved = here.desk.assignment.sweep(who, register.bodies(), register.head() + 1)
    emit([each.to_json() for each in moved], as_json, lambda _: jobs_table(moved))


@app.command()
def sample(
    year: Year, who: Who, home: Home = None, rpc: Rpc = None, deployment: Where = None, as_json: AsJson = False
) -> None:
    """抽取简化核查的现场抽查名单 / Draw the sites visited among the simplified track, once a year.

    The seed is the hash of the block after the youngest draw block of those jobs: nobody chooses it.
    """
    with station(home, rpc, deployment) as here:
        jobs = [each for each in here.desk.files.all(year=year) if each.track == SIMPLIFIED]
        block = max((each.draw_block for each in jobs), default=0) + 1
        seed = here.register.block_hash(block) if jobs else ""
        drawn = here.desk.assignment.sample(who, year, {each.account for each in jobs}, block, seed)
    emit(drawn, as_json, sample_table)


@app.command()
def track(
    account: Account,
    year: Year,
    home: Home = None,
    rpc: Rpc = None,
    deployment: Where = None,
    as_json: AsJson = False,
) -> None:
    """能否简化核查，逐条说明 / Whether an entity may have the simplified track, criterion by criterion (D-09)."""
    with station(home, rpc, deployment) as here:
        judged = here.desk.entities.eligibility(account, year, beijing(here.desk.review.now()))
    emit(judged.to_json(), as_json, lambda _: eligibility_table(judged))


@app.command()
def tell(job: JobName, who: Who, text: Said, home: Home = None, as_json: AsJson = False) -> None:
    """告知核查结果 / Tell the firm the result; whether in time is written down."""
    with station(home) as here:
        told = here.desk.review.tell(job, who, text)
    emit(told.to_json(), as_json, lambda _: job_table(told))


@app.command()
def body(
    number: Annotated[int, typer.Argument(min=1, help="机构编号 / number of the body")],
    kind: Annotated[str, typer.Argument(help=f"事实 / fact: {', '.join(FACTS)}")],
    who: Who,
    field: Annotated[list[str] | None, typer.Option("--set", help="字段=值 / field=value")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """记录机构的利害关系、报告编制、评级、人员 / Put ties, report writing, ratings, staff of a body on file (H-03)."""
    with station(home) as here:
        here.desk.bodies.record(number, kind, dict(map(_pair, field or ())), who)
        facts = here.desk.bodies.facts(number)
    rows = [{"number": each.number, "fact": each.kind, **each.value.model_dump(mode="json")} for each in facts]
    emit(rows, as_json, lambda _: facts_table(rows))


@app.command()
def fact(
    account: Account,
    kind: Annotated[str, typer.Argument(help=f"事实 / fact: {', '.join(ENTITY_FACTS)}")],
    year: Year,
    who: Who,
    text: Said,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """记录单位的处罚、迟交、证书失效 / Put a penalty, late month or invalid certificate of an entity on file (D-09)."""
    with station(home) as here:
        entry = here.desk.entities.record(account, kind, year, text, who)
    emit(entry.to_json(), as_json, lambda row: facts_table([row]))


def _pair(given: str) -> tuple[str, str | int]:
    name, sign, value = given.partition("=")
    if not sign:
        raise refuse(
            "InputInvalid",
            where="--set",
            detail_zh=f"{given} 没有等号",
            detail=f"{given} has no equals sign",
            valid_zh="--set entity=1001。",
            valid="--set entity=1001.",
        )
    return name, int(value) if name in ("province", "year", "number") and value.isdigit() else value
