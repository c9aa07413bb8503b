"""Tables written from a calculated allocation are read by the officers' desk, tonne for tonne."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from registry_cli.calc import app
from registry_cli.officers.tables import read_table
from registry_sdk.tables import TableKind

POWER = {
    "entity_id": "42000001", "province": "42", "sector": "power", "year": 2025, "unit_id": "1", "unit_class": "I",
    "generation_MWh": "1000000", "load_factor_pct": "70", "verified_t": "800000", "previous_verified_t": "100001",
}  # fmt: skip
CEMENT = {
    "entity_id": "11000002", "province": "11", "sector": "cement", "year": 2025, "unit_id": "1",
    "verified_t": "500000", "intensity": "0.85", "pre_allocated_t": "1000",
}  # fmt: skip


def run(folder: Path, rows: list[dict[str, Any]], kind: str) -> Any:
    file = folder / "units.json"
    file.write_text(json.dumps({"units": rows}))
    return CliRunner().invoke(app, ["allocation", str(file), "--tables", str(folder / "t"), "--kind", kind, "--json"])


@pytest.mark.parametrize(
    ("kind", "tonnes"), [("FINAL", 790_200), ("RECALCULATION", 790_200), ("PRE_ALLOCATION", 50_000)]
)
def test_allocation__tables__read_by_the_officers_desk(tmp_path: Path, kind: str, tonnes: int) -> None:
    done = run(tmp_path, [POWER, CEMENT], kind)
    assert done.exit_code == 0, done.output
    files = sorted(path.name for path in (tmp_path / "t").iterdir())
    assert files == [f"2025-cement-11-{kind.lower()}.json", f"2025-power-42-{kind.lower()}.json"]
    table = read_table(tmp_path / "t" / files[1], {}).table
    assert (table.year, table.sector, table.province, TableKind(table.kind).name) == (2025, 1, 42, kind)
    assert [(row.account, row.tonnes) for row in table.rows] == [(42_000_001, tonnes)]


def test_allocation__differentiated_firm__not_in_a_pre_allocation(tmp_path: Path) -> None:
    done = run(tmp_path, [POWER, CEMENT | {"differentiated": True}], "PRE_ALLOCATION")
    assert done.exit_code == 0, done.output
    assert [path.name for path in (tmp_path / "t").iterdir()] == ["2025-power-42-pre_allocation.json"]


def test_allocation__no_account_number_or_province__every_entity_named_and_nothing_written(tmp_path: Path) -> None:
    wrong = [POWER | {"entity_id": "firm A"}, CEMENT | {"province": "256"}, CEMENT | {"entity_id": "3", "province": ""}]
    done = run(tmp_path, wrong, "FINAL")
    assert done.exit_code == 2
    errors = json.loads(done.stdout)["errors"]
    assert sorted((error["column"], error["rule"]) for error in errors) == [
        ("entity_id", "A-06"), ("province", "A-17"), ("province", "A-17"),
    ]  # fmt: skip
    assert not (tmp_path / "t").exists()


def test_allocation__units_of_one_entity_in_two_provinces__refused_with_the_row(tmp_path: Path) -> None:
    done = run(tmp_path, [POWER, POWER | {"unit_id": "2", "province": "11"}], "FINAL")
    assert done.exit_code == 2
    [error] = json.loads(done.stdout)["errors"]
    assert (error["row"], error["column"], error["rule"]) == (2, "province", "A-17")


def test_allocation__two_plans_of_which_one_is_incomplete__both_mistakes_at_once(tmp_path: Path) -> None:
    file = tmp_path / "units.json"
    plans = [{"sector": "power", "year": 2025, "cap_mode": "ABSOLUTE"}, {"sector": "power", "year": 2025}]
    file.write_text(json.dumps({"units": [POWER], "plans": plans}))
    done = CliRunner().invoke(app, ["allocation", str(file), "--json"])
    assert [(error["row"], error["column"]) for error in json.loads(done.stdout)["errors"]] == [
        (1, "cap_t"), (2, "plan"),
    ]  # fmt: skip
