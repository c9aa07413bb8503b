"""``registry bench gas``."""

import tempfile
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from registry_api.chain.errors import NodeError
from registry_cli.bench import peers, registry
from registry_cli.bench.measured import Measured
from registry_cli.bench.stage import PROVINCE, prepare
from registry_cli.bench.table import regressions, save_baseline, table
from registry_cli.bench.world import bench_world
from registry_cli.output import console, emit, fail
from registry_sdk.carrier import CarrierError, Refused
from registry_sdk.compile import SETTINGS, SOLC_VERSION
from registry_sdk.deployment import DeploymentError

WORSE, NOT_RUN = 1, 3
#: How the figures come about; part of the output.
METHOD: Final = {
    "figure": "gasUsed of receipts on a private node: whole transactions, each alone in its block. per_item is rounded "
    "up. Keys are fixed, so figures repeat exactly; officers' acts carry a random salt and vary by some tens of gas.",
    "state": "Everyday state: accounts hold the vintage, sellers have signed before, nobody was frozen since; rows "
    "that start otherwise say so. Every measurement is undone before the next.",
    "ledger_part": "moveByModule, called straight by a sender with the right MOVE: status, locks and balances are "
    "checked, signatures are not.",
    "without_signature": "The whole signed transaction less the gasUsed of its AccountRegistry.authorize call frames "
    "(debug_traceTransaction, callTracer) and less the call data gas of the packed approvals (16 a byte, 4 a zero "
    "byte, padding included). What stays in: the cold touch of the account registry, hashing of the order, the event.",
    "fifty": "One OrderRelay transaction of 50 signed orders. With one seller the storage of seller and signer is "
    "warm from the second order on; with fifty sellers nothing of theirs is shared.",
    "issue": "issueChunk with its Merkle proof, status check of each account and booking of table and plan.",
    "peers": "OpenZeppelin contracts of contracts/bench/Peers.sol, same compiler settings, bare moves by address.",
}


def measure() -> dict[str, Any]:
    """Measure everything in one run: ``{"compiler", "hardfork", "method", "rows"}``.

    Raises:
        NodeError, DeploymentError: the private registry cannot be set up.
        CarrierError, Refused: a measured transaction failed.
    """
    with tempfile.TemporaryDirectory() as folder, bench_world(Path(folder), [PROVINCE]) as world:
        prepare(world)
        measured: list[Measured] = []
        for group in (*registry.GROUPS, *peers.GROUPS):
            console.print(f"实测 measuring: {group.__name__}", style="dim")
            measured.extend(group(world))
    compiler = {"solc": SOLC_VERSION, "viaIR": SETTINGS["viaIR"], "runs": SETTINGS["optimizer"]["runs"]}
    return {"compiler": compiler, "hardfork": "osaka", "method": METHOD, "rows": table(measured)}


def gas(
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON print JSON")] = False,
    check: Annotated[bool, typer.Option("--check", help="与基线比较 exit 1 where a figure got worse")] = False,
    keep: Annotated[bool, typer.Option("--save-baseline", help="以本次为基线 make this run the baseline")] = False,
) -> None:
    """各项操作的燃料实测 Gas of every operation, side by side with OpenZeppelin's contracts.

    Exit code 1: with --check, a figure got worse than the baseline; 3: the measurement could not be run.
    """
    try:
        result = measure()
    except (NodeError, DeploymentError, CarrierError, Refused, FileNotFoundError) as error:
        fail(f"无法实测 cannot measure: {error}", NOT_RUN)
    emit(result, as_json, draw)
    if keep:
        save_baseline(result["rows"])
    if check and (worse := regressions(result["rows"])):
        fail("\n".join(worse), WORSE)


def draw(result: dict[str, Any]) -> Table:
    """The rows for people."""
    drawn = Table(title="燃料实测 gas, whole transactions", caption=result["method"]["without_signature"])
    drawn.add_column("操作 operation", min_width=30)
    for heading in ("每项 per item", "项 items", "对照 peer", "比 ratio", "目标 aim", "达到 met"):
        drawn.add_column(heading, justify="right")
    for row in result["rows"]:
        met = {None: "", True: "[green]是 yes[/green]", False: "[red]否 no[/red]"}[row["met"]]
        cells = (row["per_item"], row["items"], row["peer_per_item"], row["ratio"], row["aim"])
        texts = ["" if cell is None else f"{cell:,}" for cell in cells]
        drawn.add_row(f"{row['zh']}\n[dim]{row['en']}[/dim]", *texts, met)
    return drawn
