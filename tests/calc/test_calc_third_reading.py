"""Files that an official would hand in and that once gave a wrong figure, or a refusal of what is valid."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from oracles.accounting import RefusedError, account, validate
from registry_cli.calc import app
from registry_sdk.calc import CalculationError
from registry_sdk.calc.cases import evaluate, explained
from registry_sdk.calc.tables.allocation import allocate_table
from registry_sdk.calc.tables.compliance import compliance_table
from registry_sdk.calc.tables.report import Report

UNIT: dict[str, Any] = {
    "entity_id": "A", "sector": "power", "year": 2024, "unit_id": "1", "unit_class": "I", "generation_MWh": 1000000,
    "load_factor_pct": 70, "verified_t": 800000,
}  # fmt: skip
LINE: dict[str, Any] = {
    "entity_id": "C", "sector": "cement", "year": 2025, "unit_id": "k", "verified_t": 1000000, "intensity": "0.8",
}  # fmt: skip
CARRY: dict[str, Any] = {
    "entity_id": "A", "sold_t": 0, "bought_t": 0, "registry_available_t": 20000, "met_2023": True, "met_2024": True,
}  # fmt: skip
CREDIT: dict[str, Any] = {
    "entity_id": "A", "year": 2024, "day": "2025-06-01", "credit_id": "c", "recorded_on": "2024-06-01", "quantity_t": 9,
}  # fmt: skip


def run(*rows: dict[str, Any], plans: tuple[dict[str, Any], ...] = ()) -> Report:
    return allocate_table(list(enumerate(rows, 1)), list(enumerate(plans, 1)))


def told(report: Report) -> list[tuple[str, int, str]]:
    assert bool(report.errors) != bool(report.sections)
    return [(error.sheet, error.row, error.error.field) for error in report.errors]


@pytest.mark.parametrize(
    ("year", "heat", "allocation", "obligation"),
    [
        # 1,000,000 x 0.877 x Ff; 1.015^2 at 70% only for condensing units, heat units of these years have no Ff
        (2019, 0, 903507, 1103507),
        (2020, 1000, 877126, 1077126),
    ],
)
def test_allocate_table__first_cycle_verified__entity_allocation_and_obligation(
    year: int, heat: int, allocation: int, obligation: int
) -> None:
    """The threshold makes no special case before 2025, so that a year without one must not be refused (B-11b)."""
    row = UNIT | {"year": year, "supplied_MWh": 1000000, "heat_GJ": heat, "verified_t": 1000000}
    high = run(row | {"verified_t": 10**7}).sections["entities"][0]
    assert (high["allocation"], high["obligation"]) == (allocation, allocation + 2 * 10**6)
    entity = run(row).sections["entities"][0]
    assert (entity["allocation"], entity["obligation"]) == (allocation, min(1000000, obligation))


def test_allocate_table__small_firm__benchmark_to_2024_and_verified_from_2025() -> None:
    row = UNIT | {"generation_MWh": 30000, "verified_t": "25999.99"}
    assert run(row).sections["units"][0]["treatment"] == "BENCHMARK"
    assert run(row | {"year": 2025}).sections["units"][0]["treatment"] == "EQUALS_VERIFIED"
    assert run(row | {"year": 2025, "verified_t": 26000}).sections["units"][0]["treatment"] == "BENCHMARK"


@pytest.mark.parametrize("flag", ["OIL", "IGCC", "ENGINE"])
def test_allocate_table__unit_that_no_class_holds__needs_none(flag: str) -> None:
    row = UNIT | {"year": 2025, "unit_class": None, "flags": flag}
    assert run(row).sections["units"][0]["final"] == 800000
    assert told(run(row | {"flags": None})) == [("units", 1, "unit_class")]


def test_allocate_table__small_line__needs_no_intensity() -> None:
    small = LINE | {"entity_id": "D", "verified_t": 25999, "intensity": None}
    assert [row["final"] for row in run(LINE, small).sections["units"]] == [1000000, 25999]
    assert told(run(LINE, small | {"verified_t": 26000})) == [("units", 2, "intensity")]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"发电量": 5}, "generation_MWh"),
        ({"load_factor_pct": "0.7"}, "load_factor_pct"),
        ({"load_factor_pct": 1}, "load_factor_pct"),
        ({"preallocation_rate": "0.7"}, "previous_verified_t"),
        ({"year": "2024.5"}, "year"),
    ],
)
def test_allocate_table__cell_that_would_mislead__is_refused(change: dict[str, Any], column: str) -> None:
    assert told(run(UNIT | change)) == [("units", 1, column)]


def test_allocate_table__two_intensities__are_refused() -> None:
    assert told(run(LINE | {"intensity_emissions_t": 5, "product_t": 1})) == [("units", 1, "intensity")]


def test_allocate_table__same_column_once_empty__is_read() -> None:
    assert run(UNIT | {"发电量": None, "generated electricity": ""} | {"sector": "Power"}).errors == []


@pytest.mark.parametrize(
    ("plan", "column"),
    [
        ({"sector": "power", "year": 2024, "cap_t": 790999}, "cap_t"),
        ({"sector": "power", "year": 2024, "cap_mode": "INTENSITY", "cap_t": 790999}, "cap_t"),
        ({"sector": "cement", "year": 2024, "balance_value": "0.8"}, "balance_value"),
        ({"sector": "cement", "year": 2025, "balance_value": "0"}, "balance_value"),
    ],
)
def test_allocate_table__plan_without_effect__is_refused_where_it_stands(plan: dict[str, Any], column: str) -> None:
    """A cap or balance value that the calculation would pass over must not look as if it had ruled the result."""
    assert told(run(UNIT, LINE | {"year": plan["year"]}, plans=(plan,))) == [("plans", 1, column)]


def test_allocate_table__intensity_within_its_cap__is_not_scaled() -> None:
    plan = {"sector": "power", "year": 2024, "cap_t": 791000}
    assert run(UNIT, plans=(plan,)).sections["entities"][0]["allocation"] == 791000


def test_allocate_table__plan_of_another_year__is_told_with_no_members() -> None:
    plan = {"sector": "power", "year": 2025, "cap_mode": "ABSOLUTE", "cap_t": 5}
    found = {(row["year"], row["members"], row["sum_free"]) for row in run(UNIT, plans=(plan,)).sections["plans"]}
    assert found == {(2024, 1, 791000), (2025, 0, 0)}


def test_compliance_table__row_given_twice__is_refused() -> None:
    carry = compliance_table({"carryover": [(1, CARRY), (2, CARRY)]})
    assert told(carry) == [("carryover", 2, "entity_id")]
    owed = {"entity_id": "A", "sector": "power", "year": 2024, "verified_t": 1000, "as_of": "2025-12-31"}
    again = compliance_table({"obligations": [(1, owed)], "offsets": [(1, CREDIT), (2, CREDIT)]})
    assert told(again) == [("offsets", 2, "credit_id")]
    parts = compliance_table({"obligations": [(1, owed)], "offsets": [(1, CREDIT), (2, CREDIT | {"quantity_t": 8})]})
    assert parts.sections["obligations"][0]["offset_accepted"] == 17


@pytest.mark.parametrize(
    ("content", "refused"),
    [("1", False), ("1.000001", True), ("54.8", True)],
)
def test_account__carbon_of_a_tonne__at_most_a_tonne(content: str, refused: bool) -> None:
    source = {
        "id": "1", "flow": "fuel", "item": "coal", "amount": {"value": "1000", "unit": "t"},
        "carbon_content": {"value": content, "unit": "tC/t"},
    }  # fmt: skip
    report = validate({"entity": "e", "sector": "power", "year": 2024, "sources": [source]})
    if refused:
        with pytest.raises(RefusedError, match="carbon content of"):
            account(report)
    else:
        assert account(report).value == 3630


def test_account__carbon_per_heat_in_kilograms__is_refused() -> None:
    source = {
        "id": "1", "flow": "fuel", "item": "coal", "amount": {"value": "1000", "unit": "t"},
        "carbon_per_heat": {"value": "30.85", "unit": "tC/GJ"},
    }  # fmt: skip
    with pytest.raises(RefusedError, match="carbon content of"):
        account(validate({"entity": "e", "sector": "power", "year": 2024, "sources": [source]}))


@pytest.mark.parametrize(
    ("rule", "inputs", "figures"),
    [
        ("B-06a", {"pre_allocation": 700, "final_allocation": 600}, {"final_issue": 0, "claw_back": 100}),
        ("B-10a", {"verified_t": "26000.9"}, {"allocation": 26000}),
        ("B-11", {"year": 2025, "flags": ["OIL"], "verified_t": 7}, {"treatment": "EQUALS_VERIFIED", "final": 7}),
        ("B-11b", {"year": 2024, "flags": ["NEW"], "verified_t": 7}, {"treatment": "EXCLUDED", "final": 0}),
        ("B-13", {"cap_t": 100, "allocations": [50, "60"]}, {"allocations": (45, 54)}),
        ("B-16", {"year": 2025, "issued": 10, "recalculated": 7}, {"issue": 0, "return": 3, "working_days": 10}),
        ("C-03", {"compliance_year": "2025", "vintage": "2024"}, {"allowed": False}),
        (
            "B-01",
            {"year": "2021", "unit_class": "II", "supplied_MWh": 1000000, "load_factor_pct": 85, "cooling": "air"},
            {"Ae": 921165},
        ),
    ],
)
def test_cases__question_as_people_write_it__is_answered(
    rule: str, inputs: dict[str, Any], figures: dict[str, Any]
) -> None:
    found = evaluate(rule, inputs)
    assert {name: found[name] for name in figures} == figures


@pytest.mark.parametrize(
    ("rule", "inputs", "field"),
    [
        ("B-09", {"firms": [1]}, "firms"),
        ("B-10b", {"entities": [[5]]}, "entities"),
        ("B-13", {"cap_t": 100, "allocations": [50], "pre_allocated": 101}, "cap_t"),
        ("B-05", {"year": "2024.5", "initial_t": 1, "verified_t": 2}, "year"),
        ("C-08", {"short_t": 1, "avg_price_prev_month_yuan": 5, "deadline": "31/12/2025"}, "deadline"),
        ("C-08", {"short_t": 1, "avg_price_prev_month_yuan": 5, "deadline": 20251231}, "deadline"),
    ],
)
def test_cases__input_of_a_wrong_form__is_named_with_what_is_valid(
    rule: str, inputs: dict[str, Any], field: str
) -> None:
    with pytest.raises(CalculationError) as caught:
        evaluate(rule, inputs)
    assert caught.value.field == field
    assert "object" not in caught.value.en
    assert caught.value.valid_en


def test_cases__misspelt_input__is_told(tmp_path: Path) -> None:
    inputs = {"year": 2024, "unit_class": "III", "generation_MWh": 1000, "heat_Gj": 5}
    assert explained("B-03", inputs).unread == ("heat_Gj",)
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"cases": [{"rule": "B-03", "inputs": inputs}]}), encoding="utf-8")
    assert "heat_Gj" in CliRunner().invoke(app, ["allocation", str(path)]).stdout
