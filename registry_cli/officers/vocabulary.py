"""Words that people write for what the contracts number."""

from enum import IntEnum
from typing import Final

from registry_sdk.reader import AccountKind, AccountStatus, Right, SignerClass


class CapMode(IntEnum):
    """How a plan's cap was set."""

    NONE = 0
    INTENSITY = 1
    ABSOLUTE = 2


class TableKind(IntEnum):
    """What an allocation table pays out."""

    NONE = 0
    PRE_ALLOCATION = 1
    FINAL = 2
    ADJUSTMENT = 3


class CreditClass(IntEnum):
    """Credits of the old and of the new scheme."""

    NONE = 0
    OLD = 1
    NEW = 2


class Compartment(IntEnum):
    """Parts of an account."""

    REGISTRY = 0
    TRADING = 1


class LockKind(IntEnum):
    """Why units are locked."""

    NONE = 0
    SURRENDER_PENDING = 1
    CARRYOVER_PENDING = 2
    CANCEL_PENDING = 3
    ORDER = 4
    PLEDGE = 5
    REPO = 6
    JUDICIAL = 7
    ADMIN = 8
    ENTRUSTED = 9


ENUMS: Final[dict[str, type[IntEnum]]] = {
    f"enum {each.__name__}": each
    for each in (
        AccountKind,
        AccountStatus,
        CapMode,
        Compartment,
        CreditClass,
        LockKind,
        SignerClass,
        TableKind,
    )
}
#: Arguments that are bit sets: name to the value of each word.
BITS: Final[dict[str, dict[str, int]]] = {
    "rights": {each.name: int(each) for each in Right},
    "requiredClasses": {each.name: 1 << each for each in SignerClass if each},
    "creditClasses": {each.name: 1 << each for each in CreditClass if each},
}
#: Arguments that are moments.
MOMENTS: Final = ("deadline", "oldCreditUntil", "reversibleUntil", "expiry")
#: Arguments that are account numbers.
ACCOUNTS: Final = ("account", "accounts", "from", "to", "beneficiary")
