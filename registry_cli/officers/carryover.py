"""``registry officer carryover``: limits from the chain, their approval and delivery, and the word on applications."""

from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer
from rich.table import Table
from rich.text import Text

from registry_cli.officers.desk import ActDesk, Proposer, outcome_table
from registry_cli.officers.tables import json_rows, whole
from registry_cli.output import emit, fail
from registry_cli.signing.command import REFUSED, command
from registry_cli.signing.mistakes import Mistake
from registry_cli.signing.options import Place
from registry_cli.signing.reading import read_json, read_rows
from registry_sdk.calc.errors import CalculationError
from registry_sdk.carryover import LimitsTable, RoundLimits, limits_of
from registry_sdk.rpc import RpcError, RpcTransportError

app = typer.Typer(
    no_args_is_help=True,
    help="结转：计算上限、提请批准、上链、办理申请 carry-over: limits, their approval and delivery, applications",
)
SUFFIXES: Final = (".json", ".xlsx")
MET_COLUMNS: Final = ("year", "account")
#: About 115,000 gas an accepted application; a transaction holds 16,777,216.
PER_ACT: Final = 100

Round = Annotated[int, typer.Argument(metavar="ROUND", min=0, max=2**16 - 1, help="轮次 round")]
LimitsFile = Annotated[Path, typer.Argument(help="limits 写出的 JSON the JSON file that `limits` wrote")]


@command(app, "limits")
def limits(
    place: Place,
    round_: Round,
    out: Annotated[Path, typer.Option(help=".json（供批准）或 .xlsx（供阅读） .json to approve, .xlsx to read")],
    met: Annotated[
        Path | None,
        typer.Option(help="链上没有的年度谁按时履约：CSV year,account 或 JSON who met years that the chain lacks"),
    ] = None,
) -> None:
    """由链上记录计算结转上限，无须密钥 Compute a round's limits from the chain; needs no key."""
    if out.suffix.lower() not in SUFFIXES:
        raise Mistake(f"不能写 cannot write {out.suffix or out.name}（有效 valid: {', '.join(SUFFIXES)}）")
    given = _read_met(met) if met else {}
    found = _compute(place, round_, given)
    table = _table(found)
    rows = [{"account": row.account, "tonnes": row.tonnes} for row in table.rows]
    if out.suffix.lower() == ".json":
        document = {
            "round": round_,
            "block": found.block,
            "met_elsewhere": [{"year": y, "account": a} for y in sorted(given) for a in sorted(given[y])],
            "rows": rows,
            "firms": [firm.figures() | {"explanation": firm.result.to_json(nested=False)} for firm in found.firms],
        }
        out.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    else:
        # Loaded here: workbooks would cost every other officer's command a second.
        from registry_cli.calc.sheets import write_tables

        write_tables(out, {"limits": rows, "firms": [firm.figures() for firm in found.firms]})
    emit(_summary(table) | {"block": found.block, "firms": len(found.firms), "file": str(out)}, place.as_json, _shown)


@command(app, "approve")
def approve(place: Place, officer: Proposer, file: LimitsFile) -> None:
    """按链上记录重算后提请批准上限表 Propose the table of a file, once the chain gives the same table again."""
    table, met = _read_limits(file)
    if _table(_compute(place, table.round, met)) != table:
        raise Mistake(
            f"{file.name}: 与链上记录算出的上限不符，未签署；请重新运行 limits "
            "not the limits that the chain gives; nothing signed: run `limits` again"
        )
    number, root, *counts = table.approval()
    notes = {"行与总量 rows and total": f"{len(table.rows)} 行 rows, {table.total:,} 吨 t"}
    args = [number, "0x" + root.hex(), *counts]
    body = ActDesk(place, officer).propose_all("carryover", "approveLimits", [args], notes)
    emit(body | {"table": _summary(table)}, place.as_json, outcome_table)


@command(app, "deliver")
def deliver(
    place: Place,
    file: LimitsFile,
    timeout: Annotated[float, typer.Option(min=0, help="等待办结的秒数 seconds to wait for the result")] = 120.0,
) -> None:
    """将已批准的上限行上链，可重复执行 Bring the rows of the approved table onto the chain; harmless to repeat."""
    table, _ = _read_limits(file)
    sent = place.client.post_limits(table)
    for id_ in sent["submissions"]:
        place.client.finish(id_, timeout)
    emit(_summary(table) | {"submissions": sent["submissions"]}, place.as_json, _shown)


@command(app, "decide")
def decide(
    place: Place,
    officer: Proposer,
    round_: Round,
    batch: Annotated[int, typer.Option(min=1, max=2**8 - 1, help="批次 batch")],
    refuse: Annotated[
        bool, typer.Option("--refuse", help="不予结转，解除锁定 refuse them and release the units")
    ] = False,
) -> None:
    """提请办理一批待办申请 Propose the decision of all applications of a batch that wait."""
    waiting = place.client.carry_applications(round_)
    locks = sorted(row["lock_id"] for row in waiting if row["batch"] == batch)
    if not locks:
        have = ", ".join(map(str, sorted({row["batch"] for row in waiting}))) or "无 none"
        raise Mistake(
            f"第 {round_} 轮第 {batch} 批没有待办申请 no application of batch {batch} waits；"
            f"待办批次 batches that wait: {have}"
        )
    tonnes = sum(row["locked"] for row in waiting if row["batch"] == batch)
    notes = {"申请与数量 applications and tonnes": f"{len(locks)}, {tonnes:,} 吨 t"}
    acts = [[round_, locks[at : at + PER_ACT], not refuse] for at in range(0, len(locks), PER_ACT)]
    body = ActDesk(place, officer).propose_all("carryover", "decideApplications", acts, notes)
    emit(body | {"applications": len(locks), "tonnes": tonnes}, place.as_json, outcome_table)


def _compute(place: Place, number: int, met: dict[int, set[int]]) -> RoundLimits:
    try:
        return limits_of(place.client.rpc, place.client.contracts, number, met)
    except CalculationError as error:
        raise Mistake(str(error)) from None
    except (RpcError, RpcTransportError) as error:
        fail(f"链无法读取 the chain cannot be read: {error}", REFUSED)


def _table(found: RoundLimits) -> LimitsTable:
    if not any(firm.tonnes for firm in found.firms):
        raise Mistake(f"第 {found.round} 轮没有可结转的企业 no firm may carry anything over in round {found.round}")
    return found.table


def _read_limits(path: Path) -> tuple[LimitsTable, dict[int, set[int]]]:
    """Table and list of a file that `limits` wrote; its figures of firms are for people. Raises Mistake."""
    if path.suffix.lower() != ".json":
        raise Mistake(f"{path.name}: 须为 limits 写出的 .json must be the .json that `limits` wrote")
    document = read_json(path)
    if not isinstance(document, dict) or not {"round", "rows", "met_elsewhere"} <= set(document):
        raise Mistake(f"{path.name}: 须含 must hold round, rows, met_elsewhere")
    number = whole(document["round"])
    if number is None or not 0 <= number < 2**16:
        raise Mistake(f"{path.name}: round 须为 0 至 65535 的整数 must be a whole number from 0 to 65535")
    rows = tuple(row for _, row in json_rows(path, document["rows"]))
    if not isinstance(document["met_elsewhere"], list):
        raise Mistake(f"{path.name}: met_elsewhere 须为数组 must be a list")
    met = _met(path, list(enumerate(document["met_elsewhere"], start=1)))
    try:
        return LimitsTable(number, rows), met
    except ValueError as error:
        raise Mistake(f"{path.name}: {error}") from None


def _read_met(path: Path) -> dict[int, set[int]]:
    return _met(path, list(read_rows(path, MET_COLUMNS)))


def _met(path: Path, rows: list[tuple[int, Any]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for line, row in rows:
        year, account = ((whole(row.get(name)) or 0) if isinstance(row, dict) else 0 for name in MET_COLUMNS)
        if not 0 < year < 2**16 or not 0 < account < 2**64:
            raise Mistake(f"{path.name} 第 {line} 行 row {line}: 须为年度与账户号 must be year and account number")
        found.setdefault(year, set()).add(account)
    return found


def _summary(table: LimitsTable) -> dict[str, Any]:
    return {
        "round": table.round,
        "root": "0x" + table.tree.root.hex(),
        "rows": len(table.rows),
        "chunks": table.chunks,
        "total": table.total,
    }


def _shown(body: dict[str, Any]) -> Table:
    shown = Table("轮次 round", "行 rows", "合计 total, t")
    shown.add_column("根 root", overflow="fold")
    shown.add_row(str(body["round"]), str(body["rows"]), f"{body['total']:,}", Text(body["root"]))
    return shown
