"""From running totals to reports and surrenders: whatever the totals do, the bookings follow them to the tonne."""

from hypothesis import given
from hypothesis import strategies as st
from replay_support import record

from registry_cli.replay.booking import Booking, Figure, book
from registry_cli.replay.records import Record
from registry_cli.replay.stock import Stock

TONNES = st.one_of(st.none(), st.integers(0, 50))
FIGURES = st.fixed_dictionaries(
    {"verified": TONNES, "running_verified": TONNES, "running_surrendered": TONNES},
)


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    """An operator with any figures in any years of two phases."""
    years = sorted(draw(st.sets(st.integers(2018, 2023), min_size=1)))
    return [record(year, **draw(FIGURES)) for year in years]


def apply(booking: Booking, figures: dict[int, int], paid: dict[int, int]) -> None:
    for figure in booking.figures:
        figures[figure.year] = figure.tonnes
    year = booking.record.year
    paid[year] = paid.get(year, 0) + booking.surrendered
    for before, tonnes in booking.reversals:
        paid[before] -= tonnes


@given(histories())
def test_book__any_history__totals_at_each_deadline_are_those_of_the_file(rows: list[Record]) -> None:
    figures: dict[int, int] = {}
    paid: dict[int, int] = {}
    for booking in book(rows):
        row = booking.record
        apply(booking, figures, paid)
        phase = range(row.phase.first, row.year + 1)
        owed = sum(figures.get(year, 0) for year in phase)
        total = sum(paid.get(year, 0) for year in phase)
        if row.running_verified is None:
            assert not booking.figures
        else:
            assert owed == row.running_verified
            assert row.year in figures
            if row.running_surrendered is not None:
                assert total == row.running_surrendered
        if booking.late:
            figures[booking.late.year] = booking.late.tonnes
        assert all(tonnes >= 0 for tonnes in (*figures.values(), *paid.values()))


@given(histories())
def test_book__any_history__no_report_without_change(rows: list[Record]) -> None:
    stands: dict[int, int] = {}
    for booking in book(rows):
        for figure in (*booking.figures, *([booking.late] if booking.late else [])):
            assert stands.get(figure.year) != figure.tonnes
            stands[figure.year] = figure.tonnes


@given(histories())
def test_book__every_published_figure__is_reported_once_at_least(rows: list[Record]) -> None:
    reported = {f.year for b in book(rows) for f in (*b.figures, *([b.late] if b.late else []))}
    assert {row.year for row in rows if row.verified is not None} <= reported


def kinds(*rows: Record) -> list[str]:
    return [booking.kind for booking in book(rows)]


def test_book__correction_shows_up_later__earlier_report_corrected() -> None:
    rows = (
        record(2013, verified=100, running_verified=120, running_surrendered=120),
        record(2014, verified=50, running_verified=150, running_surrendered=150),
    )
    first, second = book(rows)
    assert (first.kind, first.figures) == ("difference", (Figure(2013, 120),))
    assert (second.kind, second.figures) == ("corrected", (Figure(2013, 100), Figure(2014, 50)))
    assert (first.surrendered, second.surrendered) == (120, 30)


def test_book__total_falls_to_nothing__reports_reduced_and_surrender_reversed() -> None:
    rows = (
        record(2013, verified=30, running_verified=30, running_surrendered=30),
        record(2014, verified=20, running_verified=50, running_surrendered=50),
        record(2015, running_verified=10, running_surrendered=15),
    )
    last = book(rows)[-1]
    assert last.kind == "reduced"
    assert last.figures == (Figure(2013, 10), Figure(2014, 0), Figure(2015, 0))
    assert last.reversals == ((2014, 20), (2013, 15))


def test_book__not_calculated_beside_zero__is_no_reversal() -> None:
    rows = (
        record(2013, verified=30, running_verified=30, running_surrendered=30),
        record(2014, verified=20, running_surrendered=0),
        record(2015, verified=5, running_verified=55, running_surrendered=55),
    )
    late, after = book(rows)[1:]
    assert (late.kind, late.late, late.reversals) == ("late", Figure(2014, 20), ())
    assert (after.kind, after.surrendered) == ("as_published", 25)


def test_book__word_with_total__nil_and_no_figure_at_all__none() -> None:
    assert kinds(record(2013, running_verified=0), record(2014), record(2015, running_verified=0)) == [
        "nil",
        "none",
        "nil",
    ]


def test_book__new_phase__totals_start_anew() -> None:
    rows = (
        record(2020, verified=30, running_verified=30, running_surrendered=30),
        record(2021, verified=7, running_verified=7, running_surrendered=2),
    )
    last = book(rows)[-1]
    assert (last.kind, last.surrendered, last.reversals) == ("as_published", 2, ())


@given(st.dictionaries(st.integers(2013, 2020), st.integers(1, 40), min_size=1), st.data())
def test_stock__pay_and_give_back__nothing_lost_and_oldest_first(held: dict[int, int], data: st.DataObject) -> None:
    stock = Stock()
    for vintage, tonnes in held.items():
        stock.add(1, vintage, tonnes)
    total = sum(held.values())
    paid = data.draw(st.integers(0, total))
    parts = stock.pay(1, 2020, 2013, 2020, paid)
    assert sum(part for _, part in parts) == paid
    assert [vintage for vintage, _ in parts] == sorted(vintage for vintage, _ in parts)
    assert stock.short(1, 2013, 2020, total) == paid
    back = stock.give_back(1, 2020, paid)
    assert sorted(back) == sorted(parts)
    assert dict(stock.held[1]) == held
