"""Invariants of verified emissions, in prose:

1. A report below the threshold, without a required class, with two signers of a class, with somebody who is no signer
   or no longer one, or signed under another configuration, changes nothing.
2. A figure in force has exactly the version after its predecessor, and the obligation equals the figure.
3. Raising (or touching) the threshold makes every statement that waits void.
"""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from machine_ground import Ground, expect

from registry_sdk.documents import SignedStatement, statement_call
from registry_sdk.signers import EthereumSigner

YEAR = 2025
SEATS = st.lists(st.integers(0, 5), max_size=4)


class ThresholdMachine(Ground):
    """Two signers of each class, who come and go; k between 1 and 3."""

    account: ClassVar[int]
    people: ClassVar[list[EthereumSigner]]

    @classmethod
    def prepare(cls) -> None:
        cls.account = cls.world.open_account()
        cls.people = [EthereumSigner.create() for _ in range(6)]
        for seat, signer in enumerate(cls.people):
            cls.world.office.act("emissions", "setSigner", signer.signer, seat // 2 + 1, 0)
        cls.world.office.act("emissions", "setThreshold", 2, 0b110)

    @initialize()
    def start(self) -> None:
        self.threshold, self.required, self.epoch = 2, 0b110, self.world.reader.config()[2]
        self.classes = {seat: seat // 2 + 1 for seat in range(6)}
        self.figure: tuple[int, int] = (0, 0)
        self.digest = b"\0" * 16
        self.waiting: list[tuple[SignedStatement, list[int]]] = []

    @rule(seats=SEATS, tonnes=st.integers(0, 10**6))
    def sign(self, seats: list[int], tonnes: int) -> None:
        signers = [self.people[s] for s in seats]
        self.waiting.append((self.world.statement(self.account, YEAR, tonnes, signers=signers), seats))

    @rule(seats=SEATS, tonnes=st.integers(0, 10**6))
    def sign_and_submit(self, seats: list[int], tonnes: int) -> None:
        self.sign_now(seats, tonnes)

    def sign_now(self, seats: list[int], tonnes: int) -> None:
        signers = [self.people[s] for s in seats]
        self._submit(self.world.statement(self.account, YEAR, tonnes, signers=signers), seats)

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

    @rule(seat=st.integers(0, 5), on=st.booleans())
    def suspend_or_name(self, seat: int, on: bool) -> None:
        signer = self.people[seat].signer
        if on:
            assert self.acted("emissions", "setSigner", signer, seat // 2 + 1, 0) is None
        else:
            assert self.acted("emissions", "suspendSigner", signer) is None
        self.classes[seat] = seat // 2 + 1 if on else 0

    def _submit(self, statement: SignedStatement, seats: list[int]) -> None:
        classes = [self.classes[s] for s in seats]
        bits = sum(1 << c for c in set(classes))
        message = statement.message
        allowed = (
            len(seats) >= self.threshold
            and all(classes)
            and len(set(classes)) == len(classes)
            and bits & self.required == self.required
            and message.epoch == self.epoch
            and message.version == self.figure[1] + 1
            and bytes.fromhex(message.previous[2:34]) == self.digest
        )
        if expect(self.carried(statement_call(self.world.deployment, statement)), allowed):
            self.figure = (message.tonnes, message.version)
            self.digest = statement.digest()[:16]

    @invariant()
    def figure_is_the_models(self) -> None:
        figure = self.world.reader.figure(self.account, YEAR)
        assert (figure.tonnes, figure.version, figure.digest) == (*self.figure, self.digest)
        position = self.world.reader.position(self.account, YEAR)
        assert (position.obligation, position.is_reported) == (self.figure[0], self.figure[1] > 0)
        assert self.world.reader.config() == (self.threshold, self.required, self.epoch)


@pytest.fixture(scope="module", autouse=True)
def registry() -> Iterator[None]:
    ThresholdMachine.raise_registry()
    yield
    ThresholdMachine.world.node.kill()


TestThreshold = ThresholdMachine.TestCase
