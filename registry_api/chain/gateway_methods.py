"""What the gateway lets through: one table of methods, each with the form of its parameters. Default deny."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from registry_api.chain.admission import MAX_TX_BYTES, MAX_TX_GAS

MAX_LIST: Final = 100
TAGS: Final = frozenset({"latest", "earliest", "pending", "safe", "finalized"})

Check = Callable[[Any], Any]


class FormError(ValueError):
    """A parameter does not have the form asked for; the text says what would be valid."""


@dataclass(frozen=True, slots=True)
class Method:
    """Checks for the parameters in order, and how many of them must be there."""

    checks: tuple[Check, ...] = ()
    required: int = 0

    def form(self, params: list[Any]) -> list[Any]:
        """The parameters as they are passed on. Raises FormError."""
        if not self.required <= len(params) <= len(self.checks):
            raise FormError(f"{self.required} to {len(self.checks)} parameters, not {len(params)}")
        return [check(value) for check, value in zip(self.checks, params, strict=False)]


def _text(pattern: str, wanted: str) -> Check:
    expression = re.compile(pattern)

    def check(value: Any) -> str:
        if not isinstance(value, str) or not expression.fullmatch(value):
            raise FormError(wanted)
        return value

    return check


quantity = _text(r"0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})", "a quantity is 0x and hexadecimal digits without leading zero")
address = _text(r"0x[0-9a-fA-F]{40}", "an address is 0x and 40 hexadecimal digits")
hash32 = _text(r"0x[0-9a-fA-F]{64}", "a hash is 0x and 64 hexadecimal digits")
_slot = _text(r"0x[0-9a-fA-F]{1,64}", "a slot is 0x and 1 to 64 hexadecimal digits")
data = _text(rf"0x([0-9a-fA-F]{{2}}){{0,{MAX_TX_BYTES + 1}}}", "data is 0x and whole bytes, at most 128 KiB")


def slot(value: Any) -> str:
    """A storage slot as 32 bytes: nodes differ in what shorter forms they take."""
    text: str = _slot(value)
    return "0x" + text[2:].rjust(64, "0")


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise FormError("a flag is true or false")
    return value


def block(value: Any) -> Any:
    """A tag, a height, or {"blockHash": …} / {"blockNumber": …} (EIP-1898)."""
    if isinstance(value, dict):
        return _object({"blockHash": hash32, "blockNumber": quantity, "requireCanonical": flag})(value)
    return value if isinstance(value, str) and value in TAGS else quantity(value)


def _list_of(check: Check) -> Check:
    def checked(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > MAX_LIST:
            raise FormError(f"a list of at most {MAX_LIST} entries")
        return [check(entry) for entry in value]

    return checked


def _object(fields: dict[str, Check]) -> Check:
    def checked(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise FormError("an object")
        unknown = value.keys() - fields.keys()
        if unknown:
            raise FormError("an object with only these fields: " + ", ".join(fields))
        return {name: fields[name](entry) for name, entry in value.items() if entry is not None}

    return checked


def _one_or_more(check: Check) -> Check:
    many = _list_of(check)
    return lambda value: many(value) if isinstance(value, list) else check(value)


def _nullable(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def percentile(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise FormError("a percentile is a number from 0 to 100")
    return value


_call_fields = _object(
    {
        **dict.fromkeys(("from", "to"), address),
        **dict.fromkeys(("data", "input"), data),
        **dict.fromkeys(("gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "value"), quantity),
        **dict.fromkeys(("nonce", "type", "chainId"), quantity),
        "accessList": _list_of(_object({"address": address, "storageKeys": _list_of(hash32)})),
    }
)


def call(value: Any) -> dict[str, Any]:
    """A call object. Gas is capped: without it the node would run an endless loop for the gas of a whole block."""
    fields: dict[str, Any] = _call_fields(value)
    fields["gas"] = hex(min(int(fields.get("gas", hex(MAX_TX_GAS)), 16), MAX_TX_GAS))
    return fields


_topic = _nullable(_one_or_more(_nullable(hash32)))
log_filter = _object(
    {
        **dict.fromkeys(
            ("fromBlock", "toBlock"), lambda value: block(value) if isinstance(value, str) else quantity(value)
        ),
        "address": _one_or_more(address),
        "topics": _list_of(_topic),
        "blockHash": hash32,
    }
)

READS: Final[dict[str, Method]] = {
    "eth_blockNumber": Method(),
    "eth_call": Method((call, block), 1),
    "eth_chainId": Method(),
    "eth_estimateGas": Method((call, block), 1),
    "eth_feeHistory": Method((quantity, block, _list_of(percentile)), 2),
    "eth_gasPrice": Method(),
    "eth_getBalance": Method((address, block), 1),
    "eth_getBlockByHash": Method((hash32, flag), 2),
    "eth_getBlockByNumber": Method((block, flag), 2),
    "eth_getBlockReceipts": Method((block,), 1),
    "eth_getCode": Method((address, block), 1),
    "eth_getLogs": Method((log_filter,), 1),
    "eth_getProof": Method((address, _list_of(slot), block), 2),
    "eth_getStorageAt": Method((address, slot, block), 2),
    "eth_getTransactionByHash": Method((hash32,), 1),
    "eth_getTransactionCount": Method((address, block), 1),
    "eth_getTransactionReceipt": Method((hash32,), 1),
    "eth_maxPriorityFeePerGas": Method(),
    "net_version": Method(),
}
CLIENT_VERSION: Final = "web3_clientVersion"
SEND: Final = "eth_sendRawTransaction"
METHODS: Final = {**READS, CLIENT_VERSION: Method(), SEND: Method((data,), 1)}
