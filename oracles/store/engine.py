"""Opening the database: durable, migrated, one writer at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event

PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000", "foreign_keys=ON")
WRITE_OPTION: Final = "oracle_write"
SCRIPTS: Final = Path(__file__).parent / "migrations"


def open_store(path: Path) -> Engine:
    """The database at ``path``, brought to the newest schema; made when absent."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    with writing(engine) as connection:
        command.upgrade(alembic_config(connection), "head")
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that is going to write: it takes the write lock at once, so it waits instead of failing."""
    with engine.connect() as connection:
        writer = connection.execution_options(**{WRITE_OPTION: True})
        with writer.begin():
            yield writer


def alembic_config(connection: Connection) -> Config:
    """Alembic settings bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _configure(dbapi_connection: Any, _record: Any) -> None:
    # The driver's own implicit BEGIN would come too late for reads and schema changes.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(WRITE_OPTION, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
