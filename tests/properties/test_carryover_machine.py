"""Invariants of carry-over and of entrusted units, in prose:

1. What an account waits with and has carried never exceeds, at the moment it applies, its limit in the table in force;
   a new table takes nothing back, and what a court took out of an application may be applied for again.
2. An application locks what it asks for; nothing is carried that was not held and locked.
3. A conversion changes the vintage of tonnes and nothing else: over all vintages issued - cancelled stays the same, and
   per vintage issued = held + surrendered + cancelled.
4. Deciding the same applications again changes nothing.
5. A unit that was surrendered, carried or entrusted never pays, carries or is handed over twice: positions, totals and
   holdings add up to what was issued.
6. A vintage that does not pay the year never pays it, whoever holds it; after the deadline those for arrears do.
7. Entrusted units go to the firm only once it owes nothing, all that is left at once.
8. The order of applications, decisions, trades and surrenders does not change the final tonne.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from machine_ground import Ground, expect
from support.world import DAY, GROUND, PROVINCES, World

from registry_sdk.calls import statement_call
from registry_sdk.reader import AccountKind
from registry_sdk.signers import EthereumSigner

ROUND = YEAR = 2025
CARRIED, VINTAGES = (2023, 2024), (2022, 2023, 2024, 2025, 2026)
EACH, ENTRUSTED_TONNES = 600, 500
ISSUE, ENTRUSTED = 1, 9
WHO, QUANTITY, VINTAGE = st.integers(0, 2), st.integers(1, 400), st.sampled_from(VINTAGES)
LIMITS = (500, 300, 0)


def set_stage(world: World) -> tuple[int, ...]:
    """Three firms with units of five vintages, two of them with limits, and one compliance year with arrears."""
    accounts = tuple(world.open_account() for _ in range(3))
    world.name_reporters()
    world.year_rules(
        YEAR, deadline=world.now + 10 * DAY, vintageMin=2025, vintageMax=2025, arrearsMin=2025, arrearsMax=2026
    )
    for vintage in VINTAGES:
        world.issue(vintage, dict.fromkeys(accounts, EACH))
    limits = {account: limit for account, limit in zip(accounts, LIMITS, strict=True) if limit}
    world.carry_round(ROUND, limits, vintageMin=CARRIED[0], vintageMax=CARRIED[1])
    return accounts


class CarryOverMachine(Ground):
    """Three firms, one of them differentiated as well; the deadline passes somewhere on the way."""

    accounts: ClassVar[tuple[int, ...]]
    province: ClassVar[int]
    entrusted: ClassVar[int]
    deadline: ClassVar[int]

    @classmethod
    def prepare(cls) -> None:
        world = cls.world
        module = EthereumSigner.create()
        world.govern("allowances", "setModuleRights", module.address, ISSUE | 1 << (8 + ENTRUSTED))
        cls.accounts = set_stage(world)
        cls.deadline = world.reader.read("compliance", "yearRules", YEAR)["deadline"]
        cls.province = world.open_account(AccountKind.PROVINCE)
        assert world.call_as(module, "allowances", "issue", YEAR, [(cls.province << 64) | ENTRUSTED_TONNES])
        place = (cls.province, YEAR, ENTRUSTED_TONNES, ENTRUSTED, 0, cls.accounts[0], 0)
        assert world.call_as(module, "allowances", "lock", *place)
        cls.entrusted = world.reader.read("allowances", "lockCount")

    @initialize()
    def start(self) -> None:
        self.free = {(a, v): EACH for a in self.accounts for v in VINTAGES}
        self.limits = dict(zip(self.accounts, LIMITS, strict=True))
        self.used = dict.fromkeys(self.accounts, 0)
        self.waiting: dict[int, tuple[int, int, int, int]] = {}
        self.decided: list[int] = []
        self.converted = dict.fromkeys(VINTAGES, 0)
        self.obligation: dict[int, int] = {}
        self.paid = dict.fromkeys(self.accounts, 0)
        self.surrendered = dict.fromkeys(VINTAGES, 0)
        self.in_trust = ENTRUSTED_TONNES
        self.is_late = False

    def _may_pay(self, account: int, vintage: int, quantity: int) -> bool:
        """Whether ``quantity`` of a vintage pays the account's obligation now."""
        newest = 2026 if self.is_late else 2025
        owed = self.obligation.get(account, 0) - self.paid[account]
        return 2025 <= vintage <= newest and quantity <= owed

    @rule(who=WHO, tonnes=st.integers(0, 1500))
    def report(self, who: int, tonnes: int) -> None:
        account = self.accounts[who]
        call = statement_call(self.world.deployment, self.world.statement(account, YEAR, tonnes))
        assert self.carried(call) is None
        self.obligation[account] = tonnes

    @rule(who=WHO, vintage=VINTAGE, quantity=QUANTITY)
    def apply(self, who: int, vintage: int, quantity: int) -> None:
        account = self.accounts[who]
        allowed = vintage in CARRIED and self.used[account] + quantity <= self.limits[account]
        allowed = allowed and quantity <= self.free[account, vintage]
        if expect(self.ordered("carry-over", account, round=ROUND, vintage=vintage, quantity=quantity), allowed):
            self.used[account] += quantity
            self.free[account, vintage] -= quantity
            lock = self.world.reader.read("allowances", "lockCount")
            self.waiting[lock] = (account, vintage, quantity, quantity)

    @precondition(lambda self: self.waiting or self.decided)
    @rule(which=st.sets(st.integers(0, 20), min_size=1, max_size=3), accept=st.booleans())
    def decide(self, which: set[int], accept: bool) -> None:
        known = sorted([*self.waiting, *self.decided])
        locks = sorted({known[n % len(known)] for n in which})
        assert self.acted("carryover", "decideApplications", ROUND, locks, accept) is None
        for lock in locks:
            if lock in self.decided:
                continue
            account, vintage, asked, left = self.waiting.pop(lock)
            self.decided.append(lock)
            self.used[account] -= asked - (left if accept else 0)
            self.free[account, ROUND if accept else vintage] += left
            self.converted[vintage] += left if accept else 0

    @precondition(lambda self: self.waiting)
    @rule(which=st.integers(0, 20), to=WHO, quantity=QUANTITY)
    def court_takes_what_waits(self, which: int, to: int, quantity: int) -> None:
        lock = sorted(self.waiting)[which % len(self.waiting)]
        account, vintage, asked, left = self.waiting[lock]
        taker = self.accounts[to]
        refused = self.acted("allowances", "forceTransfer", account, taker, vintage, quantity, lock)
        if expect(refused, taker != account and quantity <= left):
            self.waiting[lock] = (account, vintage, asked, left - quantity)
            self.free[taker, vintage] += quantity

    @rule(who=WHO, to=WHO, vintage=VINTAGE, quantity=QUANTITY)
    def trade(self, who: int, to: int, vintage: int, quantity: int) -> None:
        account, taker = self.accounts[who], self.accounts[to]
        refused = self.ordered("transfer", account, to=taker, unit=vintage, quantity=quantity)
        if expect(refused, taker != account and quantity <= self.free[account, vintage]):
            self.free[account, vintage] -= quantity
            self.free[taker, vintage] += quantity

    @rule(who=WHO, vintage=VINTAGE, quantity=QUANTITY)
    def surrender(self, who: int, vintage: int, quantity: int) -> None:
        account = self.accounts[who]
        allowed = self._may_pay(account, vintage, quantity) and quantity <= self.free[account, vintage]
        if expect(self.ordered("surrender", account, year=YEAR, vintage=vintage, quantity=quantity), allowed):
            self.free[account, vintage] -= quantity
            self._pay(account, vintage, quantity)

    def _pay(self, account: int, vintage: int, quantity: int) -> None:
        self.paid[account] += quantity
        self.surrendered[vintage] += quantity

    @rule(quantity=QUANTITY)
    def surrender_entrusted(self, quantity: int) -> None:
        firm = self.accounts[0]
        allowed = quantity <= self.in_trust and self._may_pay(firm, YEAR, quantity)
        act = ("surrenderEntrusted", PROVINCES[0], self.entrusted, YEAR, quantity, GROUND)
        if expect(self.acted("compliance", *act), allowed):
            self.in_trust -= quantity
            self._pay(firm, YEAR, quantity)

    @rule()
    def release_entrusted(self) -> None:
        firm = self.accounts[0]
        is_met = firm in self.obligation and self.paid[firm] >= self.obligation[firm]
        refused = self.acted("compliance", "releaseEntrusted", PROVINCES[0], self.entrusted, GROUND)
        if expect(refused, bool(self.in_trust) and is_met):
            self.free[firm, YEAR] += self.in_trust
            self.in_trust = 0

    @rule(limits=st.tuples(*[st.integers(0, 700)] * 3).filter(any))
    def approve_new_limits(self, limits: tuple[int, ...]) -> None:
        self.limits = dict(zip(self.accounts, limits, strict=True))
        self.world.carry_limits(ROUND, {account: limit for account, limit in self.limits.items() if limit})

    @precondition(lambda self: not self.is_late)
    @rule(chance=st.integers(0, 5))
    def deadline_passes(self, chance: int) -> None:
        if not chance:
            self.world.pass_time(self.deadline - self.world.now + 1)
            self.is_late = True

    @invariant()
    def holdings_locks_and_limits_are_the_models(self) -> None:
        reader = self.world.reader
        keys = [(a, v) for a in self.accounts for v in VINTAGES]
        found = reader.read_many([("allowances", "holdingOf", key) for key in keys])
        for (account, vintage), holding in zip(keys, found, strict=True):
            locked = sum(left for a, v, _, left in self.waiting.values() if (a, v) == (account, vintage))
            assert (holding["registry"], holding["locked"]) == (self.free[account, vintage], locked)
        limits = reader.read_many([("carryover", "limitOf", (ROUND, account)) for account in self.accounts])
        assert [limit["used"] for limit in limits] == list(self.used.values())
        assert reader.holding("allowances", self.province, YEAR).locked == self.in_trust

    @invariant()
    def every_tonne_is_somewhere(self) -> None:
        reader = self.world.reader
        totals = {vintage: reader.totals("allowances", vintage) for vintage in VINTAGES}
        for vintage, total in totals.items():
            into = sum(self.converted.values()) if vintage == ROUND else 0
            first = EACH * 3 + (ENTRUSTED_TONNES if vintage == YEAR else 0)
            assert (total.issued, total.cancelled) == (first + into, self.converted[vintage])
            assert total.surrendered == self.surrendered[vintage]
            held = sum(reader.holding("allowances", a, vintage).held for a in (*self.accounts, self.province))
            assert total.issued == held + total.surrendered + total.cancelled
        assert sum(t.issued - t.cancelled for t in totals.values()) == EACH * 3 * len(VINTAGES) + ENTRUSTED_TONNES
        paid = [reader.position(account, YEAR).surrendered for account in self.accounts]
        assert paid == list(self.paid.values())
        assert sum(paid) == sum(self.surrendered.values())
        assert not any(self.surrendered[vintage] for vintage in VINTAGES if vintage < YEAR)


@pytest.fixture(scope="module", autouse=True)
def registry() -> Iterator[None]:
    CarryOverMachine.raise_registry()
    yield
    CarryOverMachine.world.node.kill()


TestCarryOver = CarryOverMachine.TestCase

#: Steps that fit beside one another whatever comes first: what they take in all is there from the beginning.
STEP = st.one_of(
    st.tuples(st.just("carry"), st.integers(0, 1), st.sampled_from(CARRIED), st.integers(1, 70), st.booleans()),
    st.tuples(st.just("trade"), WHO, VINTAGE, st.integers(1, 70), st.booleans()),
    st.tuples(st.just("pay"), WHO, st.just(YEAR), st.integers(1, 70), st.booleans()),
)


@settings(max_examples=max(8, settings.default.max_examples // 4))  # type: ignore[union-attr]
@given(data=st.data(), steps=st.lists(STEP, min_size=2, max_size=4))
def test_order_of_operations__any_two_interleavings__same_final_tonnes(
    data: st.DataObject, steps: list[tuple[Any, ...]]
) -> None:
    """An application comes before its decision; else any order is drawn twice, and both end in the same holdings."""
    world = CarryOverMachine.world
    tokens = [n for n, step in enumerate(steps) for _ in range(2 if step[0] == "carry" else 1)]
    ends = []
    for _ in range(2):
        order = data.draw(st.permutations(tokens))
        world.remember()
        try:
            ends.append(_run(world, CarryOverMachine.accounts, steps, order))
        finally:
            world.go_back()
    assert ends[0] == ends[1]


def _run(world: World, accounts: tuple[int, ...], steps: list[tuple[Any, ...]], order: list[int]) -> list[Any]:
    for account in accounts:
        world.report(account, YEAR, 1000)
    locks: dict[int, int] = {}
    for number in order:
        kind, who, vintage, quantity, flag = steps[number]
        account = accounts[who]
        if number in locks:
            world.office.act("carryover", "decideApplications", ROUND, [locks[number]], flag)
        elif kind == "carry":
            world.do("carry-over", account, round=ROUND, vintage=vintage, quantity=quantity)
            locks[number] = world.reader.read("allowances", "lockCount")
        elif kind == "trade":
            world.do("transfer", account, to=accounts[(who + 1 + flag) % 3], unit=vintage, quantity=quantity)
        else:
            world.do("surrender", account, year=YEAR, vintage=vintage, quantity=quantity)
    reads: list[tuple[str, str, Any]] = [("allowances", "holdingOf", (a, v)) for a in accounts for v in VINTAGES]
    reads += [("allowances", "totalsOf", (v,)) for v in VINTAGES]
    reads += [("compliance", "positionOf", (a, YEAR)) for a in accounts]
    reads += [("carryover", "limitOf", (ROUND, a)) for a in accounts]
    return [_without_epoch(found) for found in world.reader.read_many(reads)]


def _without_epoch(found: dict[str, Any]) -> dict[str, Any]:
    """The clearance beside a balance only says when it was looked at."""
    return {name: value for name, value in found.items() if name != "epoch"}
