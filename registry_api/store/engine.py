"""Engine factory: SQLite made durable, PostgreSQL as it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url

SQLITE_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=15000",
    "PRAGMA foreign_keys=ON",
)
WRITE_OPTION: Final = "registry_write"


def create_store_engine(url: str) -> Engine:
    """Engine for an SQLAlchemy address.

    SQLite runs with WAL, ``synchronous=FULL``, a busy timeout and foreign keys; ``postgresql://`` means psycopg 3.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        driver = "postgresql+psycopg" if address.drivername in ("postgresql", "postgres") else address.drivername
        return create_engine(address.set(drivername=driver), pool_pre_ping=True, hide_parameters=True)
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(address, hide_parameters=True)
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that is going to write: SQLite takes its write lock at once, so it waits instead of failing."""
    with engine.connect() as connection:
        writer = connection.execution_options(**{WRITE_OPTION: True})
        with writer.begin():
            yield writer


def _configure_sqlite(dbapi_connection: Any, _record: Any) -> None:
    # The driver's own implicit BEGIN would come too late for reads and schema changes.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(WRITE_OPTION, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
