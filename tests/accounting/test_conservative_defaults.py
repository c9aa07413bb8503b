"""Missing, unqualified or expired evidence: which number is used, why, and that it never helps the firm."""

from datetime import date
from fractions import Fraction

import pytest
from accounting_builders import Row, figure, good_lab, meter, report, row, run

from oracles.accounting import Evidence, RegisteredLab
from oracles.accounting.evidence import first_uncovered, months_later
from oracles.accounting.model import Meter, Period

REQUIRED = Evidence(required=True)


def coal(carbon: str, lab: Row | None, **more: Row) -> Row:
    heat = figure("20", "GJ/t", good_lab())
    source = row("a", "fuel", "coal", "1000", heat_value=heat, carbon_per_heat=figure(carbon, "tC/GJ", lab), **more)
    source["amount"]["meter"] = meter()
    return report("power", 2024, source)


def carbon_used(carbon: str, lab: Row | None, evidence: Evidence | None = None) -> tuple[Fraction, str]:
    result = run(coal(carbon, lab), evidence)
    uses = [use for use in result.defaults if use.where.endswith("carbon_per_heat")]
    used = uses[0].used if uses else Fraction(carbon)
    assert result.exact == 1000 * 20 * used * Fraction("0.99") * Fraction(44, 12)
    return used, uses[0].rule if uses else ""


def test_measurement__good_evidence__used_as_it_is() -> None:
    assert carbon_used("0.0251", good_lab(), REQUIRED) == (Fraction("0.0251"), "")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"qualified": False}, "D-03"),
        ({"mark": "none"}, "H-06"),
        ({"items": ["heat_value"]}, "H-06"),
        ({"tested_on": "2028-01-05"}, "H-06"),
        ({"tested_on": "2025-02-20"}, "D-03"),
        ({"tested_on": "2023-12-30"}, "D-03"),
    ],
)
def test_measurement__rejected_below_default__default_used(changes: Row, rule: str) -> None:
    assert carbon_used("0.0251", good_lab(**changes)) == (Fraction("0.03085"), rule)


def test_measurement__rejected_above_default__default_must_not_reduce() -> None:
    used, rule = carbon_used("0.0340", good_lab(mark="none"))
    assert (used, rule) == (Fraction("0.0340"), "H-06")
    decision = run(coal("0.0340", good_lab(mark="none"))).defaults[0].decision
    assert "会减少排放" in decision.zh
    assert "would lower emissions" in decision.en


def test_measurement__no_report__default_only_when_evidence_is_required() -> None:
    assert carbon_used("0.0251", None) == (Fraction("0.0251"), "")
    assert carbon_used("0.0251", None, REQUIRED) == (Fraction("0.03085"), "D-03")


def test_laboratory__not_on_the_list__refused_whatever_its_report_says() -> None:
    listed = RegisteredLab(
        id="LAB-2",
        mark="CNAS",
        items=("heat_value", "carbon_per_heat"),
        validity=Period(first=date(2020, 1, 1), last=date(2030, 1, 1)),
    )
    uses = run(coal("0.0251", good_lab()), Evidence(labs={"LAB-2": listed})).defaults
    assert [(use.rule, use.used) for use in uses] == [("H-06", Fraction("26.7")), ("H-06", Fraction("0.03085"))]
    heat = figure("20", "GJ/t", good_lab(id="LAB-2"))
    carbon = figure("0.0251", "tC/GJ", good_lab(id="LAB-2"))
    document = report("power", 2024, row("a", "fuel", "coal", "1000", heat_value=heat, carbon_per_heat=carbon))
    assert run(document, Evidence(labs={"LAB-2": listed})).defaults == ()


def test_carbon_content__rejected__larger_of_it_and_the_default_product() -> None:
    for content, expected in (("0.9", "0.9"), ("0.5", str(20 * Fraction("0.03085")))):
        source = row(
            "a",
            "fuel",
            "coal",
            "1000",
            heat_value=figure("20", "GJ/t"),
            carbon_content=figure(content, "tC/t", good_lab(qualified=False)),
        )
        result = run(report("power", 2024, source))
        assert result.exact == 1000 * Fraction(expected) * Fraction("0.99") * Fraction(44, 12)


def test_deduction__rejected_measurement__smaller_of_both() -> None:
    lab = good_lab(mark="none")
    for measured, used in (("30", "28.435"), ("20", "20")):
        sold = row("b", "fuel_sold", "coke", "100", heat_value=figure(measured, "GJ/t", lab))
        result = run(report("steel", 2024, row("a", "fuel", "coke", "1000"), sold))
        line = next(line for line in result.lines if line.source == "b")
        assert line.exact == -100 * Fraction(used) * Fraction("0.02942") * Fraction(44, 12)


@pytest.mark.parametrize(
    ("flow", "item", "factor"), [("clinker", "portland", "1.005"), ("substitute", "red_mud", "0.995")]
)
def test_amount__expired_certificate__moved_against_the_firm(flow: str, item: str, factor: str) -> None:
    rows = [row("k", "clinker", "portland", "100000"), row("x", flow, item, "1000")]
    rows[1]["amount"]["meter"] = meter(last="2024-11-30")
    result = run(report("cement", 2024, *rows))
    assert [(use.where, use.rule) for use in result.defaults] == [("sources[1].amount", "D-16")]
    assert result.lines[1].amount == 1000 * Fraction(factor)


def test_amount__unknown_meter_without_certificate__largest_error() -> None:
    source = row("a", "fuel", "natural_gas", "100", "1e4Nm3")
    assert run(report("steel", 2024, source), REQUIRED).lines[0].amount == 102


def test_certificate__month_inside__valid_for_that_month() -> None:
    source = row("k", "clinker", "portland", "1000", month=5)
    source["amount"]["meter"] = meter("2024-05-01", "2024-05-31")
    assert run(report("cement", 2024, source)).defaults == ()


def test_certificate__longer_than_twelve_months_in_steel__counts_twelve() -> None:
    source = row("a", "carbon_input", "scrap", "1000")
    source["amount"]["meter"] = meter("2023-06-01", "2025-12-31")
    assert [use.rule for use in run(report("steel", 2024, source)).defaults] == ["D-16"]
    clinker = row("a", "clinker", "portland", "1000")
    clinker["amount"]["meter"] = meter("2023-06-01", "2025-12-31")
    assert run(report("cement", 2024, clinker)).defaults == ()


def test_first_uncovered__two_certificates_with_a_gap__names_the_day() -> None:
    parts = ((date(2024, 1, 1), date(2024, 6, 30)), (date(2024, 7, 2), date(2024, 12, 31)))
    metered = Meter(id="M", certificates=tuple(Period(first=first, last=last) for first, last in parts))
    assert first_uncovered(metered, (date(2024, 1, 1), date(2024, 12, 31)), None) == date(2024, 7, 1)
    assert first_uncovered(metered, (date(2024, 2, 1), date(2024, 2, 29)), None) is None


def test_months_later__end_of_february__last_day_covered() -> None:
    assert months_later(date(2024, 2, 29), 12) == date(2025, 2, 27)
    assert months_later(date(2024, 1, 1), 12) == date(2024, 12, 31)


def test_anode__rejected_tests__each_figure_to_the_worse_side() -> None:
    lab = good_lab(qualified=False)
    source = row(
        "p",
        "aluminium",
        "primary_aluminium",
        "1000",
        anode_net_carbon=figure("0.40", "tC/t-Al", lab),
        anode_sulfur=figure("0.05", "1", lab),
        anode_ash=figure("0.001", "1", lab),
    )
    anode = next(line for line in run(report("aluminium", 2024, source)).lines if line.group == "anode")
    assert anode.exact == 1000 * Fraction("0.411") * (1 - Fraction("0.02") - Fraction("0.001")) * Fraction(44, 12)


def test_anode_effect__meter_expired__default_or_measured_whichever_is_more() -> None:
    for minutes, cf4 in (("0.1", Fraction("0.034")), ("0.5", Fraction("0.143") / 2)):
        effect = figure(minutes, "min/cell-day") | {"meter": meter(last="2024-03-01", kind="other")}
        result = run(report("aluminium", 2024, row("p", "aluminium", "primary_aluminium", "1000", anode_effect=effect)))
        line = next(line for line in result.lines if line.gas == "CF4")
        assert line.exact == cf4 * 6630
        assert {use.rule for use in result.defaults if use.where.endswith("anode_effect")} == {"D-16"}


def test_cems__expired_analyser__named_but_mass_unchanged() -> None:
    flow = figure("4300.250", "1e4Nm3/d") | {"meter": meter("2024-01-01", "2024-12-31", "other")}
    day = {"day": "2025-03-01", "concentration": figure("220.500", "g/m3"), "flow": flow}
    result = run({"kind": "cems", "entity": "E", "year": 2025, "days": [day]})
    assert f"{result.value:f}" == "9482.051"
    assert [use.rule for use in result.defaults] == ["D-16"]
