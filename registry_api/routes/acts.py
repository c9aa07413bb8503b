"""Officers' acts: proposed, decided, executed after their delay; and what an officer reads before signing."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body

from registry_api.bodies import StrictRoute
from registry_api.problems import ProblemError
from registry_api.routes import examples
from registry_api.routes.deps import DEFAULT_LIMIT, Cursor, DeskDep, DocumentId, Limit, ServiceDep
from registry_api.routes.documents import IntakeDep, Key
from registry_api.routes.shown import ACT_STATES, shown_act, shown_submission
from registry_sdk.documents import SignedAct, SignedDecision

router = APIRouter(prefix="/v1", tags=["documents 单据"], route_class=StrictRoute)

ActState = Literal["NONE", "PROPOSED", "APPROVED", "EXECUTED", "REJECTED"]


@router.post("/acts", status_code=202, summary="经办：提交操作 propose an officer's act")
def post_act(
    service: ServiceDep, intake: IntakeDep, act: Annotated[SignedAct, Body(examples=[examples.ACT])], key: Key = None
) -> dict[str, Any]:
    """An act signed by its maker."""
    return shown_submission(intake.act(act, service.chain.now(), key))


@router.post("/decisions", status_code=202, summary="复核：批准或否决 approve or reject an act")
def post_decision(
    service: ServiceDep,
    intake: IntakeDep,
    decision: Annotated[SignedDecision, Body(examples=[examples.DECISION])],
    key: Key = None,
) -> dict[str, Any]:
    """A second officer's signed decision; the act may still be on its way."""
    return shown_submission(intake.decision(decision, service.chain.now(), key))


@router.post("/acts/{id_}/execute", status_code=202, summary="执行到期操作 execute after the delay")
def post_execute(service: ServiceDep, intake: IntakeDep, id_: DocumentId) -> dict[str, Any]:
    """Executes an approved act whose delay is over."""
    return shown_submission(intake.execute(id_, service.chain.now()))


@router.get("/acts", summary="操作清单 officers' acts")
def get_acts(
    desk: DeskDep, state: ActState | None = None, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """Acts as the chain records them, by identifier, with what was signed where this service carried it."""
    wanted = ACT_STATES.index(state) if state else None
    page = desk.projection.page("acts", cursor, limit, state=wanted)
    carried = desk.queue.get_many([row["act_id"] for row in page["items"]])
    items = [shown_act(desk.deployment, row, carried.get(row["act_id"])) for row in page["items"]]
    return {"items": items, "next": page["next"]}


@router.get("/acts/{id_}", summary="查询操作 one act")
def get_act(desk: DeskDep, id_: DocumentId) -> dict[str, Any]:
    """One act, decoded: what an officer reads before signing."""
    row = desk.projection.value("acts", id_)
    if row is None:
        raise ProblemError.of("P-05", what=f"操作 act {id_}")
    return shown_act(desk.deployment, row, desk.queue.get(id_))
