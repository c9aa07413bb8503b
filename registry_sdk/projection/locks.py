"""Fold: locks and their queues. A release frees everything first; what waits in the queue then takes it back."""

from typing import Final

from registry_sdk.projection.access import is_by_act
from registry_sdk.projection.logs import Log
from registry_sdk.projection.rows import Holding
from registry_sdk.projection.state import Handler, State

REGISTRY: Final = 0
AUTHORITY_KINDS: Final = (7, 8)


def _free(holding: Holding, compartment: int, quantity: int) -> int:
    """Move ``quantity`` from locked to free (negative: back); returns the lower of both figures afterwards."""
    if compartment == REGISTRY:
        holding.registry += quantity
    else:
        holding.trading += quantity
    holding.locked -= quantity
    return min(holding.registry, holding.trading, holding.locked)


def _shift(state: State, log: Log, account: int, unit: int, compartment: int, quantity: int) -> None:
    if _free(state.holdings.edit(log.source, account, unit), compartment, quantity) < 0:
        state.odd("over-balance", (log.source, account, unit), "余额为负 below zero", log)


def _placed(state: State, log: Log) -> None:
    f = log.fields
    row = state.locks.edit(log.source, f["lockId"])
    row.account, row.unit, row.quantity, row.queued = f["account"], f["unit"], f["quantity"], f["queued"]
    row.kind, row.compartment = f["kind"], f["compartment"]
    row.beneficiary, row.expiry = f["beneficiary"], f["expiry"]
    _shift(state, log, row.account, row.unit, row.compartment, -row.quantity)
    if row.queued:
        state.queues.setdefault((log.source, row.account, row.unit), []).append(f["lockId"])
    state.lock_counts[log.source] += 1
    if f["lockId"] != state.lock_counts[log.source]:
        state.odd("lock-number", (log.source, f["lockId"]), "锁定编号不连续 lock numbers have a gap", log)
    if row.kind in AUTHORITY_KINDS and not is_by_act(state, log, log.source, ("placeLock",)):
        state.odd("act-behind", (log.source, f["lockId"]), "司法或行政锁定无对应行为 no act behind the lock", log)


def _reduced(state: State, log: Log) -> None:
    f = log.fields
    row = state.locks.edit(log.source, f["lockId"])
    if not row.account:
        state.odd("lock-known", (log.source, f["lockId"]), "锁定不存在 no such lock", log)
    row.quantity -= f["quantity"]
    if row.quantity < 0:
        state.odd("lock-known", (log.source, f["lockId"]), "锁定数量不足 less was locked", log)
    if f["used"]:
        state.holdings.edit(log.source, row.account, row.unit).locked -= f["quantity"]
        state.flows[log.source].used = (row.account, row.unit, f["quantity"], row.kind)
        return
    if row.queued:
        # Only a lock that ends altogether can have something queued left.
        row.queued = 0
        state.queues[(log.source, row.account, row.unit)].remove(f["lockId"])
    _shift(state, log, row.account, row.unit, row.compartment, f["quantity"])


def _filled(state: State, log: Log) -> None:
    f = log.fields
    row = state.locks.edit(log.source, f["lockId"])
    queue = state.queues.get((log.source, row.account, row.unit), [])
    waiting = [n for n in queue if state.locks.see(log.source, n).compartment == row.compartment]
    if not waiting or waiting[0] != f["lockId"] or row.queued < f["quantity"]:
        state.odd("lock-queue", (log.source, f["lockId"]), "轮候次序有误 not the oldest waiting lock", log)
    row.queued -= f["quantity"]
    row.quantity += f["quantity"]
    if not row.queued and f["lockId"] in queue:
        queue.remove(f["lockId"])
    _shift(state, log, row.account, row.unit, row.compartment, -f["quantity"])


LOCK_HANDLERS: Final[dict[str, Handler]] = {
    "LockPlaced": _placed,
    "LockReduced": _reduced,
    "LockFilled": _filled,
}
