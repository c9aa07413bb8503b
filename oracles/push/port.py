"""What the pusher needs of a chain; any JSON-RPC endpoint gives it."""

from dataclasses import dataclass
from typing import Any, Protocol

from registry_sdk.carrier import TRANSACTION_GAS
from registry_sdk.rpc import RpcClient


class ChainPort(Protocol):
    """Raises RpcError where the chain refuses, RpcTransportError where it does not answer."""

    def next_nonce(self, sender: str) -> int:
        """Nonce of the sender's next transaction, counting mined ones only."""

    def send(self, raw: bytes) -> None:
        """Hand a signed transaction over. Safe to repeat."""

    def knows(self, tx_hash: str) -> bool:
        """Whether the chain holds the transaction, mined or waiting."""

    def receipt(self, tx_hash: str) -> dict[str, Any] | None:
        """Receipt of a mined transaction."""

    def height(self) -> int:
        """Number of the newest block."""

    def simulate(self, to: str, data: bytes) -> bytes:
        """Result of a call that leaves no trace."""


@dataclass(frozen=True)
class RpcPort:
    """A :class:`ChainPort` over JSON-RPC."""

    rpc: RpcClient

    def next_nonce(self, sender: str) -> int:
        return int(self.rpc.call("eth_getTransactionCount", sender, "latest"), 16)

    def send(self, raw: bytes) -> None:
        self.rpc.call("eth_sendRawTransaction", "0x" + raw.hex())

    def knows(self, tx_hash: str) -> bool:
        return self.rpc.call("eth_getTransactionByHash", tx_hash) is not None

    def receipt(self, tx_hash: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.rpc.call("eth_getTransactionReceipt", tx_hash)
        return found

    def height(self) -> int:
        return int(self.rpc.call("eth_blockNumber"), 16)

    def simulate(self, to: str, data: bytes) -> bytes:
        call = {"to": to, "data": "0x" + data.hex(), "gas": hex(TRANSACTION_GAS)}
        return bytes.fromhex(self.rpc.call("eth_call", call, "latest")[2:])
