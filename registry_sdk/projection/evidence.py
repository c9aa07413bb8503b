"""Fold: monthly evidence and its deadlines. Late is derived again from the law's dates, heads from the roots."""

from typing import Final

from registry_sdk.anchors import deadline_of, head_after, leaf
from registry_sdk.projection.logs import Log
from registry_sdk.projection.state import Handlers, State
from registry_sdk.reader import AccountKind

NO_ROOT: Final = "0x" + "0" * 64


def _days(state: State, log: Log) -> None:
    state.evidence_terms.edit(log.fields["year"], log.fields["month"]).days_after = log.fields["daysAfter"]


def _deadline(state: State, log: Log) -> None:
    f = log.fields
    state.evidence_deadlines.edit(f["sector"], f["year"], f["month"]).deadline = f["deadline"]


def _anchored(state: State, log: Log) -> None:
    f = log.fields
    key = (f["account"], f["year"], f["month"])
    row, head = state.evidence_months.edit(*key), state.evidence_heads.edit(*key[:2])
    if f["version"] != row.version + 1 or f["previous"] != (row.root or NO_ROOT):
        state.odd("evidence-chain", key, "存证版本不连续 the evidence does not follow the one before", log)
    account = state.accounts.see(f["account"])
    due = _due(state, account.sector, f["year"], f["month"])
    if account.kind != AccountKind.KEY_EMITTER or not due or f["isLate"] != (log.timestamp > due):
        state.odd("evidence-late", key, "账户或逾期标记不符 the account, or whether it is late, is not right", log)
    if not state.representatives.see(f["account"], f["signerAddress"]).rights & 1:
        state.odd("evidence-signer", key, "签名人无发起权 the signer may not initiate", log)
    row.version, row.items, row.root = f["version"], f["items"], f["root"]
    row.is_late, row.is_newest_late = f["isLate"] if row.version == 1 else row.is_late, f["isLate"]
    row.anchored_at, row.signer_address = log.timestamp, f["signerAddress"]
    added = leaf(f["month"], f["version"], bytes.fromhex(f["root"][2:]))
    head.head = "0x" + head_after(bytes.fromhex(head.head[2:]), added).hex()


def _due(state: State, sector: int, year: int, month: int) -> int:
    exact = state.evidence_deadlines.see(sector, year, month).deadline
    terms = {key: row.days_after for key, row in state.evidence_terms.items()}
    return exact or deadline_of(year, month, terms)


HANDLERS: Final[Handlers] = {
    ("evidence", "DeadlineDaysSet"): _days,
    ("evidence", "DeadlineSet"): _deadline,
    ("evidence", "EvidenceAnchored"): _anchored,
}
