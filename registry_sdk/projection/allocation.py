"""Fold: plans, allocation tables and their chunks. Every issued tonne must belong to a row of an approved table, or to
an act that issues a part of the auction or reserve share."""

from typing import Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from registry_sdk.allocation import WHOLE, Share
from registry_sdk.projection.allocation_rows import Plan
from registry_sdk.projection.entitlements import conclude
from registry_sdk.projection.logs import Log
from registry_sdk.projection.state import Handlers, State
from registry_sdk.reader import AccountKind
from registry_sdk.tables import TABLE_FIELDS, TABLE_TYPES

SHARE_KINDS: Final = {Share.AUCTION: AccountKind.MARKET, Share.RESERVE: AccountKind.RESERVE}


def covers(plan: Plan) -> bool:
    """Whether everything done under a plan lies within its shares of the cap."""
    free = plan.cap * plan.free_share // WHOLE
    return (
        max(plan.approved, plan.determined, plan.issued) <= free
        and plan.auctioned <= plan.cap * plan.auction_share // WHOLE
        and plan.reserved <= plan.cap * plan.reserve_share // WHOLE
    )


def _check(state: State, log: Log, year: int, sector: int) -> None:
    plan = state.plans.see(year, sector)
    if not plan.mode or not covers(plan):
        state.odd("plan-cap", (year, sector), "超过总量及其比例 above the cap or a share of it", log)


def _plan(state: State, log: Log) -> None:
    f = log.fields
    row = state.plans.edit(f["year"], f["sector"])
    row.mode, row.cap = f["mode"], f["cap"]
    row.free_share, row.auction_share, row.reserve_share = f["freeShare"], f["auctionShare"], f["reserveShare"]
    if row.free_share + row.auction_share + row.reserve_share != WHOLE:
        state.odd("plan-shares", (f["year"], f["sector"]), "各比例之和不为 1 the shares do not make up the cap", log)
    _check(state, log, f["year"], f["sector"])


def _share(state: State, log: Log) -> None:
    f = log.fields
    key = (f["year"], f["sector"])
    minted = state.flows["allowances"].minted
    wanted = SHARE_KINDS.get(f["share"])
    if minted != {f["year"]: (f["tonnes"], 1)} or state.accounts.see(f["account"]).kind != wanted:
        state.odd("share-issue", key, "签发与拍卖或储备比例不符 not what was issued, or not to such an account", log)
    minted.clear()
    plan = state.plans.edit(*key)
    if f["share"] == Share.AUCTION:
        plan.auctioned += f["tonnes"]
    else:
        plan.reserved += f["tonnes"]
    _check(state, log, *key)


def table_id(fields: dict[str, int | str]) -> str:
    """Identifier of a table from its fields."""
    values = [fields[name] for name in TABLE_FIELDS[:-1]] + [bytes.fromhex(str(fields["root"])[2:])]
    return "0x" + keccak(encode(TABLE_TYPES, [tuple(values)])).hex()


def _approved(state: State, log: Log) -> None:
    f = {name: log.fields[f"table.{name}"] for name in TABLE_FIELDS}
    known = log.fields["tableId"]
    if table_id(f) != known:
        state.odd("table-id", (known,), "分配表编号与内容不符 the identifier is not the table's", log)
    number = len(state.tables) + 1
    row = state.tables.edit(known)
    if row.chunks:
        state.odd("table-once", (known,), "分配表重复批准 the table was approved before", log)
    for name in TABLE_FIELDS:
        if name != "edition":
            setattr(row, name, f[name])
    row.number = number
    open_ = state.open_tables.edit(row.year, row.sector, row.province)
    if int(open_.table_id or "0x0", 16):
        state.odd("table-order", (known,), "上一分配表尚未签发完 the table before is not delivered", log)
    open_.table_id = known
    plan = state.plans.edit(row.year, row.sector)
    if row.previous > plan.determined:
        state.odd("table-previous", (known,), "原核定合计超过已核定量 more than was determined before", log)
    plan.approved = max(0, plan.approved + row.total - row.previous)
    _check(state, log, row.year, row.sector)


def _withdrawn(state: State, log: Log) -> None:
    f = log.fields
    row = state.tables.edit(f["tableId"])
    if f["unapplied"] != row.total - row.applied:
        state.odd("table-rest", (f["tableId"],), "撤回数量不符 not what was left of the table", log)
    plan = state.plans.edit(row.year, row.sector)
    plan.approved = max(0, plan.approved + max(0, row.previous - row.replaced) - f["unapplied"])
    row.total, row.rows = row.applied, 0
    close(state, f["tableId"])
    _check(state, log, row.year, row.sector)


def close(state: State, table: str) -> None:
    """The table is delivered or withdrawn: the next one may be approved."""
    row = state.tables.see(table)
    open_ = state.open_tables.edit(row.year, row.sector, row.province)
    if open_.table_id == table:
        open_.table_id = "0x" + "00" * 32


def _issued(state: State, log: Log) -> None:
    f = log.fields
    key = (f["tableId"], f["chunk"])
    table = state.tables.edit(f["tableId"])
    if key in state.chunks or not table.rows or f["chunk"] >= table.chunks:
        state.odd("chunk-once", key, "批次重复或表未批准 issued twice, or no approved table", log)
    state.chunks.edit(*key).is_issued = True
    rows = len(state.determinations) + len(state.holding_back)
    if conclude(state, log, f["tableId"]) != f["tonnes"] or rows != f["rows"]:
        state.odd("chunk-issue", key, "签发量与批次不符 what was issued is not this chunk", log)
    table.delivered_rows += f["rows"]
    found = table.applied + table.held
    is_last = table.delivered_rows >= table.rows
    if found > table.total or table.delivered_rows > table.rows or (is_last and found != table.total):
        state.odd("table-total", (f["tableId"],), "签发与批准不符 other rows or tonnes than approved", log)
    if is_last:
        close(state, f["tableId"])
        if table.replaced + table.held_replaced != table.previous:
            state.odd("table-previous", (f["tableId"],), "原核定合计不符 another sum was determined before", log)
    _check(state, log, table.year, table.sector)


def _held(state: State, log: Log) -> None:
    f = log.fields
    table = state.tables.edit(f["tableId"])
    row = state.held_rows.edit(f["tableId"], f["account"])
    if row.is_held:
        state.odd("row-once", (f["tableId"], f["account"]), "同一账户两次暂缓 the account's row is held twice", log)
    row.tonnes, row.is_held = f["tonnes"], True
    row.replaced = state.entitlements.see(f["account"], table.year).determined
    table.held += row.tonnes
    table.held_replaced += row.replaced
    table.held_rows += 1
    state.holding_back.append(f["account"])


def _claimed(state: State, log: Log) -> None:
    f = log.fields
    table = state.tables.edit(f["tableId"])
    plan = state.plans.edit(table.year, table.sector)
    if len(state.determinations) != f["rows"] or not table.rows:
        state.odd("row-claim", (f["tableId"],), "补发行数不符 not the rows that were claimed", log)
    for each in state.determinations:
        row = state.held_rows.edit(f["tableId"], each.account)
        if not row.is_held or row.tonnes != each.determined:
            state.odd("row-claim", (f["tableId"], each.account), "补发的行未曾暂缓 the row was not held", log)
        table.held -= row.tonnes
        table.held_replaced -= row.replaced
        table.held_rows -= 1
        table.previous += each.replaced - row.replaced
        plan.approved = max(0, plan.approved + row.replaced - each.replaced)
        row.tonnes = row.replaced = 0
        row.is_held = False
    if conclude(state, log, f["tableId"]) != f["tonnes"]:
        state.odd("row-claim", (f["tableId"],), "补发吨数不符 not the tonnes that were claimed", log)
    _check(state, log, table.year, table.sector)


HANDLERS: Final[Handlers] = {
    ("allocation", "PlanSet"): _plan,
    ("allocation", "ShareIssued"): _share,
    ("allocation", "TableApproved"): _approved,
    ("allocation", "TableWithdrawn"): _withdrawn,
    ("allocation", "ChunkIssued"): _issued,
    ("allocation", "RowHeld"): _held,
    ("allocation", "RowsClaimed"): _claimed,
}
