"""ABI coding of the registry's contracts on bytes: calls, results, events, errors. No network, no web3.

Hot paths (outbox, indexer, audit) use this; it is some ten times faster than a web3 contract object.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final

import orjson
from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

from registry_sdk.paths import ARTIFACTS

PANIC: Final = bytes.fromhex("4e487b71")
ERROR_STRING: Final = bytes.fromhex("08c379a0")


def _type_of(component: dict[str, Any]) -> str:
    """Canonical type: tuples spelled out, enums and contracts as the ABI already gives them."""
    kind: str = component["type"]
    if kind.startswith("tuple"):
        return "(" + ",".join(map(_type_of, component["components"])) + ")" + kind[5:]
    return kind


def _plain(component: dict[str, Any], value: Any) -> Any:
    """Turn decoded tuples into dicts by their field names."""
    kind: str = component["type"]
    if kind.endswith("[]"):
        item = {**component, "type": kind[:-2]}
        return [_plain(item, v) for v in value]
    if kind == "tuple":
        parts = component["components"]
        return {p["name"]: _plain(p, v) for p, v in zip(parts, value, strict=True)}
    return value


@dataclass(frozen=True)
class Function:
    """One function of a contract."""

    name: str
    abi: dict[str, Any]

    @cached_property
    def input_types(self) -> list[str]:
        return [_type_of(c) for c in self.abi["inputs"]]

    @cached_property
    def signature(self) -> str:
        return f"{self.name}({','.join(self.input_types)})"

    @cached_property
    def selector(self) -> bytes:
        return keccak(text=self.signature)[:4]

    def encode(self, *args: Any) -> bytes:
        """Call data for positional arguments; structs as tuples."""
        return self.selector + encode(self.input_types, args)

    def decode_input(self, data: bytes) -> dict[str, Any]:
        """Arguments of call data by name."""
        values = decode(self.input_types, data[4:])
        inputs = self.abi["inputs"]
        return {c["name"]: _plain(c, v) for c, v in zip(inputs, values, strict=True)}

    def decode(self, data: bytes) -> Any:
        """Result: the value itself where there is one, a dict by name where there are several."""
        outputs = self.abi["outputs"]
        values = decode([_type_of(c) for c in outputs], data)
        if len(outputs) == 1:
            return _plain(outputs[0], values[0])
        return {c["name"]: _plain(c, v) for c, v in zip(outputs, values, strict=True)}


@dataclass(frozen=True)
class Event:
    """One event of a contract."""

    name: str
    abi: dict[str, Any]

    @cached_property
    def topic(self) -> bytes:
        return keccak(text=f"{self.name}({','.join(_type_of(c) for c in self.abi['inputs'])})")

    @cached_property
    def _split(self) -> tuple[list[dict[str, Any]], list[str], list[dict[str, Any]], list[str]]:
        indexed = [c for c in self.abi["inputs"] if c["indexed"]]
        plain = [c for c in self.abi["inputs"] if not c["indexed"]]
        return indexed, [_type_of(c) for c in indexed], plain, [_type_of(c) for c in plain]

    def decode(self, topics: list[bytes], data: bytes) -> dict[str, Any]:
        """Fields of a log by name."""
        indexed, indexed_types, plain, plain_types = self._split
        fields = {
            c["name"]: decode([kind], topic)[0]
            for c, kind, topic in zip(indexed, indexed_types, topics[1:], strict=True)
        }
        values = decode(plain_types, data)
        fields.update({c["name"]: _plain(c, v) for c, v in zip(plain, values, strict=True)})
        return fields


@dataclass(frozen=True)
class ContractError:
    """A decoded revert: the error's name and its arguments by name."""

    name: str
    args: dict[str, Any]


@dataclass(frozen=True)
class Contract:
    """ABI and bytecode of one compiled contract."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes
    deployed_bytecode: bytes
    immutable_references: dict[str, list[dict[str, int]]]
    storage_layout: dict[str, Any]

    @cached_property
    def functions(self) -> dict[str, Function]:
        return {f["name"]: Function(f["name"], f) for f in self.abi if f["type"] == "function"}

    @cached_property
    def by_selector(self) -> dict[bytes, Function]:
        return {f.selector: f for f in self.functions.values()}

    @cached_property
    def events(self) -> dict[bytes, Event]:
        events = [Event(e["name"], e) for e in self.abi if e["type"] == "event"]
        return {event.topic: event for event in events}

    @cached_property
    def errors(self) -> dict[bytes, tuple[str, list[dict[str, Any]]]]:
        table = {}
        for item in self.abi:
            if item["type"] == "error":
                text = f"{item['name']}({','.join(_type_of(c) for c in item['inputs'])})"
                table[keccak(text=text)[:4]] = (item["name"], item["inputs"])
        return table

    def encode(self, function: str, *args: Any) -> bytes:
        """Call data for a function of this contract."""
        return self.functions[function].encode(*args)

    def creation(self, *args: Any) -> bytes:
        """Creation code with constructor arguments."""
        inputs: list[dict[str, Any]] = next((c["inputs"] for c in self.abi if c["type"] == "constructor"), [])
        return self.bytecode + encode([_type_of(c) for c in inputs], args)


@cache
def contract(name: str) -> Contract:
    """Load a compiled contract.

    Raises:
        FileNotFoundError: nothing was compiled under this name; ``make setup`` compiles.
    """
    path = ARTIFACTS / f"{name}.json"
    if not path.exists():
        raise FileNotFoundError(f"no compiled contract {name}: run 'make setup' first")
    raw = orjson.loads(path.read_bytes())
    return Contract(
        name,
        raw["abi"],
        bytes.fromhex(raw["bytecode"][2:]),
        bytes.fromhex(raw["deployedBytecode"][2:]),
        raw["immutableReferences"],
        raw["storageLayout"],
    )


#: Contracts of the registry, in the order of their deployment, by the name they carry everywhere.
CONTRACTS: Final[dict[str, str]] = {
    "authority": "RegistryAuthority",
    "control": "DualControl",
    "accounts": "AccountRegistry",
    "allowances": "AllowanceToken",
    "credits": "CCERToken",
    "accreditation": "AccreditationRegister",
    "evidence": "EvidenceAnchors",
    "emissions": "EmissionsOracle",
    "allocation": "AllocationPlan",
    "cases": "AllocationCases",
    "compliance": "Compliance",
    "carryover": "CarryOver",
    "relay": "OrderRelay",
    "p256": "P256Verifier",
    "passkey": "PasskeyVerifier",
}


@cache
def _all_errors() -> dict[bytes, tuple[str, list[dict[str, Any]]]]:
    table: dict[bytes, tuple[str, list[dict[str, Any]]]] = {}
    for name in CONTRACTS.values():
        table.update(contract(name).errors)
    return table


def decode_error(data: bytes) -> ContractError:
    """Name and arguments of a revert of any contract of the registry.

    Unknown data comes back as ``UnknownError`` with the bytes, an arithmetic panic as ``Panic``.
    """
    selector, rest = data[:4], data[4:]
    if selector == PANIC:
        return ContractError("Panic", {"code": int.from_bytes(rest[:32])})
    if selector == ERROR_STRING:
        return ContractError("Error", {"message": decode(["string"], rest)[0]})
    known = _all_errors().get(selector)
    if known is None:
        return ContractError("UnknownError", {"data": "0x" + data.hex()})
    name, inputs = known
    values = decode([_type_of(c) for c in inputs], rest)
    return ContractError(name, {c["name"]: _plain(c, v) for c, v in zip(inputs, values, strict=True)})
