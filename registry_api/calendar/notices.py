"""Notices as they are kept: written once whatever process dies or runs twice, read by page."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Engine, select

from registry_api.outbox.insertion import insert_new
from registry_api.store.engine import write_transaction
from registry_api.store.notice_tables import notices

LIST: Final = notices


class Stage(StrEnum):
    """What a notice says of its step."""

    OPENED = "OPENED"
    AHEAD = "AHEAD"
    CLOSED = "CLOSED"
    TOLD = "TOLD"
    CHECK = "CHECK"


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. ``account`` None: for everybody. ``figures``: whole numbers and text by name."""

    id: str
    stage: Stage
    step: str
    rule: str
    year: int
    zh: str
    en: str
    account: int | None = None
    day: str | None = None
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Notices:
    """The notices of one database."""

    engine: Engine

    def known(self) -> set[str]:
        """Identifiers of all notices written so far."""
        with self.engine.connect() as connection:
            return set(connection.execute(select(LIST.c.id)).scalars())

    def write(self, fresh: Iterable[Notice], now: int) -> list[Notice]:
        """Write those that are not there yet, all or none; which they were."""
        written = []
        with write_transaction(self.engine) as connection:
            for notice in fresh:
                document = {"zh": notice.zh, "en": notice.en, "figures": notice.figures}
                row = {
                    "id": notice.id,
                    "at": now,
                    "stage": str(notice.stage),
                    "step": notice.step,
                    "rule": notice.rule,
                    "year": notice.year,
                    "account": notice.account,
                    "day": notice.day,
                    "document": document,
                }
                if insert_new(connection, LIST, row):
                    written.append(notice)
        return written

    def page(self, after: int, limit: int, account: int | None = None, year: int | None = None) -> list[dict[str, Any]]:
        """Notices for everybody, or for one account, oldest first."""
        same = LIST.c.account.is_(None) if account is None else LIST.c.account == account
        query = select(LIST).where(same & (LIST.c.seq > after)).order_by(LIST.c.seq).limit(limit)
        if year is not None:
            query = query.where(LIST.c.year == year)
        with self.engine.connect() as connection:
            return [_shown(row._mapping) for row in connection.execute(query)]


def _shown(row: Any) -> dict[str, Any]:
    names = ("seq", "id", "at", "stage", "step", "rule", "year", "account", "day")
    return {name: row[name] for name in names} | dict(row["document"])
