"""Submissions: accepted documents and what became of them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from eth_utils.crypto import keccak
from sqlalchemy import Connection, Engine, Row, Select, func, select, update

from registry_api.outbox.insertion import insert_new
from registry_api.store import write_transaction
from registry_api.store.outbox_tables import outbox_keys, outbox_submissions
from registry_sdk.calls import Call

QUEUED: Final = "QUEUED"
SENT: Final = "SENT"
DONE: Final = "DONE"
REFUSED: Final = "REFUSED"
SETTLED: Final = (DONE, REFUSED)

#: Calls of these kinds get a transaction of their own, with all the gas one may have.
HEAVY: Final = ("act", "decision", "execute", "chunk", "claim", "freeze", "limits")


class IdempotencyConflictError(Exception):
    """The key was used before with another body."""


@dataclass(frozen=True)
class Submission:
    """One accepted document.

    Attributes:
        id: digest of the document, 0x text; the same document is the same submission.
        account: account whose order it is, None for others.
        error: contract error ``{"name", "args"}`` of a refused one.
        alone: must travel in a transaction of its own.
    """

    id: str
    kind: str
    account: int | None
    call: Call
    document: dict[str, Any]
    state: str = QUEUED
    seq: int = 0
    transaction: str | None = None
    position: int | None = None
    block: int | None = None
    error: dict[str, Any] | None = None
    alone: bool = False
    submitted_at: int = 0
    settled_at: int | None = None

    @classmethod
    def of(cls, row: Row[Any]) -> "Submission":
        """From a row of the table."""
        return cls(
            id=row.id,
            kind=row.kind,
            account=row.account,
            call=Call(row.target, row.data),
            document=row.document,
            state=row.state,
            seq=row.seq,
            transaction=row.transaction,
            position=row.position,
            block=row.block,
            error=row.error,
            alone=row.alone,
            submitted_at=row.submitted_at,
            settled_at=row.settled_at,
        )


@dataclass(frozen=True)
class Queue:
    """The table of submissions."""

    engine: Engine

    def accept(self, submission: Submission, key: str | None = None, body: bytes = b"") -> Submission:
        """Store a submission, or return the one that is there already.

        A refused one is queued again: what stood against it may be gone, and the chain decides anew.

        Args:
            key: the client's idempotency key.
            body: what the client sent; a key stands for one body.

        Raises:
            IdempotencyConflictError: the key stands for another body.
        """
        table = outbox_submissions
        with write_transaction(self.engine) as connection:
            if not insert_new(connection, table, _row(submission)):
                again = {"state": QUEUED, "data": submission.call.data, "document": submission.document}
                cleared = {"transaction": None, "position": None, "block": None, "error": None, "settled_at": None}
                where = (table.c.id == submission.id) & (table.c.state == REFUSED)
                connection.execute(update(table).where(where).values(**again, **cleared))
            if key is not None:
                taken = {"key": key, "body_hash": _hash(body), "submission": submission.id}
                insert_new(connection, outbox_keys, taken)
                _require_same_body(connection, key, body)
            row = connection.execute(select(table).where(table.c.id == submission.id)).one()
        return Submission.of(row)

    def check_key(self, key: str, body: bytes) -> None:
        """Raises IdempotencyConflictError where the key stands for another body already."""
        with self.engine.connect() as connection:
            _require_same_body(connection, key, body)

    def get(self, id_: str) -> Submission | None:
        """One submission."""
        found = self._select(select(outbox_submissions).where(outbox_submissions.c.id == id_))
        return found[0] if found else None

    def get_many(self, ids: Collection[str]) -> dict[str, Submission]:
        """Those of the submissions that are known, by identifier."""
        found = self._select(select(outbox_submissions).where(outbox_submissions.c.id.in_(ids)))
        return {submission.id: submission for submission in found}

    def waiting(self, limit: int) -> list[Submission]:
        """Queued submissions, oldest first."""
        table = outbox_submissions
        return self._select(select(table).where(table.c.state == QUEUED).order_by(table.c.seq).limit(limit))

    def count_waiting(self) -> int:
        """How many submissions are queued."""
        query = select(func.count()).where(outbox_submissions.c.state == QUEUED)
        with self.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def open_of(self, account: int) -> list[Submission]:
        """Orders of an account that are not settled, oldest first."""
        table = outbox_submissions
        where = (table.c.account == account) & table.c.state.in_((QUEUED, SENT))
        return self._select(select(table).where(where).order_by(table.c.seq))

    def of_account(self, account: int, after: int, limit: int) -> list[Submission]:
        """Orders of an account in the order of acceptance, those with ``seq`` above ``after``."""
        table = outbox_submissions
        where = (table.c.account == account) & (table.c.seq > after)
        return self._select(select(table).where(where).order_by(table.c.seq).limit(limit))

    def _select(self, query: Select[Any]) -> list[Submission]:
        with self.engine.connect() as connection:
            return [Submission.of(row) for row in connection.execute(query)]


def _row(submission: Submission) -> dict[str, Any]:
    return {
        "id": submission.id,
        "kind": submission.kind,
        "account": submission.account,
        "target": submission.call.target,
        "data": submission.call.data,
        "document": submission.document,
        "state": QUEUED,
        "alone": False,
        "submitted_at": submission.submitted_at,
    }


def _require_same_body(connection: Connection, key: str, body: bytes) -> None:
    found = connection.execute(select(outbox_keys.c.body_hash).where(outbox_keys.c.key == key)).scalar()
    if found is not None and found != _hash(body):
        raise IdempotencyConflictError(key)


def _hash(body: bytes) -> str:
    return "0x" + keccak(body).hex()
