"""Fold: plans, allocation tables and their chunks. Every issued tonne must belong to a chunk of an approved table."""

from typing import Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from registry_sdk.projection.logs import Log
from registry_sdk.projection.state import Handlers, State
from registry_sdk.tables import TABLE_TYPES

TABLE_FIELDS: Final = ("year", "sector", "province", "kind", "total", "rows", "chunks", "root")


def _plan(state: State, log: Log) -> None:
    f = log.fields
    row = state.plans.edit(f["year"], f["sector"])
    row.mode, row.cap = f["mode"], f["cap"]
    if row.cap < row.approved:
        state.odd("plan-cap", (f["year"], f["sector"]), "总量低于已批准量 cap below what was approved", log)


def table_id(fields: dict[str, int | str]) -> str:
    """Identifier of a table from its fields."""
    values = [fields[name] for name in TABLE_FIELDS[:-1]] + [bytes.fromhex(str(fields["root"])[2:])]
    return "0x" + keccak(encode(TABLE_TYPES, [tuple(values)])).hex()


def _approved(state: State, log: Log) -> None:
    f = {name: log.fields[f"table.{name}"] for name in TABLE_FIELDS}
    known = log.fields["tableId"]
    if table_id(f) != known:
        state.odd("table-id", (known,), "分配表编号与内容不符 the identifier is not the table's", log)
    row = state.tables.edit(known)
    if row.chunks:
        state.odd("table-once", (known,), "分配表重复批准 the table was approved before", log)
    row.total, row.rows, row.chunks = f["total"], f["rows"], f["chunks"]
    row.year, row.sector, row.province = f["year"], f["sector"], f["province"]
    row.kind, row.root = f["kind"], f["root"]
    plan = state.plans.edit(row.year, row.sector)
    plan.approved += row.total
    if not plan.mode or plan.approved > plan.cap:
        state.odd("plan-cap", (row.year, row.sector), "批准量超过总量 approved above the cap", log)


def _withdrawn(state: State, log: Log) -> None:
    f = log.fields
    row = state.tables.edit(f["tableId"])
    if f["unissued"] != row.total - row.issued:
        state.odd("table-rest", (f["tableId"],), "撤回数量不符 not what was left of the table", log)
    row.total, row.rows = row.issued, 0
    state.plans.edit(row.year, row.sector).approved -= f["unissued"]


def _issued(state: State, log: Log) -> None:
    f = log.fields
    key = (f["tableId"], f["chunk"])
    table = state.tables.edit(f["tableId"])
    minted = state.flows["allowances"].minted
    if minted != {table.year: (f["tonnes"], f["rows"])}:
        state.odd("chunk-issue", key, "签发量与批次不符 what was issued is not this chunk", log)
    minted.clear()
    if key in state.chunks or not table.rows or f["chunk"] >= table.chunks:
        state.odd("chunk-once", key, "批次重复或表未批准 issued twice, or no approved table", log)
    state.chunks.edit(*key).is_issued = True
    table.issued += f["tonnes"]
    table.issued_rows += f["rows"]
    if table.issued > table.total or table.issued_rows > table.rows:
        state.odd("table-total", (f["tableId"],), "签发超过批准 more issued than approved", log)
    state.plans.edit(table.year, table.sector).issued += f["tonnes"]


HANDLERS: Final[Handlers] = {
    ("allocation", "PlanSet"): _plan,
    ("allocation", "TableApproved"): _approved,
    ("allocation", "TableWithdrawn"): _withdrawn,
    ("allocation", "ChunkIssued"): _issued,
}
