"""Cases beyond the worked examples; expected figures are computed here from the text of the rules, independently."""

from fractions import Fraction
from itertools import pairwise

import pytest
from accounting_builders import Row, figure, report, row, run

from oracles.accounting import CALCULATORS, RefusedError, select
from registry_sdk import parameters

FUELS = {
    "anthracite": ("t", "25.024", "0.02749", "0.99"),
    "bituminous": ("t", "23.736", "0.02618", "0.99"),
    "lignite": ("t", "15.250", "0.02797", "0.99"),
    "washed_coking_coal": ("t", "26.344", "0.02541", "0.99"),
    "other_washed_coal": ("t", "12.545", "0.02541", "0.99"),
    "gangue": ("t", "8.374", "0.02541", "0.99"),
    "slime": ("t", "12.545", "0.02541", "0.99"),
    "coke": ("t", "28.435", "0.02942", "0.99"),
    "petroleum_coke": ("t", "32.500", "0.02750", "0.99"),
    "other_coal_products": ("t", "17.460", "0.03356", "0.99"),
    "crude_oil": ("t", "41.816", "0.02008", "0.98"),
    "fuel_oil": ("t", "41.816", "0.02110", "0.98"),
    "petrol": ("t", "43.070", "0.01890", "0.98"),
    "diesel": ("t", "42.652", "0.02020", "0.98"),
    "kerosene": ("t", "43.070", "0.01960", "0.98"),
    "other_petroleum": ("t", "41.031", "0.02000", "0.98"),
    "lng": ("t", "51.498", "0.01720", "0.98"),
    "lpg": ("t", "50.179", "0.01720", "0.98"),
    "coal_tar": ("t", "33.453", "0.02200", "0.98"),
    "refinery_gas": ("t", "45.998", "0.01820", "0.98"),
    "natural_gas": ("1e4Nm3", "389.310", "0.01532", "0.99"),
    "blast_furnace_gas": ("1e4Nm3", "33.000", "0.07080", "0.99"),
    "converter_gas": ("1e4Nm3", "84.000", "0.04960", "0.99"),
    "coke_oven_gas": ("1e4Nm3", "173.854", "0.01210", "0.99"),
    "other_gas": ("1e4Nm3", "52.270", "0.01220", "0.99"),
}
POWER_DEFAULT_COALS = {
    "anthracite",
    "bituminous",
    "lignite",
    "washed_coking_coal",
    "other_washed_coal",
    "gangue",
    "slime",
    "other_coal_products",
}


def half_up(value: Fraction, decimals: int = 2) -> str:
    scaled = (value * 10**decimals + Fraction(1, 2)).__floor__()
    whole, part = divmod(scaled, 10**decimals)
    return f"{whole}.{part:0{decimals}}" if decimals else str(whole)


@pytest.mark.parametrize("fuel", FUELS)
def test_fuel__measured_in_power__product_of_its_factors(fuel: str) -> None:
    unit, heat, carbon, oxidation = FUELS[fuel]
    properties = {"heat_value": figure(heat, f"GJ/{unit}"), "carbon_per_heat": figure(carbon, "tC/GJ")}
    result = run(report("power", 2024, row("a", "fuel", fuel, "12345.67", unit, **properties)))
    assert f"{result.value:f}" == half_up(
        Fraction("12345.67") * Fraction(heat) * Fraction(carbon) * Fraction(oxidation) * Fraction(44, 12)
    )


@pytest.mark.parametrize("fuel", FUELS)
def test_fuel__defaults_by_sector__table_or_power_default(fuel: str) -> None:
    unit, heat, carbon, oxidation = FUELS[fuel]
    cement = run(report("cement", 2024, row("a", "fuel", fuel, "777", unit)))
    steel = run(report("steel", 2024, row("a", "fuel", fuel, "777", unit)))
    power = run(report("power", 2024, row("a", "fuel", fuel, "777", unit)))
    if fuel in POWER_DEFAULT_COALS:
        heat_power, carbon_power = "26.7", "0.03085"
    else:
        heat_power, carbon_power = heat, carbon
    assert f"{cement.value:f}" == half_up(
        777 * Fraction(heat) * Fraction(carbon) * Fraction(oxidation) * Fraction(44, 12)
    )
    assert f"{steel.value:f}" == half_up(777 * Fraction(heat) * Fraction(carbon) * Fraction(44, 12))
    assert f"{power.value:f}" == half_up(
        777 * Fraction(heat_power) * Fraction(carbon_power) * Fraction(oxidation) * Fraction(44, 12)
    )


def test_power__unconventional_unit__its_own_default() -> None:
    source = row("a", "fuel", "gangue", "1000", unit_class="unconventional_coal", heat_value=figure("9.5", "GJ/t"))
    result = run(report("power", 2025, source))
    assert f"{result.value:f}" == half_up(
        1000 * Fraction("9.5") * Fraction("0.02858") * Fraction("0.99") * Fraction(44, 12)
    )


@pytest.mark.parametrize(
    ("year", "factor"),
    [(2019, "0.6101"), (2020, "0.6101"), (2021, "0.5810"), (2022, "0.5703"), (2023, "0"), (2024, "0"), (2025, "0")],
)
def test_electricity__by_year__counts_until_2022(year: int, factor: str) -> None:
    result = run(report("power", year, row("e", "electricity", "electricity", "8000", "MWh")))
    assert f"{result.value:f}" == half_up(8000 * Fraction(factor))


def test_power_2026__oxidation_not_published__refused_by_rule() -> None:
    measured = {"heat_value": figure("20", "GJ/t"), "carbon_per_heat": figure("0.026", "tC/GJ")}
    with pytest.raises(RefusedError) as caught:
        run(report("power", 2026, row("a", "fuel", "coal", "1", **measured)))
    assert [each.rule for each in caught.value.refusals] == ["D-03a"]
    with pytest.raises(RefusedError) as caught:
        run(report("power", 2026, row("e", "electricity", "electricity", "1", "MWh")))
    assert [each.rule for each in caught.value.refusals] == ["D-05"]


@pytest.mark.parametrize("item", [row["item"] for row in parameters.table("steel_factors_tCO2_per_t")])
def test_steel__each_factor__in_every_flow_it_may_take(item: str) -> None:
    factor = Fraction({row["item"]: row["value"] for row in parameters.table("steel_factors_tCO2_per_t")}[item])
    flows = parameters.table("accounting_items").row(item=item)["flows"]
    for flow in flows:
        result = run(report("steel", 2025, row("base", "fuel", "coke", "100000"), row("x", flow, item, "1234.5")))
        base = 100000 * Fraction("28.435") * Fraction("0.02942") * Fraction(44, 12)
        sign = -1 if flow == "carbon_product" else 1
        assert f"{result.value:f}" == half_up(base + sign * Fraction("1234.5") * factor)


def test_steel__processes_and_power_unit__other_is_the_rest() -> None:
    coke, gas = (
        Fraction("28.435") * Fraction("0.02942") * Fraction(44, 12),
        Fraction("33.000") * Fraction("0.07080") * Fraction(44, 12),
    )
    result = run(
        report(
            "steel",
            2025,
            row("coal", "fuel", "washed_coking_coal", "500000"),
            row("sold", "fuel_sold", "coke", "1000"),
            row("bf-in", "process_fuel_in", "coke", "90000", process="ironmaking"),
            row("bf-out", "process_fuel_out", "blast_furnace_gas", "30000", "1e4Nm3", process="ironmaking"),
            row("unit", "power_unit_fuel", "blast_furnace_gas", "20000", "1e4Nm3"),
        )
    )
    enterprise = 500000 * Fraction("26.344") * Fraction("0.02541") * Fraction(44, 12) - 1000 * coke
    process, unit = 90000 * coke - 30000 * gas, 20000 * gas * Fraction("0.99")
    assert f"{result.value:f}" == half_up(enterprise)
    assert f"{result.scopes['process']:f}" == half_up(process)
    assert f"{result.scopes['power_unit']:f}" == half_up(unit)
    assert f"{result.scopes['other']:f}" == half_up(enterprise - process - unit)


CLINKERS = {"portland": "0.535", "white_portland": "0.550", "sulpho_ferro_aluminate": "0.413", "aluminate": "0.292"}


@pytest.mark.parametrize("kind", CLINKERS)
def test_cement__each_clinker__its_factor(kind: str) -> None:
    result = run(report("cement", 2024, row("k", "clinker", kind, "1000000")))
    assert f"{result.value:f}" == half_up(1000000 * Fraction(CLINKERS[kind]))


@pytest.mark.parametrize("item", [row["item"] for row in parameters.table("cement_substitute_deductions_tCO2_per_t")])
def test_cement__each_substitute__deducted(item: str) -> None:
    table = {row["item"]: row["value"] for row in parameters.table("cement_substitute_deductions_tCO2_per_t")}
    result = run(
        report("cement", 2024, row("k", "clinker", "portland", "1000000"), row("s", "substitute", item, "777.77"))
    )
    assert f"{result.value:f}" == half_up(535000 - Fraction("777.77") * Fraction(table[item]))


def months(*rows: Row) -> Row:
    return report("cement", 2025, *rows)


def test_cement__month_below_zero__floored_in_that_month_only() -> None:
    result = run(
        months(
            row("k1", "clinker", "portland", "1000", month=1),
            row("s1", "substitute", "carbide_slag", "2000", month=1),
            row("k2", "clinker", "portland", "1000", month=2),
            row("f1", "fuel", "bituminous", "10", month=1),
        )
    )
    fuel = 10 * Fraction("23.736") * Fraction("0.02618") * Fraction("0.99") * Fraction(44, 12)
    assert f"{result.groups['process']:f}" == "535.00"
    assert f"{result.value:f}" == half_up(535 + fuel)
    assert any("D-13" in note.zh for note in result.notes)


def test_cement__mixed_months__refused() -> None:
    with pytest.raises(RefusedError) as caught:
        run(months(row("k1", "clinker", "portland", "1", month=1), row("s", "substitute", "red_mud", "1")))
    assert caught.value.refusals[0].where == "sources[1].month"


@pytest.mark.parametrize(("slag", "special"), [("334375", False), ("334375.01", True)])
def test_cement__carbide_slag_at_30_percent__special_case_above_only(slag: str, special: bool) -> None:
    result = run(months(row("k", "clinker", "portland", "1000000"), row("s", "substitute", "carbide_slag", slag)))
    assert result.metrics["special_case"] is special


def test_aluminium__measured_anode_and_effect__formula_of_the_rule() -> None:
    measured = {
        "anode_net_carbon": figure("0.4052", "tC/t-Al"),
        "anode_sulfur": figure("0.0123", "1"),
        "anode_ash": figure("0.0031", "1"),
        "anode_effect": figure("0.27", "min/cell-day"),
    }
    result = run(report("aluminium", 2025, row("p", "aluminium", "primary_aluminium", "123456.78", **measured)))
    tonnes = Fraction("123456.78")
    cf4 = Fraction("0.143") * Fraction("0.27")
    anode = tonnes * Fraction("0.4052") * (1 - Fraction("0.0123") - Fraction("0.0031")) * Fraction(44, 12)
    pfc = tonnes * (cf4 * 6630 + cf4 / 10 * 11100) / 1000
    assert f"{result.groups['anode']:f}" == half_up(anode)
    assert f"{result.groups['pfc']:f}" == half_up(pfc)
    assert f"{result.value:f}" == half_up(anode + pfc)
    assert f"{result.gases['CF4']['tonnes']:f}" == half_up(tonnes * cf4 / 1000, 6)


@pytest.mark.parametrize(("tonnes", "expected"), [("0.01", "0.00"), ("0.14", "0.01"), ("0.7", "0.03")])
def test_rounding__small_amounts__half_up(tonnes: str, expected: str) -> None:
    result = run(report("steel", 2024, row("x", "carbon_input", "scrap", tonnes)))
    assert f"{result.value:f}" == expected == half_up(Fraction(tonnes) * Fraction("0.037"))


def test_rounding__exactly_half_a_cent__goes_up() -> None:
    result = run(report("steel", 2024, row("x", "carbon_input", "high_carbon_ferrochrome", "1.25")))
    assert f"{result.value:f}" == "0.44"  # 1.25 x 0.348 = 0.435 exactly
    assert f"{result.lines[0].value:f}" == "0.44"


def test_rounding__whole_tonnes__from_the_exact_sum_not_the_shown_one() -> None:
    result = run(report("cement", 2024, row("k", "clinker", "white_portland", "0.9085")))
    assert (f"{result.value:f}", result.whole) == ("0.50", 0)  # 0.499675


def test_rounding__guide_steps__sum_of_rounded_lines() -> None:
    rows = [row(f"s{number}", "carbon_input", "scrap", "0.14") for number in range(10)]  # 0.00518 each
    exact = run(report("steel", 2024, *rows))
    steps = run(report("steel", 2024, *rows, rounding="guide-steps"))
    assert (f"{exact.value:f}", f"{steps.value:f}") == ("0.05", "0.10")


def test_rounding__unknown_policy__refused_with_the_valid_ones() -> None:
    with pytest.raises(RefusedError) as caught:
        run(report("cement", 2024, row("k", "clinker", "portland", "1"), rounding="power-carbon-4"))
    refusal = caught.value.refusals[0]
    assert (refusal.rule, refusal.valid.en) == ("D-17", "exact-once, guide-steps")


@pytest.mark.parametrize(("sector", "year"), [("steel", 2023), ("cement", 2022), ("aluminium", 2019), ("power", 2018)])
def test_select__year_before_the_sector_joined__refused(sector: str, year: int) -> None:
    with pytest.raises(RefusedError) as caught:
        select(sector, year)
    assert caught.value.refusals[0].rule == "A-05a"


def test_calculators__every_sector__one_version_per_year_without_gaps() -> None:
    for sector in {each.sector for each in CALCULATORS}:
        versions = sorted((each for each in CALCULATORS if each.sector == sector), key=lambda each: each.first_year)
        assert versions[-1].last_year is None
        for earlier, later in pairwise(versions):
            assert earlier.last_year is not None
            assert earlier.last_year + 1 == later.first_year


def test_result__any_report__explains_itself_in_both_languages() -> None:
    result = run(report("power", 2024, row("a", "fuel", "coal", "850000", heat_value=figure("19.876", "GJ/t"))))
    text = result.explain()
    assert "850000 t × 19.876 GJ/t × 0.03085 tC/GJ × 0.99 × 44/12" in text
    assert "缺省值" in text
    assert "default" in text
    versions = {used.key: used.version for used in result.parameters}
    assert versions["oxidation_coal"]
    assert versions["coal_default_carbon_tC_per_GJ"]
    assert result.to_json()["inputs"]["sources"][0]["amount"]["value"] == "850000"


def cems(*days: Row) -> Row:
    return {"kind": "cems", "entity": "E-0001", "year": 2025, "days": list(days)}


def cems_day(day: str, concentration: str = "220.500", flow: str = "4300.250", **more: Row) -> Row:
    return {"day": day, "concentration": figure(concentration, "g/m3"), "flow": figure(flow, "1e4Nm3/d") | more}


def test_cems__two_days__sum_and_lines() -> None:
    result = run(cems(cems_day("2025-03-01"), cems_day("2025-03-02", "100", "1000")))
    assert [f"{line.value:f}" for line in result.lines] == ["9482.051", "1000.000"]
    assert f"{result.value:f}" == "10482.051"


def test_cems__day_twice_or_other_year__refused() -> None:
    with pytest.raises(RefusedError) as caught:
        run(cems(cems_day("2025-03-01"), cems_day("2025-03-01"), cems_day("2024-12-31")))
    assert [each.where for each in caught.value.refusals] == ["days[1].day", "days[2].day"]


def wind(**changes: object) -> Row:
    base: Row = {
        "kind": "offshore_wind",
        "entity": "P-1",
        "year": 2025,
        "exported": {"value": "352000", "unit": "MWh"},
        "imported": {"value": "2000", "unit": "MWh"},
        "operating_margin": "0.80",
        "build_margin": "0.30",
        "weight_operating": "0.5",
        "weight_build": "0.5",
    }
    return base | changes


def test_offshore__uncalibrated_meter__read_against_the_project() -> None:
    meter = {"unit": "MWh", "calibrated": False, "max_error": "0.005"}
    result = run(wind(exported={"value": "352000"} | meter, imported={"value": "2000"} | meter))
    assert result.whole == ((352000 * Fraction("0.995") - 2000 * Fraction("1.005")) * Fraction("0.55")).__floor__()
    assert len(result.defaults) == 2


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"weight_build": "0.6"}, "weight_operating"),
        ({"imported": {"value": "400000", "unit": "MWh"}}, "imported"),
        ({"exported": {"value": "352", "unit": "GWh"}}, "exported.unit"),
        ({"exported": {"value": "1", "unit": "MWh", "calibrated": False}}, "exported.max_error"),
    ],
)
def test_offshore__bad_input__refused_by_e10(changes: Row, where: str) -> None:
    with pytest.raises(RefusedError) as caught:
        run(wind(**changes))
    assert [(each.where, each.rule) for each in caught.value.refusals] == [(where, "E-10")]


def test_intensities__two_clinker_lines__each_its_own() -> None:
    rows = [
        row("k1", "clinker", "portland", "1000", subunit="1"),
        row("k2", "clinker", "portland", "500", subunit="2"),
        row("f2", "fuel", "bituminous", "50", subunit="2"),
    ]
    result = run(report("cement", 2025, *rows))
    fuel = 50 * Fraction("23.736") * Fraction("0.02618") * Fraction("0.99") * Fraction(44, 12)
    assert f"{result.intensities['1']:f}" == "0.5350"
    assert f"{result.intensities['2']:f}" == half_up((Fraction("267.5") + fuel) / 500, 4)
    assert f"{result.subunits['2']:f}" == half_up(Fraction("267.5") + fuel)


def test_intensities__steel_for_allocation__iron_and_sinter_over_hot_metal() -> None:
    rows = [
        row("coal", "fuel", "washed_coking_coal", "500000"),
        row("i", "process_fuel_in", "coke", "400000", process="ironmaking"),
        row("s", "process_fuel_in", "anthracite", "50000", process="sintering"),
        row("c", "process_fuel_in", "coke", "9", process="coking"),
    ]
    outputs = [{"product": "hot_metal", "amount": "1000000", "unit": "t"}]
    result = run(report("steel", 2025, *rows, outputs=outputs))
    iron = 400000 * Fraction("28.435") * Fraction("0.02942") + 50000 * Fraction("25.024") * Fraction("0.02749")
    assert f"{result.metrics['t_per_t_hot_metal']:f}" == half_up(iron * Fraction(44, 12) / 1000000, 4)
