"""Invariants of verified emissions, in prose:

1. A report below the threshold, without a required class, with two signers of a class, with somebody who is no signer
   or no longer one, or signed under another configuration, changes nothing.
2. A verifier counts exactly while its key belongs to a body that is active, inside its validity and accredited for the
   account's sector - at the moment of submission, whatever was true when it signed. What was withdrawn never counts
   again under its number.
3. A figure in force has exactly the version after its predecessor. The obligation is the sum over the sub-units as it
   stood when all of them had a figure last; sub-units never become fewer.
4. Raising (or touching) the threshold makes every statement that waits void.
"""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from machine_ground import Ground, expect
from support.world import DAY, SECTOR

from registry_sdk.calls import statement_call
from registry_sdk.documents import SignedStatement
from registry_sdk.office import ALWAYS, accreditation
from registry_sdk.reader import Body, BodyStatus, Summary
from registry_sdk.signers import EthereumSigner

YEAR = 2025
VERIFIERS = 2
SEATS = st.lists(st.integers(0, 5), max_size=4)
TONNES = st.integers(0, 10**6)
UNITS = st.tuples(st.integers(1, 3), st.integers(1, 3))
NOTHING = (0, 0, b"\0" * 16)
ACTIVE, SUSPENDED, WITHDRAWN, EXITED = list(BodyStatus)[1:]
#: Function, standings it starts from, standing it ends in.
CHANGES = {
    "suspend": ((ACTIVE,), SUSPENDED),
    "suspendByRegulator": ((ACTIVE,), SUSPENDED),
    "reinstate": ((SUSPENDED,), ACTIVE),
    "withdraw": ((ACTIVE, SUSPENDED), WITHDRAWN),
    "exit": ((ACTIVE, SUSPENDED), EXITED),
}


class ThresholdMachine(Ground):
    """Two signers of each class, who come and go; k between 1 and 3. Seats 0 and 1 are verifiers of bodies 1 and 2."""

    account: ClassVar[int]
    people: ClassVar[list[EthereumSigner]]

    @classmethod
    def prepare(cls) -> None:
        cls.account = cls.world.open_account()
        cls.people = [EthereumSigner.create() for _ in range(6)]
        for seat, signer in enumerate(cls.people):
            if seat < VERIFIERS:
                cls.world.office.acts(accreditation(seat + 1, signer.signer))
            else:
                cls.world.office.act("emissions", "setSigner", signer.signer, seat // 2 + 1, 0)
        cls.world.office.act("emissions", "setThreshold", 2, 0b110)

    @initialize()
    def start(self) -> None:
        self.threshold, self.required, self.epoch = 2, 0b110, self.world.reader.config()[2]
        self.classes = {seat: seat // 2 + 1 for seat in range(VERIFIERS, 6)}
        self.bodies = {number: self.world.reader.body(number) for number in (1, 2)}
        self.body_of = {0: 1, 1: 2}
        self.figures: dict[int, tuple[int, int, bytes]] = {}
        self.units, self.obligation = 0, None
        self.waiting: list[tuple[SignedStatement, list[int]]] = []

    @rule(seats=SEATS, tonnes=TONNES, unit=UNITS)
    def sign(self, seats: list[int], tonnes: int, unit: tuple[int, int]) -> None:
        self.waiting.append((self._statement(seats, tonnes, unit), seats))

    @rule(seats=SEATS, tonnes=TONNES, unit=UNITS)
    def sign_and_submit(self, seats: list[int], tonnes: int, unit: tuple[int, int]) -> None:
        self._submit(self._statement(seats, tonnes, unit), seats)

    @rule(verifier=st.integers(0, 1), province=st.integers(2, 3), tonnes=TONNES, unit=st.integers(1, 3))
    def sign_as_the_law_has_it(self, verifier: int, province: int, tonnes: int, unit: int) -> None:
        seats = [verifier, province]
        self._submit(self._statement(seats, tonnes, (unit, max(unit, self.units))), seats)

    @rule(which=st.integers(0, 20))
    def submit_waiting(self, which: int) -> None:
        if self.waiting:
            self._submit(*self.waiting[which % len(self.waiting)])

    @rule(threshold=st.integers(0, 4), required=st.sampled_from([0, 0b10, 0b100, 0b110, 0b1110, 0b1000]))
    def set_threshold(self, threshold: int, required: int) -> None:
        allowed = 1 <= threshold <= 3 and required.bit_count() <= threshold
        if expect(self.acted("emissions", "setThreshold", threshold, required), allowed):
            self.threshold, self.required = threshold, required
            self.epoch += 1

    @rule(seat=st.integers(VERIFIERS, 5), on=st.booleans())
    def suspend_or_name(self, seat: int, on: bool) -> None:
        signer = self.people[seat].signer
        if on:
            assert self.acted("emissions", "setSigner", signer, seat // 2 + 1, 0) is None
        else:
            assert self.acted("emissions", "suspendSigner", signer) is None
        self.classes[seat] = seat // 2 + 1 if on else 0

    @rule(body=st.integers(1, 3), function=st.sampled_from(sorted(CHANGES)))
    def change_standing(self, body: int, function: str) -> None:
        sources, target = CHANGES[function]
        known = self.bodies.get(body)
        allowed = known is not None and known.status in sources
        if expect(self.acted("accreditation", function, body), allowed) and known:
            self._keep(known, status=target)

    @rule(
        body=st.integers(1, 3),
        scopes=st.sampled_from([1 << SECTOR, 1 << SECTOR + 1, 0b11110]),
        window=st.sampled_from([(0, ALWAYS), (-2 * DAY, 2 * DAY), (DAY, 3 * DAY)]),
    )
    def accredit(self, body: int, scopes: int, window: tuple[int, int]) -> None:
        begins, ends = (edge if edge in (0, ALWAYS) else self.world.now + edge for edge in window)
        known = self.bodies.get(body, Body(body, ACTIVE, 0, 0, 0))
        allowed = known.status in (ACTIVE, SUSPENDED)
        if expect(self.acted("accreditation", "accredit", body, scopes, begins, ends, b"\1" * 32), allowed):
            self._keep(known, scopes=scopes, valid_from=begins, valid_until=ends)

    @rule(seat=st.integers(0, VERIFIERS - 1), body=st.integers(0, 3))
    def give_key(self, seat: int, body: int) -> None:
        known = self.bodies.get(body)
        allowed = body == 0 or (known is not None and known.status in (ACTIVE, SUSPENDED))
        if expect(self.acted("accreditation", "setSigners", body, [self.people[seat].signer]), allowed):
            self.body_of[seat] = body

    @rule(seat=st.integers(0, VERIFIERS - 1))
    def revoke_key(self, seat: int) -> None:
        allowed = self.body_of[seat] != 0
        if expect(self.acted("accreditation", "revokeSigner", self.people[seat].signer), allowed):
            self.body_of[seat] = 0

    @rule(days=st.sampled_from([0, 1, 2]))
    def wait(self, days: int) -> None:
        self.world.pass_time(days * DAY + 7)

    def _keep(self, known: Body, **changes: int) -> None:
        fields = {"status": known.status, "valid_from": known.valid_from, "valid_until": known.valid_until}
        fields |= {"scopes": known.scopes, **changes}
        self.bodies[known.number] = Body(known.number, **fields)  # type: ignore[arg-type]

    def _statement(self, seats: list[int], tonnes: int, unit: tuple[int, int]) -> SignedStatement:
        signers = [self.people[s] for s in seats]
        return self.world.statement(self.account, YEAR, tonnes, signers=signers, unit=unit[0], units=unit[1])

    def _class_of(self, seat: int) -> int:
        """Class for which a seat counts in the next block, 0 for none."""
        if seat >= VERIFIERS:
            return self.classes[seat]
        body = self.bodies.get(self.body_of[seat])
        return 1 if body and body.may_verify(SECTOR, self.world.now + 1) else 0

    def _submit(self, statement: SignedStatement, seats: list[int]) -> None:
        classes = [self._class_of(s) for s in seats]
        bits = sum(1 << c for c in set(classes))
        message = statement.message
        figure = self.figures.get(message.unit, NOTHING)
        allowed = (
            len(seats) >= self.threshold
            and all(classes)
            and len(set(classes)) == len(classes)
            and bits & self.required == self.required
            and message.epoch == self.epoch
            and self.units <= message.units >= message.unit
            and message.version == figure[1] + 1
            and bytes.fromhex(message.previous[2:34]) == figure[2]
        )
        if expect(self.carried(statement_call(self.world.deployment, statement)), allowed):
            self.figures[message.unit] = (message.tonnes, message.version, statement.digest()[:16])
            self.units = message.units
            if len(self.figures) == self.units:
                self.obligation = self._total()

    def _total(self) -> int:
        return sum(tonnes for tonnes, _, _ in self.figures.values())

    @invariant()
    def figures_are_the_models(self) -> None:
        reader = self.world.reader
        for unit in (1, 2, 3):
            figure = reader.figure(self.account, YEAR, unit)
            assert (figure.tonnes, figure.version, figure.digest) == self.figures.get(unit, NOTHING)
        assert reader.summary(self.account, YEAR) == Summary(self._total(), self.units, len(self.figures))
        position = reader.position(self.account, YEAR)
        assert (position.obligation if position.is_reported else None) == self.obligation
        assert reader.config() == (self.threshold, self.required, self.epoch)
        assert {number: reader.body(number) for number in self.bodies} == self.bodies


@pytest.fixture(scope="module", autouse=True)
def registry() -> Iterator[None]:
    ThresholdMachine.raise_registry()
    yield
    ThresholdMachine.world.node.kill()


TestThreshold = ThresholdMachine.TestCase
