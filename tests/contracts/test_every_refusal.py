"""Every error that a contract of the registry can raise has a test in this folder that provokes it."""

import re
from pathlib import Path

from registry_sdk.codec import CONTRACTS, contract

#: Errors of libraries that guard what this registry never does: they stand in the ABI and cannot be reached.
UNREACHABLE = {
    "AddressEmptyCode",
    "InsufficientBalance",
    "InvalidShortString",
    "StringTooLong",
    "SafeCastOverflowedUintDowncast",
}


def test_every_refusal__of_every_contract__is_provoked_by_a_test() -> None:
    tested: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        if path != Path(__file__):
            tested.update(re.findall(r'"([A-Z]\w+)"', path.read_text()))
    names = {
        name
        for key in set(CONTRACTS) - {"p256", "passkey"}
        for name, _ in contract(CONTRACTS[key]).errors.values()
        if not name.startswith("AccessMana")
    }
    assert names - UNREACHABLE - tested == set()
