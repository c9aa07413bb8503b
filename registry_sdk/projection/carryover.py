"""Fold: carry-over. Applies the limits, the batches and the vintages of rule C-10 again itself."""

from typing import Final

from registry_sdk.projection.logs import Log
from registry_sdk.projection.rows import Lock
from registry_sdk.projection.state import Handlers, State

CARRYOVER_PENDING: Final = 2
ROUND_FIELDS: Final = ("vintageMin", "vintageMax", "vintage", "base", "ratioBps", "cutOff")
BATCH_FIELDS: Final = ("opensAt", "closesAt", "processBy", "isForReleased")


def _round(state: State, log: Log) -> None:
    f = log.fields
    row = state.carry_rounds.edit(f["round"])
    if state.carry_tables.see(f["round"]).version:
        state.odd("carry-round", (f["round"],), "上限批准后改动轮次 changed after limits were approved", log)
    values = (f[f"data.{name}"] for name in ROUND_FIELDS)
    row.vintage_min, row.vintage_max, row.vintage, row.base, row.ratio_bps, row.cut_off = values
    if not row.vintage_min <= row.vintage_max < row.vintage:
        state.odd("carry-round", (f["round"],), "结转年度自相矛盾 vintages contradict themselves", log)


def _batch(state: State, log: Log) -> None:
    f = log.fields
    row, table = state.carry_batches.edit(f["round"], f["batch"]), state.carry_tables.edit(f["round"])
    row.opens_at, row.closes_at, row.process_by, row.is_for_released = (f[f"data.{name}"] for name in BATCH_FIELDS)
    if not row.opens_at <= row.closes_at <= row.process_by or f["batch"] > table.batches + 1:
        state.odd("carry-batch", (f["round"], f["batch"]), "批次时间或编号有误 times or number are wrong", log)
    table.batches = max(table.batches, f["batch"])


def _approved(state: State, log: Log) -> None:
    f = log.fields
    row = state.carry_tables.edit(f["round"])
    if f["version"] != row.version + 1:
        state.odd("carry-table", (f["round"],), "上限表版本不连续 versions have a gap", log)
    row.version, row.root = f["version"], f["root"]
    row.rows, row.chunks, row.total = f["rows"], f["chunks"], f["total"]


def _loaded(state: State, log: Log) -> None:
    f = log.fields
    table = state.carry_tables.see(f["round"])
    if f["version"] != table.version or f["chunk"] >= table.chunks:
        state.odd("carry-table", (f["round"],), "上限行不属于现行表 rows of another table", log)
    for packed in f["rows"]:
        row = state.carry_limits.edit(f["round"], packed >> 64)
        row.tonnes, row.version = packed & (2**64 - 1), f["version"]


def _admitted(state: State, log: Log) -> None:
    state.carry_limits.edit(log.fields["round"], log.fields["account"]).is_released = True


def _requested(state: State, log: Log) -> None:
    f = log.fields
    key = (f["round"], f["account"])
    limit, carried = state.carry_limits.edit(*key), state.carry_rounds.see(f["round"])
    limit.used += f["quantity"]
    if limit.version != state.carry_tables.see(f["round"]).version or limit.used > limit.tonnes:
        state.odd("C-10", key, "申请超过结转上限 more than the limit", log)
    if not carried.vintage_min <= f["vintage"] <= carried.vintage_max:
        state.odd("C-10", key, "该年度配额不能结转 this vintage is not carried over", log)
    batch = state.carry_batches.see(f["round"], f["batch"])
    is_open = batch.opens_at <= log.timestamp <= batch.closes_at
    if not is_open or (batch.is_for_released and not limit.is_released):
        state.odd("C-10", key, "不在申请期内 no such batch is open for this account", log)
    lock = state.locks.see("allowances", f["lockId"])
    stated = (f["account"], f["vintage"], f["quantity"], CARRYOVER_PENDING)
    if (lock.account, lock.unit, lock.quantity, lock.kind) != stated:
        state.odd("request-lock", (f["lockId"],), "结转申请与锁定不符 the lock is not the application's", log)
    if not state.use_order(log, f["account"]):
        state.odd("order", ("allowances", f["account"], f["vintage"]), "结转无指令 applied without an order", log)
    row = state.carry_applications.edit(f["lockId"])
    row.round, row.batch, row.quantity = f["round"], f["batch"], f["quantity"]


def _decided(state: State, log: Log, carried: int) -> Lock:
    lock_id = log.fields["lockId"]
    row, lock = state.carry_applications.edit(lock_id), state.locks.see("allowances", lock_id)
    if not row.quantity:
        state.odd("request-known", (lock_id,), "结转申请不存在 no such application", log)
    state.carry_limits.edit(row.round, lock.account).used -= row.quantity - carried
    row.quantity = 0
    return lock


def _carried(state: State, log: Log) -> None:
    f = log.fields
    vintage = state.carry_rounds.see(state.carry_applications.see(f["lockId"]).round).vintage
    lock = _decided(state, log, f["quantity"])
    if f["quantity"] != lock.quantity:
        state.odd("C-10", (f["lockId"],), "结转数量与锁定不符 not what is in the lock", log)
    state.carried = (f["lockId"], vintage, f["quantity"])


def _refused(state: State, log: Log) -> None:
    _decided(state, log, 0)


def settle(state: State) -> None:
    """What was announced as carried must have been converted."""
    if state.carried:
        state.odd("conversion", state.carried, "结转无对应转换 announced as carried but not converted")
    state.carried = None


HANDLERS: Final[Handlers] = {
    ("carryover", "RoundSet"): _round,
    ("carryover", "BatchSet"): _batch,
    ("carryover", "LimitsApproved"): _approved,
    ("carryover", "LimitsLoaded"): _loaded,
    ("carryover", "ReleasedAdmitted"): _admitted,
    ("carryover", "CarryOverRequested"): _requested,
    ("carryover", "CarriedOver"): _carried,
    ("carryover", "CarryOverRefused"): _refused,
}
