"""Fold: movements, totals, units and rights of the two ledgers.

ERC-1155 shows issue and reversal alike (from nobody), and surrender and cancellation alike (to nobody). Which one it is
tells the business event beside it: compliance announces before the movement, the ledger explains after it.
"""

from typing import Final

from registry_sdk import account_address
from registry_sdk.projection.access import is_by_act
from registry_sdk.projection.locks import LOCK_HANDLERS
from registry_sdk.projection.logs import Log
from registry_sdk.projection.rows import NOBODY, Holding
from registry_sdk.projection.state import ASSETS, Flow, Handler, Handlers, State
from registry_sdk.projection.status import ALL, ISSUE, RECEIVE, TRANSFER, allowed_actions

ISSUE_RIGHT, RETIRE_RIGHT, MOVE_RIGHT, RESTORE_RIGHT, RECLAIM_RIGHT, CONVERT_RIGHT = 1, 2, 4, 8, 16, 32
REGISTRY: Final = 0
CARRYOVER_PENDING: Final = 2


def account_number(address: str) -> int:
    """Account number behind an ERC-1155 address; 0 for nobody. Raises ValueError for any other address."""
    if address == NOBODY:
        return 0
    number = account_address.account_number(address)
    if number is None:
        raise ValueError(f"{address} is not an account of the registry")
    return number


def settle(state: State, asset: str, log: Log | None = None) -> None:
    """Nothing explains what is open any more: record it."""
    flow = state.flows[asset]
    state.findings.extend(flow.doubts)
    flow.doubts.clear()
    flow.burn = flow.before = None
    if flow.announced:
        state.odd("announced", (asset, *flow.announced[1:3]), "清缴或撤销无对应划转 announced but not moved", log)
    if flow.used:
        state.odd("lock-used", (asset, *flow.used[:2]), "锁定已动用而无划转 taken from a lock but not moved", log)
    if flow.legs:
        state.odd("conversion", (asset, flow.legs[0][2]), "结转无对应划转 converted but not moved", log)
    flow.announced = flow.used = None
    flow.legs.clear()


def lock_right(kind: int) -> int:
    """Right of a module over locks of a kind."""
    return 1 << (8 + kind)


def _moved(state: State, log: Log) -> None:
    asset, f = log.source, log.fields
    flow = state.flows[asset]
    announced, used = flow.announced, flow.used
    flow.announced = flow.used = None
    giver, taker, unit, quantity = account_number(f["from"]), account_number(f["to"]), f["id"], f["value"]
    if flow.legs and flow.legs[0] == (giver, taker, unit, quantity):
        _converted_leg(state, log, flow, used)
        return
    settle(state, asset, log)
    if state.controls.see(asset).is_stopped:
        state.odd("stopped", (asset, unit), "紧急停止期间有划转 moved while stopped", log)
    if giver:
        _take(state, log, giver, unit, quantity, used)
    if not giver:
        _minted(state, log, flow, announced, taker, unit, quantity)
    elif not taker:
        _burned(state, log, flow, announced, giver, unit, quantity, lock_right(used[3]) if used else 0)
    else:
        _require_announced(state, log, announced, giver, unit, quantity)
        _transferred(state, log, flow, giver, taker, unit, quantity, lock_right(used[3]) if used else 0)


def _require_announced(
    state: State, log: Log, announced: tuple[str, int, int, int] | None, giver: int, unit: int, quantity: int
) -> None:
    """Compliance moves units between accounts only when it releases entrusted ones, and says so before."""
    is_compliance = log.fields["operator"] == state.deployment.address("compliance").lower()
    if is_compliance and announced != ("over", giver, unit, quantity):
        state.odd("announced", (log.source, giver, unit), "受托配额移交无公告 handed over, but not announced", log)


def _take(state: State, log: Log, giver: int, unit: int, quantity: int, used: tuple[int, int, int, int] | None) -> None:
    holding = state.holdings.edit(log.source, giver, unit)
    if used and used[:3] == (giver, unit, quantity):
        return  # the lock's own event has taken them
    if used:
        state.odd("lock-used", (log.source, *used[:2]), "锁定动用与划转不符 the movement is not the lock's", log)
    holding.registry -= quantity
    if holding.registry < 0:
        state.odd("over-balance", (log.source, giver, unit), f"余额为负 {holding.registry} below zero", log)


def _minted(
    state: State,
    log: Log,
    flow: Flow,
    announced: tuple[str, int, int, int] | None,
    taker: int,
    unit: int,
    quantity: int,
) -> None:
    holding = state.holdings.edit(log.source, taker, unit)
    holding.registry += quantity
    totals = state.totals.edit(log.source, unit)
    if announced == ("back", taker, unit, quantity):
        totals.surrendered -= quantity
        _require_right(state, log, RESTORE_RIGHT)
        return
    totals.issued += quantity
    _clear(state, log, holding, taker, ISSUE, "issue")
    if log.source == "allowances":
        _require_right(state, log, ISSUE_RIGHT)
        tonnes, count = flow.minted.get(unit, (0, 0))
        flow.minted[unit] = (tonnes + quantity, count + 1)
    elif not is_by_act(state, log, "credits", ("issueCredits",)):
        state.odd("issue-act", ("credits", unit), "签发无对应行为 credits issued without an act", log)
    elif totals.issued > state.batches.see(unit).size:
        state.odd("batch-size", ("credits", unit), "签发超过核定减排量 more issued than the batch has", log)


def _require_right(state: State, log: Log, right: int) -> None:
    operator = log.fields["operator"]
    if state.module_rights.see(log.source, operator).rights & right != right:
        state.odd("module-right", (log.source, operator), "模块无此权限 the module lacks the right", log)


def _burned(
    state: State,
    log: Log,
    flow: Flow,
    announced: tuple[str, int, int, int] | None,
    giver: int,
    unit: int,
    quantity: int,
    right_of_lock: int,
) -> None:
    if announced == ("out", giver, unit, quantity):
        state.totals.edit(log.source, unit).surrendered += quantity
        _require_right(state, log, RETIRE_RIGHT | right_of_lock)
        return
    flow.operator = log.fields["operator"]
    flow.burn = (giver, unit, quantity)
    flow.doubts.append(
        state.doubt("burn", (log.source, giver, unit), "注销无业务事件 burned without a business event", log)
    )


def _transferred(
    state: State, log: Log, flow: Flow, giver: int, taker: int, unit: int, quantity: int, right_of_lock: int
) -> None:
    holding = state.holdings.edit(log.source, taker, unit)
    before = (holding, holding.epoch)
    holding.registry += quantity
    is_ordered = state.use_order(log, giver)
    rights = state.module_rights.see(log.source, log.fields["operator"]).rights
    doubts: list[tuple[str, int, str]] = []
    if not is_ordered and right_of_lock and rights & MOVE_RIGHT:
        _require_right(state, log, right_of_lock)
    elif not is_ordered and rights & MOVE_RIGHT:
        _clear(state, log, state.holdings.edit(log.source, giver, unit), giver, TRANSFER, "move")
    elif not is_ordered:
        doubts.append(("order", giver, "划转无指令 moved without an order"))
    elif not allowed_actions(state, giver) & TRANSFER:
        doubts.append(("frozen", giver, "账户状态不允许转出 the giver's status forbids it"))
    if not _try_clear(state, log.source, holding, taker, RECEIVE):
        doubts.append(("frozen", taker, "账户状态不允许转入 the taker's status forbids it"))
    flow.before = before
    flow.doubts.extend(state.doubt(rule, (log.source, who, unit), text, log) for rule, who, text in doubts)


def _try_clear(state: State, asset: str, holding: Holding, account: int, needed: int) -> bool:
    """Bring the clearance beside the balance up to date, as the ledger does; False where the action is forbidden."""
    epoch = state.controls.see(asset).epoch
    if holding.epoch == epoch:
        return True
    allowed = allowed_actions(state, account)
    holding.epoch = epoch if allowed == ALL else 0
    return bool(allowed & needed)


def _clear(state: State, log: Log, holding: Holding, account: int, needed: int, rule: str) -> None:
    if not _try_clear(state, log.source, holding, account, needed):
        state.odd("frozen", (log.source, account), f"账户状态不允许 the account's status forbids: {rule}", log)


def _cancelled(state: State, log: Log) -> None:
    f = log.fields
    _explain(state, log, (f["account"], f["unit"], f["quantity"]))
    state.changes.edit(log.source, f["unit"]).voluntary += f["quantity"]
    if not state.use_order(log, f["account"]):
        state.odd("order", (log.source, f["account"], f["unit"]), "注销无指令 cancelled without an order", log)


def _forced(state: State, log: Log) -> None:
    f = log.fields
    if not f["to"]:
        _explain(state, log, (f["from"], f["unit"], f["quantity"]))
        state.changes.edit(log.source, f["unit"]).compulsory += f["quantity"]
        return
    flow = state.flows[log.source]
    flow.doubts.clear()
    if flow.before:
        holding, epoch = flow.before
        holding.epoch = epoch
    flow.before = None


def _reclaimed(state: State, log: Log) -> None:
    f = log.fields
    operator = state.flows[log.source].operator
    _explain(state, log, (f["account"], f["unit"], f["quantity"]))
    state.changes.edit(log.source, f["unit"]).reclaimed += f["quantity"]
    if not state.module_rights.see(log.source, operator).rights & RECLAIM_RIGHT:
        state.odd("module-right", (log.source, operator), "模块无此权限 the module lacks the right", log)


def _converted(state: State, log: Log) -> None:
    f = log.fields
    account, unit, to, quantity = f["account"], f["unit"], f["toUnit"], f["quantity"]
    flow = state.flows[log.source]
    settle(state, log.source, log)
    flow.legs = [(account, 0, unit, quantity), (0, account, to, quantity)]
    lock = state.locks.see(log.source, f["lockId"])
    if (lock.account, lock.unit, lock.quantity) != (account, unit, quantity) or to <= unit:
        state.odd("conversion", (log.source, f["lockId"]), "结转与锁定不符 not the lock's units, or not later", log)
    waiting = [state.locks.see(log.source, n) for n in state.queues.get((log.source, account, unit), ())]
    if any(other.compartment == lock.compartment for other in waiting):
        state.odd("conversion", (log.source, f["lockId"]), "轮候冻结中的配额不得结转 a lock waits for these units", log)
    if lock.kind == CARRYOVER_PENDING and state.carried != (f["lockId"], to, quantity):
        state.odd(
            "conversion", (log.source, f["lockId"]), "结转无批准的申请 no accepted application stands behind", log
        )
    state.carried = None
    if ("allowances", to) not in state.units:
        state.odd("conversion", (log.source, to), "结转至未开立的年度 the vintage is not open", log)
    out, into = state.totals.edit(log.source, unit), state.totals.edit(log.source, to)
    out.cancelled += quantity
    into.issued += quantity
    state.changes.edit(log.source, unit).converted_out += quantity
    state.changes.edit(log.source, to).converted_in += quantity
    holding = state.holdings.edit(log.source, account, to)
    if lock.compartment == REGISTRY:
        holding.registry += quantity
    else:
        holding.trading += quantity


def _converted_leg(state: State, log: Log, flow: Flow, used: tuple[int, int, int, int] | None) -> None:
    giver, _, unit, quantity = flow.legs.pop(0)
    if not giver:
        return
    if not used or used[:3] != (giver, unit, quantity):
        state.odd("conversion", (log.source, unit), "结转未动用锁定 converted, but not out of a lock", log)
        return
    _require_right(state, log, CONVERT_RIGHT | lock_right(used[3]))
    if state.controls.see(log.source).is_stopped:
        state.odd("stopped", (log.source, unit), "紧急停止期间有划转 moved while stopped", log)


def _explain(state: State, log: Log, burn: tuple[int, int, int]) -> None:
    flow = state.flows[log.source]
    if flow.burn == burn:
        flow.burn = None
        flow.doubts.clear()
    else:
        state.odd("burn", (log.source, *burn[:2]), "注销事件无对应划转 cancelled but not burned", log)
    state.totals.edit(log.source, burn[1]).cancelled += burn[2]


def _relocated(state: State, log: Log) -> None:
    f = log.fields
    holding = state.holdings.edit(log.source, f["account"], f["unit"])
    signed = f["quantity"] if f["to"] == REGISTRY else -f["quantity"]
    holding.registry += signed
    holding.trading -= signed
    if holding.registry < 0 or holding.trading < 0:
        state.odd("over-balance", (log.source, f["account"], f["unit"]), "余额为负 below zero", log)
    if state.controls.see(log.source).is_stopped:
        state.odd("stopped", (log.source, f["unit"]), "紧急停止期间有划转 moved while stopped", log)
    if not state.use_order(log, f["account"]):
        state.odd("order", (log.source, f["account"], f["unit"]), "划转无指令 moved without an order", log)


def _rights(state: State, log: Log) -> None:
    state.module_rights.edit(log.source, log.fields["module"]).rights = log.fields["rights"]


def _synced(state: State, log: Log) -> None:
    row = state.controls.edit(log.source)
    row.is_stopped, row.epoch = log.fields["isStopped"], log.fields["epoch"]
    state.controls.edit("accounts").epoch = log.fields["epoch"]


def _open_unit(state: State, asset: str, unit: int, log: Log) -> None:
    if (asset, unit) in state.units:
        state.odd("unit-once", (asset, unit), "品种重复开立 the unit was opened before", log)
        return
    position = sum(1 for known, _ in state.units if known == asset)
    state.units.edit(asset, unit).position = position


def _vintage(state: State, log: Log) -> None:
    _open_unit(state, "allowances", log.fields["vintage"], log)


def _batch(state: State, log: Log) -> None:
    f = log.fields
    _open_unit(state, "credits", f["unit"], log)
    row = state.batches.edit(f["unit"])
    row.project, row.size, row.first_serial = f["project"], f["size"], f["firstSerial"]
    row.credit_class, row.is_inside_ets = f["class"], f["isInsideETS"]


_BOTH: Final[dict[str, Handler]] = {
    "TransferSingle": _moved,
    "UnitsCancelled": _cancelled,
    "UnitsForced": _forced,
    "UnitsReclaimed": _reclaimed,
    "UnitsRelocated": _relocated,
    "ModuleRightsSet": _rights,
    "ControlSynced": _synced,
    **LOCK_HANDLERS,
}
HANDLERS: Final[Handlers] = {
    ("allowances", "VintageOpened"): _vintage,
    ("allowances", "UnitsConverted"): _converted,
    ("credits", "BatchRegistered"): _batch,
    **{(asset, event): handler for asset in ASSETS for event, handler in _BOTH.items()},
}
