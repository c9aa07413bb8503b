"""Invariants of allocation, in prose:

1. Issued <= approved <= cap, per year and sector, whatever is approved, delivered, repeated or withdrawn in any order.
2. A row is issued at most once; what is issued is what was approved, to the tonne.
3. A withdrawn table issues nothing more and never comes back.
"""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from machine_ground import Ground, expect
from support.world import PROVINCES, SECTOR

from registry_sdk.documents import Call
from registry_sdk.tables import AllocationTable, Row

YEAR = 2025
WHICH = st.integers(0, 50)


class AllocationMachine(Ground):
    """One plan, many tables of one to seven rows in chunks of two."""

    accounts: ClassVar[tuple[int, ...]]

    @classmethod
    def prepare(cls) -> None:
        cls.accounts = tuple(cls.world.open_account() for _ in range(4))
        cls.world.office.act("allowances", "openVintage", YEAR)
        cls.world.office.act("allocation", "setPlan", YEAR, SECTOR, 1, 1_000)

    @initialize()
    def start(self) -> None:
        self.cap, self.approved = 1_000, 0
        self.tables: list[AllocationTable] = []
        self.alive: dict[bytes, set[int]] = {}
        self.known: set[bytes] = set()
        self.held = dict.fromkeys(self.accounts, 0)

    @rule(rows=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 90)), min_size=1, max_size=7))
    def approve(self, rows: list[tuple[int, int]]) -> None:
        entries = tuple(Row(self.accounts[i], q) for i, q in rows)
        table = AllocationTable(YEAR, SECTOR, PROVINCES[0], 2, entries, chunk_size=2)
        self._approve(table)

    @precondition(lambda self: self.tables)
    @rule(which=WHICH)
    def approve_again(self, which: int) -> None:
        self._approve(self.tables[which % len(self.tables)])

    def _approve(self, table: AllocationTable) -> None:
        allowed = self.approved + table.total <= self.cap and table.id not in self.known
        if expect(self.acted("allocation", "approveTable", PROVINCES[0], table.as_tuple()), allowed):
            self.approved += table.total
            self.tables.append(table)
            self.known.add(table.id)
            self.alive[table.id] = set()

    @precondition(lambda self: self.tables)
    @rule(which=WHICH, chunk=st.integers(0, 3))
    def deliver(self, which: int, chunk: int) -> None:
        table = self.tables[which % len(self.tables)]
        chunk %= len(table.chunks)
        issued = self.alive.get(table.id)
        if expect(
            self.carried(table.chunk_call(self.world.deployment, chunk)), issued is not None and chunk not in issued
        ):
            self.alive[table.id].add(chunk)
            for row in table.chunks[chunk]:
                self.held[row.account] += row.tonnes

    @precondition(lambda self: self.tables)
    @rule(which=WHICH, chunk=st.integers(0, 3), extra=st.integers(1, 5))
    def deliver_altered(self, which: int, chunk: int, extra: int) -> None:
        table = self.tables[which % len(self.tables)]
        chunk %= len(table.chunks)
        rows = [row.packed + extra for row in table.chunks[chunk]]
        encoded = self.world.deployment.contract("allocation").encode(
            "issueChunk", table.id, chunk, rows, table.proof(chunk)
        )
        assert self.carried(Call(self.world.deployment.address("allocation"), encoded)) is not None

    @precondition(lambda self: self.tables)
    @rule(which=WHICH, province=st.sampled_from(PROVINCES))
    def withdraw(self, which: int, province: int) -> None:
        table = self.tables[which % len(self.tables)]
        allowed = table.id in self.alive and province == PROVINCES[0]
        if expect(self.acted("allocation", "withdrawTable", province, table.id), allowed):
            issued = sum(row.tonnes for n in self.alive.pop(table.id) for row in table.chunks[n])
            self.approved -= table.total - issued

    @rule(cap=st.integers(0, 2_000))
    def set_plan(self, cap: int) -> None:
        if expect(self.acted("allocation", "setPlan", YEAR, SECTOR, 1, cap), cap >= self.approved):
            self.cap = cap

    @invariant()
    def issued_is_approved_is_within_the_cap(self) -> None:
        plan = self.world.reader.read("allocation", "planOf", YEAR, SECTOR)
        issued = sum(self.held.values())
        assert (plan["cap"], plan["approved"], plan["issued"]) == (self.cap, self.approved, issued)
        assert plan["issued"] <= plan["approved"] <= plan["cap"]
        assert self.world.reader.totals("allowances", YEAR).issued == issued
        for account, held in self.held.items():
            assert self.world.reader.holding("allowances", account, YEAR).registry == held


@pytest.fixture(scope="module", autouse=True)
def registry() -> Iterator[None]:
    AllocationMachine.raise_registry()
    yield
    AllocationMachine.world.node.kill()


TestAllocation = AllocationMachine.TestCase
