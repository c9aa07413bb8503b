"""Statements and signatures: added idempotently, changed by examination only while they are not final."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final, TypeVar

import orjson
from sqlalchemy import Connection, Engine, Row, Select, func, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert

from oracles.store.engine import writing
from oracles.store.records import Outcome, SignatureRecord, State, StatementRecord
from oracles.store.tables import signatures, statements
from registry_sdk.documents import ApprovalDoc, SignedStatement

#: Keys that one query names.
CHUNK: Final = 500
Key = TypeVar("Key")


class StaleStateError(Exception):
    """What was read has changed since; read again."""


@dataclass(frozen=True)
class Change:
    """What an examination found: the state of a statement and, by signer, why signatures do not count."""

    digest: str
    state: State
    is_final: bool = False
    refusal: Outcome | None = None
    signatures: tuple[tuple[str, Outcome | None], ...] = ()

    def is_news(self, record: StatementRecord) -> bool:
        """Whether it says anything that the record does not."""
        known = {each.approval.signer: each.refusal for each in record.signatures}
        same = (self.state, self.is_final, self.refusal) == (record.state, record.is_final, record.refusal)
        return not same or any(known.get(signer) != refusal for signer, refusal in self.signatures)


@dataclass(frozen=True)
class StatementStore:
    """Statements in one database."""

    engine: Engine

    def add(self, given: Iterable[tuple[SignedStatement, Sequence[ApprovalDoc]]], now: int) -> list[int]:
        """File statements and their signatures, all in one step; what is there already stays as it is.

        Returns:
            For each how many signatures are new.
        """
        rows = [(_row(statement, now), approvals) for statement, approvals in given]
        with writing(self.engine) as connection:
            return [_add(connection, row, approvals, now) for row, approvals in rows]

    def get(self, digest: str) -> StatementRecord | None:
        """One statement."""
        return self.find([digest]).get(digest)

    def find(self, digests: Iterable[str]) -> dict[str, StatementRecord]:
        """Those statements that are filed, by digest."""
        found = [self._load(select(statements).where(statements.c.digest.in_(part))) for part in portions(digests)]
        return {record.digest: record for part in found for record in part}

    def open(self, keys: Iterable[tuple[int, int]] | None = None) -> list[StatementRecord]:
        """Statements whose state may still change and that are in no unsettled transaction, oldest first.

        Args:
            keys: only those of these entities and years; a portion of them after the other.
        """
        query = select(statements).where(~statements.c.is_final, statements.c.state != State.PUSHED)
        query = query.order_by(statements.c.received_at, statements.c.digest)
        if keys is None:
            return self._load(query)
        place = tuple_(statements.c.account, statements.c.year)
        parts = portions((str(account), year) for account, year in keys)
        return [record for part in parts for record in self._load(query.where(place.in_(part)))]

    def page(self, states: Iterable[State] = (), after: str = "", limit: int = 100) -> list[StatementRecord]:
        """Statements in the order of their digests, those behind ``after``."""
        query = select(statements).where(statements.c.digest > after).order_by(statements.c.digest).limit(limit)
        wanted = list(states)
        return self._load(query.where(statements.c.state.in_(wanted)) if wanted else query)

    def rivals(self, account: int, year: int, unit: int, version: int) -> list[StatementRecord]:
        """Every statement of one entity, year, sub-unit and version."""
        table = statements.c
        same = (table.account == str(account), table.year == year, table.unit == unit, table.version == version)
        query = select(statements).where(*same)
        return self._load(query.order_by(table.received_at, table.digest))

    def count(self) -> dict[State, int]:
        """Number of statements by state, zero included."""
        query = select(statements.c.state, func.count()).group_by(statements.c.state)
        with self.engine.connect() as connection:
            found = {state: number for state, number in connection.execute(query)}
        return {state: found.get(state, 0) for state in State}

    def contested(self) -> list[tuple[int, int, int, int]]:
        """Account, year, sub-unit and version of which several statements are filed."""
        key = (statements.c.account, statements.c.year, statements.c.unit, statements.c.version)
        query = select(*key).group_by(*key).having(func.count() > 1)
        with self.engine.connect() as connection:
            return [(int(account), *rest) for account, *rest in connection.execute(query)]

    def apply(self, changes: Iterable[Change], now: int) -> None:
        """File what an examination found; a statement pushed or made final meanwhile is left alone."""
        with writing(self.engine) as connection:
            for change in changes:
                _apply(connection, change, now)

    def _load(self, query: Select[tuple[object, ...]]) -> list[StatementRecord]:
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
            digests = [row.digest for row in rows]
            by_digest: dict[str, list[SignatureRecord]] = {digest: [] for digest in digests}
            for start in range(0, len(digests), CHUNK):
                chunk = digests[start : start + CHUNK]
                mine = select(signatures).where(signatures.c.digest.in_(chunk))
                for row in connection.execute(mine.order_by(signatures.c.received_at, signatures.c.signer)):
                    by_digest[row.digest].append(_signature(row))
        return [_record(row, tuple(by_digest[row.digest])) for row in rows]


def portions(keys: Iterable[Key]) -> Iterator[list[Key]]:
    """The keys in order, each once, as many at a time as a query may name."""
    wanted = list(dict.fromkeys(keys))
    for start in range(0, len(wanted), CHUNK):
        yield wanted[start : start + CHUNK]


def file_outcome(outcome: Outcome | None) -> str | None:
    """A refusal as text."""
    return None if outcome is None else orjson.dumps(asdict(outcome)).decode()


def read_outcome(text: str | None) -> Outcome | None:
    """The opposite of :func:`file_outcome`."""
    return None if text is None else Outcome(**orjson.loads(text))


def _row(statement: SignedStatement, now: int) -> dict[str, object]:
    message = statement.message
    return {
        "digest": "0x" + statement.digest().hex(),
        "account": str(message.account),
        "year": message.year,
        "unit": message.unit,
        "version": message.version,
        "document": statement.model_dump_json(exclude={"approvals"}),
        "state": State.COLLECTING,
        "is_final": False,
        "attempts": 0,
        "retry_at": 0,
        "received_at": now,
        "changed_at": now,
    }


def _add(connection: Connection, row: dict[str, object], approvals: Sequence[ApprovalDoc], now: int) -> int:
    connection.execute(insert(statements).values(row).on_conflict_do_nothing())
    new = [
        {"digest": row["digest"], "signer": a.signer, "signature": a.signature, "received_at": now} for a in approvals
    ]
    return sum(connection.execute(insert(signatures).values(each).on_conflict_do_nothing()).rowcount for each in new)


def _apply(connection: Connection, change: Change, now: int) -> None:
    table = statements.c
    is_same = (table.state == change.state) & (table.is_final == change.is_final)
    values = {"state": change.state, "is_final": change.is_final, "refusal": file_outcome(change.refusal)}
    mine = update(statements).where(table.digest == change.digest, ~table.is_final, table.state != State.PUSHED)
    connection.execute(mine.where(~is_same).values(changed_at=now))
    connection.execute(mine.values(values))
    for signer, refusal in change.signatures:
        row = update(signatures).where(signatures.c.digest == change.digest, signatures.c.signer == signer)
        connection.execute(row.values(refusal=file_outcome(refusal)))


def _signature(row: Row[tuple[object, ...]]) -> SignatureRecord:
    approval = ApprovalDoc(signer=row.signer, signature=row.signature)
    return SignatureRecord(approval, read_outcome(row.refusal), row.received_at)


def _record(row: Row[tuple[object, ...]], collected: tuple[SignatureRecord, ...]) -> StatementRecord:
    return StatementRecord(
        digest=row.digest,
        statement=SignedStatement.model_validate_json(row.document),
        state=State(row.state),
        is_final=row.is_final,
        refusal=read_outcome(row.refusal),
        attempts=row.attempts,
        retry_at=row.retry_at,
        received_at=row.received_at,
        changed_at=row.changed_at,
        signatures=collected,
    )
