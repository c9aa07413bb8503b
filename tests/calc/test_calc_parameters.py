"""Dated numbers: lookups on the edges, refusals that help, overrides without code."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from registry_sdk import parameters as law
from registry_sdk.parameters.values import CONVERTERS


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def test_get__every_value_on_its_first_and_last_day__is_in_force() -> None:
    numbers = law.default()
    for key in numbers.keys():  # noqa: SIM118 - not a mapping
        for value in numbers.history(key):
            for day in (value.effective_from, value.effective_to):
                if day is not None and value.value is not None:
                    assert numbers.get(key, day) is value
            assert value.version.startswith(str(value.effective_from))
            assert value.confidence in {"H", "M", "L"}
            assert value.source
            assert value.rule


@pytest.mark.parametrize(
    ("key", "day", "expected"),
    [
        ("fine_law", date(2024, 4, 30), "MEASURES_2021_ART_40"),
        ("fine_law", date(2024, 5, 1), "REGULATION_775_ART_24"),
        ("fine_law", date(2026, 8, 14), "REGULATION_775_ART_24"),
        ("fine_law", date(2026, 8, 15), "ECOLOGICAL_CODE"),
        ("shortfall_deduction_enabled", date(2026, 8, 14), True),
        ("shortfall_deduction_enabled", date(2026, 8, 15), False),
    ],
)
def test_get__on_the_edge_of_a_law__gives_the_law_of_the_day(key: str, day: date, expected: object) -> None:
    assert law.get(key, day).value == expected


def test_get__no_value_that_day__names_the_days_there_are() -> None:
    with pytest.raises(law.NotInForceError, match=r"2024-05-01\.\.2026-08-14") as caught:
        law.get("fine_multiplier_min", date(2024, 4, 30))
    assert caught.value.rule == "C-08"


def test_get__never_published__asks_for_configuration() -> None:
    with pytest.raises(law.NotConfiguredError, match="must be configured"):
        law.for_year("oxidation_coal", 2026)


def test_get__misspelt__names_close_keys() -> None:
    with pytest.raises(law.UnknownParameterError, match="fine_multiplier_min"):
        law.get("fine_multiplier_mim", date(2025, 1, 1))


def test_for_year__number_that_follows_the_calendar__is_refused() -> None:
    with pytest.raises(law.WrongBasisError, match="calendar"):
        law.for_year("fine_multiplier_min", 2025)


def test_values__molar_ratio__is_exact() -> None:
    assert law.for_year("molar_ratio_co2_c", 2024).value == Fraction(11, 3)


def test_table__row_that_is_not_there__names_the_rows() -> None:
    with pytest.raises(law.UnknownParameterError, match="2024"):
        law.table("power_benchmarks").row(year=2030)


def test_load__override_of_a_period__wins_there_and_only_there(tmp_path: Path) -> None:
    value = {"value": 3, "from": "2026-08-15", "to": None, "source": ["S26:99"], "confidence": "H"}
    file = write(tmp_path / "new.json", {"parameters": {"fine_multiplier_min": {"values": [value]}}})
    numbers = law.load([file])
    assert numbers.get("fine_multiplier_min", date(2026, 12, 31)).value == 3
    assert numbers.get("fine_multiplier_min", date(2026, 8, 14)).value == 5
    assert "art. 99" in numbers.get("fine_multiplier_min", date(2026, 12, 31)).source


def test_load__override_of_a_table_row__replaces_that_row(tmp_path: Path) -> None:
    row = [2025, "generated", "0.7800", "0.8", "0.81", "0.33", "0.1", "0.05", "H", ["S08"]]
    file = write(tmp_path / "rows.json", {"tables": {"power_benchmarks": {"rows": [row]}}})
    numbers = law.load([file])
    assert numbers.table("power_benchmarks").row(year=2025)["I"] == Decimal("0.7800")
    assert numbers.table("power_benchmarks").row(year=2024)["I"] == Decimal("0.7910")
    assert numbers.table("power_benchmarks").version != law.table("power_benchmarks").version


def test_default__file_named_in_the_environment__is_laid_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    value = {"value": 500000, "from": "2026-01-01", "to": None, "source": ["design"], "confidence": "L"}
    file = write(tmp_path / "limit.json", {"parameters": {"max_holding_t": {"values": [value]}}})
    monkeypatch.setenv("REGISTRY_PARAMETERS", str(file))
    assert law.get("max_holding_t", date(2026, 2, 1)).value == 500000


GOOD = {"value": 1, "from": "2026-01-01", "to": None, "source": ["design"], "confidence": "L"}


@pytest.mark.parametrize(
    "content",
    [
        {"parameter": {}},
        {"parameters": []},
        {"parameters": {"repo_max_days": {"values": "x"}}},
        {"parameters": {"repo_max_days": {"values": [1]}}},
        {"parameters": {"repo_max_days": {"values": [GOOD | {"value": "365"}]}}},
        {"parameters": {"repo_max_days": {"values": [GOOD | {"value": True}]}}},
        {"parameters": {"repo_max_days": {"values": [GOOD | {"confidence": "sure"}]}}},
        {"parameters": {"repo_max_days": {"values": [GOOD | {"source": ["hearsay"]}]}}},
        {"parameters": {"repo_max_days": {"values": [GOOD | {"to": "2025-01-01"}]}}},
        {"parameters": {"repo_max_days": {"values": [GOOD, GOOD | {"from": "2026-06-01"}]}}},
        {"parameters": {"brand_new": {"values": [GOOD]}}},
        {"parameters": {"trading_fee_rate": {"values": [GOOD | {"value": "NaN"}]}}},
        {"tables": {"power_benchmarks": {"rows": [[2025]]}}},
        {"tables": {"power_benchmarks": {"rows": [{"year": 2025, "colour": "red"}]}}},
        {"tables": {"brand_new": {"rows": []}}},
    ],
)
def test_load__file_with_a_mistake__is_refused_with_its_place(tmp_path: Path, content: Any) -> None:
    with pytest.raises(law.DataFileError):
        law.load([write(tmp_path / "bad.json", content)])


def test_load__number_with_a_point__must_stand_in_quotes(tmp_path: Path) -> None:
    file = tmp_path / "float.json"
    file.write_text('{"parameters": {"trading_fee_rate": {"values": [{"value": 0.1}]}}}')
    with pytest.raises(law.DataFileError, match="quotes"):
        law.load([file])


def test_converters__binary_float__is_never_taken() -> None:
    for name in ("integer", "decimal", "boolean", "text", "fraction", "date", "instant"):
        with pytest.raises((ValueError, TypeError)):
            CONVERTERS[name](0.5)
