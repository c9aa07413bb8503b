"""The permission table of ``contracts/access/permissions.json``: who may have which function called, and how."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Final

from registry_sdk.codec import CONTRACTS, contract
from registry_sdk.paths import CONTRACTS as CONTRACTS_FOLDER

TABLE: Final = CONTRACTS_FOLDER / "access" / "permissions.json"
#: Role that DualControl alone holds; every restricted function is open to it only.
SIGNED_ACTS: Final = 1
#: Role of the verifier contracts whose keys may be named as representatives and statement signers.
VERIFIER: Final = 2
ADMIN: Final = 0
#: The one role that is given per province.
PROVINCE: Final = "PROVINCE"


@dataclass(frozen=True)
class Role:
    """An officers' role."""

    name: str
    id: int
    zh: str
    en: str
    rule: str

    def scoped(self, province: int) -> int:
        """Role number in a province; other roles are national."""
        return self.id | (province << 32) if self.name == PROVINCE else self.id


@dataclass(frozen=True)
class Permission:
    """One row: a function, the officer who proposes and (unless one is enough) the one who approves."""

    contract: str
    function: str
    maker: Role
    checker: Role | None
    delay: int
    scope: int
    rule: str
    zh: str
    en: str

    @property
    def selector(self) -> bytes:
        return contract(CONTRACTS[self.contract]).functions[self.function].selector

    def row(self, address: str) -> tuple[str, bytes, int, int, int, int]:
        """The row as ``DualControl.seal`` takes it."""
        checker = self.checker.id if self.checker else 0
        return (address, self.selector, self.maker.id, checker, self.delay, self.scope)


@cache
def roles() -> dict[str, Role]:
    """Roles by name."""
    raw = json.loads(TABLE.read_text())["roles"]
    return {name: Role(name=name, **fields) for name, fields in raw.items()}


@cache
def permissions() -> tuple[Permission, ...]:
    """All rows, in the order of the file."""
    known = roles()
    return tuple(
        Permission(
            contract=row["contract"],
            function=row["function"],
            maker=known[row["maker"]],
            checker=known[row["checker"]] if "checker" in row else None,
            delay=row.get("delay", 0),
            scope=row.get("scope", 0),
            rule=row["rule"],
            zh=row["zh"],
            en=row["en"],
        )
        for row in json.loads(TABLE.read_text())["functions"]
    )


def permission(contract_name: str, function: str) -> Permission:
    """The row of a function.

    Raises:
        KeyError: with the functions that the table opens.
    """
    for row in permissions():
        if (row.contract, row.function) == (contract_name, function):
            return row
    known = ", ".join(f"{row.contract}.{row.function}" for row in permissions())
    raise KeyError(f"{contract_name}.{function} is not open to officers; open are: {known}")
