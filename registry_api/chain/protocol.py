"""What relayer, indexer and gateway may know of a chain, embedded or external."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from registry_api.chain.admission import AdmissionPolicy
from registry_api.chain.errors import TxRefusedError
from registry_sdk.rpc import RpcClient


@dataclass(frozen=True, slots=True)
class Head:
    """Newest block: height, 0x-hex hash, Unix seconds."""

    height: int
    block_hash: str
    timestamp: int

    @classmethod
    def of(cls, block: dict[str, Any]) -> Self:
        """From a JSON-RPC block object."""
        return cls(int(block["number"], 16), block["hash"], int(block["timestamp"], 16))


class Chain(Protocol):
    """A running chain."""

    policy: AdmissionPolicy
    """Who may send; replace it by ``policy.extended(...)`` to admit more."""

    @property
    def rpc(self) -> RpcClient:
        """For reads. On the embedded chain it waits while the node is being restarted."""

    def send_raw(self, raws: Sequence[bytes]) -> list[str]:
        """Bring signed transactions on the chain, all or none; their hashes in the order given.

        Sending the same bytes again is acknowledged again. Embedded: returns when they are mined and durable.
        External: returns when the endpoint took them; await receipts. Raises TxRefusedError (nothing of this call
        was sent, except when the node itself refused one: rule N-09), ChainUnavailableError (outcome unknown: send
        the same bytes again), ChainIntegrityError.
        """

    def send_each(self, raws: Sequence[bytes]) -> list[str | TxRefusedError]:
        """Like :meth:`send_raw`, but each transaction stands for itself: its hash or why it was refused."""

    def now(self) -> int:
        """Unix seconds the next block would carry."""

    def head(self) -> Head:
        """Newest acknowledged block."""

    def advance(self, seconds: int) -> Head:
        """Move the clock of a training area forward and make a block at the new time. Else ChainRefusedError N-11."""

    def is_ready(self) -> bool:
        """True when reads and transactions are answered now."""

    def stop(self) -> None:
        """Release everything."""
