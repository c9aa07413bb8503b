"""Invariants of compliance, in prose:

1. Offsets accepted for an entity and year never exceed floor(obligation x cap) at the moment each is accepted.
2. A surrendered unit never pays twice: per vintage, units surrendered = what positions say was paid, minus reversals;
   and issued = held + surrendered + cancelled goes on holding.
3. Nothing above the obligation is taken: surrendered + offset + pending <= obligation at acceptance.
4. What waits for the province is locked, to the tonne, and neither paid nor free; nothing waits without a request.
5. A vintage that does not pay a year never pays it; after the deadline those for arrears do, and no other.
6. Seizing what waits, freezing and surrendering mix freely: no freeze is lifted by force, no unit is paid and seized.
7. A status frozen never changes, and a payment after the deadline never makes a frozen status COMPLETE.
8. A reversal gives an account back what it paid of that vintage for that obligation, never more, and never what a
   status frozen as COMPLETE stands on.
9. A certificate stands only while its figures are those in force; numbers are given once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from machine_ground import Ground, expect
from support.world import DAY, GROUND, PROVINCES

from registry_sdk.calls import Call, statement_call
from registry_sdk.certificates import certify_call, read_certificate
from registry_sdk.projection.status import ALLOWED, OFFSET, RECEIVE, SURRENDER
from registry_sdk.reader import ComplianceStatus

CREDIT = (3 << 16) | 1
PLAIN, REVIEWED = 2030, 2031
ACTIVE = 1
WHO, QUANTITY = st.integers(0, 2), st.integers(1, 400)
YEAR = st.sampled_from([PLAIN, REVIEWED])
VINTAGE = st.sampled_from([2028, 2029, 2030, 2031])


@dataclass
class Paid:
    """Model of one position."""

    obligation: int = 0
    surrendered: int = 0
    offset: int = 0
    pending: int = 0
    is_reported: bool = False
    frozen: int | None = None
    certificate: int = 0

    @property
    def status(self) -> int:
        return (
            ComplianceStatus.COMPLETE if self.surrendered + self.offset >= self.obligation else ComplianceStatus.SHORT
        )


class ComplianceMachine(Ground):
    """Three emitters, one year paid at once and one the province checks; the deadline passes somewhere on the way."""

    accounts: ClassVar[tuple[int, ...]]
    deadline: ClassVar[int]

    @classmethod
    def prepare(cls) -> None:
        world = cls.world
        cls.accounts = tuple(world.open_account() for _ in range(3))
        world.name_reporters()
        cls.deadline = world.now + 10 * DAY
        for year in (PLAIN, REVIEWED):
            arrears = {"arrearsMin": 2028, "arrearsMax": 2031} if year == PLAIN else {}
            world.year_rules(year, deadline=cls.deadline, isReviewed=year == REVIEWED, vintageMin=2029, **arrears)
        for vintage in (2028, 2029, 2030, 2031):
            world.issue(vintage, dict.fromkeys(cls.accounts, 600))
        world.give_credits(CREDIT, dict.fromkeys(cls.accounts, 100))

    @initialize()
    def start(self) -> None:
        self.positions = {(a, y): Paid() for a in self.accounts for y in (PLAIN, REVIEWED)}
        self.free = {(a, v): 600 for a in self.accounts for v in (2028, 2029, 2030, 2031)}
        self.credits = dict.fromkeys(self.accounts, 100)
        self.surrendered = dict.fromkeys((2028, 2029, 2030, 2031), 0)
        self.retired = 0
        self.paid: dict[tuple[int, int, int, int], int] = {}
        self.certificates = 0
        self.requests: dict[int, tuple[int, int, int, int, int]] = {}
        self.status = dict.fromkeys(self.accounts, ACTIVE)
        self.is_late = False
        self.closed: set[int] = set()

    def _pay(self, beneficiary: int, year: int, account: int, vintage: int, quantity: int) -> None:
        self.positions[beneficiary, year].surrendered += quantity
        self.positions[beneficiary, year].certificate = 0
        self.surrendered[vintage] += quantity
        key = (beneficiary, year, account, vintage)
        self.paid[key] = self.paid.get(key, 0) + quantity

    def _pays(self, year: int, vintage: int) -> bool:
        return 2028 <= vintage <= 2031 if year == PLAIN and self.is_late else 2029 <= vintage <= year

    def _freeze_if_late(self, position: Paid) -> None:
        if self.is_late and position.frozen is None:
            position.frozen = position.status if position.is_reported else ComplianceStatus.NOT_REPORTED

    def _may(self, account: int, action: int) -> bool:
        return bool(ALLOWED.get(self.status[account], 0) & action)

    @rule(who=WHO, status=st.sampled_from((2, 3, 4, 5)))
    def freeze(self, who: int, status: int) -> None:
        account = self.accounts[who]
        before = self.status[account]
        stricter = before != status and not ALLOWED.get(status, 0) & ~ALLOWED.get(before, 0)
        if expect(self.acted("accounts", "freeze", [account], status, GROUND), stricter):
            self.status[account] = status

    @rule(who=WHO)
    def unfreeze(self, who: int) -> None:
        account = self.accounts[who]
        if expect(self.acted("accounts", "unfreeze", [account]), self.status[account] != ACTIVE):
            self.status[account] = ACTIVE

    @rule(who=WHO, receiver=WHO, vintage=VINTAGE, quantity=QUANTITY)
    def court_takes_what_is_free(self, who: int, receiver: int, vintage: int, quantity: int) -> None:
        account, to = self.accounts[who], self.accounts[receiver]
        refused = self.acted("allowances", "forceTransfer", account, to, vintage, quantity, 0)
        if expect(refused, to != account and quantity <= self.free[account, vintage] and self._may(to, RECEIVE)):
            self.free[account, vintage] -= quantity
            self.free[to, vintage] += quantity

    @rule(who=WHO, year=YEAR, tonnes=st.integers(0, 1000))
    def report(self, who: int, year: int, tonnes: int) -> None:
        account = self.accounts[who]
        call = statement_call(self.world.deployment, self.world.statement(account, year, tonnes))
        assert self.carried(call) is None
        position = self.positions[account, year]
        if position.obligation != tonnes:
            position.certificate = 0
        position.obligation, position.is_reported = tonnes, True

    @rule(who=WHO, beneficiary=WHO, year=YEAR, vintage=VINTAGE, quantity=QUANTITY)
    def surrender(self, who: int, beneficiary: int, year: int, vintage: int, quantity: int) -> None:
        account, other = self.accounts[who], self.accounts[beneficiary]
        p = self.positions[other, year]
        owed = p.obligation - p.surrendered - p.offset - p.pending
        allowed = (
            self._pays(year, vintage) and p.is_reported and quantity <= owed and quantity <= self.free[account, vintage]
        )
        allowed = allowed and self._may(account, SURRENDER)
        fields: dict[str, Any] = {"year": year, "vintage": vintage, "quantity": quantity, "beneficiary": other}
        if not expect(self.ordered("surrender", account, **fields), allowed):
            return
        self._freeze_if_late(p)
        self.free[account, vintage] -= quantity
        if year == REVIEWED:
            p.pending += quantity
            lock = self.world.reader.read("allowances", "lockCount")
            self.requests[lock] = (account, other, vintage, quantity, quantity)
        else:
            self._pay(other, year, account, vintage, quantity)

    @precondition(lambda self: self.requests)
    @rule(which=st.integers(0, 50), accept=st.booleans())
    def decide(self, which: int, accept: bool) -> None:
        lock = sorted(self.requests)[which % len(self.requests)]
        account, other, vintage, asked, left = self.requests.pop(lock)
        args = (PROVINCES[0], [lock], accept, GROUND)
        assert self.acted("compliance", "decideSurrenders", *args) is None
        refused = self.acted("compliance", "decideSurrenders", *args)
        assert refused is not None
        assert refused.name == "RequestUnknown"
        p = self.positions[other, REVIEWED]
        p.pending -= asked
        if accept:
            self._pay(other, REVIEWED, account, vintage, left)
        else:
            self.free[account, vintage] += left

    @precondition(lambda self: self.requests)
    @rule(which=st.integers(0, 50), receiver=WHO, quantity=QUANTITY)
    def court_takes_what_waits(self, which: int, receiver: int, quantity: int) -> None:
        lock = sorted(self.requests)[which % len(self.requests)]
        account, other, vintage, asked, left = self.requests[lock]
        to = self.accounts[receiver]
        refused = self.acted("allowances", "forceTransfer", account, to, vintage, quantity, lock)
        if expect(refused, to != account and quantity <= left and self._may(to, RECEIVE)):
            self.requests[lock] = (account, other, vintage, asked, left - quantity)
            self.free[to, vintage] += quantity

    @rule(who=WHO, year=YEAR, quantity=st.integers(1, 60))
    def offset(self, who: int, year: int, quantity: int) -> None:
        account = self.accounts[who]
        p = self.positions[account, year]
        cap = p.obligation * 500 // 10_000
        owed = p.obligation - p.surrendered - p.offset - p.pending
        allowed = p.is_reported and p.offset + quantity <= cap and quantity <= min(owed, self.credits[account])
        allowed = allowed and self._may(account, OFFSET)
        if expect(self.ordered("offset", account, year=year, unit=CREDIT, quantity=quantity), allowed):
            self._freeze_if_late(p)
            p.offset += quantity
            assert p.offset <= cap
            self.credits[account] -= quantity
            self.retired += quantity

    @rule(who=WHO, payer=WHO, year=YEAR, vintage=VINTAGE, quantity=QUANTITY)
    def reverse(self, who: int, payer: int, year: int, vintage: int, quantity: int) -> None:
        account, to = self.accounts[who], self.accounts[payer]
        key, p = (account, year, to, vintage), self.positions[account, year]
        allowed = quantity <= self.paid.get(key, 0)
        left = p.surrendered - quantity + p.offset
        allowed = allowed and (p.frozen != ComplianceStatus.COMPLETE or left >= p.obligation)
        if expect(self.acted("compliance", "reverseSurrender", account, to, year, vintage, quantity), allowed):
            self.paid[key] -= quantity
            p.surrendered -= quantity
            p.certificate = 0
            self.surrendered[vintage] -= quantity
            self.free[to, vintage] += quantity

    @rule(who=WHO, year=YEAR)
    def certify(self, who: int, year: int) -> None:
        account = self.accounts[who]
        p = self.positions[account, year]
        is_due = p.is_reported and p.status == ComplianceStatus.COMPLETE and not p.certificate
        if expect(self.carried(certify_call(self.world.deployment, account, year)), is_due):
            self.certificates += 1
            p.certificate = self.certificates

    @precondition(lambda self: not self.is_late)
    @rule(years=st.lists(st.integers(0, 6), min_size=1, max_size=1))
    def deadline_passes(self, years: list[int]) -> None:
        if years[0]:
            return
        self.world.pass_time(self.deadline - self.world.now + 1)
        self.is_late = True

    @rule(year=YEAR)
    def close(self, year: int) -> None:
        allowed = self.is_late and year not in self.closed
        if expect(self.acted("compliance", "closeYear", year), allowed):
            self.closed.add(year)

    @rule(year=YEAR)
    def freeze_statuses(self, year: int) -> None:
        data = self.world.deployment.contract("compliance").encode("freezeStatuses", year, list(self.accounts))
        refused = self.carried(Call(self.world.deployment.address("compliance"), data))
        if expect(refused, year in self.closed):
            for account in self.accounts:
                if not self.positions[account, year].pending:
                    self._freeze_if_late(self.positions[account, year])

    @invariant()
    def positions_are_the_models(self) -> None:
        for (account, year), p in self.positions.items():
            found = self.world.reader.position(account, year)
            assert (found.obligation, found.surrendered, found.offset, found.pending) == (
                p.obligation,
                p.surrendered,
                p.offset,
                p.pending,
            )
            assert (found.is_frozen, found.frozen if found.is_frozen else None) == (p.frozen is not None, p.frozen)
            certificate = read_certificate(self.world.reader, account, year)
            assert (certificate.number if certificate else 0) == p.certificate
            assert p.pending == sum(r[3] for r in self.requests.values() if (r[1], year) == (account, REVIEWED))

    @invariant()
    def statuses_are_the_models(self) -> None:
        for account, status in self.status.items():
            assert self.world.reader.account(account).status == status

    @invariant()
    def every_tonne_is_somewhere(self) -> None:
        for vintage, count in self.surrendered.items():
            totals = self.world.reader.totals("allowances", vintage)
            held = waiting = 0
            for account in self.accounts:
                holding = self.world.reader.holding("allowances", account, vintage)
                locked = sum(r[4] for r in self.requests.values() if (r[0], r[2]) == (account, vintage))
                assert (holding.registry, holding.locked) == (self.free[account, vintage], locked)
                held += holding.held
                waiting += locked
            assert totals.surrendered == count
            assert totals.issued == held + totals.surrendered + totals.cancelled
        assert self.world.reader.totals("credits", CREDIT).surrendered == self.retired
        paid = sum(p.surrendered for p in self.positions.values())
        assert paid == sum(self.surrendered.values())


@pytest.fixture(scope="module", autouse=True)
def registry() -> Iterator[None]:
    ComplianceMachine.raise_registry()
    yield
    ComplianceMachine.world.node.kill()


TestCompliance = ComplianceMachine.TestCase
