"""Signed documents in, their fate out."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Header, Query
from pydantic import BaseModel, ConfigDict

from registry_api.outbox.intake import Intake
from registry_api.outbox.queue import SETTLED, Submission
from registry_api.problems import ProblemError, problem_of
from registry_api.routes.deps import DEFAULT_LIMIT, Cursor, DeskDep, Limit, ServiceDep
from registry_sdk.acts import ActBuilder
from registry_sdk.documents import (
    ORDER_KINDS,
    ActMessage,
    Domain,
    OrderKindName,
    OrderMessage,
    SignedAct,
    SignedDecision,
    SignedOrder,
    SignedStatement,
    message_digest,
)
from registry_sdk.typed import typed_data

router = APIRouter(prefix="/v1", tags=["documents 单据"])

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=128)]
Wait = Annotated[float, Query(ge=0, le=30, description="等待办结的秒数 seconds to wait until settled")]
ACT_STATES = ("NONE", "PROPOSED", "APPROVED", "EXECUTED", "REJECTED")
EXAMPLE_ORDER = {
    "kind": "transfer",
    "domain": {"chain_id": 775001, "contract": "0x5fbdb2315678afecb367f032d93f642f64180aa3"},
    "message": {
        "chainId": 775001,
        "account": 11000001,
        "to": 11000002,
        "unit": 2025,
        "quantity": 1000,
        "nonce": 0,
        "expiry": 1798761600,
    },
    "approvals": [{"signer": "0x" + "ab" * 20, "signature": "0x" + "cd" * 65}],
}


class PreviewRequest(BaseModel):
    """An order before it is signed."""

    model_config = ConfigDict(extra="forbid")

    kind: OrderKindName
    domain: Domain
    message: OrderMessage


def _intake(desk: DeskDep) -> Intake:
    return Intake(desk.deployment, desk.queue, desk.preview, desk.relayer)


def shown(submission: Submission) -> dict[str, Any]:
    """A submission as clients see it."""
    return {
        "id": submission.id,
        "kind": submission.kind,
        "state": submission.state,
        "account": submission.account,
        "transaction": submission.transaction,
        "block": submission.block,
        "position": submission.position,
        "refusal": problem_of(submission.error),
        "submitted_at": submission.submitted_at,
        "settled_at": submission.settled_at,
        "document": submission.document,
        "links": {"self": f"/v1/submissions/{submission.id}"},
    }


@router.post("/orders", status_code=202, summary="提交已签名的指令 submit a signed order")
def post_order(
    service: ServiceDep,
    desk: DeskDep,
    order: Annotated[SignedOrder, Body(examples=[EXAMPLE_ORDER])],
    key: Key = None,
) -> dict[str, Any]:
    """Checked as the contract checks it, then kept: an accepted order is carried to the chain whatever process dies."""
    return shown(_intake(desk).order(order, service.chain.now(), key, order.model_dump_json().encode()))


@router.post("/orders/preview", summary="预检未签名的指令 preview an order")
def preview_order(desk: DeskDep, request: PreviewRequest) -> dict[str, Any]:
    """What the contract would say, and the typed data to sign."""
    error = _intake(desk).judge_order(request.kind, request.domain, request.message)
    struct = ORDER_KINDS[request.kind].model.__name__
    domain = request.domain
    return {
        "valid": error is None,
        "refusal": problem_of(error),
        "digest": "0x" + message_digest(struct, request.message, domain).hex(),
        "typed_data": typed_data(struct, request.message.model_dump(), domain.chain_id, domain.contract),
    }


@router.get("/orders/{id_}", summary="查询指令 one order")
@router.get("/submissions/{id_}", summary="查询单据 one submission")
def get_submission(desk: DeskDep, id_: str, wait: Wait = 0) -> dict[str, Any]:
    """State of a document; with ``wait`` the answer comes when it is settled."""
    submission = desk.queue.get(id_.lower())
    if submission is None:
        raise ProblemError.of("P-05", what=f"单据 submission {id_}")
    if wait and submission.state not in SETTLED:
        submission = desk.relayer.wait(submission.id, wait) or submission
    if submission.state in SETTLED and submission.block is not None:
        # What a client reads next should already show it.
        desk.indexer.wait_for(submission.block, min(wait, 5))
    return shown(submission)


@router.post("/acts", status_code=202, summary="经办：提交操作 propose an officer's act")
def post_act(service: ServiceDep, desk: DeskDep, act: SignedAct, key: Key = None) -> dict[str, Any]:
    """An act signed by its maker."""
    return shown(_intake(desk).act(act, service.chain.now(), key, act.model_dump_json().encode()))


@router.post("/decisions", status_code=202, summary="复核：批准或否决 approve or reject an act")
def post_decision(service: ServiceDep, desk: DeskDep, decision: SignedDecision, key: Key = None) -> dict[str, Any]:
    """A second officer's signed decision."""
    return shown(_intake(desk).decision(decision, service.chain.now(), key, decision.model_dump_json().encode()))


@router.post("/acts/{id_}/execute", status_code=202, summary="执行到期操作 execute after the delay")
def post_execute(service: ServiceDep, desk: DeskDep, id_: str) -> dict[str, Any]:
    """Executes an approved act whose delay is over."""
    return shown(_intake(desk).execute(id_.lower(), service.chain.now()))


@router.post("/statements", status_code=202, summary="提交已核查排放量 submit verified emissions")
def post_statement(service: ServiceDep, desk: DeskDep, statement: SignedStatement, key: Key = None) -> dict[str, Any]:
    """A statement with all signatures the configuration asks for."""
    return shown(_intake(desk).statement(statement, service.chain.now(), key, statement.model_dump_json().encode()))


ActState = Literal["NONE", "PROPOSED", "APPROVED", "EXECUTED", "REJECTED"]


@router.get("/acts", summary="操作清单 officers' acts")
def get_acts(
    desk: DeskDep, state: ActState | None = None, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """Acts as the chain records them, newest key last, with what was signed where this service carried it."""
    wanted = ACT_STATES.index(state) if state else None
    page = desk.projection.page("acts", cursor, limit, state=wanted)
    return {"items": [_act(desk, row) for row in page["items"]], "next": page["next"]}


@router.get("/acts/{id_}", summary="查询操作 one act")
def get_act(desk: DeskDep, id_: str) -> dict[str, Any]:
    """One act, decoded: what an officer reads before signing."""
    row = desk.projection.value("acts", id_.lower())
    if row is None:
        raise ProblemError.of("P-05", what=f"操作 act {id_}")
    return _act(desk, row)


def _act(desk: DeskDep, row: dict[str, Any]) -> dict[str, Any]:
    carried = desk.queue.get(row["act_id"])
    result = {
        "id": row["act_id"],
        "state": ACT_STATES[row["state"]],
        "maker": row["maker"],
        "target": row["target"],
        "executable_at": row["executable_at"],
        "document": None,
    }
    if carried is None:
        return result
    message = ActMessage.model_validate(carried.document["message"])
    permission, args = ActBuilder(desk.deployment).describe(message)
    return result | {
        "contract": permission.contract,
        "function": permission.function,
        "zh": permission.zh,
        "en": permission.en,
        "rule": permission.rule,
        "args": _plain(args),
        "ground": message.ground.model_dump(),
        "document": carried.document,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value
