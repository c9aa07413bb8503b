"""Model of the unit ledger: what the contracts should hold, in plain Python."""

from dataclasses import dataclass, field

from registry_sdk.projection.status import ALLOWED, CANCEL, COMPLIANCE_ONLY, RECEIVE, RELOCATE, TRANSFER

ACTIVE = 1
FREEZES = (2, 3, 4, 5)


@dataclass
class ModelLock:
    """A lock: what it holds and what it waits for."""

    account: int
    unit: int
    side: int
    quantity: int
    queued: int


@dataclass
class LedgerModel:
    """Accounts by number, quantities by (account, unit)."""

    accounts: tuple[int, ...]
    units: tuple[int, ...]
    status: dict[int, int] = field(default_factory=dict)
    free: dict[tuple[int, int, int], int] = field(default_factory=dict)
    issued: dict[int, int] = field(default_factory=dict)
    cancelled: dict[int, int] = field(default_factory=dict)
    nonce: dict[int, int] = field(default_factory=dict)
    locks: dict[int, ModelLock] = field(default_factory=dict)
    is_restricted: bool = False
    is_stopped: bool = False

    def may(self, account: int, action: int) -> bool:
        """Whether status and class restriction allow an action."""
        allowed = ALLOWED.get(self.status[account], 0)
        return bool((allowed & COMPLIANCE_ONLY if self.is_restricted else allowed) & action)

    def may_order(self, account: int, action: int, unit: int, quantity: int, side: int = 0) -> bool:
        """Whether an order of the account can be carried out."""
        return not self.is_stopped and self.may(account, action) and self.free[account, unit, side] >= quantity

    def may_receive(self, account: int) -> bool:
        return self.may(account, RECEIVE)

    def locked(self, account: int, unit: int) -> int:
        """Sum of the active locks."""
        return sum(lock.quantity for lock in self.locks.values() if (lock.account, lock.unit) == (account, unit))

    def held(self, account: int, unit: int) -> int:
        return self.free[account, unit, 0] + self.free[account, unit, 1] + self.locked(account, unit)

    def serve(self, account: int, unit: int, side: int) -> None:
        """Give what is free to the locks that wait, oldest first."""
        for number in sorted(self.locks):
            lock = self.locks[number]
            if (lock.account, lock.unit, lock.side) == (account, unit, side):
                given = min(lock.queued, self.free[account, unit, side])
                lock.queued -= given
                lock.quantity += given
                self.free[account, unit, side] -= given

    def serve_from(self, freed: ModelLock, quantity: int) -> None:
        """Give freed units to the locks that wait; only the rest becomes free."""
        left = quantity
        for number in sorted(self.locks):
            lock = self.locks[number]
            if (lock.account, lock.unit, lock.side) == (freed.account, freed.unit, freed.side):
                given = min(lock.queued, left)
                lock.queued -= given
                lock.quantity += given
                left -= given
        self.free[freed.account, freed.unit, freed.side] += left


__all__ = ["ACTIVE", "CANCEL", "FREEZES", "RELOCATE", "TRANSFER", "LedgerModel", "ModelLock"]
