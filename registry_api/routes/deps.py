"""What routes get handed: the running service, and who signed in."""

import re
from typing import Annotated, Final

from fastapi import Depends, Header, Path, Query, Request

from registry_api.problems import ProblemError
from registry_api.projection.query import MAX_PAGE, PAGE
from registry_api.projection.views import may_read
from registry_api.service import Desk, Service

IDENTIFIER: Final = re.compile("0[xX][0-9a-fA-F]{64}")


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
AccountNumber = Annotated[int, Path(ge=0, lt=2**64, description="账户号 account number")]
YearNumber = Annotated[int, Path(ge=0, lt=2**16, description="年度 year")]
Account = Annotated[int | None, Query(ge=0, lt=2**64)]
Year = Annotated[int | None, Query(ge=0, lt=2**16)]
Small = Annotated[int | None, Query(ge=0, lt=2**8)]


def get_id(id_: Annotated[str, Path(description="标识 0x 与 64 位十六进制 identifier: 0x and 64 hex digits")]) -> str:
    """An identifier in lower case; what has another form does not exist."""
    if not IDENTIFIER.fullmatch(id_):
        raise ProblemError.of("P-05", what="此标识 document of this identifier")
    return id_.lower()


DocumentId = Annotated[str, Depends(get_id)]


def readable(number: AccountNumber, desk: DeskDep, signer: SignerDep) -> int:
    """The account number, if the signed-in key may read the account now."""
    if not may_read(desk.projection, number, signer):
        raise ProblemError.of("P-04", what=f"账户 account {number}")
    return number


ReadableAccount = Annotated[int, Depends(readable)]
Cursor = Annotated[str | None, Query(max_length=400, description="上一页的 next `next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="每页至多 at most a page")]
DEFAULT_LIMIT = PAGE
