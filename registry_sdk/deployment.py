"""Where the contracts of one registry live: the file that clients, oracle and auditors start from."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eth_utils.address import is_hex_address

from registry_sdk.codec import CONTRACTS, Contract, contract


class DeploymentError(Exception):
    """The deployment file is missing or does not describe this registry."""


@dataclass(frozen=True)
class Deployment:
    """Addresses of the contracts on one chain.

    Attributes:
        chain_id: the chain.
        block: block of the first contract; history before it holds nothing of ours.
        addresses: contract name (see ``codec.CONTRACTS``) to checksum address.
    """

    chain_id: int
    block: int
    addresses: dict[str, str]

    def address(self, name: str) -> str:
        """Address of a contract by its name."""
        return self.addresses[name]

    def contract(self, name: str) -> Contract:
        """ABI and bytecode of a contract by its name."""
        return contract(CONTRACTS[name])

    def name_of(self, address: str) -> str | None:
        """Name of the contract at an address."""
        wanted = address.lower()
        return next((name for name, at in self.addresses.items() if at.lower() == wanted), None)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Any) -> "Deployment":
        """Check and take over a document.

        Raises:
            DeploymentError: what is missing.
        """
        try:
            addresses = {name: str(document["addresses"][name]) for name in CONTRACTS}
            result = cls(int(document["chain_id"]), int(document["block"]), addresses)
        except (KeyError, TypeError, ValueError) as error:
            raise DeploymentError(f"部署文件不完整 deployment file incomplete: {error}") from None
        if bad := [name for name, at in addresses.items() if not is_hex_address(at)]:
            raise DeploymentError(f"部署地址有误 not an address: {', '.join(bad)}")
        return result

    @classmethod
    def load(cls, path: Path) -> "Deployment":
        """Read a deployment file."""
        try:
            return cls.from_json(json.loads(path.read_text()))
        except FileNotFoundError:
            raise DeploymentError(f"{path.name}: 尚未部署，先运行 registry deploy (not deployed yet)") from None
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise DeploymentError(f"{path.name}: 不是 JSON 文件 not a JSON file") from None
        except OSError as error:
            raise DeploymentError(f"{path.name}: 无法读取 cannot be read: {error.strerror}") from None

    def save(self, path: Path) -> None:
        """Write the file whole or not at all."""
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(self.to_json(), indent=2) + "\n")
        fresh.replace(path)
