"""Worked examples to the last digit: our own record, and the domain file beside the checkout where it is there."""

import json
from pathlib import Path
from typing import Any

import pytest
from cases_of_record import CASES as RECORD

from registry_sdk.calc import CASES, evaluate
from registry_sdk.calc.result import plain

SHARED = Path(__file__).resolve().parents[2] / "../shared/domain/parameters.json"


def assert_meets(figures: Any, expected: Any) -> None:
    for name, value in expected.items():
        if isinstance(value, dict):
            assert_meets(figures[name], value)
        else:
            assert plain(figures[name]) == value, name


@pytest.mark.parametrize(
    ("rule", "inputs", "expected"), [case[1:] for case in RECORD], ids=[case[0] for case in RECORD]
)
def test_evaluate__case_of_record__every_figure_to_the_last_digit(
    rule: str, inputs: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert_meets(evaluate(rule, inputs), expected)


@pytest.mark.data
def test_evaluate__examples_of_the_domain_file__every_figure_to_the_last_digit() -> None:
    if not SHARED.is_file():
        pytest.skip("the domain file is not beside the checkout")
    examples = json.loads(SHARED.read_text(encoding="utf-8"))["worked_examples"]
    ours = [example for example in examples if example["rule"] in CASES]
    for example in ours:
        assert_meets(evaluate(example["rule"], example["inputs"]), example["expected"])
    assert len(ours) >= 24


@pytest.mark.data
def test_parameters__values_of_the_domain_file__are_ours_as_well() -> None:
    if not SHARED.is_file():
        pytest.skip("the domain file is not beside the checkout")
    from registry_sdk import parameters as law

    ours = law.default()
    known = set(ours.keys())
    for row in json.loads(SHARED.read_text(encoding="utf-8"))["tables"]["power_benchmarks"]:
        mine = ours.table("power_benchmarks").row(year=row["year"])
        for column in ("output_base", "I", "II", "III", "IV", "heat_coal", "heat_gas"):
            assert str(mine[column]) == row[column]
    for entry in json.loads(SHARED.read_text(encoding="utf-8"))["parameters"]:
        if entry["key"] in known and isinstance(entry["value"], int | str) and entry["effective_from"] >= "2021":
            from datetime import date

            found = ours.get(entry["key"], date.fromisoformat(entry["effective_from"]))
            assert plain(found.value) == entry["value"], entry["key"]
