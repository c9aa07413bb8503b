"""The journal of cases: entries are appended under the write lock, each bound to the one before it by its hash."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, Row, insert, select

from oracles.refusals import OracleError, refuse
from oracles.store.engine import writing
from oracles.store.tables import case_entries

Body = Mapping[str, Any]
#: Given the entries so far: the body of the entry to append, None where nothing is to be added, or a refusal.
Judge = Callable[[Sequence["Entry"]], Body | None]

FIRST: Final = "0" * 64
MAX_WHO: Final = 120


def unix_now() -> int:
    """Seconds since 1970."""
    return int(time.time())


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did.

    Attributes:
        entity: whom the case is about; account number or name.
        number: position in the case, from 1.
        who: person and institution as they gave it.
        at: Unix seconds.
        hash: SHA-256 over the entry and the hash of the entry before it in the case.
    """

    kind: str
    case: str
    entity: str
    number: int
    act: str
    who: str
    at: int
    body: Body
    hash: str

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "act": self.act,
            "who": self.who,
            "at": self.at,
            "body": dict(self.body),
            "hash": self.hash,
        }


@dataclass(frozen=True)
class Journal:
    """Cases of one kind in one database."""

    engine: Engine
    kind: str
    now: Callable[[], int] = field(default=unix_now)

    def append(self, case: str, entity: str, act: str, who: str, judge: Judge) -> Entry:
        """Append one entry; the same act by the same person with the same content right after itself changes nothing.

        Args:
            judge: called with the entries so far, inside the write lock; gives the body or raises OracleError.

        Raises:
            OracleError: nobody is named, or what ``judge`` refuses.
        """
        name = who.strip()
        if not name or len(name) > MAX_WHO:
            raise refuse("NobodyNamed", limit=MAX_WHO)
        with writing(self.engine) as connection:
            known = self._read(connection, case)
            last = known[-1] if known else None
            if last and (last.act, last.who) == (act, name) and _repeats(judge, known):
                return last
            body = judge(known)
            if body is None and last:
                return last
            body = body or {}
            at = max(self.now(), last.at if last else 0)
            number = last.number + 1 if last else 1
            digest = _hash(last.hash if last else FIRST, self.kind, case, entity, number, act, name, at, body)
            entry = Entry(self.kind, case, entity, number, act, name, at, _plain(body), digest)
            row = {name: getattr(entry, name) for name in Entry.__slots__}
            row["body"] = orjson.dumps(entry.body, option=orjson.OPT_SORT_KEYS).decode()
            connection.execute(insert(case_entries).values(row))
        return entry

    def entries(self, case: str) -> list[Entry]:
        """The entries of one case, oldest first; empty where there is none."""
        with self.engine.connect() as connection:
            return self._read(connection, case)

    def cases(self, entity: str | None = None) -> Iterator[list[Entry]]:
        """Case after case in the order of their names, each with its entries; one case is kept at a time."""
        query = select(case_entries).where(case_entries.c.kind == self.kind)
        if entity is not None:
            query = query.where(case_entries.c.entity == entity)
        group: list[Entry] = []
        with self.engine.connect() as connection:
            rows = connection.execution_options(yield_per=500).execute(
                query.order_by(case_entries.c.case, case_entries.c.number)
            )
            for row in rows:
                entry = _entry(row)
                if group and group[-1].case != entry.case:
                    yield group
                    group = []
                group.append(entry)
        if group:
            yield group

    def _read(self, connection: Connection, case: str) -> list[Entry]:
        query = select(case_entries).where(case_entries.c.kind == self.kind, case_entries.c.case == case)
        return [_entry(row) for row in connection.execute(query.order_by(case_entries.c.number))]


def verify_chain(entries: Sequence[Entry]) -> int | None:
    """Number of the first entry whose hash does not follow from what stands before it; None where all do."""
    before = FIRST
    for at, entry in enumerate(entries, 1):
        expected = _hash(before, entry.kind, entry.case, entry.entity, at, entry.act, entry.who, entry.at, entry.body)
        if entry.number != at or entry.hash != expected:
            return at
        before = entry.hash
    return None


def _repeats(judge: Judge, known: Sequence[Entry]) -> bool:
    """Whether the last entry is what ``judge`` would append before it: a command repeated, after a crash perhaps."""
    try:
        return _plain(judge(known[:-1]) or {}) == known[-1].body
    except OracleError:
        return False


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.kind, row.case, row.entity, row.number, row.act, row.who, row.at, orjson.loads(row.body), row.hash)


def _plain(body: Body) -> dict[str, Any]:
    """As it is read back."""
    found: dict[str, Any] = orjson.loads(orjson.dumps(body, option=orjson.OPT_SORT_KEYS))
    return found


def _hash(before: str, *content: Any) -> str:
    return hashlib.sha256(orjson.dumps([before, *content], option=orjson.OPT_SORT_KEYS)).hexdigest()
