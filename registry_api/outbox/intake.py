"""Take in signed documents: same numbered checks as the contracts, then the queue."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from eth_abi.exceptions import EncodingError
from eth_utils.crypto import keccak

from registry_api.outbox.preview import Preview
from registry_api.outbox.queue import REFUSED, SETTLED, IdempotencyConflictError, Queue, Submission
from registry_api.outbox.relayer import Relayer
from registry_api.problems import RETRY_AFTER, ProblemError, refusal_of
from registry_sdk.calls import Call, act_call, decision_call, execute_call, order_call, statement_call
from registry_sdk.carrier import TRANSACTION_BYTES
from registry_sdk.cases import objection_call
from registry_sdk.codec import ContractError
from registry_sdk.deployment import Deployment
from registry_sdk.documents import (
    ORDER_KINDS,
    ActMessage,
    Document,
    Domain,
    SignedAct,
    SignedDecision,
    SignedObjection,
    SignedOrder,
    SignedStatement,
    message_digest,
    to_bytes,
)

CONTROL: Final = ("control",)
#: What fits into a relay transaction beside its own words.
MAX_CALL_BYTES: Final = TRANSACTION_BYTES - 1_024
#: Orders of one account that may be on their way at once. The table of submissions counts them, so the limit holds
#: across processes; what is behind them is judged together with them.
MAX_OPEN: Final = 100


def _id(digest: bytes) -> str:
    return "0x" + digest.hex()


def _encoded(call: Callable[[Deployment, Any], Call], deployment: Deployment, document: Document) -> Call:
    """The call of a document. Raises ProblemError O-01 for values that have the right form but cannot be packed."""
    try:
        built = call(deployment, document)
    except (ValueError, OverflowError, EncodingError) as error:
        problem = f"无法编码 cannot be encoded ({type(error).__name__})"
        raise ProblemError.of("O-01", where="document", problem=problem) from None
    if len(built.data) > MAX_CALL_BYTES:
        raise ProblemError.of("O-18")
    return built


@dataclass(frozen=True)
class Intake:
    """Accepts documents for one deployment."""

    deployment: Deployment
    queue: Queue
    preview: Preview
    relayer: Relayer

    def order(self, order: SignedOrder, now: int, key: str | None) -> Submission:
        """A signed order. Raises ProblemError with the rule the contracts would refuse it by."""
        self._require_domain(order.domain, ORDER_KINDS[order.kind].contracts)
        call = _encoded(order_call, self.deployment, order)
        id_ = _id(order.digest())
        account = order.message.account
        submission = Submission(id_, order.kind, account, call, order.model_dump(), submitted_at=now)
        return self._accept(submission, lambda: self._before(account, id_), key, order)

    def judge_order(self, order: SignedOrder) -> ContractError | None:
        """The refusal an order would meet, or None; one without signatures is judged in everything else."""
        self._require_domain(order.domain, ORDER_KINDS[order.kind].contracts)
        call = _encoded(order_call, self.deployment, order)
        before = self._before(order.message.account, _id(order.digest()))
        error = self.preview.refusal(call, before)
        if order.approvals or error is None or error.name != "WrongApprovalCount":
            return error
        return self.preview.unsigned_refusal(order, error.args["required"], before)

    def act(self, act: SignedAct, now: int, key: str | None) -> Submission:
        """An officer's act, signed by its maker."""
        self._require_domain(act.domain, CONTROL, "ActWrongChain")
        call = _encoded(act_call, self.deployment, act)
        submission = Submission(_id(act.digest()), "act", None, call, act.model_dump(), submitted_at=now)
        return self._accept(submission, list, key, act)

    def decision(self, decision: SignedDecision, now: int, key: str | None) -> Submission:
        """A checker's decision; the act it decides may still be on its way."""
        self._require_domain(decision.domain, CONTROL, "ActWrongChain")
        call = _encoded(decision_call, self.deployment, decision)
        act_id = message_digest("Act", decision.act, decision.domain)
        digest = keccak(act_id + bytes([decision.approve]) + to_bytes(decision.checker.signer))
        submission = Submission(_id(digest), "decision", None, call, decision.model_dump(), submitted_at=now)

        def before() -> list[Call]:
            proposal = self.queue.get(_id(act_id))
            return [proposal.call] if proposal and proposal.state not in SETTLED else []

        return self._accept(submission, before, key, decision)

    def execute(self, act_id: str, now: int) -> Submission:
        """Execution of an approved act after its delay."""
        proposal = self.queue.get(act_id)
        if proposal is None or proposal.kind != "act":
            raise ProblemError.of("P-05", what=f"操作 act {act_id}")
        call = execute_call(self.deployment, ActMessage.model_validate(proposal.document["message"]))
        digest = keccak(to_bytes(act_id) + b"execute")
        submission = Submission(_id(digest), "execute", None, call, {"act": act_id}, submitted_at=now)
        return self._accept(submission, list, None, None)

    def statement(self, statement: SignedStatement, now: int, key: str | None) -> Submission:
        """Verified emissions with k of n signatures."""
        self._require_domain(statement.domain, ("emissions",), "ReportWrongChain")
        call = _encoded(statement_call, self.deployment, statement)
        id_ = _id(statement.digest())
        submission = Submission(id_, "statement", None, call, statement.model_dump(), submitted_at=now)
        return self._accept(submission, list, key, statement)

    def objection(self, objection: SignedObjection, now: int, key: str | None) -> Submission:
        """A firm's objection, signed by one representative."""
        self._require_domain(objection.domain, ("cases",))
        call = _encoded(objection_call, self.deployment, objection)
        id_ = _id(objection.digest())
        submission = Submission(id_, "objection", None, call, objection.model_dump(), submitted_at=now)
        return self._accept(submission, list, key, objection)

    def _accept(
        self, submission: Submission, before: Callable[[], list[Call]], key: str | None, document: Document | None
    ) -> Submission:
        body = document.model_dump_json().encode() if document else b""
        try:
            if key is not None:
                self.queue.check_key(key, body)
            known = self.queue.get(submission.id)
            if known is None or known.state == REFUSED:
                error = self.preview.refusal(submission.call, before())
                if error is not None:
                    raise ProblemError(refusal_of(error.name, error.args))
            stored = self.queue.accept(submission, key, body)
        except IdempotencyConflictError:
            raise ProblemError.of("P-01", key=key) from None
        self.relayer.wake()
        return stored

    def _before(self, account: int, id_: str) -> list[Call]:
        """Calls of the account's open orders, besides the one in question. Raises ProblemError P-09 for too many."""
        waiting = [s.call for s in self.queue.open_of(account) if s.id != id_]
        if len(waiting) >= MAX_OPEN:
            raise ProblemError.of("P-09", retry_after=RETRY_AFTER)
        return waiting

    def _require_domain(self, domain: Domain, contracts: tuple[str, ...], error: str = "WrongChain") -> None:
        if domain.chain_id != self.deployment.chain_id:
            given = {"expected": self.deployment.chain_id, "given": domain.chain_id}
            raise ProblemError(refusal_of(error, given))
        allowed = [self.deployment.address(name).lower() for name in contracts]
        if domain.contract.lower() not in allowed:
            raise ProblemError.of("O-16", expected=", ".join(allowed), given=domain.contract)
