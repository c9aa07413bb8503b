"""Allocation tables that were handed in: kept until two officers have approved the root on chain, then issued."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, func, select, tuple_

from registry_api.outbox.insertion import insert_new
from registry_api.problems import RETRY_AFTER, ProblemError
from registry_api.projection.query import Projection
from registry_api.store import write_transaction
from registry_api.store.outbox_tables import outbox_tables
from registry_sdk.tables import AllocationTable, Row, TableKind

#: Tables kept without an approval on chain. Anybody may hand one in, so there must be an end.
MAX_UNAPPROVED: Final = 2_000

#: Kind of a table: stages of an entitlement that its rows follow on, and the rule that refuses any other.
FOLLOWS: Final = {
    TableKind.PRE_ALLOCATION: ({TableKind.NONE}, "B-06"),
    TableKind.FINAL: ({TableKind.NONE, TableKind.PRE_ALLOCATION}, "B-06a"),
    TableKind.RECALCULATION: ({TableKind.FINAL, TableKind.RECALCULATION}, "B-16"),
}

Document = dict[str, Any]


def table_of(document: Document) -> AllocationTable:
    """The allocation table of a stored document."""
    rows = tuple(Row(account, tonnes) for account, tonnes in document["rows"])
    head = {name: document[name] for name in ("year", "sector", "province", "kind", "chunk_size")}
    head |= {name: document.get(name, 0) for name in ("previous", "edition")}
    return AllocationTable(rows=rows, **head)


@dataclass(frozen=True)
class StoredTable:
    """A table, its identifier and when it was handed in (Unix seconds of the chain)."""

    id: str
    table: AllocationTable
    submitted_at: int


@dataclass(frozen=True)
class Tables:
    """The tables of a service."""

    engine: Engine
    projection: Projection

    def keep(self, document: Document, now: int) -> StoredTable:
        """Keep a table; the same table is kept once.

        Raises:
            ProblemError: O-01 for an account that stands twice, B-06, B-06a or B-16 for one whose allocation is at a
                stage that such a table does not follow on, P-09 while too many wait for their approval.
        """
        seen: set[int] = set()
        for account, _ in document["rows"]:
            if account in seen:
                raise ProblemError.of("O-01", where="rows", problem=f"账户 {account} 出现两次 account stands twice")
            seen.add(account)
        table = table_of(document)
        id_ = "0x" + table.id.hex()
        if self._find(id_) is None:
            self._require_stages(table)
            if self._count() - self.projection.count("tables") >= MAX_UNAPPROVED:
                raise ProblemError.of("P-09", retry_after=RETRY_AFTER)
            with write_transaction(self.engine) as connection:
                insert_new(connection, outbox_tables, {"id": id_, "document": document, "submitted_at": now})
        return StoredTable(id_, table, now)

    def _require_stages(self, table: AllocationTable) -> None:
        """The chain would refuse the chunk of such a row only after two officers had approved the table."""
        stages, rule = FOLLOWS[TableKind(table.kind)]
        found = self.projection.values_of("entitlements", [(row.account, table.year) for row in table.rows])
        for row, entitlement in zip(table.rows, found, strict=True):
            stage = entitlement["stage"] if entitlement else TableKind.NONE
            if stage not in stages:
                raise ProblemError.of(rule, account=row.account, year=table.year, stage=int(stage))

    def get(self, id_: str) -> StoredTable:
        """One table. Raises ProblemError P-05."""
        found = self._find(id_)
        if found is None:
            raise ProblemError.of("P-05", what=f"分配表 table {id_}")
        return found

    def page(self, after: tuple[int, str] | None, limit: int) -> list[StoredTable]:
        """Tables in the order they were handed in, behind ``after`` (time, identifier)."""
        place = (outbox_tables.c.submitted_at, outbox_tables.c.id)
        query = select(outbox_tables).order_by(*place).limit(limit)
        if after:
            query = query.where(tuple_(*place) > tuple_(*after))
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return [StoredTable(row.id, table_of(row.document), row.submitted_at) for row in rows]

    def unissued(self) -> list[StoredTable]:
        """Tables that are approved on chain and not yet issued to the last row."""
        states = self.projection.values("tables")
        wanted = [row["table_id"] for row in states if 0 < row["rows"] != row["delivered_rows"]]
        found = [self._find(id_) for id_ in wanted]
        return [table for table in found if table is not None]

    def missing_chunks(self, stored: StoredTable) -> list[int]:
        """Numbers of the chunks that are not issued."""
        issued = {row["chunk"] for row in self.projection.values_under("chunks", stored.id)}
        return [number for number in range(len(stored.table.chunks)) if number not in issued]

    def shown(self, stored: StoredTable) -> dict[str, Any]:
        """Where a table stands, as clients see it."""
        table = stored.table
        state = self.projection.value("tables", stored.id)
        return {
            "id": stored.id,
            "root": "0x" + table.root.hex(),
            "year": table.year,
            "sector": table.sector,
            "province": table.province,
            "kind": table.kind,
            "chunk_size": table.chunk_size,
            "total": table.total,
            "rows": len(table.rows),
            "chunks": len(table.chunks),
            "previous": table.previous,
            "edition": table.edition,
            "applied": state["applied"] if state else 0,
            "delivered_rows": state["delivered_rows"] if state else 0,
            "held_rows": state["held_rows"] if state else 0,
            "issued_chunks": len(table.chunks) - len(self.missing_chunks(stored)) if state else 0,
            "state": _state(state),
        }

    def _find(self, id_: str) -> StoredTable | None:
        query = select(outbox_tables).where(outbox_tables.c.id == id_)
        with self.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return StoredTable(row.id, table_of(row.document), row.submitted_at) if row else None

    def _count(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(outbox_tables)).scalar_one())


def _state(state: dict[str, Any] | None) -> str:
    if state is None:
        return "PROPOSED"
    if state["rows"] == 0:
        return "WITHDRAWN"
    return "ISSUED" if state["delivered_rows"] == state["rows"] else "APPROVED"
