"""Command line of the replays. Progress on standard error, the result on standard output."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from registry_api.chain import ChainError
from registry_cli.output import console, emit, fail
from registry_cli.replay import running as carrying
from registry_cli.replay.compliance import compliance_plan
from registry_cli.replay.home import default_home, forget, plan_digest, running
from registry_cli.replay.offsets import cap_bps, offsets_plan
from registry_cli.replay.people import MAX_REGISTRIES, People
from registry_cli.replay.records import RecordsError, read_records
from registry_cli.replay.result import OFFSET_CAP_ERROR, compliance_result, offsets_result
from registry_cli.replay.screen import draw
from registry_cli.replay.selection import Selection, select
from registry_cli.replay.truth import Truth
from registry_sdk.carrier import CarrierError, Refused
from registry_sdk.deployment import DeploymentError
from registry_sdk.rules import refusal

NOT_RECONCILED, BAD_INPUT, NO_CHAIN = 1, 2, 3
DAY: Final = 86_400

app = typer.Typer(help="历史数据重放 / replay records of the past", no_args_is_help=True)


@app.callback()
def replay() -> None:
    """历史数据重放 / Replay records of the past through the real contracts."""


@app.command()
def eutl(
    file: Annotated[Path, typer.Argument(help="履约记录 .csv、.csv.gz、.csv.xz / compliance records")],
    registries: Annotated[str | None, typer.Option(help="国家登记簿，如 EE,LU / codes; all when left out")] = None,
    years: Annotated[str | None, typer.Option(help="年份，如 2013-2020 / years; all when left out")] = None,
    offsets: Annotated[bool, typer.Option("--offsets", help="仅试抵销上限 C-05 / try offsets against the cap")] = False,
    home: Annotated[Path | None, typer.Option(help="工作目录 / work folder; by default in the user's cache")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="不续跑，从头开始 / start anew")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / JSON on standard output")] = False,
) -> None:
    """重放欧盟交易日志的履约记录 / Replay compliance records in the format of the European Union Transaction Log.

    On a chain of its own: operators are accounts, allocations approved tables, verified figures k-of-n reports,
    surrenders signed orders. Killed halfway it goes on where it was. Exit code 0: reconciled, 1: it does not
    reconcile, 2: the input was refused, 3: the chain could not be run.
    """
    try:
        selection = select(read_records(file), registries, years)
        result = _replay(selection, offsets, home, fresh)
    except RecordsError as error:
        fail(str(error), BAD_INPUT)
    except (ChainError, CarrierError, DeploymentError) as error:
        fail(f"链无法运行 the chain cannot be run: {error}", NO_CHAIN)
    except Refused as error:
        fail(
            f"链拒绝了计划内的操作 the chain refused what the plan holds valid: {refusal(error.error)}", NOT_RECONCILED
        )
    emit(result, as_json, draw)
    raise typer.Exit(0 if result["reconciled"] else NOT_RECONCILED)


def _replay(selection: Selection, offsets: bool, home: Path | None, fresh: bool) -> dict[str, Any]:
    if len(selection.registries) > MAX_REGISTRIES:
        raise RecordsError(f"登记簿过多 too many registries: {len(selection.registries)} > {MAX_REGISTRIES}")
    today = date.today()
    subject: dict[str, Any] = {
        "file": selection.records.name,
        "sha256": selection.records.digest,
        "registries": list(selection.registries),
        "years": f"{selection.first}-{selection.last}",
        "offsets": offsets,
    }
    digest = plan_digest(subject | ({"cap": cap_bps(today)} if offsets else {}))
    people = People(digest, selection.registries)
    folder = home or default_home(digest)
    if fresh:
        forget(folder)
    if offsets:
        plan, attempts = offsets_plan(selection, people, today)
        tolerated = frozenset({OFFSET_CAP_ERROR})
    else:
        plan, bookings = compliance_plan(selection, people)
        tolerated = frozenset()
    console.print(f"工作目录 work folder: {folder}")
    with _progress(plan.size) as progress:
        progress("启动链 starting the chain", 0)
        with running(folder, digest, subject, people, plan.stages[0].time - DAY) as started:
            carrying.Runner(started, people, tolerated).run(plan, progress)
            progress("核对 reconciling", plan.size)
            truth = Truth(started, plan)
            result = (
                offsets_result(selection, truth, attempts) if offsets else compliance_result(selection, truth, bookings)
            )
        progress("完成 done", plan.size)
    return {"input": subject, **result}


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str, int], None]]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=total)

        def show(title: str, done: int) -> None:
            progress.update(task, description=title, completed=done)

        yield show
