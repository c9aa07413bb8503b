"""Fold: objections and recalculations. A decision comes after its opening, once."""

from typing import Final

from registry_sdk.cases import CaseState, CaseSubject
from registry_sdk.projection.logs import Log
from registry_sdk.projection.state import Handlers, State
from registry_sdk.tables import TableKind


def _open(state: State, log: Log, subject: int) -> None:
    f = log.fields
    row = state.cases.edit(f["id"])
    if row.state:
        state.odd("case-once", (f["id"],), "同一事项重复受理 the case was opened before", log)
    row.account, row.year, row.subject = f["account"], f["year"], subject
    row.opened_at, row.decided_at, row.state = log.timestamp, 0, int(CaseState.OPEN)
    if not state.accounts.see(row.account).status:
        state.odd("case-account", (f["id"],), "账户不存在 no such account", log)


def _filed(state: State, log: Log) -> None:
    _open(state, log, log.fields["subject"])


def _opened(state: State, log: Log) -> None:
    _open(state, log, int(CaseSubject.RECALCULATION))


def _close(state: State, log: Log, outcome: CaseState, is_recalculation: bool) -> None:
    id_ = log.fields["id"]
    row = state.cases.edit(id_)
    if row.state != CaseState.OPEN or (row.subject == CaseSubject.RECALCULATION) != is_recalculation:
        state.odd("case-open", (id_,), "事项未受理或已办结 no open case of this kind", log)
    row.state, row.decided_at = int(outcome), log.timestamp


def _decided(state: State, log: Log) -> None:
    _close(state, log, CaseState.UPHELD if log.fields["isUpheld"] else CaseState.REFUSED, False)


def _closed(state: State, log: Log) -> None:
    id_, table_id = log.fields["id"], log.fields["tableId"]
    is_done = int(table_id, 16) != 0
    _close(state, log, CaseState.DONE if is_done else CaseState.UNCHANGED, True)
    if not is_done:
        return
    row, table = state.cases.see(id_), state.tables.see(table_id)
    applied = state.entitlements.see(row.account, row.year).table
    if (table.kind, table.year) != (TableKind.RECALCULATION, row.year) or applied < table.number:
        state.odd("case-table", (id_,), "分配表不是该事项的重新核定 the table did not carry the case out", log)


HANDLERS: Final[Handlers] = {
    ("cases", "ObjectionFiled"): _filed,
    ("cases", "ObjectionDecided"): _decided,
    ("cases", "RecalculationOpened"): _opened,
    ("cases", "RecalculationClosed"): _closed,
}
