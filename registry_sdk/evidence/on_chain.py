"""Check an item against the chain: was its month anchored, does that version count, did it come in time."""

from dataclasses import dataclass
from typing import Any

from registry_sdk.anchors import Anchored, anchored_of, head_of
from registry_sdk.deployment import Deployment
from registry_sdk.evidence.errors import EvidenceError
from registry_sdk.evidence.items import Item, Month
from registry_sdk.evidence.proofs import ItemProof, verify_item
from registry_sdk.reader import Reader
from registry_sdk.rpc import RpcClient


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the chain says of an item.

    Attributes:
        version: version of the month whose root the item stands under; None where it stands under none of them.
        newest: newest version of the month; 0 where nothing is anchored.
        is_late: that version came after the deadline.
        deadline: last second in time, Unix; 0 where the account's sector files no such month.
        anchored_at: time of its block, Unix seconds.
    """

    version: int | None
    newest: int
    is_late: bool = False
    deadline: int = 0
    anchored_at: int = 0
    block: int = 0
    root: bytes = b""
    signer_address: str = ""

    @property
    def is_proven(self) -> bool:
        """The item was filed, whether or not a correction superseded it."""
        return self.version is not None

    @property
    def is_in_force(self) -> bool:
        """The item is part of the newest version of its month."""
        return self.version is not None and self.version == self.newest

    def to_json(self) -> dict[str, Any]:
        return {
            "proven": self.is_proven,
            "in_force": self.is_in_force,
            "late": self.is_late,
            "version": self.version,
            "newest_version": self.newest,
            "deadline": self.deadline,
            "anchored_at": self.anchored_at,
            "block": self.block,
            "root": "0x" + self.root.hex(),
            "signer_address": self.signer_address,
        }


def verify_on_chain(
    rpc: RpcClient, deployment: Deployment, account: int, year: int, month: int, item: Item, proof: ItemProof
) -> Verdict:
    """Check one item of an account and month with nothing but an endpoint and the deployment file.

    Raises:
        EvidenceError: the proof is for another month or account, or the endpoint withholds history: its events do not
            add up to the hash that the contract keeps of them.
        RpcError, RpcTransportError: the endpoint does not answer.
    """
    asked = Month(account, year, month)
    if proof.month != asked:
        raise EvidenceError(
            "proof", f"证明属于 {proof.month}", f"the proof is for {proof.month}", str(asked), str(asked)
        )
    history = anchored_history(rpc, deployment, account, year)
    mine = [each for each in history if each.month == month]
    newest = mine[-1].version if mine else 0
    found = next((each for each in reversed(mine) if _fits(each, item, proof)), None)
    if found is None:
        return Verdict(None, newest)
    block = rpc.call("eth_getBlockByNumber", hex(found.block), False)
    reader = Reader(rpc, deployment)
    return Verdict(
        version=found.version,
        newest=newest,
        is_late=found.is_late,
        deadline=reader.evidence_deadline(reader.account(account).sector, year, month),
        anchored_at=int(block["timestamp"], 16),
        block=found.block,
        root=found.root,
        signer_address=found.signer_address,
    )


def anchored_history(rpc: RpcClient, deployment: Deployment, account: int, year: int) -> list[Anchored]:
    """Everything anchored for an account and year, proven complete by the contract's hash over it.

    Raises:
        EvidenceError: the endpoint withholds events or shows others.
    """
    block = int(rpc.call("eth_blockNumber"), 16)
    history = [each for each in anchored_of(rpc, deployment, account, year) if each.block <= block]
    if head_of(history) != Reader(rpc, deployment, block).read("evidence", "headOf", account, year):
        raise EvidenceError(
            "chain",
            "端点给出的存证历史与合约不符",
            "the endpoint's history of evidence does not fit the contract",
            "提供完整历史的端点",
            "an endpoint that serves the whole history",
        )
    return history


def _fits(anchored: Anchored, item: Item, proof: ItemProof) -> bool:
    return anchored.items == proof.count and verify_item(item, proof, anchored.root)
