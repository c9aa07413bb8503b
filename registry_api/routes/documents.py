"""Signed documents in, their fate out."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Query

from registry_api.bodies import StrictRoute
from registry_api.outbox.intake import Intake
from registry_api.outbox.queue import SETTLED
from registry_api.problems import ProblemError, refusal_of
from registry_api.routes import examples
from registry_api.routes.deps import DeskDep, DocumentId, ServiceDep
from registry_api.routes.shown import shown_submission
from registry_sdk import rules
from registry_sdk.documents import SignedObjection, SignedOrder, SignedStatement, message_digest
from registry_sdk.typed import typed_data

router = APIRouter(prefix="/v1", tags=["documents 单据"], route_class=StrictRoute)

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", min_length=1, max_length=128, pattern="^[!-~]+$", description="幂等键 for one body"
    ),
]
Wait = Annotated[float, Query(ge=0, le=30, description="等待办结的秒数 seconds to wait until settled")]
#: Seconds for which an answer waits until the projection shows what it tells.
SHOW_SECONDS = 5


def get_intake(desk: DeskDep) -> Intake:
    """Where documents go."""
    return Intake(desk.deployment, desk.queue, desk.preview, desk.relayer)


IntakeDep = Annotated[Intake, Depends(get_intake)]


@router.post("/orders", status_code=202, summary="提交已签名的指令 submit a signed order")
def post_order(
    service: ServiceDep,
    intake: IntakeDep,
    order: Annotated[SignedOrder, Body(examples=[examples.ORDER])],
    key: Key = None,
) -> dict[str, Any]:
    """Checked as the contract checks it, then kept: an accepted order is carried to the chain whatever process dies."""
    return shown_submission(intake.order(order, service.chain.now(), key))


@router.post("/orders/preview", summary="预检未签名的指令 preview an order")
def preview_order(
    intake: IntakeDep, order: Annotated[SignedOrder, Body(examples=[examples.UNSIGNED_ORDER])]
) -> dict[str, Any]:
    """What the contract would say, and the typed data to sign. Nothing is kept. Signatures may be left out."""
    error = intake.judge_order(order)
    domain = order.domain
    return {
        "valid": error is None,
        "refusal": rules.problem(refusal_of(error.name, error.args)) if error else None,
        "digest": "0x" + message_digest(order.struct, order.message, domain).hex(),
        "typed_data": typed_data(order.struct, order.message.model_dump(), domain.chain_id, domain.contract),
    }


@router.get("/orders/{id_}", summary="查询指令 one order")
@router.get("/submissions/{id_}", summary="查询单据 one submission")
async def get_submission(desk: DeskDep, id_: DocumentId, wait: Wait = 0) -> dict[str, Any]:
    """State of a document; with ``wait`` the answer comes when it is settled and the register shows it."""
    submission = await desk.waiting.settled(id_, wait)
    if submission is None:
        raise ProblemError.of("P-05", what=f"单据 submission {id_}")
    if wait and submission.state in SETTLED and submission.block is not None:
        await desk.indexer.wait_for(submission.block, min(wait, SHOW_SECONDS))
    return shown_submission(submission)


@router.post("/statements", status_code=202, summary="提交已核查排放量 submit verified emissions")
def post_statement(
    service: ServiceDep,
    intake: IntakeDep,
    statement: Annotated[SignedStatement, Body(examples=[examples.STATEMENT])],
    key: Key = None,
) -> dict[str, Any]:
    """A statement with all signatures the configuration asks for."""
    return shown_submission(intake.statement(statement, service.chain.now(), key))


@router.post("/objections", status_code=202, summary="提出异议 file an objection")
def post_objection(
    service: ServiceDep,
    intake: IntakeDep,
    objection: Annotated[SignedObjection, Body(examples=[examples.OBJECTION])],
    key: Key = None,
) -> dict[str, Any]:
    """A firm's objection to its allocation or verification, signed by one representative (B-17)."""
    return shown_submission(intake.objection(objection, service.chain.now(), key))
