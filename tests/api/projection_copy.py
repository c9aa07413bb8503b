"""The projection's tables as plain values, to be compared."""

from typing import Any

from sqlalchemy import Engine, delete, select

from registry_api.projection.indexer import TABLES
from registry_api.store import write_transaction


def copy_of(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all projection tables, in a fixed order."""
    found = {}
    with engine.connect() as connection:
        for table in TABLES:
            rows = connection.execute(select(table).order_by(*table.primary_key.columns)).all()
            found[table.name] = [tuple(row) for row in rows]
    return found


def empty(engine: Engine) -> None:
    """Forget the projection."""
    with write_transaction(engine) as connection:
        for table in TABLES:
            connection.execute(delete(table))
