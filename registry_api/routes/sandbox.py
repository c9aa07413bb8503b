"""The training area's clock. In production the route answers as if it were not there."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictInt

from registry_api.problems import ProblemError
from registry_api.routes.deps import ServiceDep

router = APIRouter(prefix="/v1/sandbox", tags=["sandbox 训练区"])


class ClockRequest(BaseModel):
    """Where to move the clock, Unix seconds; never back."""

    model_config = ConfigDict(extra="forbid")

    advance_to: Annotated[StrictInt, Field(ge=1, lt=2**40)]


@router.post("/clock", summary="推进训练区时钟 advance the clock")
def post_clock(service: ServiceDep, body: ClockRequest) -> dict[str, Any]:
    """Moves the chain's clock forward and makes a block at the new time."""
    if not service.settings.sandbox:
        raise ProblemError.of("P-05", what="/v1/sandbox/clock")
    seconds = body.advance_to - service.chain.now()
    if seconds > 0:
        service.chain.advance(seconds)
    return {"now": service.chain.now()}
