"""Questions to the projection: rows of a kind, events, history; pages by key, never by offset."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Engine, Select, and_, func, or_, select

from registry_api.problems import ProblemError
from registry_api.projection.indexer import key_text
from registry_api.store.projection_tables import projection_events, projection_head, projection_history, projection_rows

PAGE: Final = 100
MAX_PAGE: Final = 500

Item = dict[str, Any]
Page = dict[str, Any]


def encode_cursor(*parts: Any) -> str:
    """Opaque text for where a page ended."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> list[Any]:
    """Parts of a cursor, numbers within 63 bits and text that any database takes. Raises ProblemError P-10."""
    try:
        parts = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise ProblemError.of("P-10") from None
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds) or not all(map(_fits, parts)):
        raise ProblemError.of("P-10")
    return parts


def _fits(part: Any) -> bool:
    return part.isprintable() if isinstance(part, str) else 0 <= part < 2**63


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

    def values_of(self, kind: str, keys: Iterable[tuple[Any, ...]]) -> list[Item | None]:
        """Rows by their keys, in the order asked; None where there is no such row."""
        texts = [key_text(key) for key in keys]
        table = projection_rows
        query = select(table.c.key, table.c.value).where((table.c.kind == kind) & table.c.key.in_(set(texts)))
        with self.engine.connect() as connection:
            found = {row.key: row.value for row in connection.execute(query)}
        return [found.get(text) for text in texts]

    def values_under(self, kind: str, first: Any) -> list[Item]:
        """Rows of a kind whose key begins with ``first`` and has more columns."""
        # Not by comparison: databases disagree on where "|" sorts.
        under = projection_rows.c.key.startswith(key_text((first, "")), autoescape=True)
        query = self._select(kind, None, None).where(under)
        with self.engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def page(self, kind: str, cursor: str | None, limit: int, year: int | None = None, /, **filters: Any) -> Page:
        """A page of rows; ``filters`` compare fields of the value."""
        table = projection_rows
        query = self._select(kind, None, year).add_columns(table.c.key).limit(min(limit, MAX_PAGE) + 1)
        if cursor:
            query = query.where(table.c.key > decode_cursor(cursor, str)[0])
        for name, wanted in filters.items():
            field = table.c.value[name]
            if isinstance(wanted, bool):
                query = query.where(field.as_boolean() == wanted)
            elif wanted is not None:
                query = query.where(field.as_integer() == wanted)
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

    def head(self) -> int:
        """Newest block in the projection; -1 before there is one."""
        with self.engine.connect() as connection:
            found: int | None = connection.execute(select(projection_head.c.block)).scalar()
        return -1 if found is None else found

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
