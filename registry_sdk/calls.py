"""Signed documents as contract calls that anybody may relay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from registry_sdk.deployment import Deployment
from registry_sdk.documents import (
    ORDER_KINDS,
    ActMessage,
    SignedAct,
    SignedDecision,
    SignedEvidence,
    SignedOrder,
    SignedStatement,
    to_bytes,
)
from registry_sdk.typed import as_tuple


def abi_values(struct: str, message: BaseModel) -> tuple[Any, ...]:
    """ABI values of a message: 0x text becomes bytes except for addresses."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        return to_bytes(value) if isinstance(value, str) and len(value) != 42 else value

    fields = {
        # `data` may happen to be 20 bytes long; it is bytes all the same.
        key: to_bytes(value) if key == "data" else plain(value)
        for key, value in message.model_dump().items()
    }
    return as_tuple(struct, fields)


@dataclass(frozen=True)
class Call:
    """One contract call that anybody may relay."""

    target: str
    data: bytes


def order_call(deployment: Deployment, order: SignedOrder) -> Call:
    """The call that carries out an order; the target is the contract of its domain.

    Raises:
        ValueError: signed for a contract that takes no such order. A call to an address without code succeeds and
            does nothing: carried there, the order would look accepted.
    """
    kind = ORDER_KINDS[order.kind]
    known = [deployment.address(name).lower() for name in kind.contracts]
    if order.domain.contract not in known:
        raise ValueError(f"签名指向 {order.domain.contract}，应为 signed for another contract than {' / '.join(known)}")
    function = deployment.contract(kind.contracts[0]).functions[kind.function]
    approvals = b"".join(a.pack() for a in order.approvals)
    return Call(order.domain.contract, function.encode(abi_values(order.struct, order.message), approvals))


def act_call(deployment: Deployment, act: SignedAct) -> Call:
    """The call that proposes an act."""
    data = deployment.contract("control").encode("propose", abi_values("Act", act.message), act.maker.pack())
    return Call(deployment.address("control"), data)


def decision_call(deployment: Deployment, decision: SignedDecision) -> Call:
    """The call that approves or rejects an act."""
    function = "approve" if decision.approve else "reject"
    control = deployment.contract("control")
    data = control.encode(function, abi_values("Act", decision.act), decision.checker.pack())
    return Call(deployment.address("control"), data)


def execute_call(deployment: Deployment, act: ActMessage) -> Call:
    """The call that executes an approved act after its delay."""
    return Call(deployment.address("control"), deployment.contract("control").encode("execute", abi_values("Act", act)))


def evidence_call(deployment: Deployment, evidence: SignedEvidence, trail: Sequence[bytes] = ()) -> Call:
    """The call that anchors a month's evidence.

    Args:
        trail: for a correction, what leads from the root it replaces to the present state (``anchors.trail_of``);
            not signed, so it is made anew where the year has moved on meanwhile.
    """
    data = deployment.contract("evidence").encode(
        "anchor", abi_values("EvidenceStatement", evidence.message), evidence.approval.pack(), list(trail)
    )
    return Call(deployment.address("evidence"), data)


def statement_call(deployment: Deployment, statement: SignedStatement) -> Call:
    """The call that submits a statement."""
    approvals = b"".join(a.pack() for a in statement.approvals)
    data = deployment.contract("emissions").encode(
        "submit", abi_values("EmissionsReport", statement.message), approvals
    )
    return Call(deployment.address("emissions"), data)
