"""The encoding is canonical and injective: one spelling a field, one encoding an item, one item an encoding."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from evidence_builders import MONTH, item, items, months
from hypothesis import given
from hypothesis import strategies as st

from registry_sdk.evidence import EvidenceError, Item, Month, decimal_text


@given(items(), items(), months, months, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_encode__two_items_at_two_places__same_bytes_only_for_the_same(
    one: Item, other: Item, month: Month, elsewhere: Month, position: int, place: int
) -> None:
    assert (one.encode(month, position) == other.encode(elsewhere, place)) == (
        (one, month, position) == (other, elsewhere, place)
    )


@given(items(), months, st.integers(0, 2**32 - 1))
def test_encode__text_moves_from_one_field_to_the_next__bytes_differ(one: Item, month: Month, position: int) -> None:
    left = replace(one, kind="a1", value="2")
    right = replace(one, kind="a", value="12")
    assert len(left.encode(month, position)) == len(right.encode(month, position))
    assert left.encode(month, position) != right.encode(month, position)


@given(items())
def test_from_json__what_to_json_wrote__same_item(one: Item) -> None:
    assert Item.from_json(one.to_json()) == one


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("kind", ["", "Fuel", "fuel amount", "fuel/", "fuel/a/b", "燃料", "1fuel", "fuel\n", None]),
        ("value", ["", "1.50", "01", "-0", "1e3", "+1", ".5", "1.", "NaN", "１", "1,000", "1\n", "9" * 41, 5]),
        ("unit", ["", "t ", "t\n", "吨", "x" * 21]),
        ("document", [b"", bytes(32), b"x" * 31, "0x" + "11" * 32]),
        ("meter", [" ", "a b", "表1", "x" * 61]),
        ("time", [-1, 1.5, True, 10**12]),
    ],
)
def test_item__another_spelling__refused_with_field_and_what_would_be_valid(field: str, given: list[object]) -> None:
    for value in given:
        with pytest.raises(EvidenceError) as caught:
            item(**{field: value})
        assert (caught.value.field, bool(caught.value.valid_en)) == (field, True), value


def test_item__meter_without_certificate_or_certificate_without_meter__refused() -> None:
    for changes in ({"meter": ""}, {"calibrated_until": None}):
        with pytest.raises(EvidenceError, match="calibrated_until"):
            item(**changes)
    assert item(meter="", calibrated_until=None).meter == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"document": "0x" + "AB" * 32},
        {"document": "ab" * 32},
        {"calibrated_until": "2025-02-30"},
        {"calibrated_until": "20250101"},
        {"time": "2025-03-31T16:00:00"},
        {"time": "2025-03-31T16:00:00+08:00"},
        {"time": 1_743_436_800},
        {"value": 5},
        {"more": 1},
    ],
)
def test_from_json__anything_else__refused(changes: dict[str, object]) -> None:
    with pytest.raises(EvidenceError):
        Item.from_json(item().to_json() | changes)


@pytest.mark.parametrize(
    ("given", "text"),
    [("1.50", "1.5"), ("1E+2", "100"), ("-0.00", "0"), (Decimal("41230.5500"), "41230.55"), (7, "7"), ("100", "100")],
)
def test_decimal_text__any_spelling__the_only_one(given: Decimal | int | str, text: str) -> None:
    assert decimal_text(given) == text
    assert item(value=text).value == text


@pytest.mark.parametrize("given", ["", "abc", "NaN", "Infinity", "1E+99", "1E-99"])
def test_decimal_text__no_number__refused(given: str) -> None:
    with pytest.raises(EvidenceError):
        decimal_text(given)


def test_item__kind_with_source__splits() -> None:
    assert (item().code, item().source) == ("generation", "unit-1")
    assert item(kind="generation").source == ""


@pytest.mark.parametrize("given", [(0, 2025, 1), (2**64, 2025, 1), (1, 1999, 1), (1, 2025, 0), (1, 2025, 13)])
def test_month__impossible__refused(given: tuple[int, int, int]) -> None:
    with pytest.raises(EvidenceError):
        Month(*given)


def test_item__last_day_of_certificate__bound_in_the_bytes() -> None:
    other = item(calibrated_until=date(2026, 1, 1))
    assert item().encode(MONTH, 0) != other.encode(MONTH, 0)
