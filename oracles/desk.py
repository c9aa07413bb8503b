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
from registry_sdk.calls import statement_call
from registry_sdk.documents import ApprovalDoc, SignedStatement

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
        """Check and file one; as :meth:`receive_all`."""
        return self.receive_all([statement])[0]

    def receive_all(self, statements: Sequence[SignedStatement]) -> list[Receipt]:
        """Check and file; the chain is read, and the database written, once for all of them.

        What is signed by nobody who may sign is not filed. What is, is filed even where a rule refuses it, so that
        its state can be asked for.

        Raises:
            RpcTransportError: the chain does not answer; nothing is filed, hand it in again later.
        """
        at_once = [self._judge_alone(statement) for statement in statements]
        bound = [each for each, refused in zip(statements, at_once, strict=True) if refused is None]
        if not bound:
            return [Receipt(_name(s), None, 0, (r,)) for s, r in zip(statements, at_once, strict=True) if r]
        facts = self.facts.read({figure_key(s) for s in bound}, {a.signer for s in bound for a in s.approvals})
        sorted_out = [self._sort_out(each, facts) for each in bound]
        countable = [(s, good) for s, (good, _) in zip(bound, sorted_out, strict=True) if good]
        new = iter(self.store.add(countable, self.now()) if countable else ())
        self._examine(self.store.open({(s.message.account, s.message.year) for s, _ in countable}))
        records = self.store.find(_name(s) for s in bound)
        judged = iter(sorted_out)
        receipts = []
        for statement, refused in zip(statements, at_once, strict=True):
            if refused:
                receipts.append(Receipt(_name(statement), None, 0, (refused,)))
                continue
            good, bad = next(judged)
            record = records.get(_name(statement))
            standing = self._standing(statement, record, facts) if good else []
            receipts.append(Receipt(_name(statement), record, next(new) if good else 0, (*bad, *standing)))
        return receipts

    def examine_all(self) -> list[Examination]:
        """Bring the states of all open statements up to date."""
        return self._examine(self.store.open())

    def examine_again(self, digests: Sequence[str]) -> list[Examination]:
        """Examine a few open statements, and what stands beside them, against the newest block."""
        wanted = set(digests)
        keys = {_entity(record) for record in self.store.find(digests).values()}
        return [each for each in self._examine(self.store.open(keys)) if each.record.digest in wanted]

    def examine_one(self, digest: str) -> Examination:
        """Examine one statement together with those of its entity and year.

        Raises:
            OracleError: it is unknown, or a rule or missing signature keeps it from being complete.
        """
        record = self.store.get(digest)
        if record is None:
            raise OracleError(Outcome("NotStatement", {"detail": digest}))
        found = self._examine(self.store.open([_entity(record)]))
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

    def _sort_out(self, statement: SignedStatement, facts: Facts) -> tuple[list[ApprovalDoc], list[Outcome]]:
        """Signatures that count, and why the others do not."""
        good: list[ApprovalDoc] = []
        bad: list[Outcome] = []
        digest = statement.digest()
        for approval in statement.approvals:
            # the order of the contract, which also keeps us from asking verifiers that nobody registered
            reason = judge_signer(approval.signer, statement.message.account, facts)
            reason = reason or self.checker.judge(approval, digest)
            bad.append(reason) if reason else good.append(approval)
        return good, bad

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


def _name(statement: SignedStatement) -> str:
    return "0x" + statement.digest().hex()


def _entity(record: StatementRecord) -> tuple[int, int]:
    message = record.statement.message
    return message.account, message.year
