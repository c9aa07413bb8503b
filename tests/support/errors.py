"""Expected refusals, and a record of those that were seen."""

from typing import Any

from registry_sdk.codec import ContractError

#: Names of all refusals that tests of this run compared.
SEEN: set[str] = set()
#: A revert without data: the ABI decoder's.
EMPTY = ContractError("UnknownError", {"data": "0x"})


def error(name: str, **args: Any) -> ContractError:
    """The refusal a test expects."""
    SEEN.add(name)
    return ContractError(name, args)
