"""The contract's rules of evidence as pure functions, in its order; errors carry its names and arguments."""

from typing import Final

from oracles.evidence.facts import EvidenceFacts
from oracles.store.evidence import EvidenceRecord
from oracles.store.records import Outcome, State
from oracles.store.statements import Change
from registry_sdk.anchors import month_end
from registry_sdk.documents import EvidenceMessage, SignedEvidence, to_bytes
from registry_sdk.evidence import Month
from registry_sdk.reader import AccountKind, Right

NOTHING: Final = bytes(32)
#: Refusals that no later block can heal.
LASTING: Final = frozenset({"EvidenceWrongChain", "EvidenceWrongContract", "WrongPreviousEvidence"})


def judge_binding(statement: SignedEvidence, chain_id: int, contract: str) -> Outcome | None:
    """Chain and contract; needs no read. ``contract`` in lower case."""
    message, domain = statement.message, statement.domain
    for given in (message.chainId, domain.chain_id):
        if given != chain_id:
            return Outcome("EvidenceWrongChain", {"expected": chain_id, "given": given})
    for address in (message.anchors, domain.contract):
        if address != contract:
            return Outcome("EvidenceWrongContract", {"expected": contract, "given": address})
    return None


def judge_message(message: EvidenceMessage, facts: EvidenceFacts) -> Outcome | None:
    """The first rule that the content breaks, whoever signed it; None where it breaks none."""
    month = Month(message.account, message.year, message.month)
    place = {"year": month.year, "month": month.month}
    firm = facts.firms[month.account]
    if firm.kind != AccountKind.KEY_EMITTER:
        return Outcome("NotKeyEmitter", {"account": month.account})
    if facts.deadlines[month] == 0:
        return Outcome("EvidenceNotDue", {"sector": firm.sector, **place})
    ends_at = month_end(month.year, month.month)
    if facts.time < ends_at:
        return Outcome("MonthNotOver", {**place, "endsAt": ends_at})
    place = {"account": month.account, **place}
    expected = facts.versions[month] + 1
    if message.version != expected:
        return Outcome("WrongEvidenceVersion", {**place, "expected": expected, "given": message.version})
    newest = facts.newest(month)
    if to_bytes(message.previous) != (newest.root if newest else NOTHING):
        return Outcome("WrongPreviousEvidence", place)
    return None


def judge_signer(account: int, signer: str, facts: EvidenceFacts) -> Outcome | None:
    """The rule that keeps a signer from stating evidence for an account, if any."""
    rights = facts.rights.get((account, signer), 0)
    if rights == 0:
        return Outcome("NotRepresentative", {"account": account, "signer": signer})
    if not rights & Right.INITIATE:
        return Outcome("InsufficientRights", {"account": account, "signer": signer, "rights": rights})
    return None


def is_anchored(message: EvidenceMessage, facts: EvidenceFacts) -> bool:
    """Whether this very content is or was the evidence of its month."""
    history = facts.history.get((message.account, message.year), ())
    return any(
        (each.month, each.version, each.items, each.root, each.previous)
        == (message.month, message.version, message.items, to_bytes(message.root), to_bytes(message.previous))
        for each in history
    )


def examine(record: EvidenceRecord, facts: EvidenceFacts, now: int) -> Change:
    """A statement's state at the facts' block. ``now``: Unix seconds, for pauses after refusals on chain."""
    message, signer = record.statement.message, record.statement.approval.signer
    if is_anchored(message, facts):
        return Change(record.digest, State.RECORDED, is_final=True)
    if refusal := judge_message(message, facts):
        return _refused(record, refusal)
    if refusal := judge_signer(message.account, signer, facts):
        return Change(record.digest, State.COLLECTING, refusal=refusal)
    if record.retry_at > now:
        return Change(record.digest, State.REFUSED, refusal=record.refusal)
    return Change(record.digest, State.READY)


def _refused(record: EvidenceRecord, refusal: Outcome) -> Change:
    is_ahead = refusal.error == "WrongEvidenceVersion" and refusal.args["given"] > refusal.args["expected"]
    if is_ahead or refusal.error == "MonthNotOver":
        return Change(record.digest, State.WAITING, refusal=refusal)
    is_final = refusal.error in LASTING or refusal.error == "WrongEvidenceVersion"
    return Change(record.digest, State.REFUSED, is_final=is_final, refusal=refusal)
