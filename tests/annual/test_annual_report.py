"""An annual report follows from its months: built from them it equals them, and every change of either is named.

Invariant: ``differences(build_report(months), months)`` is empty, and changing, adding or leaving out one figure on
either side names that figure's place and no other.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles.accounting import Report, account
from oracles.accounting.model import Lab, Meter, Period
from oracles.annual import Plan, PlanSource, build_report, differences, read_plan
from oracles.refusals import OracleError
from registry_sdk.evidence import Item, decimal_text

YEAR = 2025
PLAN = Plan(
    "power",
    {
        "coal-1": PlanSource(item="bituminous", subunit="1", unit_class="conventional_coal"),
        "coal-2": PlanSource(item="lignite", subunit="2"),
    },
)
DOCUMENT = b"\x07" * 32
Months = dict[int, list[Item]]


def item(kind: str, value: str, unit: str, meter: str = "") -> Item:
    until = date(YEAR, 12, 31) if meter else None
    return Item(kind, decimal_text(value), unit, DOCUMENT, meter, until, 1_740_000_000)


def month(amount: str, heat: str) -> list[Item]:
    return [
        item("fuel_amount/coal-1", amount, "t", "belt-1"),
        item("heat_value/coal-1", heat, "GJ/t"),
        item("fuel_amount/coal-2", "200.5", "t"),
        item("generation/unit-1", "900", "MWh"),
    ]


amounts = st.decimals("0.01", "99999", places=2).map(str)
heats = st.decimals("15", "30", places=3).map(str)
years = st.dictionaries(st.integers(1, 12), st.builds(month, amounts, heats), min_size=1)


@given(years)
@settings(max_examples=60)
def test_build_report__any_months__equals_them_and_calculates(months: Months) -> None:
    report = build_report("7", YEAR, PLAN, months)
    assert list(differences(report, PLAN, months)) == []
    assert len(report.sources) == 2 * len(months)
    halves = [build_report("7", YEAR, PLAN, months, subunit=unit) for unit in ("1", "2")]
    exact = [account(half).exact for half in halves]
    assert sum(exact) == account(report).exact
    assert [list(differences(half, PLAN, months, subunit=unit)) for half, unit in zip(halves, "12", strict=True)] == [
        [],
        [],
    ]


@given(years, st.data())
@settings(max_examples=60)
def test_differences__one_item_changed__named_alone(months: Months, data: Any) -> None:
    report = build_report("7", YEAR, PLAN, months)
    number = data.draw(st.sampled_from(sorted(months)))
    position = data.draw(st.integers(0, 2))
    changed = {m: list(items) for m, items in months.items()}
    old = changed[number][position]
    changed[number][position] = replace(old, value=decimal_text(Decimal(old.value) + Decimal("0.001")))
    (difference,) = differences(report, PLAN, changed)
    assert f"@{number:02}" in difference.where
    assert difference.where.startswith(old.kind.replace("heat_value", "fuel_amount"))
    assert difference.reported != difference.evidence


@pytest.mark.parametrize(
    ("change", "where", "evidence"),
    [
        (lambda items: items[1:], "fuel_amount/coal-1@03", "-"),
        (lambda items: [*items, item("fuel_amount/extra", "1", "t")], "fuel_amount/extra@03", "1 t fuel:extra:1"),
        (lambda items: [items[0], *items[2:]], "fuel_amount/coal-1@03 heat_value", "-"),
        (
            lambda items: [replace(items[0], unit="kg"), *items[1:]],
            "fuel_amount/coal-1@03",
            "10 kg fuel:bituminous:1::conventional_coal",
        ),
    ],
    ids=["item gone", "item added", "property gone", "other unit"],
)
def test_differences__month_of_other_content__place_and_both_sides(change: Any, where: str, evidence: str) -> None:
    months = {3: month("10", "20")}
    report = build_report("7", YEAR, PLAN, months)
    found = {each.where: each.evidence for each in differences(report, PLAN, {3: change(months[3])})}
    assert found[where] == evidence


def test_differences__another_plan__fuel_named() -> None:
    months = {3: month("10", "20")}
    report = build_report("7", YEAR, PLAN, months)
    other = Plan("power", {**PLAN.sources, "coal-2": PlanSource(item="anthracite", subunit="2")})
    (difference,) = differences(report, other, months)
    assert (difference.reported, difference.evidence) == ("200.5 t fuel:lignite:2", "200.5 t fuel:anthracite:2")


def test_differences__month_left_out__named() -> None:
    months = {3: month("10", "20"), 4: month("11", "21")}
    report = build_report("7", YEAR, PLAN, {3: months[3]})
    assert {each.where for each in differences(report, PLAN, months)} == {
        "fuel_amount/coal-1@04",
        "fuel_amount/coal-1@04 heat_value",
        "fuel_amount/coal-2@04",
    }


def test_build_report__meters_and_labs__stand_beside_their_figures() -> None:
    meter = Meter(
        id="belt-1", kind="belt_scale", certificates=(Period(first=date(2025, 1, 1), last=date(2025, 12, 31)),)
    )
    validity = Period(first=date(2024, 1, 1), last=date(2026, 12, 31))
    lab = Lab(id="L", mark="CMA", items=("heat_value",), validity=validity, report="R-3", tested_on=date(2025, 3, 30))
    report = build_report(
        "7", YEAR, PLAN, {3: month("10", "20")}, meters={"belt-1": meter}, labs={(3, "heat_value/coal-1"): lab}
    )
    coal = report.sources[0]
    assert coal.amount.meter == meter
    assert coal.heat_value
    assert coal.heat_value.lab == lab
    assert report.sources[1].amount.meter is None


def test_build_report__two_items_of_one_kind__refused() -> None:
    with pytest.raises(OracleError, match="V-08"):
        build_report("7", YEAR, PLAN, {3: [*month("10", "20"), item("fuel_amount/coal-1", "1", "t")]})


def test_build_report__steel_products_without_a_source__take_the_item_of_their_code() -> None:
    months = {1: [item("tar_sold", "5", "t"), item("electrode", "7", "t"), item("benzol_sold", "0", "t")]}
    report: Report = build_report("7", YEAR, Plan("steel"), months)
    assert [(s.flow, s.item) for s in report.sources] == [("carbon_product", "tar"), ("electrode", "electrode")]


def test_read_plan__what_to_json_gives__the_same() -> None:
    assert read_plan(PLAN.to_json()) == PLAN


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {"sector": "power"},
        {"sector": "glass", "sources": {}},
        {"sector": "power", "sources": {"a": {"item": "coke", "colour": 1}}},
        {"sector": "power", "sources": {"a": {}}},
    ],
)
def test_read_plan__not_a_plan__refused(raw: Any) -> None:
    with pytest.raises(OracleError, match="V-08"):
        read_plan(raw)
