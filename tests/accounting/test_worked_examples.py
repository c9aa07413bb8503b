"""The worked examples of the domain file, from the file and as our own copies, to the last digit."""

import json
from pathlib import Path
from typing import Any

import pytest

from oracles.accounting import RefusedError
from oracles.accounting.worked import compare, covered

SHARED = Path(__file__).resolve().parents[2] / "../shared/domain/parameters.json"


def shared_examples() -> list[dict[str, Any]]:
    if not SHARED.is_file():
        return []
    return [
        example for example in json.loads(SHARED.read_text(encoding="utf-8"))["worked_examples"] if covered(example)
    ]


COPIES: list[dict[str, Any]] = [
    {
        "id": "EX-PWR-1",
        "rule": "D-02",
        "inputs": {"fuel_t": 1200000, "carbon_tC_per_t": "0.5480", "oxidation": "0.99"},
        "expected": {"emission_tCO2": "2387088.00", "emission_integer_t": 2387088},
    },
    {
        "id": "EX-PWR-2",
        "rule": "D-03",
        "inputs": {"fuel_t": 850000, "ncv_GJ_per_t": "19.876", "carbon_tC_per_GJ": "0.03085", "oxidation": "0.99"},
        "expected": {"emission_tCO2": "1891950.23", "emission_integer_t": 1891950},
    },
    {
        "id": "EX-PWR-2r",
        "rule": "D-03",
        "inputs": {"fuel_t": 850000, "carbon_tC_per_t_rounded": "0.6132", "oxidation": "0.99"},
        "expected": {"emission_tCO2": "1892028.60", "emission_integer_t": 1892029},
    },
    {
        "id": "EX-PWR-4",
        "rule": "D-02",
        "inputs": {"fuel_t": 300, "ncv_GJ_per_t": "42.652", "carbon_tC_per_GJ": "0.02020", "oxidation": "0.98"},
        "expected": {"emission_tCO2": "928.77"},
    },
    {
        "id": "EX-PWR-5",
        "rule": "D-05",
        "inputs": {"electricity_MWh": 8000, "grid_factor": "0.5703"},
        "expected": {"emission_tCO2": "4562.40"},
    },
    {
        "id": "EX-STL-1",
        "rule": "D-10",
        "inputs": {
            "washed_coal_t": 1500000,
            "anthracite_t": 400000,
            "natural_gas_1e4Nm3": 5000,
            "limestone_t": 600000,
            "dolomite_t": 120000,
            "electrode_t": 500,
            "scrap_t": 300000,
            "crude_steel_t": 3000000,
            "coal_tar_t": 40000,
            "crude_benzol_t": 12000,
        },
        "expected": {
            "fossil": "4799984.24",
            "process": "334051.50",
            "embedded_deduction": "259544.00",
            "total_tCO2": "4874491.74",
            "total_integer_t": 4874492,
            "t_per_t_crude_steel": "1.6248",
        },
    },
    {
        "id": "EX-STL-3",
        "rule": "D-12",
        "inputs": {"blast_furnace_gas_1e4Nm3": 120000, "coke_oven_gas_1e4Nm3": 10000, "oxidation": "0.99"},
        "expected": {"emission_tCO2": "1094097.73"},
    },
    {
        "id": "EX-CEM-1",
        "rule": "D-13",
        "inputs": {
            "bituminous_t": 220000,
            "ncv_GJ_per_t": "23.076",
            "carbon_tC_per_GJ": "0.02618",
            "oxidation": "0.99",
            "clinker_t": 1550000,
            "clinker_factor": "0.535",
        },
        "expected": {
            "fuel": "482457.96",
            "process": "829250.00",
            "total": "1311707.96",
            "t_per_t_clinker": "0.8463",
        },
    },
    {
        "id": "EX-CEM-2",
        "rule": "D-13",
        "inputs": {
            "clinker_t": 1000000,
            "clinker_factor": "0.535",
            "carbide_slag_t": 200000,
            "carbide_factor": "0.480",
            "steel_slag_t": 50000,
            "steel_slag_factor": "0.215",
        },
        "expected": {"process": "428250.00", "carbide_substitution_pct": "17.94", "special_case": False},
    },
    {
        "id": "EX-ALU-1",
        "rule": "D-14",
        "inputs": {
            "aluminium_t": 500000,
            "anode_net_tC_per_t": "0.411",
            "sulfur": "0.02",
            "ash": "0.004",
            "cf4_kg_per_t": "0.034",
            "c2f6_kg_per_t": "0.0034",
        },
        "expected": {
            "anode_factor": "1.470832",
            "anode_t": "735416.00",
            "pfc_factor": "0.26316",
            "pfc_t": "131580.00",
            "total": "866996.00",
            "anode_t_if_factor_rounded_2dp": "735000.00",
        },
    },
    {
        "id": "EX-ALU-2",
        "rule": "D-14",
        "inputs": {"aluminium_t": 300000, "anode_effect_min": "0.18"},
        "expected": {"cf4_kg_per_t": "0.025740", "c2f6_kg_per_t": "0.002574", "pfc_t": "59768.28"},
    },
    {
        "id": "EX-CMS-1",
        "rule": "D-15",
        "inputs": {"co2_g_per_m3_dry_std": "220.500", "flow_1e4Nm3_per_day": "4300.250"},
        "expected": {"t_per_day": "9482.051"},
    },
    {
        "id": "EX-CCR-1",
        "rule": "E-10",
        "inputs": {"export_MWh": 352000, "import_MWh": 2000, "OM": "0.80", "BM": "0.30", "wOM": "0.5", "wBM": "0.5"},
        "expected": {"ER": 192500},
    },
]


@pytest.mark.parametrize("example", COPIES, ids=lambda example: str(example["id"]))
def test_worked_example__own_copy__equal_to_the_last_digit(example: dict[str, Any]) -> None:
    assert [each for each in compare(example) if not each.equal] == []


@pytest.mark.data
@pytest.mark.skipif(not SHARED.is_file(), reason="the domain file is not beside the checkout")
def test_worked_examples__domain_file__equal_to_the_last_digit() -> None:
    examples = shared_examples()
    assert {example["id"] for example in COPIES} <= {example["id"] for example in examples}
    assert [each for example in examples for each in compare(example) if not each.equal] == []


@pytest.mark.data
@pytest.mark.skipif(not SHARED.is_file(), reason="the domain file is not beside the checkout")
def test_tables__domain_file__same_factors() -> None:
    from registry_sdk import parameters

    shared = json.loads(SHARED.read_text(encoding="utf-8"))["tables"]
    for name in (
        "steel_factors_tCO2_per_t",
        "cement_clinker_factors_tCO2_per_t",
        "cement_substitute_deductions_tCO2_per_t",
    ):
        ours = {row["item"]: f"{row['value']:f}" for row in parameters.table(name)}
        assert ours == {key: value for key, value in shared[name].items() if key not in ("source", "confidence")}
        named = {row["item"] for row in parameters.table("accounting_items")}
        assert set(ours) <= named
    fuels = {row["key"] for row in shared["fuel_defaults"]["rows"]}
    assert fuels <= {row["fuel"] for row in parameters.table("fuel_groups")}


@pytest.mark.parametrize(
    ("rule", "inputs", "expected"),
    [
        ("D-05", {"electricity_MWh": 1000, "grid_factor": "0.5810"}, {"emission_tCO2": "581.00"}),
        ("D-05", {"electricity_MWh": 1000, "year": 2024}, {"emission_tCO2": "0.00"}),
        (
            "D-02",
            {"fuel_1e4Nm3": 10, "ncv_GJ_per_1e4Nm3": "389.31", "carbon_tC_per_GJ": "0.01532"},
            {"emission_integer_t": 217},
        ),
        ("D-02", {"diesel_t": 300, "oxidation": "0.980"}, {"emission_tCO2": "928.77"}),
        (
            "D-02",
            {"fuel_t": 300, "ncv_GJ_per_t": "42.652", "carbon_tC_per_GJ": "0.0202", "oxidation": "0.980"},
            {"emission_tCO2": "928.77"},
        ),
        ("D-02", {"natural_gas_1e4Nm3": 10, "diesel_t": 300}, {"emission_tCO2": "1145.27"}),
        ("D-11", {"coke_in_t": 100, "blast_furnace_gas_out_1e4Nm3": 10}, {"total_tCO2": "221.07"}),
        ("D-13", {"clinker_t": 10, "carbide_slag_t": 20}, {"process": "0.00"}),
        ("D-14", {"aluminium_t": 100, "anode_effect_min": "0"}, {"pfc_t": "0.00"}),
    ],
)
def test_worked_form__unseen_examples__equal(rule: str, inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    found = compare({"id": "X", "rule": rule, "inputs": inputs, "expected": expected})
    assert [each for each in found if not each.equal] == []


def test_worked_form__measured_figures_beside_two_fuels__refused() -> None:
    inputs = {"natural_gas_1e4Nm3": 10, "diesel_t": 300, "carbon_tC_per_GJ": "0.02"}
    with pytest.raises(RefusedError, match="several fuels"):
        compare({"id": "X", "rule": "D-02", "inputs": inputs, "expected": {}})


def test_worked_form__factor_other_than_the_law__told() -> None:
    example = {"id": "X", "rule": "D-13", "inputs": {"clinker_t": 10, "clinker_factor": "0.5274"}, "expected": {}}
    assert [(each.figure, each.ours) for each in compare(example)] == [("inputs.clinker_factor", None)]


@pytest.mark.parametrize("inputs", [{}, {"fuel_t": "x"}, {"fuel_t": -1}, {"gold_t": 1}, {"fuel_t": None}])
@pytest.mark.parametrize("rule", ["D-02", "D-05", "D-10", "D-13", "D-14", "D-15", "E-10", "Z-99"])
def test_worked_form__unreadable__refused(rule: str, inputs: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        compare({"id": "X", "rule": rule, "inputs": inputs, "expected": {}})
