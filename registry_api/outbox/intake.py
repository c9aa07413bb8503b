"""Take in signed documents: same numbered checks as the contracts, then the queue."""

from dataclasses import dataclass
from typing import Any, Final

from eth_utils.crypto import keccak

from registry_api.outbox.preview import Preview
from registry_api.outbox.queue import SENT, SETTLED, IdempotencyConflictError, Queue, Submission
from registry_api.outbox.relayer import Relayer
from registry_api.problems import ProblemError, refusal_of
from registry_sdk.deployment import Deployment
from registry_sdk.documents import (
    ORDER_KINDS,
    ActMessage,
    Call,
    Document,
    Domain,
    OrderMessage,
    SignedAct,
    SignedDecision,
    SignedOrder,
    SignedStatement,
    act_call,
    decision_call,
    execute_call,
    message_digest,
    order_call,
    statement_call,
    to_bytes,
)

#: What an unsigned order lacks; everything else about it is judged.
SIGNATURE_ERRORS: Final = ("WrongApprovalCount", "ApprovalsMalformed")


def _id(digest: bytes) -> str:
    return "0x" + digest.hex()


@dataclass(frozen=True)
class Intake:
    """Accepts documents for one deployment."""

    deployment: Deployment
    queue: Queue
    preview: Preview
    relayer: Relayer

    def order(self, order: SignedOrder, now: int, key: str | None, body: bytes) -> Submission:
        """A signed order. Raises ProblemError with the rule the contracts would refuse it by."""
        self._require_domain(order.domain, ORDER_KINDS[order.kind].contracts)
        account = order.message.account
        waiting = [s for s in self.queue.open_of(account) if s.id != _id(order.digest())]
        submission = Submission(
            _id(order.digest()),
            order.kind,
            account,
            order_call(self.deployment, order),
            order.model_dump(),
            submitted_at=now,
        )
        return self._accept(submission, [s.call for s in waiting], key, body)

    def judge_order(self, kind: str, domain: Domain, message: OrderMessage) -> dict[str, Any] | None:
        """The refusal an unsigned order would meet besides the missing signatures, or None."""
        unsigned = SignedOrder.model_validate({"kind": kind, "domain": domain, "message": message})
        self._require_domain(domain, ORDER_KINDS[kind].contracts)
        before = [s.call for s in self.queue.open_of(message.account)]
        error = self.preview.refusal(order_call(self.deployment, unsigned), before)
        if error is None or error.name in SIGNATURE_ERRORS:
            return None
        return {"name": error.name, "args": error.args}

    def act(self, act: SignedAct, now: int, key: str | None, body: bytes) -> Submission:
        """An officer's act, signed by its maker."""
        self._require_domain(act.domain, ("control",))
        call = act_call(self.deployment, act)
        return self._accept(
            Submission(_id(act.digest()), "act", None, call, act.model_dump(), submitted_at=now), [], key, body
        )

    def decision(self, decision: SignedDecision, now: int, key: str | None, body: bytes) -> Submission:
        """A checker's decision; the act it decides may still be on its way."""
        self._require_domain(decision.domain, ("control",))
        act_id = message_digest("Act", decision.act, decision.domain)
        proposal = self.queue.get(_id(act_id))
        before = [proposal.call] if proposal and proposal.state not in SETTLED else []
        digest = keccak(act_id + bytes([decision.approve]) + to_bytes(decision.checker.signer))
        call = decision_call(self.deployment, decision)
        submission = Submission(_id(digest), "decision", None, call, decision.model_dump(), submitted_at=now)
        return self._accept(submission, before, key, body)

    def execute(self, act_id: str, now: int) -> Submission:
        """Execution of an approved act after its delay."""
        proposal = self.queue.get(act_id)
        if proposal is None or proposal.kind != "act":
            raise ProblemError.of("P-05", what=f"操作 act {act_id}")
        message = ActMessage.model_validate(proposal.document["message"])
        call = execute_call(self.deployment, message)
        digest = keccak(to_bytes(act_id) + b"execute")
        return self._accept(
            Submission(_id(digest), "execute", None, call, {"act": act_id}, submitted_at=now), [], None, b""
        )

    def statement(self, statement: SignedStatement, now: int, key: str | None, body: bytes) -> Submission:
        """Verified emissions with k of n signatures."""
        self._require_domain(statement.domain, ("emissions",))
        call = statement_call(self.deployment, statement)
        submission = Submission(
            _id(statement.digest()), "statement", None, call, statement.model_dump(), submitted_at=now
        )
        return self._accept(submission, [], key, body)

    def _accept(self, submission: Submission, before: list[Call], key: str | None, body: bytes) -> Submission:
        known = self.queue.get(submission.id)
        if known is None or known.state not in (SENT, "QUEUED", "DONE"):
            error = self.preview.refusal(submission.call, before)
            if error is not None:
                raise ProblemError(refusal_of(error.name, error.args))
        try:
            stored = self.queue.accept(submission, key, body)
        except IdempotencyConflictError:
            raise ProblemError.of("P-01", key=key) from None
        self.relayer.wake()
        return stored

    def _require_domain(self, domain: Domain, contracts: tuple[str, ...]) -> None:
        if domain.chain_id != self.deployment.chain_id:
            raise ProblemError(
                refusal_of("WrongChain", {"expected": self.deployment.chain_id, "given": domain.chain_id})
            )
        allowed = [self.deployment.address(name).lower() for name in contracts]
        if domain.contract.lower() not in allowed:
            raise ProblemError.of("O-16", expected=", ".join(allowed), given=domain.contract)


def parse(model: type[Document], body: bytes) -> Any:
    """A document from request bytes: strict JSON, no repeated keys.

    Raises:
        pydantic.ValidationError: what is wrong with it.
    """
    return model.model_validate_json(body)
