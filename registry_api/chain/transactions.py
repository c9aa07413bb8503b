"""Raw signed transactions: canonical decoding, sender recovery. Blob (type 3) and set-code (type 4) are not taken."""

from dataclasses import dataclass
from typing import Any, Final

import coincurve
import rlp  # type: ignore[import-untyped]
from eth_hash.auto import keccak

from registry_api.chain.errors import TxRefusedError

SECP256K1_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True, slots=True)
class RawTx:
    """A decoded transaction; ``to`` is None when it creates a contract. Addresses are lower-case hex."""

    raw: bytes
    hash: str
    chain_id: int
    sender: str
    nonce: int
    gas: int
    to: str | None


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a transaction type keeps its fields, counted in its RLP list."""

    fields: int
    chain_id: int | None
    nonce: int
    fees: tuple[int, ...]
    gas: int
    to: int
    access_list: int | None

    @property
    def signature(self) -> int:
        return self.fields - 3


LAYOUTS: Final = {
    0: _Layout(9, None, nonce=0, fees=(1,), gas=2, to=3, access_list=None),
    1: _Layout(11, 0, nonce=1, fees=(2,), gas=3, to=4, access_list=7),
    2: _Layout(12, 0, nonce=1, fees=(2, 3), gas=4, to=5, access_list=8),
}


def tx_hash(raw: bytes) -> str:
    """0x-hex keccak of the raw bytes."""
    return "0x" + keccak(raw).hex()


def decode(raw: bytes) -> RawTx:
    """Decode and recover. Raises TxRefusedError N-01 (form) or N-03 (signature)."""
    kind = 0 if raw[:1] >= b"\xc0" else raw[0] if raw else -1
    layout = LAYOUTS.get(kind)
    if layout is None:
        raise TxRefusedError("N-01", "unknown transaction type")
    try:
        items = rlp.decode(raw[1:] if kind else raw, strict=True)
    except (rlp.DecodingError, RecursionError) as error:
        raise TxRefusedError("N-01", "not canonical RLP") from error
    if not isinstance(items, list) or len(items) != layout.fields:
        raise TxRefusedError("N-01", "wrong number of fields")
    if any(not isinstance(item, bytes) for at, item in enumerate(items) if at != layout.access_list):
        raise TxRefusedError("N-01", "a field is a list")
    to = items[layout.to]
    if len(to) not in (0, 20):
        raise TxRefusedError("N-01", "the receiver is not an address")
    for fee in layout.fees:
        _integer(items[fee])
    v, r, s = (_integer(item) for item in items[layout.signature :])
    chain_id, parity = _chain_and_parity(items, layout, v)
    unsigned = items[: layout.signature]
    if layout.chain_id is None:
        unsigned = [*unsigned, _bytes(chain_id), b"", b""]
    digest = keccak((bytes([kind]) if kind else b"") + rlp.encode(unsigned))
    return RawTx(
        raw=raw,
        hash=tx_hash(raw),
        chain_id=chain_id,
        sender=_recover(digest, parity, r, s),
        nonce=_integer(items[layout.nonce]),
        gas=_integer(items[layout.gas]),
        to="0x" + to.hex() if to else None,
    )


def _chain_and_parity(items: list[Any], layout: _Layout, v: int) -> tuple[int, int]:
    if layout.chain_id is not None:
        if v > 1:
            raise TxRefusedError("N-03", "parity is 0 or 1")
        return _integer(items[layout.chain_id]), v
    if v < 35:
        raise TxRefusedError("N-01", "the signature must name the chain (EIP-155)")
    return (v - 35) // 2, (v - 35) % 2


def _recover(digest: bytes, parity: int, r: int, s: int) -> str:
    if not (0 < r < SECP256K1_ORDER and 0 < s <= SECP256K1_ORDER // 2):
        raise TxRefusedError("N-03", "r or s out of range")
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([parity])
    try:
        key = coincurve.PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except Exception as error:  # the library raises bare Exception
        raise TxRefusedError("N-03", "no signer can be recovered") from error
    return "0x" + keccak(key.format(compressed=False)[1:])[12:].hex()


def _integer(data: bytes) -> int:
    if data[:1] == b"\0" or len(data) > 32:
        raise TxRefusedError("N-01", "a number is not canonical")
    return int.from_bytes(data, "big")


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
