"""Migrations and metadata say the same; the engine is durable."""

import os
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from registry_api.store import create_store_engine, migrate, write_transaction
from registry_api.store.migrations import alembic_config
from registry_api.store.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    if request.param == "sqlite":
        return create_store_engine(f"sqlite:///{tmp_path}/a/store.sqlite3")
    url = os.environ.get("REGISTRY_TEST_POSTGRES")
    if not url:
        pytest.skip("REGISTRY_TEST_POSTGRES names no empty PostgreSQL database")
    engine = create_store_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return engine


def test_migrate__from_empty__equals_metadata(engine: Engine) -> None:
    migrate(engine)
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrate__down_and_up__leaves_nothing_behind(engine: Engine) -> None:
    migrate(engine)
    with write_transaction(engine) as connection:
        command.downgrade(alembic_config(connection), "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    migrate(engine)
    assert set(metadata.tables) <= set(inspect(engine).get_table_names())


def test_migrate__four_at_once__all_succeed(engine: Engine) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            migrate(create_store_engine(engine.url.render_as_string(hide_password=False)))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert errors == []


def test_engine__sqlite__is_durable(tmp_path: Path) -> None:
    engine = create_store_engine(f"sqlite:///{tmp_path}/store.sqlite3")
    with engine.connect() as connection:
        read = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")}
        assert read == {"journal_mode": "wal", "synchronous": 2}
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_write_transaction__many_threads__none_sees_a_locked_database(tmp_path: Path) -> None:
    engine = create_store_engine(f"sqlite:///{tmp_path}/store.sqlite3")
    with write_transaction(engine) as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))

    def add() -> None:
        for _ in range(25):
            with write_transaction(engine) as connection:
                before = connection.execute(text("SELECT n FROM counter")).scalar_one()
                connection.execute(text("UPDATE counter SET n = :n"), {"n": before + 1})

    threads = [threading.Thread(target=add) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    with engine.connect() as connection:
        assert connection.execute(text("SELECT n FROM counter")).scalar_one() == 100
