"""Work that needs nobody's signature, because the contracts let anybody do it: chunks of approved tables are issued,
statuses of a closed year are frozen. The clerk compares projection and need, and queues what is missing.

Each piece has an identifier of its own, so it is queued once; the contracts refuse a repeat anyway.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from eth_utils.crypto import keccak
from sqlalchemy import Engine, Row, select

from registry_api.outbox.queue import Queue, Submission
from registry_api.projection.indexer import key_text
from registry_api.store.outbox_tables import outbox_tables
from registry_api.store.projection_tables import projection_rows
from registry_sdk.deployment import Deployment
from registry_sdk.documents import Call
from registry_sdk.tables import AllocationTable
from registry_sdk.tables import Row as TableRow

FREEZE_CHUNK: Final = 200
#: A refused piece is tried again after this time: what stood against it may be gone.
REPEAT_SECONDS: Final = 3_600


def table_of(document: dict[str, Any]) -> AllocationTable:
    """The allocation table of a stored document."""
    rows = tuple(TableRow(account, tonnes) for account, tonnes in document["rows"])
    head = {name: document[name] for name in ("year", "sector", "province", "kind", "chunk_size")}
    return AllocationTable(rows=rows, **head)


@dataclass(frozen=True)
class Clerk:
    """Queues the permissionless follow-up work of a deployment."""

    engine: Engine
    deployment: Deployment
    queue: Queue

    def round(self, now: int) -> int:
        """Queue what is missing; how many pieces were queued."""
        count = 0
        for submission in (*self._chunks(now), *self._freezes(now)):
            known = self.queue.get(submission.id)
            if known is None or (known.settled_at or now) + REPEAT_SECONDS < now:
                self.queue.accept(submission)
                count += 1
        return count

    def _chunks(self, now: int) -> Iterator[Submission]:
        with self.engine.connect() as connection:
            tables = connection.execute(select(outbox_tables)).all()
        for stored in tables:
            state = self._value("tables", (stored.id,))
            if state is None or state["rows"] == 0 or state["issued_rows"] == state["rows"]:
                continue
            table = table_of(stored.document)
            for number in range(len(table.chunks)):
                if self._value("chunks", (stored.id, number)) is None:
                    id_ = "0x" + keccak(bytes.fromhex(stored.id[2:]) + number.to_bytes(4)).hex()
                    call = table.chunk_call(self.deployment, number)
                    yield Submission(id_, "chunk", None, call, {"table": stored.id, "chunk": number}, submitted_at=now)

    def _freezes(self, now: int) -> Iterator[Submission]:
        for rules in self._rows("year_rules"):
            year = rules.value["year"]
            if not rules.value["is_closed"]:
                continue
            open_ = [r.account for r in self._rows("positions", year) if not r.value["is_frozen"]]
            for at in range(0, len(open_), FREEZE_CHUNK):
                accounts = open_[at : at + FREEZE_CHUNK]
                data = self.deployment.contract("compliance").encode("freezeStatuses", year, accounts)
                call = Call(self.deployment.address("compliance"), data)
                document = {"year": year, "accounts": len(accounts)}
                yield Submission("0x" + keccak(data).hex(), "freeze", None, call, document, submitted_at=now)

    def _rows(self, kind: str, year: int | None = None) -> list[Row[Any]]:
        query = select(projection_rows).where(projection_rows.c.kind == kind).order_by(projection_rows.c.key)
        if year is not None:
            query = query.where(projection_rows.c.year == year)
        with self.engine.connect() as connection:
            return list(connection.execute(query))

    def _value(self, kind: str, key: tuple[Any, ...]) -> dict[str, Any] | None:
        table = projection_rows
        query = select(table.c.value).where((table.c.kind == kind) & (table.c.key == key_text(key)))
        with self.engine.connect() as connection:
            found: dict[str, Any] | None = connection.execute(query).scalar()
        return found
