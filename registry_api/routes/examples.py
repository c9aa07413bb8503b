"""Examples of request bodies, as the OpenAPI shows them. Keys and signatures are made up."""

from typing import Any, Final

_SIGNATURE: Final = "0x" + "cd" * 65
_APPROVAL: Final = {"signer": "0x" + "ab" * 20, "signature": _SIGNATURE}
_ACT: Final = {
    "chainId": 775001,
    "target": "0x" + "5f" * 20,
    "data": "0x31e6b7f6" + "00" * 31 + "01",
    "ground": {"reason": 1, "paper": "0x" + "11" * 32},
    "salt": 71,
    "expiry": 1798761600,
}
_CONTROL: Final = {"chain_id": 775001, "contract": "0x" + "c0" * 20}

UNSIGNED_ORDER: Final[dict[str, Any]] = {
    "kind": "transfer",
    "domain": {"chain_id": 775001, "contract": "0x" + "5f" * 20},
    "message": {
        "chainId": 775001,
        "account": 11000001,
        "to": 11000002,
        "unit": 2025,
        "quantity": 1000,
        "nonce": 0,
        "expiry": 1798761600,
    },
}
ORDER: Final[dict[str, Any]] = {**UNSIGNED_ORDER, "approvals": [_APPROVAL]}
ACT: Final[dict[str, Any]] = {"domain": _CONTROL, "message": _ACT, "maker": _APPROVAL}
DECISION: Final[dict[str, Any]] = {"domain": _CONTROL, "act": _ACT, "approve": True, "checker": _APPROVAL}
STATEMENT: Final[dict[str, Any]] = {
    "domain": {"chain_id": 775001, "contract": "0x" + "e0" * 20},
    "message": {
        "chainId": 775001,
        "oracle": "0x" + "e0" * 20,
        "epoch": 3,
        "account": 11000001,
        "year": 2025,
        "unit": 1,
        "units": 1,
        "version": 1,
        "tonnes": 1234567,
        "reportHash": "0x" + "22" * 32,
        "previous": "0x" + "00" * 32,
    },
    "approvals": [_APPROVAL, {"signer": "0x" + "ba" * 20, "signature": _SIGNATURE}],
}
OBJECTION: Final[dict[str, Any]] = {
    "domain": {"chain_id": 775001, "contract": "0x" + "33" * 20},
    "message": {
        "chainId": 775001,
        "account": 11000001,
        "year": 2025,
        "subject": 1,
        "target": "0x" + "44" * 32,
        "statement": "0x" + "55" * 32,
    },
    "approval": {"signer": "0x" + "ab" * 20, "signature": _SIGNATURE},
}
TABLE: Final[dict[str, Any]] = {
    "year": 2025,
    "sector": 1,
    "province": 11,
    "kind": 2,
    "chunk_size": 200,
    "rows": [{"account": 11000001, "tonnes": 1000000}, {"account": 11000002, "tonnes": 250000}],
}
LIMITS: Final[dict[str, Any]] = {
    "chunk_size": 400,
    "rows": [{"account": 11000001, "tonnes": 115000}, {"account": 11000002, "tonnes": 10000}],
}
CHALLENGE: Final[dict[str, Any]] = {"signer": "0x" + "ab" * 20}
SESSION: Final[dict[str, Any]] = {"challenge": "…\nNonce: gAAAAA…", "signature": _SIGNATURE}
