"""The plan of a compliance replay: every year from opening to closing, at the dates the law of the records set."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from registry_cli.replay import calendar
from registry_cli.replay.booking import Booking, book
from registry_cli.replay.draft import Draft, Plan
from registry_cli.replay.items import Chunk, Freeze, Item, Order
from registry_cli.replay.people import MARKET_ACCOUNT, People
from registry_cli.replay.records import Phase
from registry_cli.replay.selection import Selection
from registry_cli.replay.stock import Stock
from registry_sdk.allocation import WHOLE, CapMode, Share
from registry_sdk.tables import AllocationTable, Row, TableKind

ROWS_PER_CHUNK: Final = 200
#: A plan covers a year and a sector; the records do not tell sectors apart.
SECTOR: Final = 1
#: Half of a cap for the operators, half for the market that stands in for purchases.
HALVES: Final = (WHOLE // 2, WHOLE // 2, 0)


def bookings_of(selection: Selection) -> list[Booking]:
    """Bookings of all operators, the lead-in before the first year asked for included."""
    rows = sorted((*selection.lead_in, *selection.rows), key=lambda r: (r.registry, r.number, r.year))
    return [booking for _, own in groupby(rows, key=lambda r: r.operator) for booking in book(own)]


def compliance_plan(selection: Selection, people: People) -> tuple[Plan, list[Booking]]:
    """Plan and bookings of a selection."""
    bookings = bookings_of(selection)
    return _Planner(selection, Draft(people), bookings).plan(), bookings


@dataclass
class _Planner:
    selection: Selection
    draft: Draft
    bookings: list[Booking]
    stock: Stock = field(default_factory=Stock)
    _caps: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def plan(self) -> Plan:
        """All stages, in order of time."""
        by_year: dict[int, list[Booking]] = defaultdict(list)
        for booking in self.bookings:
            by_year[booking.record.year].append(booking)
        years = sorted(by_year)
        first_day = calendar.noon(calendar.day_of("opened", years[0]), -1)
        self.draft.stage(first_day, "设立 founding", self.draft.founding())
        # Stock is followed while planning, so stages are made in the order in which they happen.
        for time, _, year, title, make in sorted(self._timeline(years), key=lambda step: step[:2]):
            self.draft.stage(time, f"{year} {title}", make(year, by_year[year]))
        units = tuple(("allowances", year) for year in years)
        return Plan(tuple(self.draft.stages), units, dict(self.draft.accounts))

    def _timeline(self, years: list[int]) -> Iterator[tuple[int, int, int, str, Callable[..., list[Item]]]]:
        steps: tuple[tuple[str, Callable[..., list[Item]]], ...] = (
            ("opened", self._open),
            ("issued", self._issue),
            ("reported", self._report),
            ("surrendered", self._surrender),
        )
        for year in years:
            for order, (step, make) in enumerate(steps):
                yield calendar.noon(calendar.day_of(step, year)), order, year, calendar.title(step, year), make
            closing = calendar.noon(calendar.day_of("surrendered", year), 1)
            yield closing, len(steps), year, "年度关闭 year closed", self._close

    def _phase(self, year: int) -> Phase:
        phase = self.selection.phase_of(year)
        if phase is None:
            raise ValueError(f"no phase holds {year}")
        return phase

    def _account(self, booking: Booking) -> int:
        return self.draft.accounts[booking.record.operator]

    def _open(self, year: int, bookings: list[Booking]) -> list[Item]:
        phase = self._phase(year)
        rules = (
            calendar.deadline(year),
            phase.first,
            phase.last,
            0,  # no credits: the records' running totals do not part them from allowances
            0,
            0,
            phase.first,
            False,
            calendar.reversible_until(phase.last),
            0,
            0,
        )
        return [
            self.draft.act("compliance", "setYearRules", year, rules),
            self.draft.act("allowances", "openVintage", year),
            *self.draft.open_operators((b.record for b in bookings), SECTOR),
        ]

    def _issue(self, year: int, bookings: list[Booking]) -> list[Item]:
        grants: dict[int, list[Row]] = defaultdict(list)
        for booking in bookings:
            if booking.record.allocated:
                province = self.draft.people.province(booking.record.registry)
                grants[province].append(Row(self._account(booking), booking.record.allocated))
        if not grants:
            return []
        tables = [
            AllocationTable(year, SECTOR, province, TableKind.FINAL, tuple(rows), ROWS_PER_CHUNK)
            for province, rows in sorted(grants.items())
        ]
        items = [self._plan(year, sum(table.total for table in tables))]
        for table in tables:
            for row in table.rows:
                self.stock.add(row.account, year, row.tonnes)
            items.append(self.draft.act("allocation", "approveTable", table.province, table.as_tuple()))
            items.extend(Chunk(table, number) for number in range(len(table.chunks)))
        return items

    def _plan(self, year: int, half: int) -> Item:
        """Raise the cap of the year until half of it covers so many tonnes."""
        self._caps[year] = max(self._caps[year], 2 * half)
        return self.draft.act("allocation", "setPlan", year, SECTOR, int(CapMode.ABSOLUTE), self._caps[year], *HALVES)

    def _report(self, year: int, bookings: list[Booking]) -> list[Item]:
        return [self.draft.report(b.record, figure.year, figure.tonnes) for b in bookings for figure in b.figures]

    def _surrender(self, year: int, bookings: list[Booking]) -> list[Item]:
        phase = self._phase(year)
        purchases = self._purchases(year, bookings)
        surrenders: list[Item] = []
        for booking in bookings:
            account = self._account(booking)
            for vintage, tonnes in self.stock.pay(account, year, phase.first, phase.last, booking.surrendered):
                fields = {"beneficiary": account, "year": year, "vintage": vintage, "quantity": tonnes}
                surrenders.append(Order("surrender", account, fields))
        return [*purchases, *surrenders, *self._reversals(bookings)]

    def _purchases(self, year: int, bookings: list[Booking]) -> list[Item]:
        phase = self._phase(year)
        wanted = {
            account: missing
            for account, tonnes in ((self._account(b), b.surrendered) for b in bookings)
            if (missing := self.stock.short(account, phase.first, phase.last, tonnes))
        }
        if not wanted:
            return []
        supply = sum(wanted.values())
        self.stock.add(MARKET_ACCOUNT, year, supply)
        share = (year, SECTOR, int(Share.AUCTION), MARKET_ACCOUNT, supply)
        items: list[Item] = [self._plan(year, supply), self.draft.act("allocation", "issueShare", *share)]
        for account, missing in wanted.items():
            self.stock.pay(MARKET_ACCOUNT, year, year, year, missing)
            self.stock.add(account, year, missing)
            fields = {"to": account, "unit": year, "quantity": missing}
            items.append(Order("transfer", MARKET_ACCOUNT, fields))
        return items

    def _reversals(self, bookings: list[Booking]) -> Iterator[Item]:
        for booking in bookings:
            account = self._account(booking)
            for year, tonnes in booking.reversals:
                for vintage, part in self.stock.give_back(account, year, tonnes):
                    args: tuple[Any, ...] = (account, account, year, vintage, part)
                    yield self.draft.act("compliance", "reverseSurrender", *args)

    def _close(self, year: int, bookings: list[Booking]) -> list[Item]:
        accounts = tuple(self._account(b) for b in bookings)
        summed = year - self._phase(year).first + 1
        size = Freeze.most(summed)
        parts = [accounts[i : i + size] for i in range(0, len(accounts), size)]
        late = [self.draft.report(b.record, b.late.year, b.late.tonnes) for b in bookings if b.late]
        return [self.draft.act("compliance", "closeYear", year), *(Freeze(year, p, summed) for p in parts), *late]
