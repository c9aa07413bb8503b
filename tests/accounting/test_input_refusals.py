"""Every bad input is refused with the field, a rule number and what would be valid, in both languages."""

import json
from typing import Any

import pytest
from accounting_builders import Row, figure, report, row, run
from hypothesis import given
from hypothesis import strategies as st

from oracles.accounting import Refusal, RefusedError, read_json, validate


def good(**changes: Any) -> Row:
    return report("power", 2024, row("a", "fuel", "coal", "1") | changes)


def refusals(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(RefusedError) as caught:
        run(document)
    for each in caught.value.refusals:
        assert all((each.rule, each.problem.zh, each.problem.en, each.valid.zh, each.valid.en))
    return [(each.where, each.rule) for each in caught.value.refusals]


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        "1e5",
        "NaN",
        "Infinity",
        "-1",
        -1,
        "1,000",
        " 1",
        "1 t",
        "",
        "１２",
        True,
        None,
        [],
        "9" * 19,
        10**18,
        "0." + "1" * 19,
    ],
)
def test_number__not_a_plain_decimal__refused(value: Any) -> None:
    document = good()
    document["sources"][0]["amount"]["value"] = value
    assert refusals(document) == [("sources[0].amount.value", "D-07")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"sector": "glass"}, ("sector", "A-05a")),
        ({"year": 2018}, ("year", "A-05a")),
        ({"year": "2024"}, ("year", "D-07")),
        ({"rounding": "none"}, ("rounding", "D-17")),
        ({"sources": []}, ("sources", "D-07")),
        ({"extra": 1}, ("extra", "D-07")),
        ({"entity": ""}, ("entity", "D-07")),
        ({"kind": "other"}, ("kind", "D-07")),
        ({"outputs": [{"product": "clinker", "amount": "1", "unit": "t"}]}, ("outputs[0]", "D-17")),
    ],
)
def test_report__wrong_field__refused_by_name(change: Row, expected: tuple[str, str]) -> None:
    assert refusals(good() | change) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"item": "plutonium"}, ("sources[0].item", "D-04")),
        ({"flow": "clinker"}, ("sources[0].flow", "D-02")),
        ({"amount": {"value": "1", "unit": "kg"}}, ("sources[0].amount.unit", "D-02")),
        ({"heat_value": figure("1", "kJ/kg")}, ("sources[0].heat_value.unit", "D-03")),
        ({"anode_ash": figure("1", "1")}, ("sources[0].anode_ash", "D-02")),
        ({"month": 13}, ("sources[0].month", "D-06")),
        ({"process": "coking"}, ("sources[0].process", "D-11")),
        (
            {"carbon_content": figure("0.5", "tC/t"), "carbon_per_heat": figure("0.02", "tC/GJ")},
            ("sources[0].carbon_per_heat", "D-02"),
        ),
    ],
)
def test_source__wrong_field__refused_by_name(change: Row, expected: tuple[str, str]) -> None:
    assert refusals(good(**change)) == [expected]


def test_gas__in_tonnes__refused_with_its_unit() -> None:
    with pytest.raises(RefusedError) as caught:
        run(report("steel", 2024, row("a", "fuel", "blast_furnace_gas", "1", "t")))
    assert caught.value.refusals[0].valid.en == "1e4Nm3"


def test_ratio__percent_typed_as_ratio__refused() -> None:
    source = row("p", "aluminium", "primary_aluminium", "1", anode_sulfur=figure("2.0", "1"))
    assert refusals(report("aluminium", 2024, source)) == [("sources[0].anode_sulfur.value", "D-14")]


def test_report__two_rows_with_one_id__refused() -> None:
    assert refusals(report("power", 2024, row("a", "fuel", "coal", "1"), row("a", "fuel", "coal", "1")))[0][1] == "D-07"


def test_report__several_mistakes__all_told_at_once() -> None:
    rows = [row("a", "fuel", "coal", "1", "kg"), row("b", "nothing", "coal", "1"), row("c", "fuel", "gold", "1")]
    assert [where for where, _ in refusals(report("power", 2024, *rows))] == [
        "sources[0].amount.unit",
        "sources[1].flow",
        "sources[2].item",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"a": NaN}',
        '{"a": 1, "a": 2}',
        "[" * 100_000,
        "\xff",
        '{"a": ' + "9" * 5000 + "}",
        b"\xff\xfe",
        "[]",
        "3",
    ],
)
def test_json__broken_or_ambiguous__refused(text: str | bytes) -> None:
    with pytest.raises(RefusedError):
        validate(read_json(text))


def test_json__number_with_a_point__read_exactly() -> None:
    text = json.dumps(good(heat_value={"value": 0, "unit": "GJ/t"})).replace(
        '"value": 0', '"value": 19.876000000000000001'
    )
    value = validate(read_json(text)).model_dump()["sources"][0]["heat_value"]["value"]
    assert value == "19.876000000000000001"


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def outcome(document: Row) -> tuple[Refusal, ...]:
    """Refusals, none when it was calculated; any other exception fails the test."""
    try:
        run(document)
    except RefusedError as error:
        return error.refusals
    return ()


@given(SCRAPS, st.sampled_from(["entity", "sector", "year", "sources", "outputs", "rounding", "kind"]))
def test_validate__any_scrap_in_any_field__refused_or_calculated(scrap: Any, name: str) -> None:
    assert all(each.rule and each.valid.zh for each in outcome(good() | {name: scrap}))


@given(SCRAPS, st.sampled_from(["id", "flow", "item", "amount", "subunit", "month", "process", "heat_value"]))
def test_validate__any_scrap_in_any_source_field__refused_or_calculated(scrap: Any, name: str) -> None:
    document = good()
    document["sources"][0][name] = scrap
    assert all(each.rule and each.valid.zh for each in outcome(document))
