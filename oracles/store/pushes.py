"""Pushes: a signed transaction is stored with its nonce and documents before it is sent, and settled in one step.

A document is a statement of emissions or of evidence. Its digest says which: it stands in one of the queues, and a
change is written to all of them, where it meets one row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import Connection, Engine, Table, func, insert, select, union_all, update

from oracles.store.engine import writing
from oracles.store.evidence_tables import evidence_statements
from oracles.store.records import Outcome, State
from oracles.store.statements import StaleStateError, file_outcome
from oracles.store.tables import push_items, pushes, statements

#: Tables with the columns of ``queue_columns`` and a digest.
QUEUES: Final[tuple[Table, ...]] = (statements, evidence_statements)
RECORDED: Final = orjson.dumps("recorded").decode()


@dataclass(frozen=True)
class Push:
    """A stored transaction that is not settled, and the digests of its documents by position."""

    id: int
    tx_hash: str
    sender: str
    nonce: int
    raw: bytes
    sends: int
    created_at: int
    digests: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """What became of one document: recorded, or refused with the chain's error and when to try again."""

    digest: str
    refusal: Outcome | None = None
    retry_at: int = 0


@dataclass(frozen=True)
class PushStore:
    """Pushes in one database."""

    engine: Engine

    def pending(self) -> Push | None:
        """The transaction that is not settled; there is never more than one."""
        with self.engine.connect() as connection:
            row = connection.execute(select(pushes).where(pushes.c.state == "open")).one_or_none()
            if row is None:
                return None
            mine = select(push_items.c.digest).where(push_items.c.push_id == row.id).order_by(push_items.c.position)
            digests = tuple(connection.execute(mine).scalars())
        return Push(row.id, row.tx_hash, row.sender, row.nonce, row.raw, row.sends, row.created_at, digests)

    def store(self, tx_hash: str, sender: str, nonce: int, raw: bytes, digests: Sequence[str], now: int) -> None:
        """Write ahead: the transaction and what it carries.

        Raises:
            StaleStateError: another transaction is open, or a document is not ready any more.
        """
        with writing(self.engine) as connection:
            if connection.execute(select(func.count()).where(pushes.c.state == "open")).scalar_one():
                raise StaleStateError("a transaction is still open")
            row = {"tx_hash": tx_hash, "sender": sender, "nonce": nonce, "raw": raw, "state": "open", "sends": 0}
            result = connection.execute(insert(pushes).values(row | {"created_at": now}).returning(pushes.c.id))
            number = result.scalar_one()
            items = [{"push_id": number, "position": at, "digest": digest} for at, digest in enumerate(digests)]
            connection.execute(insert(push_items), items)
            values = {"state": State.PUSHED, "changed_at": now}
            if _change(connection, digests, values, (State.READY, State.CONFLICT)) != len(digests):
                raise StaleStateError("a document is not ready any more")

    def count_send(self, number: int) -> None:
        """Remember that the transaction was handed over once more."""
        with writing(self.engine) as connection:
            connection.execute(update(pushes).where(pushes.c.id == number).values(sends=pushes.c.sends + 1))

    def settle(self, number: int, block: int, gas_used: int, items: Sequence[Item], now: int) -> None:
        """File the outcome of a mined transaction, all of it or nothing."""
        with writing(self.engine) as connection:
            mine = update(pushes).where(pushes.c.id == number, pushes.c.state == "open")
            values = {"state": "mined", "block": block, "gas_used": gas_used, "settled_at": now}
            if connection.execute(mine.values(values)).rowcount != 1:
                return
            for item in items:
                refused = item.refusal is not None
                row = update(push_items).where(push_items.c.push_id == number, push_items.c.digest == item.digest)
                connection.execute(row.values(outcome=file_outcome(item.refusal) if refused else RECORDED))
                state = State.REFUSED if refused else State.RECORDED
                changes = {"state": state, "is_final": not refused, "refusal": file_outcome(item.refusal)}
                changes |= {"changed_at": now, "retry_at": item.retry_at}
                _change(connection, [item.digest], changes)
                if refused:
                    _count_attempt(connection, item.digest)

    def abandon(self, number: int, now: int) -> None:
        """Give a transaction up that can never be mined; its documents are examined again."""
        with writing(self.engine) as connection:
            open_one = update(pushes).where(pushes.c.id == number, pushes.c.state == "open")
            if connection.execute(open_one.values(state="abandoned", settled_at=now)).rowcount == 1:
                mine = select(push_items.c.digest).where(push_items.c.push_id == number)
                values = {"state": State.COLLECTING, "changed_at": now}
                _change(connection, connection.execute(mine).scalars().all(), values, (State.PUSHED,))

    def attempts_of(self, digests: Sequence[str]) -> dict[str, int]:
        """How often each document was refused on chain."""
        query = union_all(*(select(q.c.digest, q.c.attempts).where(q.c.digest.in_(digests)) for q in QUEUES))
        with self.engine.connect() as connection:
            return {digest: attempts for digest, attempts in connection.execute(query)}

    def transactions_of(self, digest: str) -> list[tuple[str, str, int | None]]:
        """Hash, state and block of every transaction that carried a document, oldest first."""
        query = (
            select(pushes.c.tx_hash, pushes.c.state, pushes.c.block)
            .join(push_items, push_items.c.push_id == pushes.c.id)
            .where(push_items.c.digest == digest)
            .order_by(pushes.c.id)
        )
        with self.engine.connect() as connection:
            return [(tx_hash, state, block) for tx_hash, state, block in connection.execute(query)]


def _change(
    connection: Connection, digests: Sequence[str], values: dict[str, object], states: tuple[State, ...] = tuple(State)
) -> int:
    """Change documents that are in one of ``states`` and may change; returns how many were."""
    changed = 0
    for queue in QUEUES:
        mine = update(queue).where(queue.c.digest.in_(digests), queue.c.state.in_(states), ~queue.c.is_final)
        changed += connection.execute(mine.values(values)).rowcount
    return changed


def _count_attempt(connection: Connection, digest: str) -> None:
    for queue in QUEUES:
        mine = update(queue).where(queue.c.digest == digest)
        connection.execute(mine.values(attempts=queue.c.attempts + 1))
