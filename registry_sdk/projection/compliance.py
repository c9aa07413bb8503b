"""Fold: year rules, obligations, surrender, offset, frozen statuses, certificates.

Applies rules C-03, C-05 and C-06 again itself.
"""

from dataclasses import fields
from typing import Final

from registry_sdk.certificates import certificate_digest
from registry_sdk.projection.logs import Log
from registry_sdk.projection.rows import Lock, YearRules
from registry_sdk.projection.state import Handlers, State
from registry_sdk.projection.status import status_of
from registry_sdk.reader import ComplianceStatus

BPS: Final = 10_000
OLD: Final = 1
SURRENDER_PENDING, ENTRUSTED = 1, 9
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
    "arrearsMin",
    "arrearsMax",
)


def is_common(beneficiary: int, year: int, account: int, vintage: int) -> bool:
    """Whether a payment is the firm's own with the year's own vintage: the contract keeps no word of its own for it."""
    return (beneficiary, year) == (account, vintage)


def offset_cap(obligation: int, rules: YearRules) -> int:
    """Most credits for an obligation (rule C-05), tonnes."""
    return obligation * rules.offset_cap_bps // BPS


def _rules(state: State, log: Log) -> None:
    row = state.year_rules.edit(log.fields["year"])
    for name, ours in zip(RULE_FIELDS, (field.name for field in fields(YearRules)), strict=False):
        setattr(row, ours, log.fields[f"rules.{name}"])


def _obligation(state: State, log: Log) -> None:
    f = log.fields
    key = (f["account"], f["year"])
    was = status_of(state, *key, log.timestamp)
    row = state.positions.edit(*key)
    _void_if_changed(state, log, *key, row.obligation != f["tonnes"])
    row.obligation, row.is_reported = f["tonnes"], True
    if was == ComplianceStatus.COMPLETE != status_of(state, *key, log.timestamp):
        state.reopened = key
    if state.recorded != (f["account"], f["year"], f["tonnes"]):
        state.odd("obligation", (f["account"], f["year"]), "义务与核查数据不符 not the verified figure", log)
    state.recorded = None


def _reopened(state: State, log: Log) -> None:
    key = (log.fields["account"], log.fields["year"])
    if state.reopened != key:
        state.odd("reopened", key, "年度无故重开 reopened, but no correction made it incomplete", log)
    state.reopened = None


def _void_if_changed(state: State, log: Log, account: int, year: int, is_changed: bool) -> None:
    """The event that voids a certificate comes before the one that changes its figures."""
    if is_changed and state.certificates.see(account, year).number:
        state.odd("certificate", (account, year), "数据已变而证明未失效 figures changed, certificate not voided", log)


def settle(state: State) -> None:
    """Nothing of a correction may be left open."""
    if state.reopened:
        state.odd("reopened", state.reopened, "更正后未重开年度 a correction that reopens, but no event")
    state.reopened = None


def vintages_at(rules: YearRules, timestamp: int) -> tuple[int, int]:
    """Oldest and newest vintage that pay at a time (rule C-03)."""
    if rules.arrears_max and timestamp > rules.deadline:
        return rules.arrears_min, rules.arrears_max
    return rules.vintage_min, rules.vintage_max


def _check_surrender(state: State, log: Log, beneficiary: int, year: int, vintage: int, quantity: int) -> None:
    rules = state.year_rules.see(year)
    oldest, newest = vintages_at(rules, log.timestamp)
    if not oldest <= vintage <= newest:
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
    payment = state.payments.edit(*key, *paid[:2])
    if state.entrusted == (key[0], *paid):
        state.entrusted = None
        _check_surrender(state, log, *key, f["vintage"], f["quantity"])
        payment.entrusted += f["quantity"]
    else:
        payment.ordered += f["quantity"]
        _check_ordered(state, log, key, paid)
    _void_if_changed(state, log, *key, True)
    position = state.positions.edit(*key)
    position.surrendered += f["quantity"]
    position.paid_otherwise += 0 if is_common(*key, *paid[:2]) else f["quantity"]
    state.announce("allowances", "out", *paid, log)


def _check_ordered(state: State, log: Log, key: tuple[int, int], paid: tuple[int, int, int]) -> None:
    if state.accepted == (*key, *paid):
        state.accepted = None
    elif state.use_order(log, paid[0]):
        _check_surrender(state, log, *key, *paid[1:])
    else:
        state.odd("order", ("allowances", *paid[:2]), "清缴无指令或审核 surrender without an order or decision", log)


def _entrusted_lock(state: State, log: Log, beneficiary: int | None = None) -> Lock:
    """The lock of entrusted units that an event names; both accounts belong to one province."""
    lock = state.locks.see("allowances", log.fields["lockId"])
    provinces = {state.accounts.see(number).province for number in (lock.account, lock.beneficiary)}
    is_named = beneficiary in (None, lock.beneficiary)
    if lock.kind != ENTRUSTED or not 0 < log.fields["quantity"] <= lock.quantity or len(provinces) > 1 or not is_named:
        state.odd("entrusted", (log.fields["lockId"],), "受托配额与锁定不符 not entrusted units of one province", log)
    return lock


def _entrusted(state: State, log: Log) -> None:
    lock = _entrusted_lock(state, log)
    state.entrusted = (lock.beneficiary, lock.account, lock.unit, log.fields["quantity"])


def _released(state: State, log: Log) -> None:
    f = log.fields
    lock = _entrusted_lock(state, log, f["beneficiary"])
    if status_of(state, lock.beneficiary, lock.unit, log.timestamp) != ComplianceStatus.COMPLETE:
        state.odd("C-09", (lock.beneficiary, lock.unit), "欠缴而发还受托配额 released to a firm that owes", log)
    if f["quantity"] != lock.quantity:
        state.odd("entrusted", (f["lockId"],), "发还数量不是余量 not all that is left was released", log)
    state.announce("allowances", "over", lock.account, lock.unit, f["quantity"], log)


def _certified(state: State, log: Log) -> None:
    f = log.fields
    key = (f["account"], f["year"])
    position, row = state.positions.see(*key), state.certificates.edit(*key)
    state.certificate_count += 1
    stated = (f["obligation"], f["surrendered"], f["offset"])
    is_on_time = not position.is_frozen or position.frozen == ComplianceStatus.COMPLETE
    wanted = certificate_digest(state.deployment, f["number"], *key, stated, is_on_time, log.timestamp)
    is_due = status_of(state, *key, log.timestamp) == ComplianceStatus.COMPLETE
    is_figures = stated == (position.obligation, position.surrendered, position.offset)
    if row.number or f["number"] != state.certificate_count or not is_due or not is_figures or f["digest"] != wanted:
        state.odd("certificate", key, "履约证明与数据不符 the certificate does not state the figures in force", log)
    row.number, row.issued_at, row.digest = f["number"], log.timestamp, f["digest"]


def _voided(state: State, log: Log) -> None:
    f = log.fields
    row = state.certificates.edit(f["account"], f["year"])
    if not row.number or row.number != f["number"]:
        state.odd("certificate", (f["account"], f["year"]), "失效的证明不存在 no such certificate stands", log)
    row.number, row.issued_at, row.digest = 0, 0, ""


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
    key = (f["beneficiary"], f["year"], f["account"], f["vintage"])
    payment = state.payments.edit(*key)
    entrusted = min(payment.entrusted, f["quantity"])
    payment.entrusted -= entrusted
    payment.ordered -= f["quantity"] - entrusted
    row.paid_otherwise -= 0 if is_common(*key) else f["quantity"]
    if payment.ordered < 0:
        state.odd("reversal", (f["beneficiary"], f["year"]), "撤销多于该账户所付 more than this account paid", log)
    _void_if_changed(state, log, f["beneficiary"], f["year"], True)
    status = status_of(state, f["beneficiary"], f["year"], log.timestamp)
    if row.is_frozen and row.frozen == ComplianceStatus.COMPLETE != status:
        state.odd("reversal", (f["beneficiary"], f["year"]), "撤销使已固定结果失实 a frozen status became untrue", log)
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
    ("compliance", "YearReopened"): _reopened,
    ("compliance", "EntrustedSurrendered"): _entrusted,
    ("compliance", "EntrustedReleased"): _released,
    ("compliance", "Certified"): _certified,
    ("compliance", "CertificateVoided"): _voided,
    ("compliance", "SurrenderAccepted"): _accepted,
    ("compliance", "SurrenderRefused"): _refused,
    ("compliance", "Surrendered"): _surrendered,
    ("compliance", "Offset"): _offset,
    ("compliance", "SurrenderReversed"): _reversed,
    ("compliance", "YearClosed"): _closed,
    ("compliance", "StatusFrozen"): _frozen,
}
