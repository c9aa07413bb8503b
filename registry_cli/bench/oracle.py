"""``registry bench oracle``: evidence hashed, proven and verified; reports and months pushed; memory at two sizes."""

import logging
import tempfile
from pathlib import Path
from typing import Annotated, Any, Final

import structlog
import typer
from rich.table import Table

from registry_api.chain.errors import NodeError
from registry_cli.bench.evidence import memory, rates
from registry_cli.bench.pushing import pushed
from registry_cli.output import console, emit, fail
from registry_sdk.carrier import CarrierError, Refused
from registry_sdk.deployment import DeploymentError

NOT_RUN: Final = 3
#: National volume: entities that report, months of a year, items of a month.
ENTITIES: Final = 4_000
MONTHS: Final = 12
ITEMS: Final = 60
#: Sizes at which memory is compared.
SIZES: Final = (12_000, 120_000)
METHOD: Final = {
    "hashed": "items of invented months encoded and put into their trees, in memory, one core",
    "proven": "proof of one item of a month of 60: the whole month is hashed for it",
    "verified": "verify_item: one item, its path and the root",
    "filed": "items filed in the oracle's database and sealed, one month after another",
    "received": "signed documents read, signatures and rules checked, filed durably, by the portion as from the inbox",
    "pushed": "open documents examined, assembled into transactions, stored, sent, mined and settled",
    "gas": "gasUsed of relay transactions of exactly so many documents, over their number, first versions, rounded up",
    "memory": "peak resident memory of a process that files, seals and checks one month of so many items",
}


def oracle(
    entities: Annotated[int, typer.Option(min=200, max=20_000, help="实体数 / entities")] = ENTITIES,
    months: Annotated[
        int, typer.Option(min=1, help="计算速率用的实体月数 / months of entities for the rates of hashing")
    ] = ENTITIES,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON print JSON")] = False,
) -> None:
    """存证与推送的速率、燃料与内存 Rates, gas and memory of evidence and pushes, measured on the spot.

    Exit code 3: the measurement could not be run.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        console.print("实测 measuring: evidence", style="dim")
        body: dict[str, Any] = {
            "method": METHOD,
            "volume": {"entities": entities, "items_a_month": ITEMS, "items_a_year": entities * MONTHS * ITEMS},
            "evidence": rates(months, ITEMS),
        }
        console.print("实测 measuring: memory", style="dim")
        body["memory"] = [memory(size) for size in SIZES]
        console.print("实测 measuring: pushes", style="dim")
        with tempfile.TemporaryDirectory() as folder:
            body["pushes"] = pushed(Path(folder), entities)
    except (NodeError, DeploymentError, CarrierError, Refused, FileNotFoundError) as error:
        fail(f"无法实测 cannot measure: {error}", NOT_RUN)
    emit(body, as_json, draw)


def draw(body: dict[str, Any]) -> Table:
    """The figures for people."""
    volume = body["volume"]
    title = f"预言机实测 oracle, {volume['entities']:,} 实体 entities, {volume['items_a_year']:,} 项 items a year"
    table = Table(title=title)
    table.add_column("项目 figure", min_width=36)
    table.add_column("值 value", justify="right")
    names = {
        "hashed_per_second": "每秒计算数据项 items hashed/s",
        "proven_per_second": "每秒生成证明 items proven/s",
        "verified_per_second": "每秒核验证明 items verified/s",
        "filed_per_second": "每秒存入并封存 items filed and sealed/s",
    }
    for name, text in names.items():
        table.add_row(text, f"{body['evidence'][name]:,}")
    for each in body["memory"]:
        table.add_row(f"内存峰值 peak memory, {each['items']:,} 项 items", f"{each['peak_kib'] // 1024:,} MiB")
    for kind, zh in (("reports", "排放声明"), ("anchors", "存证声明")):
        figures = body["pushes"][kind]
        table.add_row(f"{zh} {kind}: 每秒收取 received/s", f"{figures['received_per_second']:,}")
        table.add_row(f"{zh} {kind}: 每秒组装并推送 assembled and pushed/s", f"{figures['pushed_per_second']:,}")
        for each in figures["gas"]:
            row = f"{zh} {kind}: 每份燃料 gas each, 每批 {each['batch']} a batch"
            table.add_row(row, f"{each['gas_each']:,}")
    return table
