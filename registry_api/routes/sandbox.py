"""The training area's clock. In production the route is not there."""

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field, StrictInt

from registry_api.bodies import StrictRoute
from registry_api.routes.deps import ServiceDep

router = APIRouter(prefix="/v1/sandbox", tags=["sandbox 训练区"], route_class=StrictRoute)


class ClockRequest(BaseModel):
    """Where to move the clock, Unix seconds; never back."""

    model_config = ConfigDict(extra="forbid")

    advance_to: Annotated[StrictInt, Field(ge=1, lt=2**40)]


@router.post("/clock", summary="推进训练区时钟 advance the clock")
def post_clock(
    service: ServiceDep, body: Annotated[ClockRequest, Body(examples=[{"advance_to": 1_798_761_600}])]
) -> dict[str, Any]:
    """Moves the chain's clock forward and makes a block at the new time."""
    return {"now": service.advance_to(body.advance_to)}
