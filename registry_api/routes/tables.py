"""Allocation tables: rows are handed in once, two officers approve the root on chain, the service issues the chunks."""

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field, StrictInt

from registry_api.bodies import StrictRoute
from registry_api.projection.query import decode_cursor, encode_cursor
from registry_api.routes import examples
from registry_api.routes.deps import Cursor, DeskDep, DocumentId, ServiceDep
from registry_sdk.documents import Uint8, Uint16, Uint64
from registry_sdk.tables import DEFAULT_CHUNK, MAX_CHUNK

router = APIRouter(prefix="/v1/tables", tags=["allocation 分配"], route_class=StrictRoute)

PAGE = 100


class RowDoc(BaseModel):
    """The whole allocation of one account, tonnes."""

    model_config = ConfigDict(extra="forbid")

    account: Annotated[Uint64, Field(ge=1)]
    tonnes: Uint64


class TableDoc(BaseModel):
    """A table; ``kind``: 1 pre-allocation, 2 final, 3 recalculation. ``previous``: what its accounts had before, t."""

    model_config = ConfigDict(extra="forbid")

    year: Uint16
    sector: Uint8
    province: Uint8
    kind: Annotated[StrictInt, Field(ge=1, le=3)]
    chunk_size: Annotated[StrictInt, Field(ge=1, le=MAX_CHUNK)] = DEFAULT_CHUNK
    previous: Uint64 = 0
    edition: Uint16 = 0
    rows: Annotated[list[RowDoc], Field(min_length=1, max_length=20_000)]


@router.post("", status_code=202, summary="提交分配表 hand in a table")
def post_table(
    service: ServiceDep, desk: DeskDep, table: Annotated[TableDoc, Body(examples=[examples.TABLE])]
) -> dict[str, Any]:
    """Rows are kept; nothing is issued until two officers have approved the root on chain."""
    document = table.model_dump() | {"rows": [[row.account, row.tonnes] for row in table.rows]}
    stored = desk.tables.keep(document, service.chain.now())
    service.remind()
    return desk.tables.shown(stored)


@router.get("", summary="分配表清单 tables")
def get_tables(desk: DeskDep, cursor: Cursor = None) -> dict[str, Any]:
    """Tables handed in here, oldest first, and where they stand."""
    after = decode_cursor(cursor, int, str) if cursor else None
    found = desk.tables.page((after[0], after[1]) if after else None, PAGE + 1)
    page = found[:PAGE]
    more = encode_cursor(page[-1].submitted_at, page[-1].id) if len(found) > PAGE else None
    return {"items": [desk.tables.shown(stored) for stored in page], "next": more}


@router.get("/{id_}", summary="查询分配表 one table")
def get_table(desk: DeskDep, id_: DocumentId) -> dict[str, Any]:
    """One table with its rows."""
    stored = desk.tables.get(id_)
    rows = [{"account": row.account, "tonnes": row.tonnes} for row in stored.table.rows]
    return desk.tables.shown(stored) | {"items": rows}
