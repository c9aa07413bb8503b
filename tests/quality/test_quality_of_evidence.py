"""Sealed months of evidence as the checks and the picture read them.

Invariants: the newest sealed version of a month counts; either item of a duty meets it; what is not sealed is not read.
"""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from oracles.accounting import account
from oracles.annual import Plan, PlanSource, build_report
from oracles.evidence.months import MonthStore
from oracles.quality.from_evidence import evidence_emissions, evidence_items
from oracles.refusals import OracleError
from oracles.settings import OracleSettings
from oracles.store import open_store
from registry_cli.oracle import app
from registry_sdk.evidence import Item, Month
from registry_sdk.evidence.clock import end_of, last_day

ACCOUNT, YEAR = 1001, 2025
PLAN = Plan(
    "power",
    {f"coal-{n}": PlanSource(item="bituminous", subunit=n, unit_class="conventional_coal") for n in ("1", "2")},
)
DUTIES = {"generation": ("2200.37", "MWh"), "heat_supply": ("311.9", "GJ"), "running_hours": ("660", "h")}


def month_items(month: int) -> list[Item]:
    def item(kind: str, value: Decimal, unit: str) -> Item:
        return Item(kind, f"{value.normalize():f}", unit, b"\x07" * 32, "", None, end_of(last_day(YEAR, month)))

    moved = Decimal(month * 7 % 11) / 1000 + 1
    found = []
    for unit in ("1", "2"):
        found += [item(f"{code}/unit-{unit}", Decimal(v) * moved, u) for code, (v, u) in DUTIES.items()]
        found.append(item(f"load_factor/unit-{unit}", Decimal("0.55") * moved, "1"))
        found.append(item(f"fuel_amount/coal-{unit}", Decimal("1000.5") * moved, "t"))
        found.append(item(f"heat_value/coal-{unit}", Decimal("20.12") * moved, "GJ/t"))
        found.append(item(f"carbon_per_heat/coal-{unit}", Decimal("0.02618") * moved, "tC/GJ"))
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with eleven sealed months and an open one."""
    settings = OracleSettings(home=tmp_path / "home")
    settings.prepare_home()
    store = MonthStore(open_store(settings.database))
    for month in range(1, 13):
        where = Month(ACCOUNT, YEAR, month)
        store.add(where, "power", month_items(month), end_of(date(YEAR, month, 28)))
        if month != 7:
            store.seal(store.newest(where), end_of(date(YEAR, month, 28)))
    return settings.home


def store_of(home: Path) -> MonthStore:
    return MonthStore(open_store(OracleSettings(home=home).database))


def plan_file(folder: Path) -> Path:
    path = folder / "plan.json"
    path.write_text(json.dumps(PLAN.to_json()))
    return path


def test_evidence_items__correction_sealed_and_another_open__newest_sealed_version_counts(home: Path) -> None:
    store, where = store_of(home), Month(ACCOUNT, YEAR, 3)
    old = next(each for each in month_items(3) if each.kind == "generation/unit-1")
    later = end_of(date(YEAR + 1, 6, 1))
    for value, is_sealed in (("2000", True), ("1000", False)):
        store.add(where, "power", [replace(old, value=value)], later, replace=True, correct=True)
        if is_sealed:
            store.seal(store.newest(where), later)
    found = [each for each in evidence_items(store, ACCOUNT, PLAN) if (each.item, each.month) == ("generation", 3)]
    assert {each.subunit: each.value for each in found}["1"] == 2000
    assert {each.submitted for each in found} == {date(YEAR, 3, 28)}, "a correction does not make a month late"


def test_evidence_emissions__plan__as_the_annual_report_of_each_sub_unit(home: Path) -> None:
    found = list(evidence_emissions(store_of(home), ACCOUNT, YEAR, PLAN))
    months = {month: month_items(month) for month in range(1, 13) if month != 7}
    for unit in ("1", "2"):
        expected = account(build_report(str(ACCOUNT), YEAR, PLAN, months, subunit=unit)).by_month()
        assert {each.month: each.value for each in found if each.subunit == unit} == expected
    assert sum((each.value for each in found), Fraction(0)) > 0


def test_check__evidence__open_month_missing_and_nothing_about_test_reports(home: Path, tmp_path: Path) -> None:
    words = ["quality", "check", "--year", str(YEAR), "--evidence", str(ACCOUNT), "--home", str(home), "--json"]
    result = CliRunner().invoke(app, [*words, "--plan", str(plan_file(tmp_path))])
    assert result.exit_code == 1, result.output
    found = json.loads(result.stdout)["findings"]
    missing = [each for each in found if each["code"] == "Q-MISSING"]
    assert {each["figures"]["missing"] for each in missing} == {"7"}
    assert {each["subject"]["subunit"] for each in missing} == {"1", "2"}
    assert not [each for each in found if each["code"].startswith("Q-LAB")]


def test_plot__evidence_with_plan__drawn(home: Path, tmp_path: Path) -> None:
    words = ["plot", str(ACCOUNT), "--year", str(YEAR), "--evidence", str(ACCOUNT), "--home", str(home), "--json"]
    words += ["--plan", str(plan_file(tmp_path)), "--out", str(tmp_path / "year.svg")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["marks"] > 0
    assert "1001" in (tmp_path / "year.svg").read_text()


@pytest.mark.parametrize(
    "words", [[], ["--evidence", "77"], ["--evidence", "1001", "--evidence", "1002", "--plan", "PLAN"]]
)
def test_check__nothing_to_read_or_plan_of_several__refused(home: Path, tmp_path: Path, words: list[str]) -> None:
    words = [str(plan_file(tmp_path)) if each == "PLAN" else each for each in words]
    result = CliRunner().invoke(app, ["quality", "check", "--year", str(YEAR), "--home", str(home), *words])
    assert result.exit_code == 2, result.output


def test_evidence_items__plan_of_another_sector__refused(home: Path) -> None:
    with pytest.raises(OracleError, match="steel"):
        evidence_items(store_of(home), ACCOUNT, Plan("steel"))
