"""The desk for evidence: takes signed months in, checks them against the chain, keeps the states of all open ones true.

Idempotent throughout: the same statement a second time changes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from oracles.attestation.signatures import SignatureChecker
from oracles.desk import Receipt
from oracles.evidence.facts import EvidenceFacts, EvidenceFactsReader
from oracles.evidence.rules import examine, is_anchored, judge_binding, judge_message, judge_signer
from oracles.push.plan import Ready, estimate
from oracles.refusals import OracleError
from oracles.store.evidence import EvidenceRecord, EvidenceStore
from oracles.store.records import Outcome, State
from oracles.store.statements import Change
from registry_sdk.anchors import trail_of
from registry_sdk.calls import evidence_call
from registry_sdk.documents import SignedEvidence
from registry_sdk.evidence import Month

#: An anchoring without its signature, with a quarter to spare, and each link of its trail.
ANCHOR_GAS: Final = 70_000
TRAIL_GAS: Final = 2_000


@dataclass(frozen=True)
class EvidenceDesk:
    """Statements of evidence of one database against one chain."""

    store: EvidenceStore
    facts: EvidenceFactsReader
    checker: SignatureChecker
    now: Callable[[], int]

    def receive(self, statement: SignedEvidence) -> Receipt:
        """Check and file one; as :meth:`receive_all`."""
        return self.receive_all([statement])[0]

    def receive_all(self, statements: Sequence[SignedEvidence]) -> list[Receipt]:
        """Check and file; the chain is read, and the database written, once for all of them.

        What no representative signed is not filed; what is, is filed even where a rule refuses it.

        Raises:
            RpcTransportError: the chain does not answer; nothing is filed, hand it in again later.
        """
        receipts: dict[int, Receipt] = {}
        chain, address = self.facts.deployment.chain_id, self.facts.deployment.address("evidence").lower()
        for at, statement in enumerate(statements):
            if refused := judge_binding(statement, chain, address):
                receipts[at] = Receipt(_name(statement), None, 0, (refused,))
        bound = {at: statement for at, statement in enumerate(statements) if at not in receipts}
        if bound:
            receipts |= self._receive_bound(bound)
        return [receipts[at] for at in range(len(statements))]

    def knows(self, digest: str) -> bool:
        """Whether a statement of this digest is filed."""
        return self.store.get(digest) is not None

    def ready(self) -> list[Ready]:
        """Bring the states of all open statements up to date; those that can be pushed."""
        return self._examine(self.store.open())

    def ready_again(self, digests: Iterable[str], *, forced: bool = False) -> list[Ready]:
        """Examine a few, and what stands beside them, against the newest block.

        Args:
            forced: also where another statement of the same month and version is complete.
        """
        wanted = set(digests)
        found = self.store.find(wanted).values()
        beside = self.store.open({(record.month.account, record.month.year) for record in found})
        return [each for each in self._examine(beside, wanted if forced else set()) if each.digest in wanted]

    def ready_one(self, digest: str) -> Ready:
        """One statement, pushed even where a rival is complete.

        Raises:
            OracleError: what keeps it from being pushed.
        """
        found = self.ready_again([digest], forced=True)
        if not found:
            record = self.store.get(digest)
            raise OracleError((record and record.refusal) or Outcome("NotEvidence", {"detail": digest}))
        return found[0]

    def _receive_bound(self, bound: Mapping[int, SignedEvidence]) -> dict[int, Receipt]:
        signers = {(s.message.account, s.approval.signer) for s in bound.values()}
        facts = self.facts.read({_month(s) for s in bound.values()}, signers)
        unsigned = {at: r for at, s in bound.items() if (r := self._judge_signature(s, facts))}
        signed = {at: s for at, s in bound.items() if at not in unsigned}
        new = dict(zip(signed, self.store.add(signed.values(), self.now()) if signed else (), strict=True))
        self._examine(self.store.open({(s.message.account, s.message.year) for s in signed.values()}))
        records = self.store.find(_name(s) for s in bound.values())
        receipts = {}
        for at, statement in bound.items():
            record = records.get(_name(statement))
            refused = unsigned.get(at) or _standing(statement, record, facts)
            receipts[at] = Receipt(_name(statement), record, int(new.get(at, False)), (refused,) if refused else ())
        return receipts

    def _judge_signature(self, statement: SignedEvidence, facts: EvidenceFacts) -> Outcome | None:
        approval = statement.approval
        unnamed = judge_signer(statement.message.account, approval.signer, facts)
        return unnamed or self.checker.judge(approval, statement.digest())

    def _examine(self, records: Sequence[EvidenceRecord], forced: Iterable[str] = ()) -> list[Ready]:
        if not records:
            return []
        signers = {(record.month.account, record.statement.approval.signer) for record in records}
        facts = self.facts.read({record.month for record in records}, signers)
        changes = _hold([(record, examine(record, facts, self.now())) for record in records])
        if news := [change for record, change in changes if _is_news(change, record)]:
            self.store.apply(news, self.now())
        chosen = set(forced)
        ready = [
            record
            for record, change in changes
            if change.state == State.READY or (change.state == State.CONFLICT and record.digest in chosen)
        ]
        return self._to_push(ready, facts)

    def _to_push(self, ready: Sequence[EvidenceRecord], facts: EvidenceFacts) -> list[Ready]:
        """With its trail each; a correction shares no transaction with anything else of its account and year."""
        years = {r.key[:2] for r in ready if r.statement.message.version > 1}
        found = []
        for record in ready:
            history = facts.history.get((record.month.account, record.month.year), ())
            trail = trail_of(history, record.month.month) if record.statement.message.version > 1 else ()
            call = evidence_call(self.facts.deployment, record.statement, trail)
            lane = record.key[:2] if record.key[:2] in years else None
            gas = estimate(ANCHOR_GAS + TRAIL_GAS * len(trail), [record.statement.approval.signer])
            found.append(Ready(record.digest, call, record.attempts, gas, lane))
        return found


def _name(statement: SignedEvidence) -> str:
    return "0x" + statement.digest().hex()


def _month(statement: SignedEvidence) -> Month:
    message = statement.message
    return Month(message.account, message.year, message.month)


def _standing(statement: SignedEvidence, record: EvidenceRecord | None, facts: EvidenceFacts) -> Outcome | None:
    """The rule that refuses a signed statement as a whole, if any."""
    is_well = is_anchored(statement.message, facts)
    is_well = is_well or (record is not None and record.state in (State.WAITING, State.RECORDED))
    return None if is_well else judge_message(statement.message, facts)


def _hold(found: list[tuple[EvidenceRecord, Change]]) -> list[tuple[EvidenceRecord, Change]]:
    """Two complete statements of one month and version that say different things both wait for a person."""
    complete = defaultdict(list)
    for record, change in found:
        if change.state == State.READY:
            complete[record.key].append(record.digest)
    return [(record, _held(change, complete[record.key])) for record, change in found]


def _held(change: Change, complete: list[str]) -> Change:
    rivals = [digest for digest in complete if digest != change.digest]
    if change.state != State.READY or not rivals:
        return change
    return Change(change.digest, State.CONFLICT, refusal=Outcome("Conflict", {"rivals": ", ".join(rivals)}))


def _is_news(change: Change, record: EvidenceRecord) -> bool:
    return (change.state, change.is_final, change.refusal) != (record.state, record.is_final, record.refusal)
