"""What only an account's representatives and officers may read."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy import select

from registry_api.projection.query import decode_cursor, encode_cursor
from registry_api.routes.deps import DEFAULT_LIMIT, Cursor, DeskDep, Limit, ReadableAccount
from registry_api.routes.documents import shown
from registry_api.store.outbox_tables import outbox_submissions

router = APIRouter(prefix="/v1/accounts/{number}", tags=["account 账户内容"])


@router.get("/holdings", summary="持有 holdings")
def get_holdings(desk: DeskDep, number: ReadableAccount) -> dict[str, Any]:
    """Registry, trading and locked tonnes by asset and unit."""
    return {"items": desk.projection.values("holdings", account=number)}


@router.get("/locks", summary="锁定 locks")
def get_locks(desk: DeskDep, number: ReadableAccount) -> dict[str, Any]:
    """Locks in force or waiting."""
    rows = desk.projection.values("locks", account=number)
    return {"items": [row for row in rows if row["quantity"] or row["queued"]]}


@router.get("/obligations", summary="履约义务 obligations")
def get_obligations(desk: DeskDep, number: ReadableAccount) -> dict[str, Any]:
    """Positions by year, with how many credits may still be used."""
    items = []
    for row in desk.projection.values("positions", account=number):
        rules = desk.projection.value("year_rules", row["year"]) or {}
        cap = row["obligation"] * rules.get("offset_cap_bps", 0) // 10_000
        paid = row["surrendered"] + row["offset"] + row["pending"]
        items.append(row | {"owed": max(0, row["obligation"] - paid), "offset_cap": cap})
    return {"items": items}


@router.get("/representatives", summary="代表 representatives")
def get_representatives(desk: DeskDep, number: ReadableAccount) -> dict[str, Any]:
    """Signers and their rights."""
    return {"items": [row for row in desk.projection.values("representatives", account=number) if row["rights"]]}


@router.get("/history", summary="历史 history")
def get_history(
    desk: DeskDep, number: ReadableAccount, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """Events that name the account, oldest first."""
    return desk.projection.events(cursor, limit, number)


@router.get("/orders", summary="指令 orders")
def get_orders(
    desk: DeskDep, number: ReadableAccount, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """Orders this service took in, oldest first."""
    table = outbox_submissions
    query = select(table).where(table.c.account == number).order_by(table.c.seq).limit(limit)
    if cursor:
        query = query.where(table.c.seq > decode_cursor(cursor, int)[0])
    found = desk.queue.select(query)
    more = encode_cursor(found[-1].seq) if len(found) == limit else None
    return {"items": [shown(s) for s in found], "next": more}
