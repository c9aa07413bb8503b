"""Power units and entities on every border of every cycle."""

import math
from fractions import Fraction

import pytest

from registry_sdk.calc import (
    CalculationError,
    PowerUnit,
    allocate_entity,
    allocate_unit,
    classify,
    gap_cap,
    merged_class,
)
from registry_sdk.calc.power.load import load_factor
from registry_sdk.calc.trace import Trace


def factor(year: int, unit_class: str, load: str, *, condensing: bool = True) -> Fraction:
    return load_factor(year, unit_class, load, condensing=condensing, trace=Trace()).value


@pytest.mark.parametrize(
    ("year", "load", "expected"),
    [
        (2024, "65", "1"),
        (2024, "64.999999", "1.045678"),
        (2024, "100", "1"),
        (2024, "0", "1.268986"),
        (2020, "85", "1"),
        (2020, "84.99", "1.000014"),
        (2020, "80", "1.007"),
        (2020, "79.99", "1.007016"),
        (2020, "75", "1.015"),
        (2020, "74.99", "1.01503"),
        (2022, "70", "1.030225"),
        (2025, "50", "1"),
    ],
)
def test_load_factor__on_a_border__follows_the_side_it_is_on(year: int, load: str, expected: str) -> None:
    assert factor(year, "I", load) == Fraction(expected)


@pytest.mark.parametrize("load", ["10", "30.5", "45", "49.999999"])
def test_load_factor__draft_exponential__agrees_with_the_formula(load: str) -> None:
    f = float(load)
    expected = 7.254 - 0.633 * (1 - math.exp(-f / 29.822)) - 5.643 * (1 - math.exp(-f / 6.871))
    assert abs(float(factor(2026, "II", load)) - expected) <= 0.51e-6


@pytest.mark.parametrize(
    ("year", "unit_class"), [(2024, "III"), (2024, "IV"), (2025, "III"), (2025, "IV"), (2020, "III")]
)
def test_load_factor__class_outside_the_rule__is_one_and_needs_no_load(year: int, unit_class: str) -> None:
    assert load_factor(year, unit_class, None, condensing=True, trace=Trace()).value == 1


def test_load_factor__2020_unit_with_heat__is_one_but_2021_is_not() -> None:
    assert factor(2020, "I", "70", condensing=False) == 1
    assert factor(2021, "I", "70", condensing=False) == Fraction("1.030225")


def test_load_factor__missing_where_it_applies__is_refused() -> None:
    with pytest.raises(CalculationError, match="load_factor_pct") as caught:
        allocate_unit(PowerUnit(year=2024, unit_class="I", generation_mwh=1))
    assert caught.value.rule == "B-03"


def test_allocate_unit__2019_air_cooled_with_heat__uses_every_factor() -> None:
    unit = PowerUnit(
        year=2019,
        unit_class="II",
        supplied_mwh=1000000,
        heat_gj=800000,
        heat_ratio="0.2",
        cooling="AIR",
        load_factor_pct=70,
    )
    result = allocate_unit(unit)
    # 1,000,000 x 0.979 x 1.05 x (1 - 0.22 x 0.2) = 982,720.2; 800,000 x 0.126
    assert (result["Ae"], result["Ah"], result.value) == (982720, 100800, 1083520)


def test_allocate_unit__2022_gas__has_only_the_heat_supply_factor() -> None:
    unit = PowerUnit(year=2022, unit_class="IV", supplied_mwh=100000, heat_gj=0, heat_ratio="0.5", cooling="AIR")
    assert allocate_unit(unit)["Ae"] == 27307  # 100,000 x 0.3901 x 0.7


@pytest.mark.parametrize(
    ("year", "given", "missing"), [(2022, "generation_mwh", "supplied_MWh"), (2023, "supplied_mwh", "generation_MWh")]
)
def test_allocate_unit__base_of_another_cycle__is_refused(year: int, given: str, missing: str) -> None:
    with pytest.raises(CalculationError) as caught:
        allocate_unit(PowerUnit(year=year, unit_class="III", **{given: 1000}))
    assert caught.value.field == missing


def test_allocate_unit__parts_with_fractions__each_rounded_down() -> None:
    unit = PowerUnit(year=2024, unit_class="III", generation_mwh="1.5", heat_gj="9.7")
    result = allocate_unit(unit)
    assert (result["Ae"], result["Ah"], result.value) == (1, 1, 2)


def test_allocate_unit__gas_before_2023__lowers_the_obligation() -> None:
    result = allocate_unit(PowerUnit(year=2021, unit_class="IV", supplied_mwh=100000, verified_t=50000))
    assert (result.value, result["top_up"], result["obligation"]) == (39200, 0, 39200)


@pytest.mark.parametrize(("year", "value", "obligation"), [(2024, 0, 0), (2025, 77000, Fraction("77000.4"))])
def test_allocate_unit__started_in_the_year__is_outside_or_equal_to_verified(
    year: int, value: int, obligation: Fraction
) -> None:
    result = allocate_unit(PowerUnit(year=year, unit_class="I", verified_t="77000.4", flags=("NEW",)))
    assert (result.value, result["obligation"]) == (value, obligation)


@pytest.mark.parametrize(("share", "treatment"), [("0.2", "BENCHMARK"), ("0.200001", "EQUALS_VERIFIED")])
def test_allocate_unit__biomass_share_at_the_border__is_special_only_above(share: str, treatment: str) -> None:
    unit = PowerUnit(
        year=2025, unit_class="III", generation_mwh=1000, verified_t=900, shares={"biomass_heat_share": share}
    )
    assert allocate_unit(unit)["treatment"] == treatment


def test_allocate_unit__biomass_and_secondary_together_above__is_special() -> None:
    shares = {"biomass_heat_share": "0.15", "own_secondary_energy_share": "0.06"}
    unit = PowerUnit(year=2026, unit_class="III", generation_mwh=1000, verified_t=900, shares=shares)
    assert allocate_unit(unit)["treatment"] == "EQUALS_VERIFIED"


def test_allocate_unit__share_in_a_year_without_a_border__is_refused() -> None:
    unit = PowerUnit(year=2024, unit_class="III", generation_mwh=1, shares={"biomass_heat_share": "0.5"})
    with pytest.raises(CalculationError) as caught:
        allocate_unit(unit)
    assert caught.value.rule == "B-11"


@pytest.mark.parametrize("year", [2018, 2027])
def test_allocate_unit__year_without_benchmark__names_the_years(year: int) -> None:
    with pytest.raises(CalculationError, match="2024"):
        allocate_unit(PowerUnit(year=year, unit_class="I", generation_mwh=1))


@pytest.mark.parametrize(
    ("initial", "verified", "top_up", "rate"),
    [
        (800000, 1000000, 0, "20.00"),
        (799999, 1000000, 1, "20.00"),
        (800001, 1000000, 0, "20.00"),
        (0, 1000001, 800000, "100.00"),
        (1200000, 1000000, 0, "-20.00"),
    ],
)
def test_gap_cap__around_twenty_percent__tops_up_to_eighty_only(
    initial: int, verified: int, top_up: int, rate: str
) -> None:
    result = gap_cap(year=2024, initial_t=initial, verified_t=verified)
    assert (result["top_up"], str(result["gap_rate_pct"]), result["obligation"]) == (top_up, rate, verified)


@pytest.mark.parametrize(
    ("initial", "obligation"), [(800000, 1000000), (799999, 999999), (0, 200000), (2000000, 1000000)]
)
def test_gap_cap__older_sense__only_the_obligation_moves(initial: int, obligation: int) -> None:
    result = gap_cap(year=2022, initial_t=initial, verified_t=1000000)
    assert (result["allocation"], result["obligation"]) == (initial, obligation)


def test_gap_cap__nothing_emitted__has_no_rate() -> None:
    assert gap_cap(year=2024, initial_t=0, verified_t=0)["gap_rate_pct"] is None


def test_allocate_entity__exemption_first_then_cap() -> None:
    gas = PowerUnit(year=2024, unit_class="IV", generation_mwh=600000, heat_gj=400000, verified_t=231500)
    coal = PowerUnit(year=2024, unit_class="III", generation_mwh=100000, verified_t=400000)
    result = allocate_entity([gas, coal])
    # 231,500 + 82,440 = 313,940 < 0.8 x 631,500 = 505,200
    assert (result["initial"], result["top_up"], result["final_allocation"]) == (313940, 191260, 505200)


@pytest.mark.parametrize(("verified", "treatment"), [("25999.99", "EQUALS_VERIFIED"), ("26000", "BENCHMARK")])
def test_allocate_entity__threshold_in_the_draft_years__below_gets_what_it_emitted(
    verified: str, treatment: str
) -> None:
    unit = PowerUnit(year=2025, unit_class="III", generation_mwh=1000, verified_t=verified)
    assert allocate_entity([unit]).parts[0]["treatment"] == treatment


def test_allocate_entity__older_cycle__gas_exemption_lowers_the_sum_before_the_cap() -> None:
    gas = PowerUnit(year=2021, unit_class="IV", supplied_mwh=100000, verified_t=50000)
    coal = PowerUnit(year=2021, unit_class="III", supplied_mwh=1000000, verified_t=935000)
    # the gas unit owes only its 39,200; the cap (974,200 + 20% of 985,000) does not bind
    result = allocate_entity([gas, coal])
    assert (result["final_allocation"], result["obligation"]) == (974200, 974200)


def test_allocate_entity__unit_outside_the_scheme__counts_neither_way() -> None:
    new = PowerUnit(year=2024, unit_class="I", verified_t=500000, flags=("NEW",))
    old = PowerUnit(year=2024, unit_class="III", generation_mwh=1000000, verified_t=820000)
    result = allocate_entity([new, old])
    assert (result["final_allocation"], result["obligation"]) == (824400, 820000)


@pytest.mark.parametrize(
    ("capacity", "share", "expected"), [(400, 0, "I"), ("399.9", 0, "II"), (600, "0.5", "I"), (600, "0.51", "III")]
)
def test_classify__coal_on_the_borders(capacity: object, share: object, expected: str) -> None:
    found = classify(year=2024, fuel="COAL", capacity_mw=capacity, unconventional_heat_share=share)  # type: ignore[arg-type]
    assert found.value == expected


def test_classify__gas_with_too_much_other_fuel__is_refused() -> None:
    assert classify(year=2024, fuel="GAS", capacity_mw=300, other_fuel_heat_share="0.1").value == "IV"
    with pytest.raises(CalculationError):
        classify(year=2024, fuel="GAS", capacity_mw=300, other_fuel_heat_share="0.11")


@pytest.mark.parametrize(("classes", "expected"), [(("I", "II"), "I"), (("II", "III"), "II"), (("III", "IV"), "IV")])
def test_merged_class__takes_the_lowest_benchmark(classes: tuple[str, ...], expected: str) -> None:
    assert merged_class(2024, classes).value == expected


@pytest.mark.parametrize(
    "bad", [True, 1.5, float("nan"), "NaN", "1e6", "1,000", "１２", "", None, "12 MWh", "9" * 30, -1]
)
def test_allocate_unit__not_a_plain_number__is_refused(bad: object) -> None:
    with pytest.raises(CalculationError):
        allocate_unit(PowerUnit(year=2024, unit_class="III", generation_mwh=bad))  # type: ignore[arg-type]


def test_result__explains_itself__formula_inputs_versions_roundings() -> None:
    result = allocate_unit(PowerUnit(year=2023, unit_class="II", generation_mwh=1000000, load_factor_pct=55))
    content = result.to_json()
    assert content["rules"] == ["B-03"]
    assert {used["key"] for used in content["parameters"]} >= {"load_power_curve", "power_benchmarks.2023.II"}
    assert [step["purpose"] for step in content["rounding"]][:2] == ["peak_factor", "allocation_part"]
    assert "1.015^(16 - 20 × F / 100)" in result.explain()
