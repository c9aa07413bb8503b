"""Questions to the projection: rows of a kind, events, history; pages by key, never by offset."""

import base64
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Engine, Select, and_, func, or_, select

from registry_api.problems import ProblemError
from registry_api.projection.indexer import key_text
from registry_api.store.projection_tables import projection_events, projection_history, projection_rows

PAGE: Final = 100
MAX_PAGE: Final = 500

Item = dict[str, Any]
Page = dict[str, Any]


def encode_cursor(*parts: Any) -> str:
    """Opaque text for where a page ended."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> list[Any]:
    """Parts of a cursor. Raises ProblemError P-10."""
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise ProblemError.of("P-10") from None
    if not isinstance(parts, list) or [type(p) for p in parts] != list(kinds):
        raise ProblemError.of("P-10")
    return parts


@dataclass(frozen=True)
class Projection:
    """Reads of the projection's tables."""

    engine: Engine

    def value(self, kind: str, *key: Any) -> Item | None:
        """One row."""
        table = projection_rows
        query = select(table.c.value).where((table.c.kind == kind) & (table.c.key == key_text(key)))
        with self.engine.connect() as connection:
            found: Item | None = connection.execute(query).scalar()
        return found

    def values(self, kind: str, *, account: int | None = None, year: int | None = None) -> list[Item]:
        """All rows of a kind, of an account or year."""
        with self.engine.connect() as connection:
            return list(connection.execute(self._select(kind, account, year)).scalars())

    def page(self, kind: str, cursor: str | None, limit: int, year: int | None = None, /, **filters: Any) -> Page:
        """A page of rows; ``filters`` compare fields of the value."""
        table = projection_rows
        query = self._select(kind, None, year).add_columns(table.c.key).limit(min(limit, MAX_PAGE) + 1)
        if cursor:
            query = query.where(table.c.key > decode_cursor(cursor, str)[0])
        for name, wanted in filters.items():
            if wanted is not None:
                query = query.where(table.c.value[name].as_integer() == wanted)
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        shown = rows[: min(limit, MAX_PAGE)]
        more = encode_cursor(shown[-1].key) if len(rows) > len(shown) else None
        return {"items": [row.value for row in shown], "next": more}

    def events(self, cursor: str | None, limit: int, account: int | None = None) -> Page:
        """A page of events, oldest first; of one account where given."""
        table, history = projection_events, projection_history
        query = select(table).order_by(table.c.block, table.c.log_index).limit(min(limit, MAX_PAGE))
        if account is not None:
            same = and_(history.c.block == table.c.block, history.c.log_index == table.c.log_index)
            query = query.join(history, same).where(history.c.account == account)
        if cursor:
            block, index = decode_cursor(cursor, int, int)
            later = and_(table.c.block == block, table.c.log_index > index)
            query = query.where(or_(table.c.block > block, later))
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        items = [
            {
                "cursor": encode_cursor(row.block, row.log_index),
                "block": row.block,
                "timestamp": row.timestamp,
                "transaction": row.transaction,
                "contract": row.contract,
                "event": row.event,
                "args": row.fields,
            }
            for row in rows
        ]
        return {"items": items, "next": items[-1]["cursor"] if items else cursor}

    def count(self, kind: str) -> int:
        """Rows of a kind."""
        query = select(func.count()).select_from(projection_rows).where(projection_rows.c.kind == kind)
        with self.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    @staticmethod
    def _select(kind: str, account: int | None, year: int | None) -> Select[Any]:
        table = projection_rows
        query = select(table.c.value).where(table.c.kind == kind).order_by(table.c.key)
        if account is not None:
            query = query.where(table.c.account == account)
        if year is not None:
            query = query.where(table.c.year == year)
        return query
