"""Fold: year rules, obligations, surrender, offset, frozen statuses. Applies rules C-03, C-05 and C-06 again itself."""

from dataclasses import fields
from typing import Final

from registry_sdk.projection.logs import Log
from registry_sdk.projection.rows import YearRules
from registry_sdk.projection.state import Handlers, State
from registry_sdk.projection.status import status_of

BPS: Final = 10_000
OLD: Final = 1
SURRENDER_PENDING: Final = 1
RULE_FIELDS: Final = (
    "deadline",
    "vintageMin",
    "vintageMax",
    "offsetCapBps",
    "creditClasses",
    "oldCreditUntil",
    "runningFrom",
    "isReviewed",
    "reversibleUntil",
)


def offset_cap(obligation: int, rules: YearRules) -> int:
    """Most credits for an obligation (rule C-05), tonnes."""
    return obligation * rules.offset_cap_bps // BPS


def _rules(state: State, log: Log) -> None:
    row = state.year_rules.edit(log.fields["year"])
    for name, ours in zip(RULE_FIELDS, (field.name for field in fields(YearRules)), strict=False):
        setattr(row, ours, log.fields[f"rules.{name}"])


def _obligation(state: State, log: Log) -> None:
    f = log.fields
    row = state.positions.edit(f["account"], f["year"])
    row.obligation, row.is_reported = f["tonnes"], True
    if state.recorded != (f["account"], f["year"], f["tonnes"]):
        state.odd("obligation", (f["account"], f["year"]), "义务与核查数据不符 not the verified figure", log)
    state.recorded = None


def _check_surrender(state: State, log: Log, beneficiary: int, year: int, vintage: int, quantity: int) -> None:
    rules = state.year_rules.see(year)
    if not rules.vintage_min <= vintage <= rules.vintage_max:
        state.odd("C-03", (beneficiary, year), f"不可用年度配额 vintage {vintage} does not pay this year", log)
    row = state.positions.see(beneficiary, year)
    owed = row.obligation - row.surrendered - row.offset - row.pending
    if not rules.running_from and (not row.is_reported or quantity > owed):
        state.odd("C-02", (beneficiary, year), "清缴超过应清缴量 more than owed", log)


def _requested(state: State, log: Log) -> None:
    f = log.fields
    _check_surrender(state, log, f["beneficiary"], f["year"], f["vintage"], f["quantity"])
    if not state.use_order(log, f["account"]):
        state.odd("order", ("allowances", f["account"], f["vintage"]), "清缴无指令 surrender without an order", log)
    lock = state.locks.see("allowances", f["lockId"])
    stated = (f["account"], f["vintage"], f["quantity"], f["beneficiary"], SURRENDER_PENDING)
    if (lock.account, lock.unit, lock.quantity, lock.beneficiary, lock.kind) != stated:
        state.odd("request-lock", (f["lockId"],), "清缴申请与锁定不符 the lock is not the request's", log)
    request = state.requests.edit(f["lockId"])
    request.beneficiary, request.year, request.quantity = f["beneficiary"], f["year"], f["quantity"]
    state.positions.edit(f["beneficiary"], f["year"]).pending += f["quantity"]


def _decided(state: State, log: Log) -> tuple[int, int, int, int, int] | None:
    """A province decides a waiting surrender; what is in the lock by now, less what a court took out of it."""
    lock_id = log.fields["lockId"]
    request = state.requests.edit(lock_id)
    if not request.quantity:
        state.odd("request-known", (lock_id,), "清缴申请不存在 no such request", log)
        return None
    state.positions.edit(request.beneficiary, request.year).pending -= request.quantity
    request.quantity = 0
    lock = state.locks.see("allowances", lock_id)
    return request.beneficiary, request.year, lock.account, lock.unit, lock.quantity


def _accepted(state: State, log: Log) -> None:
    state.accepted = _decided(state, log)


def _refused(state: State, log: Log) -> None:
    _decided(state, log)


def _surrendered(state: State, log: Log) -> None:
    f = log.fields
    key = (f["beneficiary"], f["year"])
    paid = (f["account"], f["vintage"], f["quantity"])
    if state.accepted == (*key, *paid):
        state.accepted = None
    elif state.use_order(log, f["account"]):
        _check_surrender(state, log, *key, f["vintage"], f["quantity"])
    else:
        state.odd("order", ("allowances", *paid[:2]), "清缴无指令或审核 surrender without an order or decision", log)
    state.positions.edit(*key).surrendered += f["quantity"]
    state.announce("allowances", "out", *paid, log)


def _offset(state: State, log: Log) -> None:
    f = log.fields
    key = (f["account"], f["year"])
    rules, batch = state.year_rules.see(f["year"]), state.batches.see(f["unit"])
    row = state.positions.edit(*key)
    if row.offset + f["quantity"] > offset_cap(row.obligation, rules):
        state.odd("C-05", key, "抵销超过上限 offset above the cap", log)
    is_late = batch.credit_class == OLD and log.timestamp > rules.old_credit_until
    if batch.is_inside_ets or is_late or not rules.credit_classes >> batch.credit_class & 1:
        state.odd("C-06", key, "减排量不可用于抵销 these credits do not count", log)
    if row.surrendered + row.offset + row.pending + f["quantity"] > row.obligation:
        state.odd("C-02", key, "抵销超过应清缴量 more than owed", log)
    if not state.use_order(log, f["account"]):
        state.odd("order", ("credits", f["account"], f["unit"]), "抵销无指令 offset without an order", log)
    row.offset += f["quantity"]
    state.announce("credits", "out", f["account"], f["unit"], f["quantity"], log)


def _reversed(state: State, log: Log) -> None:
    f = log.fields
    row = state.positions.edit(f["beneficiary"], f["year"])
    row.surrendered -= f["quantity"]
    if row.surrendered < 0 or log.timestamp > state.year_rules.see(f["year"]).reversible_until:
        state.odd("reversal", (f["beneficiary"], f["year"]), "撤销超限或逾期 reversed too much or too late", log)
    state.announce("allowances", "back", f["account"], f["vintage"], f["quantity"], log)


def _closed(state: State, log: Log) -> None:
    row = state.year_rules.edit(log.fields["year"])
    if row.is_closed or log.timestamp <= row.deadline:
        state.odd("year-over", (log.fields["year"],), "截止前关闭 closed before its deadline", log)
    row.is_closed = True


def _frozen(state: State, log: Log) -> None:
    f = log.fields
    row = state.positions.edit(f["account"], f["year"])
    status = status_of(state, f["account"], f["year"], log.timestamp)
    is_over = log.timestamp > state.year_rules.see(f["year"]).deadline
    if row.is_frozen or not is_over or f["status"] != status:
        state.odd("frozen-status", (f["account"], f["year"]), f"履约状态应为 status should be {status}", log)
    row.is_frozen, row.frozen = True, f["status"]


HANDLERS: Final[Handlers] = {
    ("compliance", "YearRulesSet"): _rules,
    ("compliance", "ObligationRecorded"): _obligation,
    ("compliance", "SurrenderRequested"): _requested,
    ("compliance", "SurrenderAccepted"): _accepted,
    ("compliance", "SurrenderRefused"): _refused,
    ("compliance", "Surrendered"): _surrendered,
    ("compliance", "Offset"): _offset,
    ("compliance", "SurrenderReversed"): _reversed,
    ("compliance", "YearClosed"): _closed,
    ("compliance", "StatusFrozen"): _frozen,
}
