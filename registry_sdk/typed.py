"""EIP-712: every struct that people sign, in one table, and its digest.

The contracts hash the same structs; the tests compare the two on random values.
"""

from collections.abc import Mapping
from typing import Any, Final

from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

DOMAIN_NAME: Final = "Allowance Registry"
DOMAIN_VERSION: Final = "1"

Fields = tuple[tuple[str, str], ...]

_HEAD: Final[Fields] = (("chainId", "uint64"), ("account", "uint64"))
_TAIL: Final[Fields] = (("nonce", "uint64"), ("expiry", "uint64"))
_GROUND: Final[Fields] = (("reason", "uint16"), ("paper", "bytes32"))

STRUCTS: Final[dict[str, Fields]] = {
    "TransferOrder": (*_HEAD, ("to", "uint64"), ("unit", "uint64"), ("quantity", "uint64"), *_TAIL),
    "RelocateOrder": (*_HEAD, ("unit", "uint64"), ("quantity", "uint64"), ("to", "uint8"), *_TAIL),
    "CancelOrder": (
        *_HEAD,
        ("unit", "uint64"),
        ("quantity", "uint64"),
        ("reason", "uint16"),
        ("statement", "bytes32"),
        *_TAIL,
    ),
    "SurrenderOrder": (
        *_HEAD,
        ("beneficiary", "uint64"),
        ("year", "uint16"),
        ("vintage", "uint64"),
        ("quantity", "uint64"),
        *_TAIL,
    ),
    "OffsetOrder": (*_HEAD, ("year", "uint16"), ("unit", "uint64"), ("quantity", "uint64"), *_TAIL),
    "CarryOrder": (*_HEAD, ("round", "uint16"), ("vintage", "uint64"), ("quantity", "uint64"), *_TAIL),
    "Objection": (
        *_HEAD,
        ("year", "uint16"),
        ("subject", "uint8"),
        ("target", "bytes32"),
        ("statement", "bytes32"),
    ),
    "Ground": _GROUND,
    "Act": (
        ("chainId", "uint64"),
        ("target", "address"),
        ("data", "bytes"),
        ("ground", "Ground"),
        ("salt", "uint64"),
        ("expiry", "uint64"),
    ),
    "Decision": (("act", "bytes32"), ("approve", "bool")),
    "EmissionsReport": (
        ("chainId", "uint64"),
        ("oracle", "address"),
        ("epoch", "uint32"),
        ("account", "uint64"),
        ("year", "uint16"),
        ("unit", "uint16"),
        ("units", "uint16"),
        ("version", "uint16"),
        ("tonnes", "uint64"),
        ("reportHash", "bytes32"),
        ("previous", "bytes32"),
    ),
    "EvidenceStatement": (
        ("chainId", "uint64"),
        ("anchors", "address"),
        ("account", "uint64"),
        ("year", "uint16"),
        ("month", "uint8"),
        ("version", "uint16"),
        ("items", "uint32"),
        ("root", "bytes32"),
        ("previous", "bytes32"),
    ),
}


def typed_data(struct: str, message: Mapping[str, Any], chain_id: int, contract: str) -> dict[str, Any]:
    """The full EIP-712 document of a struct, as a wallet shows it.

    Args:
        struct: name in :data:`STRUCTS`.
        message: its fields; bytes as ``bytes`` or 0x text.
        chain_id, contract: the domain.
    """
    names = [struct, *(kind for _, kind in STRUCTS[struct] if kind in STRUCTS)]
    return {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            **{name: [{"name": field, "type": kind} for field, kind in STRUCTS[name]] for name in names},
        },
        "primaryType": struct,
        "domain": {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": chain_id,
            "verifyingContract": contract,
        },
        "message": dict(message),
    }


def digest(document: dict[str, Any]) -> bytes:
    """The 32 bytes that a signer signs."""
    signable = encode_typed_data(full_message=document)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def as_tuple(struct: str, message: Mapping[str, Any]) -> tuple[Any, ...]:
    """Field values in the order of the struct, for ABI coding."""
    return tuple(as_tuple(kind, message[name]) if kind in STRUCTS else message[name] for name, kind in STRUCTS[struct])
