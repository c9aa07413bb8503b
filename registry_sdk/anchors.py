"""Monthly evidence on chain: the hash that commits to every root of a year, trails through it, and deadlines.

The contract keeps one word per account and year. Its head grows with every anchoring:
``head = keccak256(head | keccak256(abi.encode(month, version, root)))[:20]``. A *trail* proves that a root is the
newest of its month: the head before it was anchored, then the leaves of everything anchored after it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from eth_utils.crypto import keccak

from registry_sdk.deployment import Deployment
from registry_sdk.rpc import RpcClient

BEIJING: Final = timezone(timedelta(hours=8))
DAY: Final = 86_400
NOTHING: Final = bytes(20)
#: Blocks in one eth_getLogs; the service's gateway takes no more.
SPAN: Final = 2_000


@dataclass(frozen=True)
class Anchored:
    """One anchoring as its event tells it.

    Attributes:
        items: number of items under the root.
        previous: root it replaced; 32 zero bytes for the first version.
        is_late: came after the deadline.
        signer_address: address the representative's key is filed under.
    """

    account: int
    year: int
    month: int
    version: int
    items: int
    root: bytes
    previous: bytes
    is_late: bool
    signer_address: str
    block: int


def leaf(month: int, version: int, root: bytes) -> bytes:
    """What one anchoring adds to the head."""
    return keccak(month.to_bytes(32) + version.to_bytes(32) + root)


def head_after(head: bytes, added: bytes) -> bytes:
    """The 20-byte head after one more leaf."""
    return keccak(head + added)[:20]


def head_of(anchored: Sequence[Anchored]) -> bytes:
    """The head after all anchorings of an account and year, in their order."""
    head = NOTHING
    for each in anchored:
        head = head_after(head, leaf(each.month, each.version, each.root))
    return head


def trail_of(anchored: Sequence[Anchored], month: int) -> tuple[bytes, ...]:
    """The trail to a month's newest root; empty where the month has none.

    Args:
        anchored: everything anchored for one account and year, in its order.
    """
    newest = max((at for at, each in enumerate(anchored) if each.month == month), default=None)
    if newest is None:
        return ()
    after = (leaf(each.month, each.version, each.root) for each in anchored[newest + 1 :])
    return (head_of(anchored[:newest]).ljust(32, b"\0"), *after)


def anchored_of(rpc: RpcClient, deployment: Deployment, account: int, year: int) -> list[Anchored]:
    """Everything anchored for an account and year, read from events, in its order.

    Raises:
        RpcError, RpcTransportError: the node does not serve the history.
    """
    contract = deployment.contract("evidence")
    event = next(e for e in contract.events.values() if e.name == "EvidenceAnchored")
    topics = ["0x" + event.topic.hex(), f"0x{account:064x}", f"0x{year:064x}"]
    address, newest = deployment.address("evidence"), int(rpc.call("eth_blockNumber"), 16)
    found = []
    for first, last in _spans(deployment.block, newest):
        wanted = {"address": address, "topics": topics, "fromBlock": hex(first), "toBlock": hex(last)}
        found.extend(rpc.call("eth_getLogs", wanted))
    found.sort(key=lambda raw: (int(raw["blockNumber"], 16), int(raw["logIndex"], 16)))
    return [_anchored(event.decode([_data(t) for t in raw["topics"]], _data(raw["data"])), raw) for raw in found]


def month_end(year: int, month: int) -> int:
    """First second after a month in Beijing time."""
    following = (year + month // 12, month % 12 + 1)
    return int(datetime(*following, 1, tzinfo=BEIJING).timestamp())


def deadline_of(year: int, month: int, terms: Mapping[tuple[int, int], int]) -> int:
    """Last second in time by days after the month's end; 0 where no term covers the month.

    Args:
        terms: first month (year, month) to days, as set on chain.
    """
    started = [first for first in terms if first <= (year, month)]
    return month_end(year, month) + terms[max(started)] * DAY - 1 if started else 0


def _spans(first: int, last: int) -> Iterator[tuple[int, int]]:
    return ((at, min(at + SPAN - 1, last)) for at in range(first, last + 1, SPAN))


def _data(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _anchored(fields: dict[str, Any], raw: dict[str, Any]) -> Anchored:
    return Anchored(
        account=fields["account"],
        year=fields["year"],
        month=fields["month"],
        version=fields["version"],
        items=fields["items"],
        root=fields["root"],
        previous=fields["previous"],
        is_late=fields["isLate"],
        signer_address=fields["signerAddress"],
        block=int(raw["blockNumber"], 16),
    )
