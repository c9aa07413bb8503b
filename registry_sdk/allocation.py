"""Words and figures of allocation: shares of a plan, causes of debts, entitlements."""

from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Final

WHOLE: Final = 10_000
#: A plan that is allocated free of charge altogether: free, auction and reserve share in 1/10000.
ALL_FREE: Final = (WHOLE, 0, 0)


class CapMode(IntEnum):
    """How a plan's cap came about (B-13)."""

    NONE = 0
    INTENSITY = 1
    ABSOLUTE = 2


class Share(IntEnum):
    """Parts of a cap that are not allocated free of charge (B-14, B-15)."""

    NONE = 0
    AUCTION = 1
    RESERVE = 2


class DebtCause(IntEnum):
    """Why a firm owes allowances to the registry (B-08, B-12, C-08)."""

    NONE = 0
    INSPECTION = 1
    UNPAID_SURRENDER = 2
    BORROWING = 3
    RELIEF = 4


@dataclass(frozen=True)
class Settled:
    """What a row makes of an entitlement, tonnes. ``owed``: to be taken back, or to become a debt."""

    deducted: int
    issued: int
    debt: int
    more: int
    owed: int


def settle(determined: int, *, deducted: int, issued: int, debt: int) -> Settled:
    """The arithmetic of a row (B-06a, B-08), as the contract does it: debts come off the new allocation first.

    Args:
        determined: the new allocation, gross.
        deducted, issued, debt: what stood before the row.
    """
    due = debt + deducted
    off = min(due, determined)
    net = determined - off
    return Settled(off, net, due - off, max(0, net - issued), max(0, issued - net))


def shares(free: Fraction, auction: Fraction, reserve: Fraction) -> tuple[int, int, int]:
    """Shares of a cap in 1/10000, as a plan on chain takes them.

    Raises ValueError where they are not whole or do not make up the whole cap.
    """
    parts = [part * WHOLE for part in (free, auction, reserve)]
    if any(part.denominator != 1 or part < 0 for part in parts) or sum(parts) != WHOLE:
        raise ValueError("免费、拍卖、储备比例须为万分之一的整数倍且合计为 1 shares are whole 1/10000 and add up to 1")
    first, second, third = (int(part) for part in parts)
    return first, second, third
