"""Properties of the statistics, and that streams stay streams."""

from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quality_builders import item

from oracles.quality import MonthlyItem, cross, months, own_history, single
from oracles.quality.patterns import chi_square, last_digit
from oracles.quality.robust import centre, median

numbers = st.fractions(min_value=-1000, max_value=1000)


@given(st.lists(numbers, min_size=1, max_size=30))
def test_median__any_values__half_on_each_side(values: list[Fraction]) -> None:
    middle = median(values)
    assert 2 * sum(value <= middle for value in values) >= len(values)
    assert 2 * sum(value >= middle for value in values) >= len(values)


def test_median__no_values__refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        median([])


@given(numbers, st.lists(numbers, min_size=1, max_size=20), st.fractions(min_value=0, max_value=1))
def test_score__scaled_and_shifted_away__same_or_larger(
    value: Fraction, values: list[Fraction], floor: Fraction
) -> None:
    usual = centre(values, floor)
    first = usual.score(value)
    assert first >= 0
    assert centre([each * 3 for each in values], floor).score(value * 3) == first
    further = value + (1 if value >= usual.middle else -1)
    assert usual.score(further) >= first


@given(st.lists(st.integers(0, 50), min_size=2, max_size=10).filter(any))
def test_chi_square__any_counts__zero_only_when_even(counts: list[int]) -> None:
    assert (chi_square(counts) == 0) == (len(set(counts)) == 1)


@given(st.from_regex(r"[0-9]{1,6}(\.[0-9]{1,4})?", fullmatch=True))
def test_last_digit__any_written_number__its_last_character(written: str) -> None:
    digit = last_digit(written)
    assert digit is None or digit == int(written[-1])


def endless() -> Iterator[MonthlyItem]:
    year = 0
    while True:
        year += 1
        for number in range(1, 13):
            yield item("generation", "99000000", number, entity=f"E-{year}")


def test_streams__endless_input__first_finding_comes_at_once() -> None:
    assert next(single(endless())).code == "Q-RANGE"
    assert next(months(endless())).first.entity == "E-1"
    with_hours = (
        each for row in endless() for each in (row, item("running_hours", "800", row.month, entity=row.entity))
    )
    assert next(cross(months(with_hours))).code == "Q-LOAD-HOURS"


def test_own_history__endless_series__window_is_bounded() -> None:
    def rows() -> Iterator[MonthlyItem]:
        for number in range(1, 200):
            yield item("heat_value", "20", 1 + number % 12)
        yield item("heat_value", "40", 1)

    found = list(own_history(rows()))
    assert [each.figures["count"] for each in found] == ["24"]
