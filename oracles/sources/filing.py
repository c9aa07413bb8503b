"""Files that plants hand in: read whole before they are kept, refused cell by cell, each kept once by its content."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Connection, Engine, insert, select

from oracles.accounting import RefusedError
from oracles.accounting.flows import BY_SECTOR
from oracles.accounting.refusal import Refusal
from oracles.accounting.workbook import read_workbook
from oracles.refusals import refuse
from oracles.sheets import SERIES
from oracles.sources.cems import Resolution, read_cems
from oracles.sources.desk import file_refusal
from oracles.sources.evidence_sheet import read_evidence
from oracles.sources.known import count
from oracles.store.engine import writing
from oracles.store.tables import source_files
from registry_sdk.readings import time_text

MAX_BYTES: Final = SERIES.size
SHOWN: Final = 5
FILED: Final = "filed"
Given = Mapping[str, Any]


@dataclass(frozen=True)
class FileReceipt:
    """What became of a file. ``refusals`` is empty where it is kept; ``is_new`` is False where it was there before."""

    digest: str
    is_new: bool
    entity: str = ""
    refusals: tuple[Refusal, ...] = ()

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"sha256": self.digest, "new": self.is_new, "entity": self.entity}
        return body | {"refusals": [each.to_json() for each in self.refusals]}


def _activity(sector: str) -> Callable[[Path, Given], str]:
    def read(path: Path, _given: Given) -> str:
        report, _ = read_workbook(path)
        _same("sector", report.sector, sector)
        return report.entity

    return read


def _evidence(sector: str) -> Callable[[Path, Given], str]:
    def read(path: Path, given: Given) -> str:
        found = read_evidence(path, {**given, "sector": sector})
        _same("sector", found.sector, sector)
        return found.entity

    return read


def _cems(resolution: Resolution) -> Callable[[Path, Given], str]:
    return lambda path, given: read_cems(path, resolution, given.get("entity"), given.get("year")).entity


READERS: Final[Mapping[str, Callable[[Path, Given], str]]] = {
    **{sector: _activity(sector) for sector in BY_SECTOR},
    **{f"evidence-{sector}": _evidence(sector) for sector in BY_SECTOR},
    "cems-hourly": _cems("hourly"),
    "cems-daily": _cems("daily"),
}
"""By the kind of the template: reads a whole file and gives the entity it is of."""


def _same(field: str, given: str, expected: str) -> None:
    if given != expected:
        raise refuse(
            "NotSourceFile",
            detail_zh=f"{field} 为 {given}，应为 {expected}",
            detail=f"{field} is {given}, expected {expected}",
        )


@dataclass(frozen=True)
class FileDesk:
    """Files in one database."""

    engine: Engine

    def take(self, content: bytes, kind: str, name: str, given: Given, via: str, now: int) -> FileReceipt:
        """Keep a file that can be read, refuse any other with its reasons on file.

        Args:
            given: entity, year, month of a CSV file, which has no place for them.

        Raises:
            OracleError: NotSourceFile for an unknown kind or a file of another sector; TooLarge.
        """
        if len(content) > MAX_BYTES:
            raise refuse("TooLarge", size=len(content), limit=MAX_BYTES)
        reader = READERS.get(kind)
        if reader is None:
            known = ", ".join(READERS)
            raise refuse(
                "NotSourceFile", detail_zh=f"没有种类 {kind}；可用 {known}", detail=f"unknown kind {kind}: {known}"
            )
        digest = sha256(content).hexdigest()
        with TemporaryDirectory() as folder:
            path = Path(folder) / "file"
            path.write_bytes(content)
            try:
                entity = reader(path, given)
            except RefusedError as error:
                self._refuse(content, error, via, now)
                return FileReceipt(digest, False, refusals=error.refusals)
        row = {"digest": digest, "kind": kind, "entity": entity, "name": name[:200], "content": content}
        with writing(self.engine) as connection:
            is_new = not _is_there(connection, digest)
            if is_new:
                connection.execute(insert(source_files).values(row | {"via": via, "received_at": now}))
            count(connection, {FILED: 1}, via)
        return FileReceipt(digest, is_new, entity)

    def _refuse(self, content: bytes, error: RefusedError, via: str, now: int) -> None:
        more = f"; +{len(error.refusals) - SHOWN}" if len(error.refusals) > SHOWN else ""
        zh, en = (
            "; ".join(f"{each.where} [{each.rule}] {getattr(each.problem, tongue)}" for each in error.refusals[:SHOWN])
            for tongue in ("zh", "en")
        )
        outcome = refuse("NotSourceFile", detail_zh=zh + more, detail=en + more).outcome
        with writing(self.engine) as connection:
            file_refusal(connection, content, outcome, None, via, now)
            count(connection, {outcome.error: 1}, via)

    def files(self, entity: str | None = None) -> list[dict[str, Any]]:
        """What is kept, oldest first, without the content."""
        columns = [each for each in source_files.c if each.name != "content"]
        query = select(*columns).order_by(source_files.c.received_at, source_files.c.digest)
        if entity is not None:
            query = query.where(source_files.c.entity == entity)
        with self.engine.connect() as connection:
            return [
                {
                    "sha256": row.digest,
                    "kind": row.kind,
                    "entity": row.entity,
                    "name": row.name,
                    "via": row.via,
                    "received_at": time_text(row.received_at),
                }
                for row in connection.execute(query)
            ]

    def content(self, digest: str) -> bytes | None:
        """The bytes of a file by its SHA-256, hex text."""
        query = select(source_files.c.content).where(source_files.c.digest == digest)
        with self.engine.connect() as connection:
            found: bytes | None = connection.execute(query).scalar()
            return found


def _is_there(connection: Connection, digest: str) -> bool:
    return connection.execute(select(source_files.c.digest).where(source_files.c.digest == digest)).first() is not None
