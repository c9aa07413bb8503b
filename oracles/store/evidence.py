"""Signed statements of evidence on their way to the chain: filed once, changed only while they are not final."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, Row, Select, func, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert

from oracles.store.engine import writing
from oracles.store.evidence_tables import evidence_statements
from oracles.store.records import Outcome, State
from oracles.store.statements import Change, file_outcome, portions, read_outcome
from registry_sdk.documents import SignedEvidence
from registry_sdk.evidence import Month


@dataclass(frozen=True)
class EvidenceRecord:
    """One statement of evidence."""

    digest: str
    statement: SignedEvidence
    state: State
    is_final: bool
    refusal: Outcome | None
    attempts: int
    retry_at: int
    received_at: int
    changed_at: int

    @property
    def month(self) -> Month:
        message = self.statement.message
        return Month(message.account, message.year, message.month)

    @property
    def key(self) -> tuple[int, int, int, int]:
        """Account, year, month, version: only one statement of a key can ever be anchored."""
        message = self.statement.message
        return message.account, message.year, message.month, message.version


@dataclass(frozen=True)
class EvidenceStore:
    """Statements of evidence in one database."""

    engine: Engine

    def add(self, given: Iterable[SignedEvidence], now: int) -> list[bool]:
        """File statements, all in one step; for each whether it is new.

        A second signature over the same content changes nothing.
        """
        queries = [insert(evidence_statements).values(_row(each, now)).on_conflict_do_nothing() for each in given]
        with writing(self.engine) as connection:
            return [connection.execute(query).rowcount == 1 for query in queries]

    def get(self, digest: str) -> EvidenceRecord | None:
        """One statement."""
        return self.find([digest]).get(digest)

    def find(self, digests: Iterable[str]) -> dict[str, EvidenceRecord]:
        """Those statements that are filed, by digest."""
        table = evidence_statements.c
        found = [self._load(select(evidence_statements).where(table.digest.in_(part))) for part in portions(digests)]
        return {record.digest: record for part in found for record in part}

    def open(self, keys: Iterable[tuple[int, int]] | None = None) -> list[EvidenceRecord]:
        """Statements whose state may still change and that are in no unsettled transaction, by account and time.

        Args:
            keys: only those of these accounts and years.
        """
        table = evidence_statements.c
        query = select(evidence_statements).where(~table.is_final, table.state != State.PUSHED)
        query = query.order_by(table.account, table.year, table.month, table.version, table.received_at, table.digest)
        if keys is None:
            return self._load(query)
        parts = portions((str(account), year) for account, year in sorted(keys))
        place = tuple_(table.account, table.year)
        return [record for part in parts for record in self._load(query.where(place.in_(part)))]

    def page(self, after: str = "", limit: int = 500) -> list[EvidenceRecord]:
        """Statements in the order of their digests, those behind ``after``."""
        table = evidence_statements.c
        return self._load(select(evidence_statements).where(table.digest > after).order_by(table.digest).limit(limit))

    def of_month(self, month: Month) -> list[EvidenceRecord]:
        """Every statement of a month, by version."""
        table = evidence_statements.c
        mine = (table.account == str(month.account)) & (table.year == month.year) & (table.month == month.month)
        return self._load(select(evidence_statements).where(mine).order_by(table.version, table.received_at))

    def count(self) -> dict[State, int]:
        """Number of statements by state, zero included."""
        query = select(evidence_statements.c.state, func.count()).group_by(evidence_statements.c.state)
        with self.engine.connect() as connection:
            found = {state: number for state, number in connection.execute(query)}
        return {state: found.get(state, 0) for state in State}

    def apply(self, changes: Sequence[Change], now: int) -> None:
        """File what an examination found; a statement pushed or made final meanwhile is left alone."""
        table = evidence_statements.c
        with writing(self.engine) as connection:
            for change in changes:
                mine = (table.digest == change.digest) & ~table.is_final & (table.state != State.PUSHED)
                values = {"state": change.state, "is_final": change.is_final, "refusal": file_outcome(change.refusal)}
                connection.execute(update(evidence_statements).where(mine).values(values | {"changed_at": now}))

    def _load(self, query: Select[tuple[object, ...]]) -> list[EvidenceRecord]:
        with self.engine.connect() as connection:
            return [_record(row) for row in connection.execute(query)]


def _row(statement: SignedEvidence, now: int) -> dict[str, object]:
    message = statement.message
    return {
        "digest": "0x" + statement.digest().hex(),
        "account": str(message.account),
        "year": message.year,
        "month": message.month,
        "version": message.version,
        "document": statement.model_dump_json(),
        "state": State.COLLECTING,
        "is_final": False,
        "attempts": 0,
        "retry_at": 0,
        "received_at": now,
        "changed_at": now,
    }


def _record(row: Row[tuple[object, ...]]) -> EvidenceRecord:
    return EvidenceRecord(
        digest=row.digest,
        statement=SignedEvidence.model_validate_json(row.document),
        state=State(row.state),
        is_final=row.is_final,
        refusal=read_outcome(row.refusal),
        attempts=row.attempts,
        retry_at=row.retry_at,
        received_at=row.received_at,
        changed_at=row.changed_at,
    )
