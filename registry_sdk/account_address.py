"""The ERC-1155 face of an account number, as ``contracts/units/AccountAddress.sol`` makes it."""

from typing import Final

PREFIX: Final = "0x" + b"CEA-REGISTRY".hex()


def account_address(number: int) -> str:
    """Address of an account, lower case."""
    return f"{PREFIX}{number:016x}"


def account_number(address: str) -> int | None:
    """Account behind a lower-case address; None where it is not an account's."""
    return int(address[len(PREFIX) :], 16) if address.startswith(PREFIX) else None
