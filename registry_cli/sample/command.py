"""``registry oracle sample``: the sample year by one command, ended by a table of the traces it must have left."""

import json
import shutil
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text as Plain

from registry_cli.demo.actors import Actors
from registry_cli.demo.stage import StageError, is_served
from registry_cli.output import console, emit, fail
from registry_cli.sample.looking import traces
from registry_cli.sample.plants import NOTICE, PROVINCE, YEAR
from registry_cli.sample.stage import SampleStage
from registry_cli.sample.traces import EVENTS, missing
from registry_cli.sample.year import SampleYear
from registry_sdk.client import ClientError, RegistryClient
from registry_sdk.office import Staff

#: What shells report for Ctrl-C.
INTERRUPTED: Final = 130
MARK: Final = "sample-keys"


def sample(
    home: Annotated[Path, typer.Option(help="数据目录，旧的会清空 home, emptied first")] = Path("data/sample"),
    port: Annotated[int, typer.Option(help="服务端口，0 为任意 port, 0 for any")] = 0,
    days: Annotated[int, typer.Option(min=1, max=31, help="每月运行天数 days of each month the plants run")] = 31,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / JSON on standard output")] = False,
) -> None:
    """四家虚构企业的一年：读数、存证、核查、双方签署上链，五处差错各留痕 / A year of four invented plants.

    From hourly readings to figures on the chain, signed by verifier and province in processes of their own. Exit code
    1: a trace is missing.
    """
    console.print(Panel(f"{YEAR}\n[yellow]{NOTICE}[/yellow]", title="registry oracle sample"))
    _clear(home)
    stage = SampleStage(home.absolute(), port)
    try:
        with stage.ending():
            body = _play(stage, days)
    except (StageError, ClientError) as error:
        fail(str(error), 1)
    except KeyboardInterrupt:
        fail("已中断，全部进程已结束 interrupted, all processes have ended", INTERRUPTED)
    emit(body, as_json, _show)
    if body["missing"]:
        raise typer.Exit(1)


def _clear(home: Path) -> None:
    """Empty the sample's own home; nothing else is ever deleted."""
    if home.exists():
        if not (home / MARK).is_dir() and any(home.iterdir()):
            fail(f"{home.name}: 目录非空且不是样例目录 not empty and not a sample's home")
        if is_served(home):
            fail(f"{home.name}: 服务正在运行，请先结束它或另选 --home (a service runs there: end it, or use --home)")
        shutil.rmtree(home)
    (home / MARK).mkdir(parents=True, mode=0o700)


def _play(stage: SampleStage, days: int) -> dict[str, Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def step(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=total)
            progress.update(tasks[name], completed=done)

        staff = Staff.create([PROVINCE])
        step("启动服务并部署 start and deploy", 0, 1)
        stage.start_service()
        stage.deploy(staff.officers())
        client = RegistryClient(stage.url)
        stage.wait_ready(client)
        stage.start_oracle()
        step("启动服务并部署 start and deploy", 1, 1)
        year = SampleYear(stage, Actors(stage, client, staff, step), days)
        year.run()
        year.tamper()
        found = traces(year)
        step("审计 audit", 0, 1)
        audited = stage.run("audit", "--json", check=False)
        step("审计 audit", 1, 1)
    gone = missing(found)
    return {
        "notice": NOTICE,
        "year": YEAR,
        "figures": year.figures(),
        "traces": [each.to_json() for each in found],
        "audit": {"exit": audited.returncode, "report": _json(audited.stdout)},
        "missing": gone + ([] if audited.returncode == 0 else ["audit"]),
    }


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace")[-500:]


def _show(body: dict[str, Any]) -> RenderableType:
    figures = Table(title=f"{body['year']} 链上核定排放量 verified emissions on the chain", caption=NOTICE)
    for heading in ("企业 firm", "机组 unit"):
        figures.add_column(heading)
    for heading in ("首报 first report", "核定 verified", "链上 on chain", "版本 version"):
        figures.add_column(heading, justify="right")
    for row in body["figures"]:
        numbers = (f"{row[name]:,}" for name in ("first", "verified", "recorded"))
        figures.add_row(row["name"], f"{row['unit']}/{row['units']}", *numbers, str(row["version"]))
    table = Table(title="五处差错及其痕迹 five things that went wrong, and their traces")
    for heading in ("", "差错 event", "规则 rule", "何处 where", "所见 seen"):
        table.add_column(heading, overflow="fold")
    for each in body["traces"]:
        where = each["where"]
        mark = "✓" if each["found"] else "✗"
        table.add_row(
            mark, str(EVENTS[each["event"]]), each["rule"], f"{where['zh']} / {where['en']}", Plain(each["seen"])
        )
    gone = ", ".join(body["missing"])
    end = (
        Plain(f"缺少 missing: {gone}", style="red")
        if gone
        else Plain("全部痕迹齐全 every trace is there", style="green")
    )
    return Group(figures, table, end)
