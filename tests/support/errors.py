"""Expected refusals."""

from typing import Any

from registry_sdk.codec import ContractError

#: A revert without data: the ABI decoder's.
EMPTY = ContractError("UnknownError", {"data": "0x"})


def error(name: str, **args: Any) -> ContractError:
    """The refusal a test expects."""
    return ContractError(name, args)
