"""Insert a row unless its key is taken: one statement, so that two processes cannot both believe they were first."""

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert ``row``; False where a row with one of its unique keys is there already, which is left as it is."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    result = connection.execute(dialect.insert(table).values(**row).on_conflict_do_nothing())
    return bool(result.rowcount)
