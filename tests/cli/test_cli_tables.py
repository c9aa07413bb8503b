"""Allocation tables from a calculation's result to the chain, through a real service; refusals name the row."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from service_stage import PROVINCE, SECTOR, ServiceStage
from test_cli_service import Terminal, approve, wait_for
from typer.testing import CliRunner

from registry_cli.calc import app as calculators
from registry_sdk.allocation import ALL_FREE
from registry_sdk.signers import EthereumSigner

pytestmark = pytest.mark.e2e

YEAR = 2023
FIRMS = (7101, 7102, 7103)
Change = Callable[[dict[str, Any]], object]


def unit(entity: object, verified: int, **fields: Any) -> dict[str, Any]:
    return {
        "entity_id": str(entity), "province": str(PROVINCE), "sector": "power", "year": YEAR, "unit_id": "1",
        "unit_class": "I", "generation_MWh": "1000000", "supplied_MWh": "950000", "load_factor_pct": "70",
        "verified_t": str(verified), "previous_verified_t": "100001",
    } | fields  # fmt: skip


@pytest.fixture(scope="module")
def terminal(stage: ServiceStage, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """Three firms of one province, a plan for their year."""
    terminal = Terminal(stage, tmp_path_factory.mktemp("tables"))
    for number in FIRMS:
        stage.open_account(number, EthereumSigner.create())
    stage.office.act("allowances", "openVintage", YEAR)
    stage.office.act("allocation", "setPlan", YEAR, SECTOR, 1, 10_000_000, *ALL_FREE)
    return terminal


@pytest.fixture
def result(tmp_path: Path) -> Callable[..., Path]:
    number = itertools.count(1)

    def calculate(*units: dict[str, Any], suffix: str = "json", change: Change = lambda content: None) -> Path:
        source, out = tmp_path / "units.json", tmp_path / f"{next(number)}.{suffix}"
        source.write_text(json.dumps({"units": units or [unit(n, 800_000 + n) for n in FIRMS]}))
        done = CliRunner().invoke(calculators, ["allocation", str(source), "--out", str(out), "--json"])
        assert done.exit_code == 0, done.output
        if suffix == "json":
            content = json.loads(out.read_bytes())
            change(content)
            out.write_text(json.dumps(content))
        return out

    return calculate


def refused(terminal: Terminal, *words: object) -> list[tuple[int, str, str]]:
    """Row, column and rule of every refusal; each says what would be valid in both languages."""
    errors = terminal.run("officer", "table", "check", *words, code=2)["errors"]
    assert all(error[name] for error in errors for name in ("zh", "en", "valid_zh", "valid_en"))
    return [(error["row"], error["column"], error["rule"]) for error in errors]


@pytest.mark.parametrize("suffix", ["json", "xlsx"])
def test_check__result_of_a_calculation__totals_and_plan(terminal: Terminal, result: Any, suffix: str) -> None:
    file = result(*(unit(n, 700_000) for n in FIRMS), suffix=suffix)
    (table,) = terminal.run("officer", "table", "check", file, "--kind", "PRE_ALLOCATION")["tables"]
    assert (table["year"], table["sector"], table["province"], table["kind"]) == (YEAR, 1, PROVINCE, "PRE_ALLOCATION")
    assert (table["rows"], table["total"], table["previous"]) == (3, 3 * 70_000, 0)
    assert table["free_cap"] == 10_000_000


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: c["entities"][1].update(allocation=-5), [(2, "allocation", "B-05")]),
        (lambda c: c["entities"][1].update(allocation="viel"), [(2, "allocation", "B-05")]),
        (lambda c: c["entities"][1].pop("allocation"), [(2, "allocation", "B-05")]),
        (lambda c: c["entities"][0].update(entity_id="firm"), [(1, "entity_id", "A-06")]),
        (lambda c: c["entities"][0].update(province=None), [(1, "province", "A-17")]),
        (lambda c: c["entities"][2].update(sector="glass"), [(3, "sector", "A-05a")]),
        (lambda c: c["entities"][2].update(entity_id="07102"), [(3, "entity_id", "B-01")]),
        (lambda c: c["plans"].append(c["plans"][0]), [(2, "plan", "B-13")]),
        (lambda c: c["plans"][0].update(cap_mode="ABSOLUTE", free_cap=1), [(1, "free_cap", "B-13")] * 2),
        (lambda c: c["entities"][0].update(allocation=1), [(1, "sum_free", "L-06")]),
        (lambda c: c.update(ok=False), [(0, "ok", "D-07")]),
    ],
)
def test_check__result_changed_by_hand__refused_with_place_and_rule(
    terminal: Terminal, result: Any, change: Change, expected: list[Any]
) -> None:
    units = [unit(n, 800_000, pre_allocated_t="1000") for n in FIRMS]
    found = refused(terminal, result(*units, change=change), "--offline")
    assert found == expected


def test_check__accounts_the_register_does_not_have_so__refused_row_by_row(terminal: Terminal, result: Any) -> None:
    terminal.stage.office.act(
        "accounts", "openAccounts", [(7105, 1, 3, PROVINCE, 1, b"\x05" * 32, [(EthereumSigner.create().signer, 7)])]
    )
    file = result(unit(7101, 800_000), unit(7199, 800_000), unit(7105, 800_000))
    assert refused(terminal, file) == [(2, "entity_id", "O-12"), (3, "entity_id", "A-01b")]


def test_check__above_the_plan_or_without_one__refused(terminal: Terminal, result: Any) -> None:
    big = result(*(unit(n, 9_000_000, generation_MWh="9000000", supplied_MWh="8550000") for n in FIRMS))
    assert refused(terminal, big) == [(1, "allocation", "B-13")]
    assert refused(terminal, result(unit(7101, 800_000, year=2024))) == [(1, "allocation", "B-13a")]


def test_check__recalculation_of_nothing__refused(terminal: Terminal, result: Any) -> None:
    file = result(unit(7103, 800_000))
    assert refused(terminal, file, "--kind", "RECALCULATION") == [(1, "entity_id", "B-16")]


def test_check__selection_that_matches_no_table__names_what_there_is(terminal: Terminal, result: Any) -> None:
    said = terminal.run("officer", "table", "check", result(), "--province", 99, "--offline", code=2)
    assert f"{YEAR}/1/{PROVINCE}/FINAL" in said


def test_approve__result_of_a_calculation__issued_then_refused_then_recalculated(
    terminal: Terminal, result: Any
) -> None:
    proposed = terminal.officer("table", "approve", result(), key="registry-0")
    (act,), (table,) = proposed["acts"], proposed["tables"]
    assert (act["function"], act["args"]["table"]["root"], table["state"]) == (
        "approveTable",
        table["root"],
        "PROPOSED",
    )
    # The checker calculates by himself and compares before he signs.
    terminal.run("officer", "table", "check", result(), "--act", act["id"])
    other = result(unit(7101, 807_101), unit(7102, 807_102, generation_MWh="900000"), unit(7103, 807_103))
    assert refused(terminal, other, "--act", act["id"]) == [(2, "allocation", "L-05")]
    approve(terminal, proposed, f"province-{PROVINCE}-0")
    wait_for(lambda: terminal.stage.client.table(table["id"])["state"] == "ISSUED")
    held = {e["account"]: e["determined"] for e in terminal.stage.client.entitlements(year=YEAR)}
    assert sum(held[n] for n in FIRMS) == table["total"]

    assert refused(terminal, result()) == [(at, "entity_id", "B-06a") for at in (1, 2, 3)]
    again = terminal.run("officer", "table", "check", other, "--kind", "RECALCULATION")["tables"]
    assert [(t["rows"], t["previous"]) for t in again] == [(3, table["total"])]


def test_screen__refused_table__shows_row_rule_and_remedy(terminal: Terminal, result: Any) -> None:
    file = result(unit(7199, 800_000))
    words = ["officer", "table", "check", str(file), "--url", terminal.stage.url]
    shown = CliRunner().invoke(terminal.apps["officer"], words)
    assert shown.exit_code == 2
    assert "O-12" in shown.stderr
