"""The audit against the service's own projection in a real database, and the command as people run it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from audit_year import OTHER, YEAR, Year
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from registry_api.chain.external import ExternalChain
from registry_api.projection.indexer import Indexer
from registry_api.settings import Settings
from registry_api.store import create_store_engine, migrate
from registry_cli.audit_database import read_projection
from registry_cli.main import build
from registry_sdk.audit import AuditError, DatabaseRows, audit, compare
from registry_sdk.projection import State, fetch_logs, fold_all


@dataclass
class Stored:
    """A home with deployment file and a projection that has taken in the year."""

    year: Year
    home: Path
    url: str
    engine: Engine
    indexer: Indexer

    def change(self, statement: str, **values: object) -> None:
        with self.engine.begin() as connection:
            assert connection.execute(text(statement), values).rowcount == 1

    def kinds(self) -> set[str]:
        """Kinds of what is found in the database."""
        world = self.year.world
        report = audit(world.node.rpc, world.deployment, database=read_projection(self.url))
        assert report.findings == []
        assert {d.place for d in report.differences} <= {"database"}
        return {d.kind for d in report.differences}


@pytest.fixture
def stored(year: Year, tmp_path: Path) -> Iterator[Stored]:
    world = year.world
    url = f"sqlite:///{tmp_path / 'registry.sqlite3'}"
    engine = create_store_engine(url)
    migrate(engine)
    chain = ExternalChain(Settings(chain_url=world.node.url, chain_id=world.deployment.chain_id))
    indexer = Indexer(chain, world.deployment, engine)
    while indexer.step():
        pass
    world.deployment.save(tmp_path / "deployment.json")
    yield Stored(year, tmp_path, url, engine, indexer)
    engine.dispose()


def test_audit__projection_of_the_year__clean(stored: Stored) -> None:
    world = stored.year.world
    report = audit(world.node.rpc, world.deployment, database=read_projection(stored.url))

    assert report.is_clean
    assert report.checked_database["holdings"] > 10
    assert report.checked_database["events"] > 400


def test_audit__projection_lags__compared_where_it_stands(stored: Stored) -> None:
    stored.year.world.do("transfer", stored.year.plant, to=stored.year.mill, unit=OTHER, quantity=1)

    report = audit(stored.year.world.node.rpc, stored.year.world.deployment, database=read_projection(stored.url))

    assert report.is_clean
    assert report.database_block == report.block - 1


ROWS, EVENTS, HISTORY = "projection_rows", "projection_events", "projection_history"
HOLDING = (ROWS, "kind = 'holdings'")


@pytest.mark.parametrize(
    ("kind", "change", "where"),
    [
        ("holdings", "SET value = replace(value, '\"locked\": ', '\"locked\": 1')", HOLDING),
        ("holdings", "SET value = substr(value, 2)", HOLDING),
        ("holdings", "SET year = 1999", HOLDING),
        ("holdings", "SET account = '9' || substr(account, 2)", HOLDING),
        ("holdings", "SET key = key || '0'", HOLDING),
        ("unknown", "SET kind = 'holdingz'", HOLDING),
        ("holdings", "DELETE", HOLDING),
        ("events", "SET timestamp = timestamp + 1", (EVENTS, "event = 'Offset'")),
        ("events", "SET fields = replace(fields, '0', '1')", (EVENTS, "event = 'Offset'")),
        ("events", "DELETE", (EVENTS, "event = 'YearClosed'")),
        ("history", "DELETE", (HISTORY, "log_index = 0")),
        ("history", "SET block = block + 1000", (HISTORY, "log_index = 0")),
        ("head", "SET block_hash = '0x00'", ("projection_head", "id = 1")),
    ],
)
def test_audit__database_changed__found(stored: Stored, kind: str, change: str, where: tuple[str, str]) -> None:
    table, condition = where
    one = f"WHERE rowid = (SELECT min(rowid) FROM {table} WHERE {condition})"
    stored.change(f"DELETE FROM {table} {one}" if change == "DELETE" else f"UPDATE {table} {change} {one}")

    assert kind in stored.kinds()


def test_audit__each_byte_of_a_row__found(stored: Stored) -> None:
    """Any single byte of any stored row: the row differs, or its kind or key does."""
    query = "SELECT rowid, kind, key, value FROM projection_rows WHERE kind = 'positions' LIMIT 1"
    with stored.engine.connect() as connection:
        row = connection.execute(text(query)).one()
    for at in range(0, len(row.value), 7):
        old = row.value[at]
        changed = row.value[:at] + chr(ord(old) ^ 1) + row.value[at + 1 :]
        stored.change("UPDATE projection_rows SET value = :value WHERE rowid = :rowid", value=changed, rowid=row.rowid)
        assert "positions" in stored.kinds(), (at, old)
    stored.change("UPDATE projection_rows SET value = :value WHERE rowid = :rowid", value=row.value, rowid=row.rowid)
    assert stored.kinds() == set()


def test_read_projection__no_file_or_nothing_in_it__refused(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="no database file"):
        read_projection(f"sqlite:///{tmp_path / 'absent.sqlite3'}")
    assert not (tmp_path / "absent.sqlite3").exists()
    (tmp_path / "text.sqlite3").write_text("no database at all, but long enough to look at\n" * 50)
    with pytest.raises(AuditError, match="cannot be read"):
        read_projection(f"sqlite:///{tmp_path / 'text.sqlite3'}")
    engine = create_store_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    migrate(engine)
    with pytest.raises(AuditError, match="no projection"):
        read_projection(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    engine.dispose()


def test_audit__plain_rows__compared_by_key(year: Year) -> None:
    world = year.world
    head = int(world.node.head()["number"], 16)
    state = fold_all(
        State(world.deployment), fetch_logs(world.node.rpc, world.deployment, world.deployment.block, head)
    )
    rows = state.as_dicts()
    rows["figures"][year.plant, YEAR, 1]["tonnes"] += 1
    del rows["plans"][YEAR, 1]
    rows["totals"]["allowances", 1990] = {"issued": 1}

    report = audit(world.node.rpc, world.deployment, database=DatabaseRows(head, rows))

    assert {(d.place, d.kind) for d in report.differences} == {
        ("database", "figures"),
        ("database", "plans"),
        ("database", "totals"),
    }


def test_compare__rows__each_field_named() -> None:
    found = compare({(1,): {"a": 1, "b": 2}, (2,): {"a": 1}}, {(1,): {"a": 1, "b": 3, "extra": 9}, (3,): {"a": 1}})

    assert {(d.key, d.field) for d in found} == {((1,), "b"), ((2,), "row"), ((3,), "row")}


def run(stored: Stored, *words: str, home: Path | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(build("audit"), ["audit", *words], env={"REGISTRY_HOME": str(home or stored.home)})
    return result.exit_code, result.stdout, result.stderr


def test_cli__clean_then_changed__exit_codes_and_json(stored: Stored) -> None:
    url = stored.year.world.node.url
    code, out, _ = run(stored, "--rpc", url, "--json", "--proofs", "3")
    document = json.loads(out)
    assert (code, document["clean"], document["proofs"]) == (0, True, 3)

    stored.change("UPDATE projection_head SET block_hash = '0x00'")
    code, out, _ = run(stored, "--rpc", url, "--json")
    assert code == 1
    assert json.loads(out)["differences"][0]["kind"] == "head"
    assert run(stored, "--rpc", url, "--json", "--database", "none")[0] == 0


def test_cli__tables_for_people__show_difference(stored: Stored) -> None:
    stored.change("UPDATE projection_head SET block_hash = '0x00'")

    code, out, _ = run(stored, "--rpc", stored.year.world.node.url)

    assert code == 1
    assert "differences" in out


@pytest.mark.parametrize(
    "words",
    [
        ["--rpc", "http://127.0.0.1:9"],
        ["--rpc", "not an address"],
        [],
        ["--rpc", "http://127.0.0.1:99999"],
        ["--rpc", "http://[::1"],
        ["--deployment", "absent.json"],
        ["--deployment", "/"],
        ["--database", "sqlite:////absent/registry.sqlite3"],
        ["--database", "no address"],
        ["--database", "nonsense://x"],
    ],
)
def test_cli__unusable_input__exit_2(stored: Stored, words: list[str]) -> None:
    code, out, err = run(stored, *words, "--json")

    assert (code, out) == (2, "")
    assert err.strip()


def test_cli__block_before_the_database__exit_2(stored: Stored) -> None:
    assert run(stored, "--rpc", stored.year.world.node.url, "--block", "50", "--json")[0] == 2
