"""What only an account's representatives and officers may read."""

from typing import Any

from fastapi import APIRouter

from registry_api.projection import views
from registry_api.projection.query import decode_cursor, encode_cursor
from registry_api.routes.deps import DEFAULT_LIMIT, Cursor, DeskDep, Limit, ReadableAccount
from registry_api.routes.shown import shown_submission

router = APIRouter(prefix="/v1/accounts/{number}", tags=["account 账户内容"])


@router.get("/holdings", summary="持有 holdings")
def get_holdings(desk: DeskDep, number: ReadableAccount) -> dict[str, Any]:
    """Registry, trading and locked tonnes by asset and unit."""
    return {"items": desk.projection.values("holdings", account=number)}


@router.get("/locks", summary="锁定 locks")
def get_locks(desk: DeskDep, number: ReadableAccount) -> dict[str, Any]:
    """Locks in force or waiting."""
    return {"items": views.locks(desk.projection, number)}


@router.get("/obligations", summary="履约义务 obligations")
def get_obligations(desk: DeskDep, number: ReadableAccount) -> dict[str, Any]:
    """Positions by year, with how many credits may still be used."""
    return {"items": views.obligations(desk.projection, number)}


@router.get("/representatives", summary="代表 representatives")
def get_representatives(desk: DeskDep, number: ReadableAccount) -> dict[str, Any]:
    """Signers and their rights."""
    return {"items": views.representatives(desk.projection, number)}


@router.get("/history", summary="历史 history")
def get_history(
    desk: DeskDep, number: ReadableAccount, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """Events that name the account, oldest first; ``next`` is null at the end."""
    page = desk.projection.events(cursor, limit, number)
    return page if len(page["items"]) == limit else page | {"next": None}


@router.get("/orders", summary="指令 orders")
def get_orders(
    desk: DeskDep, number: ReadableAccount, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """Orders this service took in, oldest first."""
    after = decode_cursor(cursor, int)[0] if cursor else 0
    found = desk.queue.of_account(number, after, limit + 1)
    page = found[:limit]
    more = encode_cursor(page[-1].seq) if len(found) > limit else None
    return {"items": [shown_submission(s) for s in page], "next": more}
