"""Each check finds what it is for, says the figures, and stays silent on honest data."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quality_builders import PLANT, item, plant

from oracles.quality import (
    Finding,
    LabReport,
    Month,
    MonthlyItem,
    cems_deviation,
    completeness,
    cross,
    digits,
    entity_findings,
    months,
    own_history,
    peers,
    repeats,
    same_evidence,
    same_series,
    single,
)
from registry_sdk import parameters


def codes(found: Iterable[Finding]) -> list[str]:
    return [each.code for each in found]


def test_entity_findings__honest_year__nothing() -> None:
    assert entity_findings([*plant(2024), *plant(2025)], 2025) == []


def test_findings__table__every_text_can_be_filled_and_answers_exist() -> None:
    for row in parameters.table("quality_findings"):
        assert row["severity"] in ("high", "medium", "low")
        assert row["answer_zh"]
        assert row["answer_en"]


def test_completeness__month_missing__named() -> None:
    found = list(completeness([each for each in plant() if each.month not in (3, 11)], 2025))
    assert set(codes(found)) == {"Q-MISSING"}
    assert {each.figures["missing"] for each in found} == {"3, 11"}
    assert found[0].figures["have"] == "10"


def test_completeness__nothing_filed__every_required_item_missing() -> None:
    found = list(completeness([], 2025, [("E-9", "1", "power")]))
    assert {each.figures["item"] for each in found} == {
        "fuel_amount/gas_amount",
        "heat_value/gas_heat_value",
        "carbon_content/carbon_per_heat",
        "generation",
        "heat_supply",
        "running_hours",
        "load_factor",
    }


@given(st.sets(st.integers(1, 12)), st.sets(st.integers(1, 12)))
def test_completeness__coal_or_gas__either_meets_the_duty(coal: set[int], gas: set[int]) -> None:
    rows = [item("fuel_amount", "5", month, subunit="1/coal") for month in coal]
    rows += [item("gas_amount", "5", month, unit="1e4Nm3") for month in gas]
    found = [each for each in completeness(rows, 2025, [("E-1", "1", "power")]) if "fuel" in each.figures["item"]]
    absent = [month for month in range(1, 13) if month not in coal | gas]
    assert [each.figures["missing"] for each in found] == [", ".join(map(str, absent))] * bool(absent)


def test_completeness__filed_twice__both_values() -> None:
    rows = [*plant(), item("generation", "1", 4)]
    found = list(completeness(rows, 2025))
    assert codes(found) == ["Q-TWICE"]
    assert found[0].figures["other"] == "1"


@pytest.mark.parametrize(
    ("sector", "month", "day", "late"),
    [
        ("steel", 1, date(2025, 10, 31), False),
        ("cement", 6, date(2025, 10, 31), False),
        ("aluminium", 6, date(2025, 11, 1), True),
        ("steel", 7, date(2025, 9, 9), False),
        ("steel", 7, date(2025, 9, 10), True),
        ("power", 6, date(2025, 8, 10), True),
    ],
)
def test_late__first_months_of_the_new_sectors__common_deadline(sector: str, month: int, day: date, late: bool) -> None:
    """January to June 2025 could be filed until 31 October 2025 (C-01)."""
    filed = item("emissions", "1000", month, sector=sector, submitted=day)
    assert ("Q-LATE" in codes(single([filed]))) is late


@pytest.mark.parametrize(("day", "late"), [(date(2025, 3, 12), False), (date(2025, 3, 13), True)])
def test_late__40_days_after_month_end__last_day_still_good(day: date, late: bool) -> None:
    january = replace(item("generation", "220000"), submitted=day)
    assert codes(single([january])) == (["Q-LATE"] if late else [])


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (item("nothing", "1"), ["Q-ITEM"]),
        (item("generation", "1", unit="kWh"), ["Q-UNIT"]),
        (item("heat_value", "4.999"), ["Q-RANGE"]),
        (item("heat_value", "5"), []),
        (item("heat_value", "45.001"), ["Q-RANGE"]),
        (item("carbon_content", "0.55"), []),
    ],
)
def test_single__unit_and_range__bounds_inclusive(made: MonthlyItem, expected: list[str]) -> None:
    assert codes(single([made])) == expected


def test_unit__common_mistake__says_what_it_would_be() -> None:
    found = next(iter(single([item("heat_value", "4800", unit="kcal/kg")])))
    assert (found.code, found.figures["converted"]) == ("Q-UNIT", "20.09664")


LAB = LabReport("R-1", "L-1", Fraction("20"), "CMA", True, date(2026, 1, 1), date(2025, 1, 20))


@pytest.mark.parametrize(
    ("lab", "expected"),
    [
        (LAB, []),
        (None, ["Q-LAB-MISSING"]),
        (replace(LAB, listed=False), ["Q-LAB-INVALID"]),
        (replace(LAB, mark="none"), ["Q-LAB-INVALID"]),
        (replace(LAB, valid_until=date(2025, 1, 1)), ["Q-LAB-INVALID"]),
        (replace(LAB, tested_on=date(2024, 12, 31)), ["Q-LAB-INVALID"]),
        (replace(LAB, value=Fraction("20.03")), ["Q-LAB-DIFFERS"]),
        (replace(LAB, value=Fraction("20.02")), []),
    ],
)
def test_lab__report_against_figure__found(lab: LabReport | None, expected: list[str]) -> None:
    assert codes(single([item("heat_value", "20", lab=lab)])) == expected


def month(**values: str) -> Month:
    sector = values.pop("sector", "power")
    rows = [item(name, value, sector=sector) for name, value in values.items()]
    return Month(rows[0], {row.item: row for row in rows})


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (month(fuel_amount="100000", heat_value="20", generation="220000"), []),
        (month(fuel_amount="200000", heat_value="20", generation="220000"), ["Q-RATIO"]),
        (month(fuel_amount="50000", heat_value="20", generation="220000"), ["Q-RATIO"]),
        (month(fuel_amount="50000", heat_value="20", generation="0"), ["Q-NO-OUTPUT"]),
        (month(fuel_amount="0", heat_value="20", generation="0"), []),
        (month(fuel_amount="50000", heat_value="20"), []),
        (month(sector="cement", fuel_amount="15000", heat_value="23", clinker="100000"), []),
        (month(sector="cement", fuel_amount="5000", heat_value="23", clinker="100000"), ["Q-RATIO"]),
        (month(sector="aluminium", emissions="100000", aluminium="100000"), ["Q-RATIO"]),
        (month(generation="220000", capacity="600", running_hours="660"), []),
        (month(generation="500000", capacity="600", running_hours="660"), ["Q-LOAD-HIGH"]),
        (month(generation="20000", capacity="600", running_hours="660"), ["Q-LOAD-LOW"]),
        (month(generation="220000", capacity="600", running_hours="745"), ["Q-LOAD-HOURS"]),
        (month(generation="220000", capacity="600", running_hours="660", load_factor="0.70"), ["Q-LOAD-DIFFERS"]),
        (month(generation="220000", capacity="600", running_hours="660", load_factor="0.56"), []),
    ],
)
def test_cross__month__ratios_and_load(made: Month, expected: list[str]) -> None:
    assert codes(cross([made])) == expected


def test_months__ordered_stream__one_group_at_a_time() -> None:
    rows = plant()
    grouped = list(months(iter(rows)))
    assert [(each.first.month, len(each.items)) for each in grouped] == [
        (number, len(PLANT)) for number in range(1, 13)
    ]


def test_own_history__sudden_jump__flagged_with_its_median() -> None:
    values = ["20.1", "20.3", "19.9", "20.0", "20.2", "20.1", "20.2", "26.0", "20.1"]
    rows = [item("heat_value", value, number) for number, value in enumerate(values, start=1)]
    found = list(own_history(rows))
    assert [(each.code, each.subject["month"], each.figures["median"]) for each in found] == [
        ("Q-JUMP-OWN", "8", "20.1")
    ]


def test_own_history__constant_series_then_noise__not_a_jump() -> None:
    rows = [item("heat_value", "20", number) for number in range(1, 9)] + [item("heat_value", "20.4", 9)]
    assert codes(own_history(rows)) == []


def test_peers__one_firm_apart__flagged_alone() -> None:
    rows = [item("heat_value", f"20.{number}", entity=f"E-{number}") for number in range(9)]
    found = list(peers([*rows, item("heat_value", "31", entity="E-X")]))
    assert [(each.subject["entity"], each.figures["peers"]) for each in found] == [("E-X", "10")]
    assert codes(peers([*rows[:3], item("heat_value", "31", entity="E-X")])) == []


def test_digits__invented_endings__flagged_and_even_ones_not() -> None:
    even = [item("fuel_amount", f"{1000 + number}", 1 + number % 12) for number in range(120)]
    rounded = [item("fuel_amount", f"{1000 + number * 5}", 1 + number % 12) for number in range(120)]
    assert codes(digits(even)) == []
    found = list(digits(rounded))
    assert codes(found) == ["Q-DIGITS"]
    assert found[0].figures["counts"].startswith("0:60 ")
    assert codes(digits(rounded[:59])) == []


def test_repeats__four_equal_months__told_once() -> None:
    values = ["20", "21", "21", "21", "21", "21", "22", "0", "0", "0", "0", "0"]
    rows = [item("heat_value", value, number) for number, value in enumerate(values, start=1)]
    found = list(repeats(rows))
    assert [(each.code, each.figures["length"], each.figures["from_month"]) for each in found] == [
        ("Q-REPEATS", "5", "2025-02")
    ]


def test_same_evidence__document_or_report_in_two_firms__told_once() -> None:
    first = [replace(item("generation", "1", number), document="0xaa") for number in (1, 2)]
    second = [replace(item("generation", "1", number, entity="E-2"), document="0xaa") for number in (1, 2)]
    assert codes(same_evidence([*first, *second])) == ["Q-SAME-DOCUMENT"]
    shared = [item("heat_value", "20", lab=LAB), item("heat_value", "21", entity="E-2", lab=LAB)]
    assert codes(same_evidence(shared)) == ["Q-SAME-REPORT"]


def test_same_series__three_equal_months__flagged_but_round_figures_not() -> None:
    values = ["20.123", "20.456", "20.789"]
    rows = [item("heat_value", value, number, entity=firm) for firm in "AB" for number, value in enumerate(values, 1)]
    assert [each.figures["length"] for each in same_series(rows, ["heat_value"])] == ["3"]
    plain = [item("heat_value", "20", number, entity=firm) for firm in "AB" for number in (1, 2, 3, 4)]
    assert codes(same_series(plain, ["heat_value"])) == []


@pytest.mark.parametrize(
    ("monitored", "expected"), [("110", []), ("110.01", ["Q-CEMS"]), ("90", []), ("89.99", ["Q-CEMS"])]
)
def test_cems__ten_percent__alarm_above_only(monitored: str, expected: list[str]) -> None:
    assert codes(cems_deviation("E-1", 2025, {1: Fraction(monitored)}, {1: Fraction(100)})) == expected


def test_cems__days_missing_or_no_calculation__told() -> None:
    found = list(cems_deviation("E-1", 2025, {2: Fraction(100), 3: Fraction(1)}, {2: Fraction(100)}, {2: 20}))
    assert [(each.code, each.figures["needed"]) for each in found] == [("Q-CEMS-DAYS", "28")]
    assert codes(cems_deviation("E-1", 2025, {1: Fraction(1)}, {1: Fraction(0)})) == ["Q-CEMS"]


def test_finding__any__json_with_rule_figures_and_answer_in_both_languages() -> None:
    for found in entity_findings([each for each in plant() if each.month != 5] + [item("generation", "9", 4)], 2025):
        body = json.loads(json.dumps(found.to_json(), ensure_ascii=False))
        assert body["rule"]
        assert body["figures"]
        assert all(body[part][language] for part in ("message", "answer") for language in ("zh", "en"))
        assert "{" not in found.message.zh + found.message.en


def test_entity_findings__several__worst_first() -> None:
    rows = [each for each in plant() if each.month != 5 and (each.item, each.month) != ("load_factor", 4)]
    found = entity_findings([*rows, item("load_factor", "0.9", 4)], 2025)
    order = [("high", "medium", "low").index(each.severity) for each in found]
    assert order == sorted(order)
    assert "Q-LOAD-DIFFERS" in codes(found)
