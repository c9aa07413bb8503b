"""``registry years``: two compliance years of three invented provinces by the law's own calendar."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.panel import Panel

from registry_cli.demo.home import clear_home
from registry_cli.demo.progress import progress
from registry_cli.demo.stage import Stage, StageError
from registry_cli.output import console, emit, fail
from registry_cli.years.country import EMITTERS, FEWEST, NOTICE, PROVINCES, YEARS, invent
from registry_cli.years.result import result_of, show
from registry_cli.years.run import Run
from registry_cli.years.steps import BEGIN, play
from registry_sdk import calc
from registry_sdk.client import ClientError, RegistryClient
from registry_sdk.office import Staff

DIFFERENT: Final = 1
INTERRUPTED: Final = 130


def years(
    home: Annotated[Path, typer.Option(help="数据目录，旧的会清空 home, emptied first")] = Path("data/years"),
    port: Annotated[int, typer.Option(help="服务端口，0 为任意 port, 0 for any")] = 0,
    emitters: Annotated[int, typer.Option(min=FEWEST, max=1_000, help="企业数 number of emitters")] = EMITTERS,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON print JSON")] = False,
) -> None:
    """运行虚构三省的两个履约年度 Run two compliance years of three invented provinces.

    Exit code 1: a tonne differs, or a step did not come to its end.
    """
    title = f"{'、'.join(PROVINCES.values())} · {YEARS[0]}–{YEARS[-1]}"
    console.print(Panel(f"{title}\n[yellow]{NOTICE}[/yellow]", title="registry years"))
    clear_home(home)
    begin = int(calc.end_of_day(BEGIN).timestamp())
    stage = Stage(home.absolute(), port, {"REGISTRY_SANDBOX_START": str(begin)})
    try:
        with stage.ending(), progress() as step:
            result = result_of(_run(stage, emitters, step))
    except (StageError, ClientError) as error:
        fail(str(error), DIFFERENT)
    except KeyboardInterrupt:
        fail("已中断，全部进程已结束 interrupted, all processes have ended", INTERRUPTED)
    emit(result, as_json, show)
    if not result["ok"]:
        raise typer.Exit(DIFFERENT)


def _run(stage: Stage, emitters: int, step: Callable[[str, int, int], Any]) -> Run:
    staff = Staff.create(list(PROVINCES))
    step("启动服务并部署 start and deploy", 0, 1)
    stage.start_service()
    stage.deploy(staff.officers())
    client = RegistryClient(stage.url)
    stage.wait_ready(client)
    stage.start_oracle()
    step("启动服务并部署 start and deploy", 1, 1)
    run = Run(stage=stage, client=client, staff=staff, step=step, firms=invent(emitters))
    play(run)
    return run
