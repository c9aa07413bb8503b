"""Allocation tables: rows are handed in once, two officers approve the root on chain, the service issues the chunks."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictInt
from sqlalchemy import insert, select

from registry_api.outbox.clerk import table_of
from registry_api.problems import ProblemError
from registry_api.routes.deps import DeskDep, ServiceDep
from registry_api.service import Desk, Service
from registry_api.store import write_transaction
from registry_api.store.outbox_tables import outbox_tables
from registry_sdk.documents import Uint8, Uint16, Uint64
from registry_sdk.tables import MAX_CHUNK, AllocationTable

router = APIRouter(prefix="/v1/tables", tags=["allocation 分配"])


class RowDoc(BaseModel):
    """Allowances for one account, tonnes."""

    model_config = ConfigDict(extra="forbid")

    account: Annotated[Uint64, Field(ge=1)]
    tonnes: Annotated[Uint64, Field(ge=1)]


class TableDoc(BaseModel):
    """A table; ``kind``: 1 pre-allocation, 2 final, 3 adjustment."""

    model_config = ConfigDict(extra="forbid")

    year: Uint16
    sector: Uint8
    province: Uint8
    kind: Annotated[StrictInt, Field(ge=1, le=3)]
    chunk_size: Annotated[StrictInt, Field(ge=1, le=MAX_CHUNK)] = 400
    rows: Annotated[list[RowDoc], Field(min_length=1, max_length=20_000)]


@router.post("", status_code=202, summary="提交分配表 hand in a table")
def post_table(service: ServiceDep, desk: DeskDep, table: TableDoc) -> dict[str, Any]:
    """Rows are kept; nothing is issued until two officers have approved the root on chain."""
    numbers = [row.account for row in table.rows]
    if len(set(numbers)) != len(numbers):
        twice = next(n for n in numbers if numbers.count(n) > 1)
        raise ProblemError.of("O-01", where="rows", problem=f"账户 {twice} 出现两次 account stands twice")
    document = table.model_dump() | {"rows": [[row.account, row.tonnes] for row in table.rows]}
    built = table_of(document)
    id_ = "0x" + built.id.hex()
    with write_transaction(service.engine) as connection:
        if connection.execute(select(outbox_tables.c.id).where(outbox_tables.c.id == id_)).scalar() is None:
            values = {"id": id_, "document": document, "submitted_at": service.chain.now()}
            connection.execute(insert(outbox_tables).values(**values))
    return _shown(desk, id_, built)


@router.get("", summary="分配表清单 tables")
def get_tables(service: ServiceDep, desk: DeskDep) -> dict[str, Any]:
    """Tables handed in here, and where they stand."""
    with service.engine.connect() as connection:
        stored = connection.execute(select(outbox_tables).order_by(outbox_tables.c.submitted_at)).all()
    return {"items": [_shown(desk, row.id, table_of(row.document)) for row in stored]}


@router.get("/{id_}", summary="查询分配表 one table")
def get_table(service: ServiceDep, desk: DeskDep, id_: str) -> dict[str, Any]:
    """One table with its rows."""
    document = _document(service, id_.lower())
    return _shown(desk, id_.lower(), table_of(document)) | {
        "items": [{"account": account, "tonnes": tonnes} for account, tonnes in document["rows"]]
    }


def _document(service: Service, id_: str) -> dict[str, Any]:
    with service.engine.connect() as connection:
        found = connection.execute(select(outbox_tables.c.document).where(outbox_tables.c.id == id_)).scalar()
    if found is None:
        raise ProblemError.of("P-05", what=f"分配表 table {id_}")
    document: dict[str, Any] = found
    return document


def _shown(desk: Desk, id_: str, table: AllocationTable) -> dict[str, Any]:
    state = desk.projection.value("tables", id_)
    issued_chunks = 0
    name = "PROPOSED"
    if state is not None:
        issued_chunks = sum(
            desk.projection.value("chunks", id_, number) is not None for number in range(len(table.chunks))
        )
        name = "WITHDRAWN" if state["rows"] == 0 else "APPROVED"
        if state["issued_rows"] == len(table.rows):
            name = "ISSUED"
    return {
        "id": id_,
        "root": "0x" + table.root.hex(),
        "year": table.year,
        "sector": table.sector,
        "province": table.province,
        "kind": table.kind,
        "chunk_size": table.chunk_size,
        "total": table.total,
        "rows": len(table.rows),
        "chunks": len(table.chunks),
        "issued": state["issued"] if state else 0,
        "issued_rows": state["issued_rows"] if state else 0,
        "issued_chunks": issued_chunks,
        "state": name,
    }
