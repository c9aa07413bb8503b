"""Honest noise is not a finding, and what is changed on purpose is one: jumps, digits, meters, both methods.

Invariant: figures that scatter evenly around a level give no jump and no digit finding in all but a few in ten
thousand, while one figure far away is found.
"""

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction

from quality_builders import item, plant

from oracles.quality import MonthlyItem, digits, entity_findings, own_history, sector_findings, single

NOISE = 0.03
SEEDS = range(40)


def noisy(seed: int, months: int = 36, level: float = 20.12) -> list[MonthlyItem]:
    source = random.Random(seed)
    return [
        item("heat_value", f"{source.gauss(level, level * NOISE):.3f}", at % 12 + 1, year=2023 + at // 12)
        for at in range(months)
    ]


def test_own_history__normal_noise__no_finding() -> None:
    assert [each for seed in SEEDS for each in own_history(noisy(seed))] == []


def test_own_history__thirty_percent_up__found_with_every_figure_behind_the_score() -> None:
    for seed in SEEDS:
        rows = noisy(seed)
        rows[30] = replace(rows[30], value=rows[30].value * 13 / 10)
        found = list(own_history(rows))
        assert [each.subject["month"] for each in found] == ["7"]
        assert set(found[0].figures) >= {"value", "median", "spread", "score", "limit", "count"}
        assert found[0].figures["limit"] == "4.375"


def test_digits__noise__no_finding() -> None:
    assert [each for seed in SEEDS for each in digits(noisy(seed, 72))] == []


def test_digits__one_year_of_rounded_figures_over_many_items__found_together() -> None:
    source = random.Random(7)
    names = ("fuel_amount", "generation", "heat_supply", "clinker", "crude_steel", "sinter")
    rounded = [item(name, str(source.randrange(1000, 9000) * 5), month) for name in names for month in range(1, 13)]
    assert [each.code for each in digits(rounded)] == ["Q-DIGITS-ALL"]
    honest = [item(name, str(source.randrange(10_000, 90_000)), month) for name in names for month in range(1, 13)]
    assert list(digits(honest)) == []


def test_single__certificate_ends_inside_the_month__meter_and_days_named() -> None:
    row = replace(item("fuel_amount", "100000", 4), meter="W-7", calibrated_until=date(2025, 4, 29))
    (found,) = single([row])
    assert (found.code, found.rule, found.figures["needed"]) == ("Q-METER", "D-16", "2025-04-30")
    assert list(single([replace(row, calibrated_until=date(2025, 4, 30))])) == []


def test_entity_findings__monitoring_apart_from_calculation__month_named() -> None:
    rows = [
        item(name, value, month, unit="tCO2")
        for month in range(1, 13)
        for name, value in (("emissions", f"{180_000 + 7 * month}"), ("cems_mass", f"{181_000 + 11 * month}"))
    ]
    rows = [
        replace(each, value=each.value * 2) if (each.item, each.month) == ("cems_mass", 5) else each for each in rows
    ]
    found = [each for each in entity_findings([*plant(), *rows], 2025) if each.code == "Q-CEMS"]
    assert [each.subject["month"] for each in found] == ["5"]


def test_entity_findings__intensity_jumps_while_no_figure_does__found() -> None:
    rows = [*plant(2024), *plant(2025)]
    for at, row in enumerate(rows):
        if (row.year, row.month) == (2025, 9):
            factor = {"fuel_amount": 107, "generation": 93}.get(row.item, 100)
            rows[at] = replace(row, value=row.value * factor / 100)
    found = [each for each in entity_findings(rows, 2025) if each.code == "Q-JUMP-OWN"]
    assert [each.figures["item"] for each in found] == ["heat_rate"]


def test_sector_findings__honest_firms__nothing() -> None:
    firms = []
    for number in range(12):
        source = random.Random(number)
        for row in plant(entity=f"E-{number}"):
            if row.item in ("fuel_amount", "generation"):
                row = replace(row, written=str(source.randrange(90_000, 99_999)))
                row = replace(
                    row, value=item("fuel_amount", row.written).value * (2 if row.item == "generation" else 1)
                )
            if row.item in ("heat_supply", "load_factor"):
                row = replace(row, value=row.value * Fraction(source.randrange(9_000, 9_999), 9_500))
            if row.item == "carbon_per_heat":
                value = f"{source.gauss(0.0262, 0.0004):.5f}"
                row = replace(item("carbon_per_heat", value, row.month, entity=row.entity), submitted=row.submitted)
            if row.item == "heat_value":
                value = f"{source.gauss(20.1, 0.4):.3f}"
                row = replace(item("heat_value", value, row.month, entity=row.entity), submitted=row.submitted)
            firms.append(row)
    assert sector_findings(firms, 2025) == []


def test_sector_findings__firm_far_from_its_peers__found_by_carbon_of_its_coal() -> None:
    firms = [
        item("carbon_content", f"0.5{number:02}{month:02}", month, entity=f"E-{number:02}")
        for number in range(10)
        for month in range(1, 13)
    ]
    firms += [item("carbon_content", f"0.31{month:02}", month, entity="E-99") for month in range(1, 13)]
    found = sector_findings(firms, 2025)
    assert {(each.code, each.subject["entity"]) for each in found} == {("Q-JUMP-PEERS", "E-99")}
    assert len(found) == 12
