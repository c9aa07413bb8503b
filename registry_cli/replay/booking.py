"""From running totals to bookings: what one operator reported and surrendered, year by year.

The file keeps two kinds of figures apart. The running totals are those of their time; the yearly figure is the newest
one known, corrected afterwards or not. What must come out is the running total at each deadline, so a year is booked as

* ``as_published`` - the yearly figure, where it takes the total to where it should be;
* ``nil`` - zero, where there is a running total that did not move, but a word or nothing for the year;
* ``corrected`` - where the published figures of all years so far give the total, earlier years get a corrected report;
* ``difference`` - else the year's report carries what the running total grew by;
* ``reduced`` - the total fell: the newest earlier reports are corrected downwards until it fits;
* ``late`` - a figure without a running total was verified too late: reported after the deadline.

Surrender is the yearly difference of the running surrendered total, a fall is a reversal. Both start anew with a phase.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from registry_cli.replay.records import Record

BOOKINGS: Final[dict[str, tuple[str, str]]] = {
    "as_published": ("按公布数报告", "reported as published"),
    "nil": ("无排放，零报告", "nil report"),
    "corrected": ("先更正前几年报告", "earlier reports corrected to the published figures"),
    "difference": ("按累计差额报告", "reported as the difference of running totals"),
    "reduced": ("累计下降，更正前几年报告", "running total fell: earlier reports reduced"),
    "late": ("逾期核查，期后报告", "verified after the deadline, reported after it"),
    "none": ("无数据，未报告", "no figure, not reported"),
}


@dataclass(frozen=True)
class Figure:
    """Verified emissions to report: a first report or, for a year reported before, a correction."""

    year: int
    tonnes: int


@dataclass(frozen=True)
class Booking:
    """One operator and year.

    Attributes:
        figures: reports in time, corrections first.
        late: report after the deadline.
        surrendered: tonnes to surrender for the year.
        reversals: year to tonnes to give back, newest first.
    """

    record: Record
    kind: str
    figures: tuple[Figure, ...]
    late: Figure | None
    surrendered: int
    reversals: tuple[tuple[int, int], ...]


@dataclass
class Ledger:
    """What one operator has booked in a phase so far, tonnes by year."""

    verified: dict[int, int] = field(default_factory=dict)
    published: dict[int, int] = field(default_factory=dict)
    surrendered: dict[int, int] = field(default_factory=dict)

    @property
    def paid(self) -> int:
        """Running surrendered total."""
        return sum(self.surrendered.values())

    @property
    def owed(self) -> int:
        """Running verified total."""
        return sum(self.verified.values())


def book(rows: Iterable[Record]) -> list[Booking]:
    """Bookings of one operator; ``rows`` in the order of years, phases following one another."""
    bookings: list[Booking] = []
    ledger, phase = Ledger(), None
    for row in rows:
        if row.phase != phase:
            ledger, phase = Ledger(), row.phase
        bookings.append(_book(row, ledger))
    return bookings


def _book(row: Record, ledger: Ledger) -> Booking:
    if row.verified is not None:
        ledger.published[row.year] = row.verified
    if row.running_verified is None:
        kind, wanted = ("none", {}) if row.verified is None else ("late", {row.year: row.verified})
    else:
        kind, wanted = _wanted(row.year, row.verified, row.running_verified, ledger)
    figures = [Figure(year, tonnes) for year, tonnes in sorted(wanted.items()) if ledger.verified.get(year) != tonnes]
    ledger.verified.update(wanted)
    late = figures.pop() if kind == "late" else None
    surrendered, reversals = _payments(row, ledger)
    return Booking(row, kind, tuple(figures), late, surrendered, reversals)


def _wanted(year: int, verified: int | None, total: int, ledger: Ledger) -> tuple[str, dict[int, int]]:
    """Figures that must stand, by year, so that they sum up to the running total."""
    own = verified or 0
    if ledger.owed + own == total:
        return ("nil" if verified is None else "as_published"), {year: own}
    published = {known: ledger.published.get(known, 0) for known in {*ledger.verified, *ledger.published, year}}
    if sum(published.values()) == total:
        return "corrected", published
    if total >= ledger.owed:
        return "difference", {year: total - ledger.owed}
    own = min(own, total)
    cuts = _newest_first(ledger.verified, ledger.owed + own - total)
    return "reduced", {cut: ledger.verified[cut] - tonnes for cut, tonnes in cuts} | {year: own}


def _payments(row: Record, ledger: Ledger) -> tuple[int, tuple[tuple[int, int], ...]]:
    total = row.running_surrendered
    # Beside "Not Calculated" stands 0, whatever was surrendered before: no reversal.
    if total is None or (row.running_verified is None and total < ledger.paid):
        return 0, ()
    if total >= ledger.paid:
        grown = total - ledger.paid
        ledger.surrendered[row.year] = grown
        return grown, ()
    cuts = _newest_first(ledger.surrendered, ledger.paid - total)
    for year, tonnes in cuts:
        ledger.surrendered[year] -= tonnes
    return 0, cuts


def _newest_first(by_year: dict[int, int], tonnes: int) -> tuple[tuple[int, int], ...]:
    """How ``tonnes`` come off the years, the newest first."""
    cuts: list[tuple[int, int]] = []
    for year in sorted(by_year, reverse=True):
        cut = min(by_year[year], tonnes)
        if cut:
            cuts.append((year, cut))
            tonnes -= cut
    return tuple(cuts)
