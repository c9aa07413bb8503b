"""A proof as a file: one item, its place and path, and the contract it is to be checked against."""

from dataclasses import dataclass
from typing import Any, Final

from eth_utils.address import is_hex_address

from registry_sdk.deployment import Deployment
from registry_sdk.evidence.errors import EvidenceError
from registry_sdk.evidence.items import Item, Month
from registry_sdk.evidence.on_chain import Verdict, verify_on_chain
from registry_sdk.evidence.proofs import ItemProof, verify_item
from registry_sdk.rpc import RpcClient

FORMAT: Final = "allowance-registry evidence proof 1"
#: A path of a tree with 2^32 leaves.
MAX_PATH: Final = 32


@dataclass(frozen=True, slots=True)
class ProofFile:
    """What a third party gets. ``root`` is what the firm says was anchored; only the chain makes it so."""

    chain_id: int
    anchors: str
    version: int
    root: bytes
    item: Item
    proof: ItemProof

    def to_json(self) -> dict[str, Any]:
        month = self.proof.month
        return {
            "format": FORMAT,
            "chain_id": self.chain_id,
            "anchors": self.anchors,
            "account": month.account,
            "year": month.year,
            "month": month.month,
            "version": self.version,
            "root": "0x" + self.root.hex(),
            "position": self.proof.position,
            "count": self.proof.count,
            "path": ["0x" + each.hex() for each in self.proof.path],
            "item": self.item.to_json(),
        }

    @classmethod
    def from_json(cls, raw: Any) -> "ProofFile":
        """The opposite of :meth:`to_json`.

        Raises:
            EvidenceError: which member is wrong.
        """
        if not isinstance(raw, dict) or raw.get("format") != FORMAT:
            raise _wrong("format", FORMAT)
        numbers = {name: _number(raw, name) for name in _NUMBERS}
        path = raw.get("path")
        if not isinstance(path, list) or len(path) > MAX_PATH:
            raise _wrong("path", f"≤ {MAX_PATH} 0x…")
        if not is_hex_address(raw.get("anchors")):
            raise _wrong("anchors", "0x…")
        month = Month(numbers["account"], numbers["year"], numbers["month"])
        proof = ItemProof(month, numbers["position"], numbers["count"], tuple(_hash(each, "path") for each in path))
        item = Item.from_json(raw.get("item"))
        root = _hash(raw.get("root"), "root")
        return cls(numbers["chain_id"], raw["anchors"].lower(), numbers["version"], root, item, proof)

    def holds(self) -> bool:
        """Whether item and path lead to the root of the file; says nothing about the chain."""
        return verify_item(self.item, self.proof, self.root)

    def verify(self, rpc: RpcClient, deployment: Deployment) -> Verdict:
        """Check against the chain of the deployment file.

        Raises:
            EvidenceError: the proof is for another chain or contract, or the endpoint withholds history.
            RpcError, RpcTransportError: the endpoint does not answer.
        """
        expected = (deployment.chain_id, deployment.address("evidence").lower())
        if (self.chain_id, self.anchors) != expected:
            raise _wrong("anchors", f"{expected[0]} {expected[1]}")
        month = self.proof.month
        return verify_on_chain(rpc, deployment, month.account, month.year, month.month, self.item, self.proof)


_NUMBERS: Final = ("chain_id", "account", "year", "month", "version", "position", "count")


def _number(raw: dict[str, Any], name: str) -> int:
    value = raw.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**64:
        raise _wrong(name, "0 … 2^64-1")
    return value


def _hash(value: object, name: str) -> bytes:
    if isinstance(value, str) and len(value) == 66 and value.startswith("0x"):
        try:
            return bytes.fromhex(value[2:])
        except ValueError:
            pass
    raise _wrong(name, "0x + 64 hex")


def _wrong(field: str, valid: str) -> EvidenceError:
    return EvidenceError(field, "值无效", "is not valid", valid, valid)
