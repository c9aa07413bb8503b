"""Which actions an account may be part of (rule A-09), and where an entity stands in a year, from rows alone."""

from typing import Final

from registry_sdk.projection.rows import Account
from registry_sdk.projection.state import State
from registry_sdk.reader import AccountStatus, ComplianceStatus

TRANSFER, RECEIVE, RELOCATE, SURRENDER, OFFSET, CANCEL, ISSUE = (1 << n for n in range(7))
ALL: Final = (1 << 7) - 1
COMPLIANCE_ONLY: Final = RECEIVE | RELOCATE | SURRENDER | OFFSET | ISSUE
ALLOWED: Final[dict[int, int]] = {
    AccountStatus.ACTIVE: ALL,
    AccountStatus.RESTRICTED: COMPLIANCE_ONLY,
    AccountStatus.FROZEN_IN: ALL & ~RECEIVE,
    AccountStatus.FROZEN_OUT: RECEIVE | ISSUE,
    AccountStatus.CLOSING: TRANSFER | RELOCATE | SURRENDER | OFFSET | CANCEL,
}


def is_class_restricted(state: State, account: Account) -> bool:
    """Whether a restriction of its class hits the account."""
    sectors = state.restrictions.see(0).sectors | state.restrictions.see(account.province).sectors
    return bool(sectors >> account.sector & 1)


def allowed_actions(state: State, number: int) -> int:
    """Actions as bits; 0 for an unknown account."""
    account = state.accounts.see(number)
    allowed = ALLOWED.get(account.status, 0)
    # An account that ordered since the newest restriction was looked at then; a lifted one counts until it orders.
    if account.epoch != state.controls.see("accounts").epoch and is_class_restricted(state, account):
        allowed &= COMPLIANCE_ONLY
    return allowed


def status_of(state: State, account: int, year: int, timestamp: int) -> int:
    """Live compliance status at a time."""
    rules = state.year_rules.see(year)
    if not state.positions.see(account, year).is_reported:
        return ComplianceStatus.NOT_REPORTED
    owed = paid = 0
    for one in range(rules.running_from or year, year + 1):
        position = state.positions.see(account, one)
        owed += position.obligation
        paid += position.surrendered + position.offset
    if paid >= owed:
        return ComplianceStatus.COMPLETE
    return ComplianceStatus.OPEN if timestamp <= rules.deadline else ComplianceStatus.SHORT
