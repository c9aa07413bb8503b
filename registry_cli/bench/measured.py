"""Figures of one run, and the exact split of a signed transaction into its signature part and the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry_cli.bench.world import BenchWorld, Sent
from registry_sdk.documents import SignedOrder

ZERO_BYTE_GAS: Final = 4
BYTE_GAS: Final = 16
WORD: Final = 32


@dataclass(frozen=True)
class Measured:
    """One figure.

    Attributes:
        name: row of the table of figures.
        gas: of all of it, whole transactions.
        items: how many things were done by it.
        parts: how the figure was derived, where it is not simply what the receipt says.
    """

    name: str
    gas: int
    items: int = 1
    parts: dict[str, int] | None = None

    @property
    def per_item(self) -> int:
        """Gas an item, rounded up."""
        return -(-self.gas // self.items)


def calldata_gas(data: bytes) -> int:
    """What these bytes of call data cost (EIP-2028)."""
    zeros = data.count(0)
    return ZERO_BYTE_GAS * zeros + BYTE_GAS * (len(data) - zeros)


def without_signatures(world: BenchWorld, name: str, sent: Sent, orders: Sequence[SignedOrder]) -> Measured:
    """The transaction less its signature part.

    The signature part is the gas of every ``AccountRegistry.authorize`` call frame, as the node's call tracer
    gives it, and the call data gas of the packed approvals with their padding to words. The rest keeps what may be
    disputed: the first touch of the account registry, the order's hash, the approvals' length and offset.
    """
    accounts = world.deployment.address("accounts").lower()
    selector = "0x" + world.deployment.contract("accounts").functions["authorize"].selector.hex()
    frames = [
        int(frame["gasUsed"], 16)
        for frame in _frames(world.trace(sent))
        if frame.get("to", "").lower() == accounts and frame["input"].startswith(selector)
    ]
    if len(frames) != len(orders):
        raise ValueError(f"{len(orders)} orders were sent and {len(frames)} were authorized")
    approvals = [b"".join(approval.pack() for approval in order.approvals) for order in orders]
    data = sum(calldata_gas(packed + bytes(-len(packed) % WORD)) for packed in approvals)
    parts = {"transaction": sent.gas, "authorize_frames": sum(frames), "approvals_calldata": data}
    return Measured(name, sent.gas - sum(frames) - data, len(orders), parts)


def _frames(frame: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield frame
    for inner in frame.get("calls", ()):
        yield from _frames(inner)
