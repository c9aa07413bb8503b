"""The desk: takes a statement in, checks it against the chain, files it, and keeps the states of all open ones true.

Idempotent throughout: the same statement or signature a second time changes nothing.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from oracles.attestation.examine import Examination, examine
from oracles.attestation.facts import Facts, FactsReader
from oracles.attestation.rules import figure_key, is_recorded, judge_binding, judge_report, judge_signer
from oracles.attestation.signatures import SignatureChecker
from oracles.push.plan import Ready, estimate
from oracles.refusals import OracleError
from oracles.store.evidence import EvidenceRecord
from oracles.store.records import Outcome, State, StatementRecord
from oracles.store.statements import StatementStore
from registry_sdk.documents import ApprovalDoc, SignedStatement, statement_call

#: A statement without its signatures: figure, obligation and events of a new entity, with a quarter to spare.
STATEMENT_GAS: Final = 130_000


def unix_now() -> int:
    """Seconds since 1970."""
    return int(time.time())


@dataclass(frozen=True)
class Receipt:
    """What became of a statement that was handed in.

    Attributes:
        record: as it is filed now; None where nothing of it could be filed.
        added: signatures that are new.
        refused: everything refused in it; empty where all is well.
    """

    digest: str
    record: StatementRecord | EvidenceRecord | None
    added: int
    refused: tuple[Outcome, ...]

    @property
    def is_accepted(self) -> bool:
        return not self.refused


@dataclass(frozen=True)
class Desk:
    """Statements of one database against one chain."""

    store: StatementStore
    facts: FactsReader
    checker: SignatureChecker
    now: Callable[[], int] = field(default=unix_now)

    def receive(self, statement: SignedStatement) -> Receipt:
        """Check and file.

        What is signed by nobody who may sign is not filed. What is, is filed even where a rule refuses it, so that
        its state can be asked for.

        Raises:
            RpcTransportError: the chain does not answer; nothing is filed, hand it in again later.
        """
        digest = statement.digest()
        name = "0x" + digest.hex()
        if at_once := self._judge_alone(statement):
            return Receipt(name, None, 0, (at_once,))
        message, signers = statement.message, [a.signer for a in statement.approvals]
        facts = self.facts.read([figure_key(statement)], signers)
        refused: list[Outcome] = []
        countable: list[ApprovalDoc] = []
        for approval in statement.approvals:
            # the order of the contract, which also keeps us from asking verifiers that nobody registered
            reason = judge_signer(approval.signer, message.account, facts) or self.checker.judge(approval, digest)
            refused.append(reason) if reason else countable.append(approval)
        if not countable:
            return Receipt(name, self.store.get(name), 0, tuple(refused))
        _, added = self.store.add(statement, countable, self.now())
        self._examine(self.store.open(message.account, message.year))
        record = self.store.get(name)
        return Receipt(name, record, added, (*refused, *self._standing(statement, record, facts)))

    def examine_all(self) -> list[Examination]:
        """Bring the states of all open statements up to date."""
        return self._examine(self.store.open())

    def examine_again(self, digests: Sequence[str]) -> list[Examination]:
        """Examine a few open statements, and what stands beside them, against the newest block."""
        wanted = set(digests)
        found = [self.store.get(digest) for digest in digests]
        keys = {(r.statement.message.account, r.statement.message.year) for r in found if r}
        records = [record for key in sorted(keys) for record in self.store.open(*key)]
        return [each for each in self._examine(records) if each.record.digest in wanted]

    def examine_one(self, digest: str) -> Examination:
        """Examine one statement together with those of its entity and year.

        Raises:
            OracleError: it is unknown, or a rule or missing signature keeps it from being complete.
        """
        record = self.store.get(digest)
        if record is None:
            raise OracleError(Outcome("NotStatement", {"detail": digest}))
        found = self._examine(self.store.open(record.statement.message.account, record.statement.message.year))
        mine = next((each for each in found if each.record.digest == digest), None)
        if mine is None or mine.ready is None:
            refusal = (mine.change.refusal if mine else record.refusal) or Outcome("NotStatement", {"detail": digest})
            raise OracleError(refusal)
        return mine

    def to_push(self, examinations: Iterable[Examination]) -> list[Ready]:
        """Those that are complete, by account, year and version, as the push takes them."""
        complete = sorted((e for e in examinations if e.ready), key=lambda e: e.record.key)
        return [self._to_push(e.record, e.ready) for e in complete if e.ready]

    def _to_push(self, record: StatementRecord, ready: SignedStatement) -> Ready:
        gas = estimate(STATEMENT_GAS, [approval.signer for approval in ready.approvals])
        return Ready(record.digest, statement_call(self.facts.deployment, ready), record.attempts, gas)

    def _judge_alone(self, statement: SignedStatement) -> Outcome | None:
        """What can be said without asking anybody."""
        if not statement.approvals:
            return Outcome("NoApproval", {})
        signers = [a.signer for a in statement.approvals]
        if double := next((s for s in signers if signers.count(s) > 1), None):
            return Outcome("DuplicateSigner", {"signer": double})
        deployment = self.facts.deployment
        return judge_binding(statement, deployment.chain_id, deployment.address("emissions").lower())

    def _standing(self, statement: SignedStatement, record: StatementRecord | None, facts: Facts) -> list[Outcome]:
        """Rules that refuse the statement as a whole, or a signature beside the first of its class."""
        found = []
        refusal = None if is_recorded(statement, facts) else judge_report(statement, facts)
        if refusal and not (record and record.state in (State.WAITING, State.RECORDED)):
            found.append(refusal)
        mine = {a.signer for a in statement.approvals}
        signatures = record.signatures if record else ()
        return found + [s.refusal for s in signatures if s.refusal and s.approval.signer in mine]

    def _examine(self, records: Sequence[StatementRecord]) -> list[Examination]:
        if not records:
            return []
        keys = {figure_key(record.statement) for record in records}
        signers = {s.approval.signer for r in records for s in r.signatures}
        found = examine(records, self.facts.read(keys, signers), self.now())
        if news := [each.change for each in found if each.change.is_news(each.record)]:
            self.store.apply(news, self.now())
        return found
