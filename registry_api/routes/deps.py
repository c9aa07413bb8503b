"""What routes get handed: the running service, and who signed in."""

from typing import Annotated

from fastapi import Depends, Header, Query, Request

from registry_api.problems import ProblemError
from registry_api.projection.query import MAX_PAGE, PAGE
from registry_api.service import Desk, Service
from registry_sdk.signers import signer_address


def get_service(request: Request) -> Service:
    """The service of this process."""
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(get_service)]


def get_desk(service: ServiceDep) -> Desk:
    """The parts that need contracts; 503 before deployment."""
    return service.desk


DeskDep = Annotated[Desk, Depends(get_desk)]


def get_signer(service: ServiceDep, authorization: Annotated[str | None, Header()] = None) -> bytes:
    """ERC-7913 name of the signed-in key."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ProblemError.of("P-03")
    return service.sessions.signer_of(token, service.chain.now())


SignerDep = Annotated[bytes, Depends(get_signer)]


def may_read(number: int, desk: DeskDep, signer: SignerDep) -> int:
    """The account number, if the signed-in key represents the account or is an officer's, as the chain records."""
    address = signer_address(signer).lower()
    seat = desk.projection.value("representatives", number, address)
    if seat and seat["rights"]:
        return number
    if any(row["address"] == address and row["is_member"] for row in desk.projection.values("roles")):
        return number
    raise ProblemError.of("P-04", what=f"账户 account {number}")


ReadableAccount = Annotated[int, Depends(may_read)]
Cursor = Annotated[str | None, Query(max_length=400, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]
DEFAULT_LIMIT = PAGE
