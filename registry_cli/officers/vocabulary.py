"""Words that people write for what the contracts number."""

from enum import IntEnum
from typing import Final

from registry_sdk.allocation import CapMode, DebtCause, Share
from registry_sdk.reader import AccountKind, AccountStatus, Right, SignerClass
from registry_sdk.tables import TableKind


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
        DebtCause,
        LockKind,
        Share,
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
MOMENTS: Final = (
    "deadline",
    "oldCreditUntil",
    "reversibleUntil",
    "expiry",
    "opensAt",
    "closesAt",
    "processBy",
    "cutOff",
    "validFrom",
    "validUntil",
)
#: Arguments that are account numbers.
ACCOUNTS: Final = ("account", "accounts", "from", "to", "beneficiary")
