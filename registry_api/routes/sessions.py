"""Sign-in by signing a challenge."""

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from registry_api.bodies import StrictRoute
from registry_api.routes import examples
from registry_api.routes.deps import ServiceDep
from registry_sdk.documents import HexBytes, to_bytes

router = APIRouter(prefix="/v1/sessions", tags=["sessions 登录"], route_class=StrictRoute)


class ChallengeRequest(BaseModel):
    """Which key wants to sign in."""

    model_config = ConfigDict(extra="forbid")

    signer: Annotated[HexBytes, Field(min_length=42, max_length=400, pattern="^0x[0-9a-fA-F]+$")]


class SessionRequest(BaseModel):
    """A challenge and its EIP-191 signature."""

    model_config = ConfigDict(extra="forbid")

    challenge: Annotated[str, Field(max_length=4_000)]
    signature: Annotated[HexBytes, Field(max_length=4_000)]


@router.post("/challenge", summary="领取登录挑战 ask for a challenge")
def post_challenge(
    service: ServiceDep, body: Annotated[ChallengeRequest, Body(examples=[examples.CHALLENGE])]
) -> dict[str, Any]:
    """Text to sign with the key."""
    challenge, expires = service.sessions.challenge(body.signer, service.chain.now())
    return {"challenge": challenge, "expires_at": expires}


@router.post("", status_code=201, summary="登录 sign in")
def post_session(
    service: ServiceDep, body: Annotated[SessionRequest, Body(examples=[examples.SESSION])]
) -> dict[str, Any]:
    """A token for a signed challenge."""
    now = service.chain.now()
    token, expires = service.sessions.open_session(body.challenge, to_bytes(body.signature), now)
    return {"token": token, "expires_at": expires}
