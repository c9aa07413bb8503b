"""The projection: equal to a rebuild, whole after any failure, and never on another history than the chain's."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_stage import YEAR, ApiStage, Scene, set_scene, wait_until
from projection_copy import copy_of, empty
from sqlalchemy import insert, update
from sqlalchemy.exc import OperationalError

from registry_api.projection.indexer import Indexer
from registry_api.projection.query import Projection
from registry_api.store import create_store_engine, migrate, write_transaction
from registry_api.store.projection_tables import projection_events, projection_head, projection_rows


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    stage = ApiStage(tmp_path_factory.mktemp("projection") / "home").start()
    try:
        scene = set_scene(stage.deploy())
        for kind in ("transfer", "surrender", "offset", "cancel", "relocate"):
            stage.done(stage.post("/v1/orders", scene.order(kind)))
        yield scene
    finally:
        stage.stop()


def settled_copy(stage: ApiStage) -> dict[str, Any]:
    head = stage.service.chain.head().height
    wait_until(lambda: stage.service.desk.indexer.block == head, "the projection is at the head")
    return copy_of(stage.service.engine)


def test_rebuild__tables_dropped__the_same_rows(home: Scene) -> None:
    before = settled_copy(home.stage)
    assert before["projection_events"]
    home.stage.stop()
    engine = create_store_engine(home.stage.service.settings.database)
    empty(engine)
    engine.dispose()
    home.stage.start()
    assert settled_copy(home.stage) == before


@pytest.mark.parametrize(
    "damage",
    [
        update(projection_head).values(block_hash="0x" + "12" * 32),
        update(projection_head).values(block=10**6),
        projection_rows.delete().where(projection_rows.c.kind == "positions"),
        projection_events.delete().where(projection_events.c.log_index == 0),
        projection_head.delete(),
        insert(projection_rows).values(kind="accounts", key="7", value={}),
    ],
)
def test_restart__tables_of_another_history_or_with_rows_missing__built_anew(home: Scene, damage: Any) -> None:
    before = settled_copy(home.stage)
    home.stage.stop()
    engine = create_store_engine(home.stage.service.settings.database)
    with write_transaction(engine) as connection:
        connection.execute(damage)
    engine.dispose()
    home.stage.start()
    assert settled_copy(home.stage) == before


def test_step__failing_at_any_write__repeated_without_a_trace(home: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that fails after the fold must not fold the same events again into what is in memory."""
    failures = threading.Semaphore(3)
    original = Indexer._write

    def failing(self: Indexer, *args: Any) -> None:
        original(self, *args)
        if failures.acquire(blocking=False):
            raise OperationalError("disk", {}, Exception("full"))

    monkeypatch.setattr(Indexer, "_write", failing)
    monkeypatch.setattr("registry_api.projection.indexer.RETRY_SECONDS", 0.05)
    for _ in range(3):
        home.stage.done(home.stage.post("/v1/orders", home.order("transfer")))
    assert home.stage.service.desk.indexer.is_alive()
    before = settled_copy(home.stage)
    home.stage.stop()
    engine = create_store_engine(home.stage.service.settings.database)
    empty(engine)
    engine.dispose()
    home.stage.start()
    assert settled_copy(home.stage) == before


def test_running__chain_changes_its_mind__built_anew(home: Scene) -> None:
    before = settled_copy(home.stage)
    indexer = home.stage.service.desk.indexer
    indexer._block_hash = "0x" + "34" * 32
    wait_until(lambda: indexer._block_hash not in (None, "0x" + "34" * 32), "the tables are built anew")
    assert settled_copy(home.stage) == before


# The same questions on both databases


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a throw-away PostgreSQL server; skipped where none is installed."""
    if not (shutil.which("initdb") and shutil.which("postgres") and shutil.which("runuser")):
        pytest.skip("no PostgreSQL on this machine")
    base = Path("/tmp") / f"registry-pg-{tmp_path_factory.getbasetemp().name}"
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir()
    shutil.chown(base, "nobody")
    as_nobody = ["runuser", "-u", "nobody", "--"]
    made = subprocess.run([*as_nobody, "initdb", "-D", str(base / "data"), "-A", "trust", "-U", "registry"], cwd="/")
    if made.returncode:
        pytest.skip("PostgreSQL cannot make a database here")
    command = ["postgres", "-D", str(base / "data"), "-k", str(base), "-c", "listen_addresses="]
    server = subprocess.Popen([*as_nobody, *command], cwd="/", stderr=subprocess.DEVNULL)
    url = f"postgresql://registry@/postgres?host={base}"
    try:
        wait_until(lambda: (base / ".s.PGSQL.5432").exists(), "PostgreSQL starts")
        yield url
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(base, ignore_errors=True)


def test_postgresql__whole_scene__same_answers_as_sqlite(postgres: str, tmp_path: Path) -> None:
    stage = ApiStage(tmp_path / "home", database_url=postgres).start()
    try:
        scene = set_scene(stage.deploy())
        for kind in ("transfer", "surrender", "offset", "cancel", "relocate"):
            order = scene.order(kind)
            stage.done(stage.post("/v1/orders", order, **{"Idempotency-Key": kind}))
            assert stage.post("/v1/orders", order, **{"Idempotency-Key": kind}).status_code == 202
        before = settled_copy(stage)
        engine = create_store_engine(f"sqlite:///{tmp_path / 'copy.sqlite3'}")
        migrate(engine)
        indexer = Indexer(stage.service.chain, stage.deployment, engine)
        while indexer.step():
            pass
        assert copy_of(engine) == before
        two = [Projection(each) for each in (stage.service.engine, engine)]
        questions = [
            lambda p: p.page("accounts", None, 2),
            lambda p: p.page("accounts", None, 10, province=11, sector=1, kind=1),
            lambda p: p.page("accounts", None, 10, province=12),
            lambda p: p.page("acts", None, 500, state=3),
            lambda p: p.page("positions", None, 10, YEAR),
            lambda p: p.page("positions", None, 10, YEAR, is_frozen=False),
            lambda p: p.values_under("chunks", p.values("tables")[0]["table_id"]),
            lambda p: p.values("figures", account=scene.one, year=YEAR),
            lambda p: p.events(None, 20, scene.one),
            lambda p: p.count("acts"),
        ]
        for question in questions:
            first, second = (question(p) for p in two)
            assert first == second
            assert first
        engine.dispose()
        for path in ("/v1/accounts", "/v1/acts?state=EXECUTED", "/v1/tables", "/v1/events", f"/v1/compliance/{YEAR}"):
            assert stage.get(path).status_code == 200, path
        stage.restart()
        assert settled_copy(stage) == before
    finally:
        stage.stop()
