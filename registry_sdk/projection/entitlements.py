"""Fold: entitlements and debts. Every figure is computed again from the determined allocation alone; the row's table is
told by the event that ends its chunk or claim."""

from typing import Final

from registry_sdk.allocation import settle as settled
from registry_sdk.projection.logs import Log
from registry_sdk.projection.state import Determination, Handlers, State
from registry_sdk.reader import AccountKind
from registry_sdk.tables import TableKind

ENTRUSTED_LOCK: Final = 9
#: What may have been determined before a table of a kind.
BEFORE: Final = {
    TableKind.PRE_ALLOCATION: (TableKind.NONE,),
    TableKind.FINAL: (TableKind.NONE, TableKind.PRE_ALLOCATION),
    TableKind.RECALCULATION: (TableKind.FINAL, TableKind.RECALCULATION),
}


def _determined(state: State, log: Log) -> None:
    f = log.fields
    account, year = f["account"], f["year"]
    row, debt = state.entitlements.edit(account, year), state.debts.edit(account)
    after = settled(f["determined"], deducted=row.deducted, issued=row.issued, debt=debt.tonnes)
    missing = f["debt"] - after.debt
    if (f["deducted"], f["issued"]) != (after.deducted, after.issued) or not 0 <= missing <= after.owed:
        state.odd("entitlement", (account, year), "核定、扣减、签发不符 the figures do not follow", log)
    taken = after.owed - missing
    state.taken_back[year] = state.taken_back.get(year, 0) + taken
    if state.taken_back[year] != state.changes.see("allowances", year).reclaimed:
        state.odd("claw-back", (account, year), "收回量与账本不符 not what the ledger took back", log)
    state.determinations.append(Determination(account, year, f["determined"], row.determined, after.more, taken))
    row.determined, row.deducted, row.issued = f["determined"], f["deducted"], f["issued"]
    row.shortfall += missing
    debt.tonnes = f["debt"]


def _entrusted(state: State, log: Log) -> None:
    f = log.fields
    key = (f["account"], f["year"])
    row = state.entrusted_locks.edit(*key)
    row.lock_ids = [*row.lock_ids, f["lockId"]]
    lock = state.locks.see("allowances", f["lockId"])
    newest = state.determinations[-1] if state.determinations else None
    if not newest or (newest.account, newest.year) != key or lock.quantity != newest.more:
        state.odd("entrusted", key, "委托数量与核定不符 not what the row issues", log)
    else:
        newest.is_entrusted = True
    if (lock.beneficiary, lock.unit, lock.kind) != (*key, ENTRUSTED_LOCK):
        state.odd("entrusted", key, "委托锁定与企业或年度不符 the lock is not for this firm and year", log)
    holder = state.accounts.see(lock.account)
    if state.province_accounts.see(holder.province).account != lock.account:
        state.odd("entrusted", key, "委托账户非省级账户 not in the province's account", log)


def conclude(state: State, log: Log, table_id: str) -> int:
    """End of a chunk or claim: its rows belong to this table. Returns the tonnes they determine."""
    table = state.tables.edit(table_id)
    plan = state.plans.edit(table.year, table.sector)
    minted = state.flows["allowances"].minted
    more = [each.more for each in state.determinations if each.more]
    if minted != ({table.year: (sum(more), len(more))} if more else {}):
        state.odd("chunk-issue", (table_id,), "签发量与各行不符 what was issued is not what the rows say", log)
    minted.clear()
    tonnes = 0
    for each in state.determinations:
        _of_table(state, log, table_id, each)
        tonnes += each.determined
        table.replaced += each.replaced
        plan.determined += each.determined - each.replaced
        plan.issued += each.more - each.taken
    table.applied += tonnes
    state.determinations.clear()
    state.holding_back.clear()
    return tonnes


def _of_table(state: State, log: Log, table_id: str, each: Determination) -> None:
    table = state.tables.see(table_id)
    account = state.accounts.see(each.account)
    key = (each.account, each.year)
    row = state.entitlements.edit(*key)
    place = (account.kind, account.province, account.sector, each.year)
    if place != (AccountKind.KEY_EMITTER, table.province, table.sector, table.year):
        state.odd("row-place", (table_id, each.account), "账户不属于此表 the account is none of this table's", log)
    if row.stage not in BEFORE.get(TableKind(table.kind), ()) or row.table >= table.number:
        state.odd("row-order", (table_id, each.account), "核定次序不符 not in the order of determinations", log)
    if row.is_differentiated and (table.kind == TableKind.PRE_ALLOCATION or each.is_entrusted != bool(each.more)):
        state.odd("entrusted", key, "差异化企业未经省级账户 not through the province's account", log)
    row.table, row.stage = table.number, table.kind


def settle(state: State) -> None:
    """Nothing may be under way at the end of a block."""
    if state.determinations or state.holding_back:
        state.odd("chunk-issue", ("allocation",), "核定的行不属于任何批次 rows that belong to no chunk")
    state.determinations.clear()
    state.holding_back.clear()


def _recorded(state: State, log: Log) -> None:
    f = log.fields
    row = state.debts.edit(f["account"])
    row.tonnes += f["tonnes"]
    row.recorded += f["tonnes"]
    window = state.debt_windows.see(f["cause"])
    if not window.opens_at <= log.timestamp <= window.closes_at:
        state.odd("debt-window", (f["account"],), "此类扣减不在期限内 no debt of this cause at this time", log)


def _cancelled(state: State, log: Log) -> None:
    f = log.fields
    row = state.debts.edit(f["account"])
    row.tonnes -= f["tonnes"]
    row.cancelled += f["tonnes"]
    if row.tonnes < 0:
        state.odd("debt", (f["account"],), "撤销超过未扣余额 more cancelled than owed", log)


def _window(state: State, log: Log) -> None:
    row = state.debt_windows.edit(log.fields["cause"])
    row.opens_at, row.closes_at = log.fields["opensAt"], log.fields["closesAt"]


def _province(state: State, log: Log) -> None:
    f = log.fields
    account = state.accounts.see(f["account"])
    if (account.kind, account.province) != (AccountKind.PROVINCE, f["province"]):
        state.odd("province-account", (f["province"],), "不是本省账户 no account of this province", log)
    state.province_accounts.edit(f["province"]).account = f["account"]


def _differentiated(state: State, log: Log) -> None:
    row = state.entitlements.edit(log.fields["account"], log.fields["year"])
    row.is_differentiated = log.fields["isDifferentiated"]
    if row.stage > TableKind.PRE_ALLOCATION:
        state.odd("row-order", (log.fields["account"],), "核定后不得变更 changed after the final allocation", log)


HANDLERS: Final[Handlers] = {
    ("allocation", "AllocationDetermined"): _determined,
    ("allocation", "UnitsEntrusted"): _entrusted,
    ("allocation", "DebtRecorded"): _recorded,
    ("allocation", "DebtCancelled"): _cancelled,
    ("allocation", "DebtWindowSet"): _window,
    ("allocation", "ProvinceAccountSet"): _province,
    ("allocation", "DifferentiatedSet"): _differentiated,
}
