"""Properties of every calculator: monotone, additive, independent of order, never helped by bad evidence."""

from decimal import Decimal
from fractions import Fraction

from accounting_builders import Row, figure, good_lab, meter, report, row, run
from hypothesis import given
from hypothesis import strategies as st

from registry_sdk import parameters

FUELS = [(each["fuel"], each["fuel_unit"]) for each in parameters.table("fuel_defaults")]
SUBSTITUTES = [each["item"] for each in parameters.table("cement_substitute_deductions_tCO2_per_t")]
STEEL = [
    (flow, each["item"])
    for each in parameters.table("accounting_items")
    for flow in each["flows"]
    if flow in ("carbonate", "electrode", "carbon_input", "carbon_product")
]
amounts = st.decimals(min_value=0, max_value=10**7, places=3).map(lambda value: f"{value:f}")
months = st.sampled_from([None, 1, 2, 12])


@st.composite
def fuel_row(draw: st.DrawFn, key: str) -> Row:
    fuel, unit = draw(st.sampled_from(FUELS))
    source = row(key, "fuel", fuel, draw(amounts), unit)
    if draw(st.booleans()):
        source["heat_value"] = figure(f"{draw(st.decimals(min_value=1, max_value=400, places=3)):f}", f"GJ/{unit}")
    return source


@st.composite
def reports(draw: st.DrawFn) -> Row:
    sector = draw(st.sampled_from(["power", "steel", "cement", "aluminium"]))
    size = draw(st.integers(1, 5))
    if sector == "aluminium":
        rows = [row(f"p{number}", "aluminium", "primary_aluminium", draw(amounts)) for number in range(size)]
        return report(sector, 2025, *rows)
    rows = [draw(fuel_row(f"f{number}")) for number in range(size)]
    if sector == "steel":
        for number, (flow, item) in enumerate(draw(st.lists(st.sampled_from(STEEL), max_size=4))):
            rows.append(row(f"m{number}", flow, item, draw(amounts)))
    if sector == "cement":
        for month in draw(st.lists(st.integers(1, 12), max_size=3, unique=True)):
            rows.append(row(f"k{month}", "clinker", "portland", draw(amounts), month=month))
            item = draw(st.sampled_from(SUBSTITUTES))
            rows.append(row(f"s{month}", "substitute", item, draw(amounts), month=month))
    return report(sector, 2025, *rows)


@given(reports())
def test_total__any_report__equals_its_lines_within_the_declared_rounding(document: Row) -> None:
    result = run(document)
    lines = sum((line.value for line in result.lines), Decimal(0))
    assert abs(lines - result.value) <= Decimal("0.005") * (len(result.lines) + 1)
    assert sum((line.exact for line in result.lines), Fraction(0)) == result.exact
    assert abs(result.whole - result.exact) <= Fraction(1, 2)


@given(reports())
def test_total__guide_steps__is_exactly_the_sum_of_shown_lines(document: Row) -> None:
    name = "power-guide-steps" if document["sector"] == "power" else "guide-steps"
    result = run(document | {"rounding": name})
    assert sum((line.value for line in result.lines), Decimal(0)) == result.value


@given(reports(), st.randoms(use_true_random=False))
def test_total__sources_in_another_order__same_figures(document: Row, shuffle: object) -> None:
    rows = list(document["sources"])
    shuffle.shuffle(rows)  # type: ignore[attr-defined]
    first, second = run(document), run(document | {"sources": rows})
    assert (first.value, first.whole, first.exact) == (second.value, second.whole, second.exact)
    assert first.metrics == second.metrics
    assert {line.source: line.exact for line in first.lines} == {line.source: line.exact for line in second.lines}


@given(reports(), st.data())
def test_total__more_of_one_fuel__never_less(document: Row, data: st.DataObject) -> None:
    places = [index for index, source in enumerate(document["sources"]) if source["flow"] in ("fuel", "aluminium")]
    index = data.draw(st.sampled_from(places))
    more = data.draw(st.decimals(min_value=Decimal("0.001"), max_value=1000, places=3))
    source = document["sources"][index]
    raised = source | {"amount": source["amount"] | {"value": f"{Decimal(source['amount']['value']) + more:f}"}}
    rows = [*document["sources"][:index], raised, *document["sources"][index + 1 :]]
    before, after = run(document), run(document | {"sources": rows})
    assert after.exact > before.exact
    assert after.value >= before.value
    assert after.whole >= before.whole


carbons = st.decimals(min_value=Decimal("0.001"), max_value=Decimal("0.09"), places=5).map(lambda value: f"{value:f}")
heats = st.decimals(min_value=1, max_value=45, places=3).map(lambda value: f"{value:f}")
bad_labs = st.sampled_from(
    [good_lab(qualified=False), good_lab(mark="none"), good_lab(items=[]), good_lab(tested_on="2029-01-01")]
)


@given(amounts, heats, carbons, bad_labs, st.sampled_from([("fuel", 1), ("fuel_sold", -1)]))
def test_default__rejected_measurement__never_lowers_the_result(
    amount: str, heat: str, carbon: str, lab: Row, flow: tuple[str, int]
) -> None:
    def total(evidence: Row | None) -> Fraction:
        measured = {"heat_value": figure(heat, "GJ/t", evidence), "carbon_per_heat": figure(carbon, "tC/GJ", evidence)}
        rows = [row("base", "fuel", "coke", "1"), row("x", flow[0], "coke", amount, **measured)]
        return run(report("steel", 2024, *rows)).exact

    assert total(lab) >= total(good_lab())


@given(amounts, st.sampled_from([("clinker", "portland"), ("substitute", "carbide_slag")]))
def test_meter__expired_certificate__never_lowers_the_result(amount: str, kind: tuple[str, str]) -> None:
    def total(last: str) -> Fraction:
        rows = [row("k", "clinker", "portland", "10000000"), row("x", kind[0], kind[1], amount)]
        rows[1]["amount"]["meter"] = meter(last=last)
        return run(report("cement", 2024, *rows)).exact

    assert total("2024-06-30") >= total("2024-12-31")


@given(reports())
def test_cement__any_month__process_part_not_below_zero(document: Row) -> None:
    if document["sector"] == "cement":
        sums: dict[tuple[str, int | None], Fraction] = {}
        for line in run(document).lines:
            if line.group == "process":
                sums[line.subunit, line.month] = sums.get((line.subunit, line.month), Fraction(0)) + line.exact
        assert all(total >= 0 for total in sums.values())
