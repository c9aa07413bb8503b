"""Who may send what: checks that need no chain state."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

from registry_api.chain.errors import TxRefusedError
from registry_api.chain.transactions import RawTx, decode

MAX_TX_GAS: Final = 16_777_216  # EIP-7825
MAX_TX_BYTES: Final = 128 * 1024
ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """Default deny. ``"*"`` in a list admits everybody; a deployer is also a sender."""

    chain_id: int
    senders: frozenset[str]
    deployers: frozenset[str]

    @classmethod
    def of(cls, chain_id: int, senders: Iterable[str] = (), deployers: Iterable[str] = ()) -> Self:
        """Build from addresses in any letter case."""
        return cls(chain_id, frozenset(map(str.lower, senders)), frozenset(map(str.lower, deployers)))

    def extended(self, senders: Iterable[str] = (), deployers: Iterable[str] = ()) -> Self:
        """A copy that also admits these addresses (for instance relayer keys made at run time)."""
        more = self.of(self.chain_id, senders, deployers)
        return replace(self, senders=self.senders | more.senders, deployers=self.deployers | more.deployers)

    def admit(self, raw: bytes) -> RawTx:
        """Decode and check one transaction; everything but its nonce. Raises TxRefusedError."""
        if len(raw) > MAX_TX_BYTES:
            raise TxRefusedError("N-07", f"{len(raw)} bytes")
        tx = decode(raw)
        if tx.chain_id != self.chain_id:
            raise TxRefusedError("N-02", f"{tx.chain_id}, not {self.chain_id}", tx.hash)
        if tx.gas > MAX_TX_GAS:
            raise TxRefusedError("N-06", f"{tx.gas}", tx.hash)
        is_deployer = _listed(tx.sender, self.deployers)
        if tx.to is None and not is_deployer:
            raise TxRefusedError("N-05", tx.sender, tx.hash)
        if not is_deployer and not _listed(tx.sender, self.senders):
            raise TxRefusedError("N-04", tx.sender, tx.hash)
        return tx


def _listed(address: str, addresses: frozenset[str]) -> bool:
    return address in addresses or ANY in addresses
