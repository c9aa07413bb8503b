"""Invariants of allocation, in prose:

1. Approved, determined and issued stay within the free share of the cap, whatever is approved, delivered, repeated or
   withdrawn in any order.
2. A row takes effect at most once; what a delivered table determines is what was approved, to the tonne.
3. The order of a table's chunks, and trying them again, changes no figure.
4. What an account was issued less what was taken back is what it is entitled to and what it could not give back; debt
   and deductions together are what was recorded and what it could not give back, less what was cancelled.
5. A withdrawn table determines nothing more and never comes back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from machine_ground import Ground, expect
from support.world import PROVINCES, SECTOR

from registry_sdk.allocation import settle
from registry_sdk.calls import Call
from registry_sdk.tables import AllocationTable, Row, TableKind

YEAR = 2025
FIRMS = 4
WHICH = st.integers(0, FIRMS - 1)
INSPECTION = 1
PRE, FINAL, AGAIN = TableKind.PRE_ALLOCATION, TableKind.FINAL, TableKind.RECALCULATION
FITS = {PRE: (0,), FINAL: (0, PRE), AGAIN: (FINAL, AGAIN)}


@dataclass
class Firm:
    """Model of one account."""

    determined: int = 0
    deducted: int = 0
    issued: int = 0
    debt: int = 0
    stage: int = 0
    free: int = 0
    received: int = 0
    recorded: int = 0
    cancelled: int = 0
    missing: int = 0
    table: int = 0

    def row(self, tonnes: int, kind: int, table: int) -> tuple[int, int]:
        """Apply a row; tonnes issued and taken back."""
        after = settle(tonnes, deducted=self.deducted, issued=self.issued, debt=self.debt)
        taken = min(after.owed, self.free)
        self.determined, self.deducted, self.issued = tonnes, after.deducted, after.issued
        self.debt = after.debt + after.owed - taken
        self.missing += after.owed - taken
        self.free += after.more - taken
        self.received += after.more - taken
        self.stage, self.table = kind, table
        return after.more, taken


class AllocationMachine(Ground):
    """One plan with an auction share, one province, tables of one to four firms in chunks of two."""

    accounts: ClassVar[tuple[int, ...]]
    buyer: ClassVar[int]

    @classmethod
    def prepare(cls) -> None:
        cls.accounts = tuple(cls.world.open_account() for _ in range(FIRMS))
        cls.buyer = cls.world.open_account()
        act = cls.world.office.act
        act("allowances", "openVintage", YEAR)
        act("allocation", "setPlan", YEAR, SECTOR, 1, 400, 7_500, 2_500, 0)
        act("allocation", "setDebtWindow", INSPECTION, (0, 2**39))

    @initialize()
    def start(self) -> None:
        self.cap, self.approved, self.number = 300, 0, 0
        self.firms = [Firm() for _ in range(FIRMS)]
        self.open: AllocationTable | None = None
        self.done: set[int] = set()
        self.applied: list[tuple[int, int]] = []
        self.gone: list[AllocationTable] = []

    def _numbers(self, table: AllocationTable) -> list[tuple[int, int]]:
        return [(self.accounts.index(row.account), row.tonnes) for row in table.rows]

    @rule(
        grants=st.dictionaries(WHICH, st.integers(0, 120), min_size=1),
        kind=st.sampled_from([PRE, FINAL, AGAIN, AGAIN]),
        lie=st.sampled_from([0, 0, 0, 0, 0, 1]),
    )
    def approve(self, grants: dict[int, int], kind: TableKind, lie: int) -> None:
        previous = sum(self.firms[i].determined for i in grants) + lie
        rows = tuple(Row(self.accounts[i], tonnes) for i, tonnes in grants.items())
        table = AllocationTable(YEAR, SECTOR, PROVINCES[0], kind, rows, 2, previous)
        wanted = max(0, self.approved + table.total - previous)
        fits = wanted <= self.cap or table.total <= previous
        allowed = (
            self.open is None
            and all(table.id != other.id for other in self.gone)
            and previous <= sum(firm.determined for firm in self.firms)
            and fits
        )
        if expect(self.acted("allocation", "approveTable", PROVINCES[0], table.as_tuple()), allowed):
            self.open, self.done, self.applied = table, set(), []
            self.approved = wanted
            self.number += 1
            self.gone.append(table)

    @precondition(lambda self: self.open)
    @rule(chunk=st.integers(0, 1))
    def deliver(self, chunk: int) -> None:
        table = self.open
        assert table is not None
        chunk %= len(table.chunks)
        rows = [(self.accounts.index(row.account), row.tonnes) for row in table.chunks[chunk]]
        in_order = all(self.firms[i].stage in FITS[TableKind(table.kind)] for i, _ in rows)
        last = len(self.done) + 1 == len(table.chunks)
        replaced = [(self.firms[i].determined, tonnes) for i, tonnes in rows]
        honest = sum(before for before, _ in [*self.applied, *replaced]) == table.previous
        after = sum(f.determined for f in self.firms) + sum(tonnes - before for before, tonnes in replaced)
        is_within = after <= self.cap and self._issued_after(rows) <= self.cap
        allowed = chunk not in self.done and in_order and (not last or honest) and is_within
        if expect(self.carried(table.chunk_call(self.world.deployment, chunk)), allowed):
            for i, tonnes in rows:
                self.firms[i].row(tonnes, table.kind, self.number)
            self.applied += replaced
            self.done.add(chunk)
            if last:
                self.open = None

    def _issued_after(self, rows: list[tuple[int, int]]) -> int:
        total = sum(firm.received for firm in self.firms)
        for i, tonnes in rows:
            firm = self.firms[i]
            after = settle(tonnes, deducted=firm.deducted, issued=firm.issued, debt=firm.debt)
            total += after.more - min(after.owed, firm.free)
        return total

    @precondition(lambda self: self.gone)
    @rule(which=st.integers(0, 20), chunk=st.integers(0, 1), extra=st.integers(0, 5))
    def deliver_old_or_altered(self, which: int, chunk: int, extra: int) -> None:
        """Rows of tables that are done or withdrawn, and rows nobody approved, never take effect."""
        table = self.gone[which % len(self.gone)]
        chunk %= len(table.chunks)
        if table is self.open and not extra:
            return
        rows = [row.packed + extra for row in table.chunks[chunk]]
        data = self.world.deployment.contract("allocation").encode(
            "issueChunk", table.id, chunk, rows, table.proof(chunk)
        )
        assert self.carried(Call(self.world.deployment.address("allocation"), data)) is not None

    @precondition(lambda self: self.gone)
    @rule(which=st.integers(0, 20), province=st.sampled_from([PROVINCES[0], PROVINCES[0], PROVINCES[1]]))
    def withdraw(self, which: int, province: int) -> None:
        table = self.gone[-1 - which % min(2, len(self.gone))]
        unapplied = table.total - sum(tonnes for _, tonnes in self.applied)
        unreplaced = max(0, table.previous - sum(before for before, _ in self.applied))
        wanted = max(0, self.approved + unreplaced - unapplied)
        fits = wanted <= self.cap or unreplaced <= unapplied
        allowed = table is self.open and province == PROVINCES[0] and fits
        if expect(self.acted("allocation", "withdrawTable", province, table.id), allowed):
            self.approved, self.open = wanted, None

    @rule(i=WHICH, tonnes=st.integers(0, 60))
    def owe(self, i: int, tonnes: int) -> None:
        args = (PROVINCES[0], self.accounts[i], INSPECTION, tonnes)
        if expect(self.acted("allocation", "recordDebt", *args), tonnes > 0):
            self.firms[i].debt += tonnes
            self.firms[i].recorded += tonnes

    @rule(i=WHICH, tonnes=st.integers(0, 60))
    def forgive(self, i: int, tonnes: int) -> None:
        args = (PROVINCES[0], self.accounts[i], tonnes)
        if expect(self.acted("allocation", "cancelDebt", *args), 0 < tonnes <= self.firms[i].debt):
            self.firms[i].debt -= tonnes
            self.firms[i].cancelled += tonnes

    @rule(i=WHICH, tonnes=st.integers(1, 120))
    def sell(self, i: int, tonnes: int) -> None:
        refused = self.ordered("transfer", self.accounts[i], to=self.buyer, unit=YEAR, quantity=tonnes)
        if expect(refused, tonnes <= self.firms[i].free):
            self.firms[i].free -= tonnes

    @rule(cap=st.integers(0, 600))
    def set_plan(self, cap: int) -> None:
        free = cap * 3 // 4
        used = max(self.approved, sum(f.determined for f in self.firms), sum(f.received for f in self.firms))
        if expect(self.acted("allocation", "setPlan", YEAR, SECTOR, 1, cap, 7_500, 2_500, 0), free >= used):
            self.cap = free

    @invariant()
    def figures_are_those_of_the_model_and_within_the_cap(self) -> None:
        read = self.world.reader.read
        plan = read("allocation", "planOf", YEAR, SECTOR)
        determined, received = sum(f.determined for f in self.firms), sum(f.received for f in self.firms)
        assert (plan["approved"], plan["determined"], plan["issued"]) == (self.approved, determined, received)
        assert max(plan["approved"], determined, received) <= self.cap
        totals = self.world.reader.totals("allowances", YEAR)
        assert totals.issued - totals.cancelled == received
        for number, firm in zip(self.accounts, self.firms, strict=True):
            e = read("allocation", "entitlementOf", number, YEAR)
            assert (e["determined"], e["deducted"], e["issued"]) == (firm.determined, firm.deducted, firm.issued)
            assert read("allocation", "debtOf", number) == firm.debt
            assert self.world.reader.holding("allowances", number, YEAR).registry == firm.free

    @invariant()
    def no_tonne_is_created_or_lost(self) -> None:
        for firm in self.firms:
            assert firm.issued == firm.determined - firm.deducted
            assert firm.received == firm.issued + firm.missing
            assert firm.debt + firm.deducted == firm.recorded + firm.missing - firm.cancelled


@pytest.fixture(scope="module", autouse=True)
def registry() -> Iterator[None]:
    AllocationMachine.raise_registry()
    yield
    AllocationMachine.world.node.kill()


TestAllocation = AllocationMachine.TestCase
