"""Fold: accounts, representatives, freezes, class restrictions, stop and epoch, order numbers."""

from typing import Final

from registry_sdk.projection.logs import Log
from registry_sdk.projection.state import Handlers, State
from registry_sdk.projection.status import is_class_restricted
from registry_sdk.reader import AccountStatus


def _opened(state: State, log: Log) -> None:
    f = log.fields
    row = state.accounts.edit(f["account"])
    if row.status:
        state.odd("account-once", (f["account"],), "账户重复开立 the account was opened before", log)
    row.status = int(AccountStatus.ACTIVE)
    row.kind, row.sector, row.province, row.approvals = f["kind"], f["sector"], f["province"], f["approvals"]


def _representative(state: State, log: Log) -> None:
    f = log.fields
    seat = state.representatives.edit(f["account"], f["signerAddress"])
    account = state.accounts.edit(f["account"])
    account.seats += (f["rights"] != 0) - (seat.rights != 0)
    seat.signer, seat.rights = f["signer"], f["rights"]


def _approvals(state: State, log: Log) -> None:
    state.accounts.edit(log.fields["account"]).approvals = log.fields["approvals"]


def _status(state: State, log: Log) -> None:
    f = log.fields
    row = state.accounts.edit(f["account"])
    if row.status != f["from"]:
        state.odd("status-chain", (f["account"],), f"状态不连续 status was {row.status}, not {f['from']}", log)
    row.status = f["to"]


def _restricted(state: State, log: Log) -> None:
    state.restrictions.edit(log.fields["province"]).sectors |= log.fields["sectors"]


def _released(state: State, log: Log) -> None:
    state.restrictions.edit(log.fields["province"]).sectors &= ~log.fields["sectors"]


def _authorized(state: State, log: Log) -> None:
    number = log.fields["account"]
    row = state.accounts.edit(number)
    if not row.status:
        state.odd("order-account", (number,), "指令所属账户不存在 an order of an unknown account", log)
    row.nonce += 1
    epoch = state.controls.see("accounts").epoch
    if row.epoch != epoch and not is_class_restricted(state, row):
        row.epoch = epoch
    state.authorized = (log.transaction, number)


def _module(state: State, log: Log) -> None:
    state.modules.edit(log.fields["module"]).is_module = log.fields["isModule"]


def _ledgers(state: State, log: Log) -> None:
    state.ledgers = list(log.fields["ledgers"])


def _stopped(state: State, log: Log) -> None:
    state.controls.edit("accounts").is_stopped = True


def _resumed(state: State, log: Log) -> None:
    state.controls.edit("accounts").is_stopped = False


HANDLERS: Final[Handlers] = {
    ("accounts", "AccountOpened"): _opened,
    ("accounts", "RepresentativeSet"): _representative,
    ("accounts", "ApprovalsSet"): _approvals,
    ("accounts", "AccountStatusChanged"): _status,
    ("accounts", "ClassRestricted"): _restricted,
    ("accounts", "ClassReleased"): _released,
    ("accounts", "OrderAuthorized"): _authorized,
    ("accounts", "ModuleSet"): _module,
    ("accounts", "LedgersSet"): _ledgers,
    ("accounts", "RegistryStopped"): _stopped,
    ("accounts", "RegistryResumed"): _resumed,
}
