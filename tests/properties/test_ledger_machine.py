"""Invariants of the unit ledger, in prose:

1. Per unit: issued = held by all accounts + surrendered + cancelled.
2. Per account and unit: locked = sum of the account's active locks.
3. No unit moves without an order of its account, a module's right or an officers' act: after every step every
   quantity of every account is what the model says, also after strangers tried.
4. While the emergency stop is on, nothing is issued, moved or cancelled.
5. An account that is frozen, or whose class is restricted, does not take part in what its status forbids, whatever the
   ledger noted about it before: the copy of the clearance beside the balance never outlives a freeze.
6. The number of an order is used once: it grows by one with every order carried out and with nothing else.
7. A forced transfer moves units and changes no status; it never reaches units that are not there.
"""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from ledger_model import ACTIVE, CANCEL, FREEZES, RELOCATE, TRANSFER, LedgerModel, ModelLock
from machine_ground import Ground, expect
from support.world import GROUND, SECTOR

from registry_sdk.projection.status import ALLOWED
from registry_sdk.signers import EthereumSigner

WHO = st.integers(0, 3)
UNIT = st.integers(0, 1)
QUANTITY = st.integers(1, 120)
SIDE = st.integers(0, 1)


class LedgerMachine(Ground):
    """Four accounts of one class, two vintages, a module with the right to move."""

    accounts: ClassVar[tuple[int, ...]]
    units: ClassVar[tuple[int, ...]] = (2024, 2025)
    module: ClassVar[EthereumSigner]

    @classmethod
    def prepare(cls) -> None:
        cls.accounts = tuple(cls.world.open_account() for _ in range(4))
        for unit in cls.units:
            cls.world.issue(unit, dict.fromkeys(cls.accounts, 100))
        cls.module = EthereumSigner.create()
        cls.world.govern("allowances", "setModuleRights", cls.module.address, 1 | 4)

    @initialize()
    def start(self) -> None:
        self.model = LedgerModel(self.accounts, self.units)
        for account in self.accounts:
            self.model.status[account] = ACTIVE
            self.model.nonce[account] = 0
            for unit in self.units:
                self.model.free[account, unit, 0], self.model.free[account, unit, 1] = 100, 0
        for unit in self.units:
            self.model.issued[unit], self.model.cancelled[unit] = 400, 0

    # Orders

    @rule(sender=WHO, receiver=WHO, unit=UNIT, quantity=QUANTITY)
    def transfer(self, sender: int, receiver: int, unit: int, quantity: int) -> None:
        a, b, u, m = self.accounts[sender], self.accounts[receiver], self.units[unit], self.model
        allowed = a != b and m.may_order(a, TRANSFER, u, quantity) and m.may_receive(b)
        if expect(self.ordered("transfer", a, to=b, unit=u, quantity=quantity), allowed):
            m.free[a, u, 0] -= quantity
            m.free[b, u, 0] += quantity
            m.nonce[a] += 1

    @rule(who=WHO, unit=UNIT, quantity=QUANTITY, to=SIDE)
    def relocate(self, who: int, unit: int, quantity: int, to: int) -> None:
        a, u, m = self.accounts[who], self.units[unit], self.model
        allowed = m.may_order(a, RELOCATE, u, quantity, 1 - to)
        if expect(self.ordered("relocate", a, unit=u, quantity=quantity, to=to), allowed):
            m.free[a, u, 1 - to] -= quantity
            m.free[a, u, to] += quantity
            m.nonce[a] += 1

    @rule(who=WHO, unit=UNIT, quantity=QUANTITY)
    def cancel(self, who: int, unit: int, quantity: int) -> None:
        a, u, m = self.accounts[who], self.units[unit], self.model
        fields = {"unit": u, "quantity": quantity, "reason": 1, "statement": "0x" + "01" * 32}
        if expect(self.ordered("cancel", a, **fields), m.may_order(a, CANCEL, u, quantity)):
            m.free[a, u, 0] -= quantity
            m.cancelled[u] += quantity
            m.nonce[a] += 1

    # Modules and strangers

    @rule(sender=WHO, receiver=WHO, unit=UNIT, quantity=QUANTITY)
    def module_moves(self, sender: int, receiver: int, unit: int, quantity: int) -> None:
        a, b, u, m = self.accounts[sender], self.accounts[receiver], self.units[unit], self.model
        allowed = a != b and m.may_order(a, TRANSFER, u, quantity) and m.may_receive(b)
        done = self.world.call_as(self.module, "allowances", "moveByModule", a, b, u, quantity)
        assert done == allowed
        if done:
            m.free[a, u, 0] -= quantity
            m.free[b, u, 0] += quantity

    @rule(receiver=WHO, unit=UNIT, quantity=QUANTITY)
    def module_issues(self, receiver: int, unit: int, quantity: int) -> None:
        b, u, m = self.accounts[receiver], self.units[unit], self.model
        allowed = not m.is_stopped and bool(ALLOWED.get(m.status[b], 0) >> 6 & 1)
        assert self.world.call_as(self.module, "allowances", "issue", u, [(b << 64) | quantity]) == allowed
        if allowed:
            m.free[b, u, 0] += quantity
            m.issued[u] += quantity

    @rule(sender=WHO, receiver=WHO, unit=UNIT)
    def stranger_tries(self, sender: int, receiver: int, unit: int) -> None:
        a, b, u = self.accounts[sender], self.accounts[receiver], self.units[unit]
        stranger = EthereumSigner.create()
        for function, args in (("moveByModule", (a, b, u, 1)), ("retire", (a, u, 1)), ("restore", (b, u, 1))):
            assert not self.world.call_as(stranger, "allowances", function, *args)
        assert self.ordered("transfer", a, to=b, unit=u, quantity=1, signers=(stranger,)) is not None

    # Officers

    @rule(who=WHO, status=st.sampled_from(FREEZES))
    def freeze(self, who: int, status: int) -> None:
        a, m = self.accounts[who], self.model
        before = m.status[a]
        stricter = before != status and not ALLOWED.get(status, 0) & ~ALLOWED.get(before, 0)
        if expect(self.acted("accounts", "freeze", [a], status, GROUND), stricter):
            m.status[a] = status

    @rule(who=WHO)
    def unfreeze(self, who: int) -> None:
        a, m = self.accounts[who], self.model
        if expect(self.acted("accounts", "unfreeze", [a]), m.status[a] != ACTIVE):
            m.status[a] = ACTIVE

    @rule(on=st.booleans())
    def restrict_class(self, on: bool) -> None:
        assert self.acted("accounts", "restrictClass" if on else "releaseClass", 0, 1 << SECTOR, GROUND) is None
        self.model.is_restricted = on

    @rule(on=st.booleans())
    def stop(self, on: bool) -> None:
        assert self.acted("accounts", "stop" if on else "resume", GROUND) is None
        self.model.is_stopped = on

    @rule(who=WHO, unit=UNIT, quantity=QUANTITY, side=SIDE)
    def place_lock(self, who: int, unit: int, quantity: int, side: int) -> None:
        a, u, m = self.accounts[who], self.units[unit], self.model
        if sum(1 for lock in m.locks.values() if lock.queued) >= 12:
            return
        assert self.acted("allowances", "placeLock", a, u, quantity, 7, side, 0) is None
        m.serve(a, u, side)
        active = min(quantity, m.free[a, u, side])
        m.free[a, u, side] -= active
        number = self.world.reader.read("allowances", "lockCount")
        m.locks[number] = ModelLock(a, u, side, active, quantity - active)

    @precondition(lambda self: self.model.locks)
    @rule(which=st.integers(0, 100))
    def release_lock(self, which: int) -> None:
        m = self.model
        number = sorted(m.locks)[which % len(m.locks)]
        lock = m.locks[number]
        if expect(self.acted("allowances", "releaseLock", number), bool(lock.quantity or lock.queued)):
            del m.locks[number]
            m.serve_from(lock, lock.quantity)

    @rule(sender=WHO, receiver=WHO, unit=UNIT, quantity=QUANTITY)
    def force_free(self, sender: int, receiver: int, unit: int, quantity: int) -> None:
        a, b, u, m = self.accounts[sender], self.accounts[receiver], self.units[unit], self.model
        allowed = a != b and not m.is_stopped and m.may_receive(b) and m.free[a, u, 0] >= quantity
        if expect(self.acted("allowances", "forceTransfer", a, b, u, quantity, 0), allowed):
            m.free[a, u, 0] -= quantity
            m.free[b, u, 0] += quantity

    @precondition(lambda self: self.model.locks)
    @rule(which=st.integers(0, 100), receiver=WHO, quantity=QUANTITY)
    def force_locked(self, which: int, receiver: int, quantity: int) -> None:
        m, b = self.model, self.accounts[receiver]
        number = sorted(m.locks)[which % len(m.locks)]
        lock = m.locks[number]
        allowed = lock.account != b and not m.is_stopped and m.may_receive(b) and lock.quantity >= quantity
        if expect(self.acted("allowances", "forceTransfer", lock.account, b, lock.unit, quantity, number), allowed):
            lock.quantity -= quantity
            m.free[b, lock.unit, 0] += quantity

    @rule(who=WHO, unit=UNIT, quantity=QUANTITY)
    def force_cancel(self, who: int, unit: int, quantity: int) -> None:
        a, u, m = self.accounts[who], self.units[unit], self.model
        allowed = not m.is_stopped and m.free[a, u, 0] >= quantity
        if expect(self.acted("allowances", "forceCancel", a, u, quantity), allowed):
            m.free[a, u, 0] -= quantity
            m.cancelled[u] += quantity

    # Invariants

    @invariant()
    def quantities_are_the_models(self) -> None:
        reads = [("allowances", "holdingOf", (a, u)) for a in self.accounts for u in self.units]
        reads += [("allowances", "totalsOf", (u,)) for u in self.units]
        reads += [("accounts", "accountOf", (a,)) for a in self.accounts]
        found = iter(self.world.reader.read_many(reads))
        m, held = self.model, dict.fromkeys(self.units, 0)
        for a in self.accounts:
            for u in self.units:
                h = next(found)
                assert (h["registry"], h["trading"], h["locked"]) == (m.free[a, u, 0], m.free[a, u, 1], m.locked(a, u))
                held[u] += h["registry"] + h["trading"] + h["locked"]
        for u in self.units:
            t = next(found)
            assert (t["issued"], t["surrendered"], t["cancelled"]) == (m.issued[u], 0, m.cancelled[u])
            assert t["issued"] == held[u] + t["surrendered"] + t["cancelled"]
        for a in self.accounts:
            account = next(found)
            assert (account["status"], account["nonce"]) == (m.status[a], m.nonce[a])

    @invariant()
    def locks_are_the_models(self) -> None:
        numbers = sorted(self.model.locks)
        found = self.world.reader.read_many([("allowances", "lockOf", (n,)) for n in numbers])
        for number, lock in zip(numbers, found, strict=True):
            model = self.model.locks[number]
            assert (lock["quantity"], lock["queued"]) == (model.quantity, model.queued)


@pytest.fixture(scope="module", autouse=True)
def registry() -> Iterator[None]:
    LedgerMachine.raise_registry()
    yield
    LedgerMachine.world.node.kill()


TestLedger = LedgerMachine.TestCase
