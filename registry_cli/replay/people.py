"""Everybody who signs in a replay: officers, verifier, provinces, representatives, the carrier of transactions.

WARNING: these keys are derived from the input, so everybody can compute them. That is meant: a replay rehearses public
records on a chain of its own (own chain identifier), nothing on it has value, and whoever repeats it with the same
file gets the same signatures, the same blocks and the same head hash.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from registry_sdk.office import ROLE_SEATS, Staff
from registry_sdk.permissions import PROVINCE
from registry_sdk.signers import EthereumSigner, Signer

#: Signatures made under this chain identifier hold nowhere else.
CHAIN_ID: Final = 775_099
MARKET_PROVINCE: Final = 255
NUMBERS_PER_PROVINCE: Final = 10**10
MARKET_ACCOUNT: Final = MARKET_PROVINCE * NUMBERS_PER_PROVINCE + 1
MAX_REGISTRIES: Final = 200


@dataclass(frozen=True)
class People:
    """Keys of one replay.

    Args:
        plan: digest of what is replayed; every key follows from it.
        registries: codes of the national registries, in the order of their province codes 1, 2, …
    """

    plan: str
    registries: tuple[str, ...]
    _keys: dict[str, EthereumSigner] = field(default_factory=dict, repr=False)

    def key(self, name: str) -> EthereumSigner:
        """The key of a name."""
        if name not in self._keys:
            self._keys[name] = EthereumSigner.from_key(keccak(text=f"registry replay {self.plan} {name}"))
        return self._keys[name]

    def province(self, registry: str) -> int:
        """Province code of a national registry."""
        return self.registries.index(registry) + 1

    def account(self, registry: str, number: int) -> int:
        """Account number of an operator."""
        return self.province(registry) * NUMBERS_PER_PROVINCE + number

    def representative(self, account: int) -> Signer:
        """Who signs for an account."""
        return self.key(f"representative {account}")

    @property
    def provinces(self) -> dict[str, int]:
        """Province codes by registry."""
        return {registry: self.province(registry) for registry in self.registries}

    @property
    def verifier(self) -> Signer:
        return self.key("verifier")

    def statement_signer(self, province: int) -> Signer:
        """Who signs verified emissions for a province."""
        return self.key(f"statements {province}")

    @cached_property
    def staff(self) -> Staff:
        """Officers: the seats every registry has, and one officer a province and for the market."""
        seats: dict[str, tuple[Signer, ...]] = {
            role: tuple(self.key(f"officer {role} {seat}") for seat in range(count))
            for role, count in ROLE_SEATS.items()
        }
        for province in (*self.provinces.values(), MARKET_PROVINCE):
            seats[f"{PROVINCE}:{province}"] = (self.key(f"officer {PROVINCE} {province}"),)
        return Staff(seats)

    @property
    def deployer(self) -> LocalAccount:
        return self.key("deployer").account

    @property
    def carrier(self) -> LocalAccount:
        return self.key("carrier").account
