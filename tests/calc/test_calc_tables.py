"""Whole tables: figures that belong together, and refusals with row, column, rule and what would be valid."""

from decimal import Decimal
from typing import Any

import pytest

from registry_sdk.calc.tables.allocation import allocate_table
from registry_sdk.calc.tables.allocation_columns import UNITS
from registry_sdk.calc.tables.compliance import compliance_table
from registry_sdk.calc.tables.report import Report
from registry_sdk.calc.tables.sheet import read_sheet

UNIT: dict[str, Any] = {
    "entity_id": "A", "sector": "power", "year": 2024, "unit_id": "1", "unit_class": "III", "generation_MWh": 1000000,
    "heat_GJ": 0, "verified_t": 820000,
}  # fmt: skip
LINE: dict[str, Any] = {
    "entity_id": "C",
    "sector": "cement",
    "year": 2025,
    "unit_id": "k",
    "verified_t": 1000000,
    "intensity": "0.8",
}


def run(*rows: dict[str, Any], plans: tuple[dict[str, Any], ...] = ()) -> Report:
    return allocate_table(list(enumerate(rows, 1)), list(enumerate(plans, 1)))


def test_allocate_table__power_entity__unit_entity_and_settlement() -> None:
    second = UNIT | {"unit_id": "2", "verified_t": 600000, "generation_MWh": 400000, "pre_allocated_t": 900000}
    report = run(UNIT, second)
    assert not report.errors
    entity = report.sections["entities"][0]
    # 824,400 + 329,760 = 1,154,160 >= 0.8 x 1,420,000 = 1,136,000
    assert (entity["allocation"], entity["obligation"], entity["final_issued"]) == (1154160, 1420000, 254160)


def test_allocate_table__cap_and_deduction__scaled_then_adjusted() -> None:
    row = UNIT | {"previous_verified_t": 800000, "deduction_due_t": 100000}
    report = run(row, plans=({"sector": "power", "year": 2024, "cap_mode": "ABSOLUTE", "cap_t": 700000},))
    entity = report.sections["entities"][0]
    assert (entity["formula"], entity["allocation"], entity["pre_issued"]) == (824400, 700000, 460000)
    assert (entity["final_issued"], entity["total_issued"]) == (140000, 600000)


def test_allocate_table__differentiated_firm__nothing_issued_ahead() -> None:
    report = run(UNIT | {"previous_verified_t": 800000, "differentiated": True})
    entity = report.sections["entities"][0]
    assert (entity["pre_issued"], entity["forced_surrender"], entity["released"]) == (0, 820000, 4400)


def test_allocate_table__before_verification__gives_pre_allocation_only() -> None:
    row = {name: value for name, value in UNIT.items() if name != "verified_t"} | {"previous_verified_t": 1000}
    report = run(row)
    assert report.sections["units"][0]["pre_allocation"] == 700
    assert "obligation" not in report.sections["entities"][0]


def test_allocate_table__industry_sector__balance_over_all_rows() -> None:
    rows = [LINE | {"entity_id": f"C{n}", "verified_t": e, "intensity": i} for n, (e, i) in enumerate(
        [(1000000, "0.80"), (2000000, "0.90"), (1500000, "1.00")]
    )]  # fmt: skip
    report = run(*rows)
    assert report.sections["sectors"][0]["balance_value"] == "0.911111"
    assert [row["final"] for row in report.sections["units"]] == [1018292, 2003658, 1478048]


@pytest.mark.parametrize(
    ("change", "column", "rule"),
    [
        ({"verified_t": -1}, "verified_t", "C-02"),
        ({"verified_t": "many"}, "verified_t", "C-02"),
        ({"verified_t": True}, "verified_t", "C-02"),
        ({"verified_t": float("nan")}, "verified_t", "C-02"),
        ({"verified_t": 0.1 + 0.2}, "verified_t", "C-02"),
        ({"verified_t": "820000 t"}, "verified_t", "C-02"),
        ({"verified_t": Decimal("1E+30")}, "verified_t", "C-02"),
        ({"verified_t": [1]}, "verified_t", "C-02"),
        ({"generation_MWh": None}, "generation_MWh", "B-03"),
        ({"generation_kWh": 5}, "generation_kWh", "B-03"),
        ({"发电量 (万千瓦时)": 5}, "发电量 (万千瓦时)", "B-03"),
        ({"colour": "red"}, "colour", "B-01"),
        ({"sector": "glass"}, "sector", "A-05a"),
        ({"sector": None}, "sector", "A-05a"),
        ({"year": 2018}, "year", "C-01"),
        ({"year": "2024.5"}, "year", "C-01"),
        ({"unit_class": "V"}, "unit_class", "2.1"),
        ({"unit_class": None}, "unit_class", "2.1"),
        ({"load_factor_pct": 101}, "load_factor_pct", "B-03"),
        ({"unit_class": "I"}, "load_factor_pct", "B-03"),
        ({"flags": "SLEEPING"}, "flags", "B-11"),
        ({"flags": "WHITE_CLINKER"}, "flags", "B-11"),
        ({"pre_allocated_t": "1.5"}, "pre_allocated_t", "B-06"),
        ({"previous_verified_t": 10, "preallocation_rate": "0.9"}, "preallocation_rate", "B-06"),
        ({"entity_id": ""}, "entity_id", "A-06"),
        ({"entity_id": "x" * 201}, "entity_id", "A-06"),
        ({"differentiated": "perhaps"}, "differentiated", "B-09"),
        ({"year": 2099, "unit_class": "I"}, "power_benchmarks", "2.1"),
    ],
)
def test_allocate_table__one_wrong_cell__row_column_rule_and_valid_value(
    change: dict[str, Any], column: str, rule: str
) -> None:
    report = run(UNIT, UNIT | {"unit_id": "2"} | change)
    assert not report.sections
    found = [error.to_json() for error in report.errors]
    assert [(error["row"], error["column"], error["rule"]) for error in found] == [(2, column, rule)]
    assert found[0]["valid_zh"]
    assert found[0]["valid_en"]


def test_allocate_table__several_mistakes__all_are_told() -> None:
    report = run(UNIT | {"verified_t": -1, "sector": "glass"}, UNIT | {"year": "x"})
    assert [(error.row, error.error.field) for error in report.errors] == [
        (1, "sector"),
        (1, "verified_t"),
        (2, "year"),
    ]


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        ((UNIT, UNIT), "unit_id"),
        ((UNIT, UNIT | {"unit_id": "2", "sector": "steel", "intensity": 1}), "sector"),
        ((UNIT, UNIT | {"unit_id": "2", "verified_t": None}), "verified_t"),
        ((LINE, LINE | {"entity_id": "D", "intensity": None}), "intensity"),
        ((LINE, LINE | {"entity_id": "D", "verified_t": None}), "verified_t"),
        ((), "units"),
    ],
)
def test_allocate_table__rows_that_contradict__are_refused(rows: tuple[dict[str, Any], ...], column: str) -> None:
    report = run(*rows)
    assert [error.error.field for error in report.errors] == [column]


@pytest.mark.parametrize(
    "plans",
    [
        ({"sector": "power", "year": 2024}, {"sector": "power", "year": 2024}),
        ({"sector": "power", "year": 2024, "cap_mode": "ABSOLUTE"},),
        ({"sector": "power", "year": 2024, "cap_mode": "ABSOLUTE", "cap_t": 10},),
        ({"sector": "power", "year": 2024, "free_share": "0.5"},),
        ({"sector": "power", "year": 2024, "balance_value": "0.5"},),
    ],
)
def test_allocate_table__plan_overlapping_or_below_pre_allocation__is_refused(
    plans: tuple[dict[str, Any], ...],
) -> None:
    report = run(UNIT | {"pre_allocated_t": 11}, plans=plans)
    assert [(error.sheet, error.error.rule[:3]) for error in report.errors] == [("plans", "B-1")]


def test_allocate_table__explained__every_result_once_with_versions() -> None:
    content = run(UNIT, LINE).to_json(explain=True)
    labels = [entry["label"] for entry in content["explanations"]]
    assert labels.count("1") == 1
    unit = next(entry for entry in content["explanations"] if entry["label"] == "1")
    assert unit["parameters"]
    assert unit["formula"]["zh"]


OBLIGATION: dict[str, Any] = {
    "entity_id": "A", "sector": "power", "year": 2024, "verified_t": 1000, "as_of": "2026-02-01",
    "mean_price_yuan": "60", "usable_allowances_t": 100, "allowance_price_yuan": 70,
}  # fmt: skip


def comply(**sheets: list[dict[str, Any]]) -> Report:
    return compliance_table({name: list(enumerate(rows, 1)) for name, rows in sheets.items()})


def test_compliance_table__short_firm__status_fine_and_forecast() -> None:
    surrender = {"entity_id": "A", "year": 2024, "day": "2025-12-30", "vintage": 2024, "quantity_t": 800}
    offset = {
        "entity_id": "A", "year": 2024, "day": "2025-12-30", "credit_id": "c", "recorded_on": "2025-01-01",
        "quantity_t": 80,
    }  # fmt: skip
    report = comply(obligations=[OBLIGATION], surrenders=[surrender], offsets=[offset])
    row = report.sections["obligations"][0]
    assert (row["status"], row["missing"], row["offset_accepted"]) == ("SHORT_PARTIAL", 150, 50)
    assert (row["min_yuan"], row["max_yuan"], row["deduction_t"]) == ("45000.00", "90000.00", 150)
    assert (row["coverage"], row["allowances_to_buy"]) == ("0.9500", 50)


def test_compliance_table__older_cycle__obligation_under_the_gap_cap() -> None:
    row = OBLIGATION | {"year": 2022, "free_allocation_t": 700, "as_of": "2023-12-31", "usable_allowances_t": None}
    assert comply(obligations=[row]).sections["obligations"][0]["obligation"] == 900


def test_compliance_table__price_from_trades__volume_weighted() -> None:
    row = OBLIGATION | {"mean_price_yuan": None}
    trades = [{"day": "2025-11-05", "quantity_t": 100, "price_yuan": "60"}]
    assert comply(obligations=[row], trades=trades).sections["obligations"][0]["min_yuan"] == "300000.00"


def test_compliance_table__carryover_only__limits() -> None:
    row = {
        "entity_id": "A",
        "sold_t": 120000,
        "bought_t": 50000,
        "registry_available_t": 90000,
        "met_2023": "是",
        "met_2024": True,
    }
    assert comply(carryover=[row]).sections["carryover"][0]["max_carry"] == 90000
    missed = comply(carryover=[row | {"met_2024": "no"}])
    assert missed.sections["carryover"][0]["max_carry"] == 0


@pytest.mark.parametrize(
    ("sheets", "sheet", "column"),
    [
        ({}, "obligations", "obligations"),
        ({"obligations": [OBLIGATION | {"as_of": "soon"}]}, "obligations", "as_of"),
        ({"obligations": [OBLIGATION | {"mean_price_yuan": None}]}, "obligations", "mean_price_yuan"),
        ({"obligations": [OBLIGATION, OBLIGATION]}, "obligations", "entity_id"),
        ({"obligations": [OBLIGATION | {"year": 2023, "sector": "steel"}]}, "obligations", "compliance_calendar"),
        (
            {"obligations": [OBLIGATION], "surrenders": [
                {"entity_id": "B", "year": 2024, "day": "2025-01-01", "vintage": 2024, "quantity_t": 1}
            ]},
            "surrenders",
            "entity_id",
        ),
    ],
)  # fmt: skip
def test_compliance_table__wrong_row__is_refused(sheets: dict[str, Any], sheet: str, column: str) -> None:
    report = comply(**sheets)
    assert [(error.sheet, error.error.field) for error in report.errors] == [(sheet, column)]


def test_read_sheet__required_cell_left_out_of_a_later_row__that_row_is_refused() -> None:
    row = {"entity_id": "1", "sector": "power", "year": 2025, "unit_id": "1", "unit_class": "I"}
    without = {name: value for name, value in row.items() if name != "unit_id"}
    _, errors = read_sheet(UNITS, [(1, row), (2, without)])
    assert [(error.row, error.error.field) for error in errors] == [(2, "unit_id")]
