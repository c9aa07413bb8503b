"""What a second reading of the rules asked for: cases in which a plausible figure would have been the wrong one."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from oracles.accounting import account, validate
from oracles.accounting.worked import Comparison
from registry_cli.calc import app
from registry_sdk.calc import (
    CalculationError,
    Credit,
    IndustryMember,
    Plan,
    PowerUnit,
    Surrender,
    accept_offsets,
    allocate_sector,
    allocate_unit,
    apply_plan,
    compliance_status,
    sanction,
    shortfall_fine,
)
from registry_sdk.calc.tables.allocation import allocate_table
from registry_sdk.calc.tables.compliance import compliance_table

UNIT: dict[str, Any] = {
    "entity_id": "A", "sector": "power", "year": 2024, "unit_id": "1", "unit_class": "I", "generation_MWh": 1000000,
    "load_factor_pct": 70, "verified_t": 700000, "differentiated": True,
}  # fmt: skip
OBLIGATION: dict[str, Any] = {
    "entity_id": "A", "sector": "power", "year": 2024, "verified_t": 1000, "mean_price_yuan": "70",
}  # fmt: skip


def call(command: str, path: Path, content: Any) -> tuple[int, Any]:
    path.write_text(json.dumps(content), encoding="utf-8")
    result = CliRunner().invoke(app, [command, str(path), "--json"])
    return result.exit_code, json.loads(result.stdout)


def entity_of(row: dict[str, Any], *plans: dict[str, Any]) -> dict[str, Any]:
    report = allocate_table([(1, row)], list(enumerate(plans, 1)))
    assert not report.errors
    return report.sections["entities"][0]


def status_row(row: dict[str, Any], *surrenders: tuple[str, int]) -> dict[str, Any]:
    acts = [
        {"entity_id": "A", "year": 2024, "day": day, "vintage": 2024, "quantity_t": tonnes}
        for day, tonnes in surrenders
    ]
    report = compliance_table({"obligations": [(1, OBLIGATION | row)], "surrenders": list(enumerate(acts, 1))})
    assert not report.errors
    return report.sections["obligations"][0]


def test_allocate_sector__steel_output_without_process_emissions__is_refused() -> None:
    """The intensity of steel covers ironmaking and sintering, never the whole entity (B-10b)."""
    with pytest.raises(CalculationError, match="ironmaking") as caught:
        allocate_sector("steel", [IndustryMember(year=2025, verified_t=900000, product_t=500000)])
    assert (caught.value.rule, caught.value.field) == ("B-10b", "intensity_emissions_t")


def test_allocate_table__firm_named_after_pre_allocation__nothing_issued_twice() -> None:
    """791,000 in all: 500,000 are with the firm, only the rest reaches the province account (B-09)."""
    entity = entity_of(UNIT | {"pre_allocated_t": 500000})
    assert (entity["pre_issued"], entity["final_issued"], entity["total_issued"]) == (500000, 291000, 791000)
    assert (entity["forced_surrender"], entity["released"], entity["short"]) == (291000, 0, 409000)


def test_allocate_table__named_firm_whose_pre_allocation_was_too_high__returns_the_rest() -> None:
    entity = entity_of(UNIT | {"pre_allocated_t": 800000})
    assert (entity["claw_back"], entity["forced_surrender"], entity["short"]) == (9000, 0, 700000)


def test_allocate_table__named_firm_under_a_cap__what_is_not_issued_ahead_does_not_count() -> None:
    plan = {"sector": "power", "year": 2024, "cap_mode": "ABSOLUTE", "cap_t": 400000}
    assert entity_of(UNIT | {"previous_verified_t": 700000}, plan)["allocation"] == 400000


@pytest.mark.parametrize(
    ("as_of", "decided", "surrenders", "deduction"),
    [
        ("2026-01-02", None, [("2026-01-02", 1000)], 0),
        ("2026-01-02", None, [("2026-01-02", 400)], 600),
        ("2026-01-02", None, [], 1000),
        ("2026-03-01", "2026-02-01", [("2026-02-02", 1000)], 1000),
        ("2026-03-01", "2026-02-01", [("2026-02-01", 1000)], 0),
        ("2026-03-01", "2026-04-01", [("2026-02-02", 300)], 700),
        ("2026-09-01", "2026-08-15", [], 0),
    ],
)
def test_compliance_table__made_good_after_the_deadline__only_the_rest_is_deducted(
    as_of: str, decided: str | None, surrenders: list[tuple[str, int]], deduction: int
) -> None:
    """The fine is for the missed deadline; the deduction for what is not made good when it is decided (C-08)."""
    row = status_row({"as_of": as_of, "decided_on": decided}, *surrenders)
    assert (row["min_yuan"], row["deduction_t"]) == ("350000.00", deduction)


def test_shortfall_fine__more_still_missing_than_was_short__is_refused() -> None:
    with pytest.raises(CalculationError, match="more than the 5"):
        shortfall_fine(short_t=5, still_missing_t=6, deadline=date(2025, 12, 31), mean_price_yuan=1)


def test_shortfall_fine__no_price__says_what_is_needed() -> None:
    with pytest.raises(CalculationError, match="mean price of the month") as caught:
        shortfall_fine(short_t=5, deadline=date(2025, 12, 31))
    assert "成交" in caught.value.valid_zh


@pytest.mark.parametrize(
    ("day", "low", "high"),
    [(date(2024, 4, 30), 10000, 30000), (date(2024, 5, 1), 500000, 2000000)],
)
def test_sanction__false_report_around_the_regulation__range_of_the_day(day: date, low: int, high: int) -> None:
    result = sanction(act="art22", on=day, gain_yuan=100)
    assert (result["min_yuan"], result["max_yuan"]) == (low, high)
    assert result["confiscated_yuan"] == (100 if day >= date(2024, 5, 1) else 0)
    assert [used.key for used in result.parameters] == (
        ["fine_fixed_range_false_report_yuan"]
        if day < date(2024, 5, 1)
        else ["penalties.art22.fixed_min_yuan", "penalties.art22.fixed_max_yuan"]
    )


@pytest.mark.parametrize(("year", "refused"), [(2025, ["credit_id"]), (2024, [])])
def test_compliance_table__one_credit_for_two_years__is_refused(year: int, refused: list[str]) -> None:
    credit = {"entity_id": "A", "credit_id": "c", "recorded_on": "2024-06-01", "quantity_t": 10}
    offsets = [
        (1, credit | {"year": 2024, "day": "2025-06-01"}),
        (2, credit | {"year": year, "day": "2025-07-01"}),
    ]
    owed = [(n, OBLIGATION | {"year": y, "as_of": "2025-12-31"}) for n, y in enumerate((2024, 2025), 1)]
    report = compliance_table({"obligations": owed, "offsets": offsets})
    assert [(error.error.rule, error.error.field) for error in report.errors] == [("C-06a", name) for name in refused]


def test_results__status_and_offsets__name_the_versions_they_stand_on() -> None:
    status = compliance_status(
        year=2024,
        sector="power",
        obligation_t=10,
        surrenders=[Surrender(date(2026, 1, 5), 2026, 10)],
        as_of=date(2026, 1, 5),
    )
    used = {each.key: each.version for each in status.parameters}
    assert all(used.values())
    assert set(used) == {
        "compliance_calendar.2024/power.surrender_deadline",
        "vintage_rules.current/2024.vintage_from",
        "vintage_rules.current/2024.vintage_to",
        "vintage_rules.arrears/2019.vintage_from",
        "vintage_rules.arrears/2019.vintage_to",
    }
    offsets = accept_offsets(obligation_t=100, credits=[Credit(date(2024, 6, 1), 5)], used_on=date(2025, 6, 1))
    assert {each.key for each in offsets.parameters} == {
        "old_ccer_cutoff_registration_date",
        "old_ccer_last_use_date",
        "new_ccer_market_start",
    }


def test_results__gas_exemption_applied__names_its_rule() -> None:
    unit = PowerUnit(year=2024, unit_class="IV", generation_mwh=1000, verified_t=400)
    assert "B-04" in allocate_unit(unit).rules
    assert "B-04" not in allocate_unit(PowerUnit(year=2024, unit_class="IV", generation_mwh=1000, verified_t=1)).rules


@pytest.mark.parametrize(("mode", "word"), [("INTENSITY", "intensity"), ("ABSOLUTE", "absolute cap")])
def test_apply_plan__either_mode__explains_its_own_formula(mode: str, word: str) -> None:
    assert apply_plan(Plan("power", 2026, cap_mode=mode, cap_t=10), [5]).formula.en.startswith(word)


def test_cases__explained__name_rules_and_parameter_versions(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    cases = [
        {"id": "a", "rule": "B-06", "inputs": {"previous_year_verified_t": 10, "rate_2024": "0.70"}},
        {"id": "b", "rule": "A-20", "inputs": {"prev_close": "74.63", "pct": "0.10"}},
    ]
    file.write_text(json.dumps({"cases": cases}), encoding="utf-8")
    result = CliRunner().invoke(app, ["compliance", str(file), "--json", "--explain"])
    told = json.loads(result.stdout)["explanations"]
    assert [each["label"] for each in told] == ["a", "b", "b"]
    assert all(each["rules"] and each["parameters"] and each["formula"]["zh"] for each in told)
    assert all(used["version"] for each in told for used in each["parameters"])


@pytest.mark.parametrize("number", ["0.30000000000000004", "1e400", "123456789012345678901"])
def test_cases__number_with_too_many_digits__says_so(number: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    text = json.dumps({"cases": [{"rule": "C-05", "inputs": {"obligation_t": "@", "ccer_offered_t": 1}}]})
    file.write_text(text.replace('"@"', number), encoding="utf-8")
    result = CliRunner().invoke(app, ["compliance", str(file), "--json"])
    error = json.loads(result.stdout)["errors"][0]
    assert (result.exit_code, error["rule"]) == (2, "C-05")
    assert error["en"].endswith("has more digits than are allowed")
    assert "Decimal" not in error["en"]


@pytest.mark.parametrize("command", ["emissions", "allocation", "compliance"])
def test_worked_examples__rule_that_nobody_calculates__is_never_equal(command: str, tmp_path: Path) -> None:
    example = {"id": "X", "rule": "B-99", "inputs": {}, "expected": {"allocation": 1}}
    code, body = call(command, tmp_path / "x.json", {"worked_examples": [example]})
    rows = body.get("cases") or body["comparisons"]
    assert (code, body["ok"]) == (1, False)
    assert [row["equal"] for row in rows] == [False]


def test_worked_examples__row_without_direction__is_refused_not_dropped(tmp_path: Path) -> None:
    example = {"id": "X", "rule": "D-11", "inputs": {"coke_t": 1, "coke_out_t": 1}, "expected": {}}
    code, body = call("emissions", tmp_path / "x.json", {"worked_examples": [example]})
    assert code == 2
    assert "coke_t" in body["refusals"][0]["problem"]["en"]


@pytest.mark.parametrize(
    ("expected", "ours", "equal"),
    [("928.77", "928.770", True), ("193", "193.00", True), ("193", "194", False), ("false", "False", False),
     ("False", "False", True), ("1", None, False), ("None", None, False)],
)  # fmt: skip
def test_comparison__same_number_written_differently__equal(expected: str, ours: str | None, equal: bool) -> None:
    assert Comparison("X", "figure", expected, ours).equal is equal


def test_screen__credit_and_vintage_that_count_nothing__told_with_rule_and_remedy(tmp_path: Path) -> None:
    place = {"entity_id": "A", "year": 2024}
    content = {
        "obligations": [OBLIGATION | {"as_of": "2025-12-31"}],
        "surrenders": [place | {"day": "2025-12-30", "vintage": 2025, "quantity_t": 1}],
        "offsets": [place | {"day": "2025-06-02", "credit_id": "c1", "recorded_on": "2016-01-01", "quantity_t": 1}],
    }
    file = tmp_path / "x.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    text = CliRunner().invoke(app, ["compliance", str(file), "--explain"]).stdout.replace("\n", " ")
    for word in ("[C-03]", "[C-06]", "老减排量", "an old credit", "不晚于 2024-12-31"):
        assert word in text
    assert "{'" not in text


def test_emissions__ratio_taken_from_the_defaults__shown_without_a_unit() -> None:
    row = {
        "id": "1",
        "flow": "aluminium",
        "item": "primary_aluminium",
        "amount": {"value": "1000", "unit": "t"},
    }
    report = validate({"entity": "X", "sector": "aluminium", "year": 2025, "sources": [row]})
    sentences = [use.text().en for use in account(report).defaults]
    assert any("0.02 is used" in sentence for sentence in sentences)
