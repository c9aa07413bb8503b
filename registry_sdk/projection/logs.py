"""Logs of the registry's contracts as plain values: fast, by slices of the hex text.

Numbers and flags become ``int`` and ``bool``; addresses, fixed and free bytes become lower-case ``0x`` text; a static
struct becomes a dict. Only events with free bytes, text or arrays go through the ABI decoder.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from registry_sdk.codec import CONTRACTS, Event, contract
from registry_sdk.deployment import Deployment

WORD: Final = 64
Raw = Mapping[str, Any]
Plan = tuple[tuple[str, int, Callable[[str], Any]], ...]


class LogError(ValueError):
    """A log that no contract of this registry writes, or that does not have its event's form."""


@dataclass(slots=True)
class Log:
    """One decoded log.

    Attributes:
        source: contract name as in the deployment, for example ``allowances``.
        name: event name.
        fields: the event's fields by name.
        timestamp: time of the block in Unix seconds.
    """

    source: str
    name: str
    fields: dict[str, Any]
    block: int
    index: int
    transaction: str
    timestamp: int


def _address(word: str) -> str:
    return "0x" + word[24:]


def _number(word: str) -> int:
    return int(word, 16)


def _signed(word: str) -> int:
    value = int(word, 16)
    return value - (1 << 256) if value >> 255 else value


def _flag(word: str) -> bool:
    return int(word, 16) != 0


def _bytes(size: int) -> Callable[[str], str]:
    return lambda word: "0x" + word[: 2 * size]


def reader_of(kind: str) -> Callable[[str], Any] | None:
    """How to read one word of an ABI type; None where the type does not fit into a word."""
    if kind.endswith("]"):
        return None
    if kind.startswith("uint"):
        return _number
    if kind.startswith("int"):
        return _signed
    if kind.startswith("bytes") and kind[5:].isdigit():
        return _bytes(int(kind[5:]))
    return {"address": _address, "bool": _flag}.get(kind)


def static_plan(components: list[dict[str, Any]], prefix: str = "", start: int = 0) -> Plan | None:
    """Names, positions (hex digits) and readers of static components; None where one of them is dynamic.

    Fields of structs carry the struct's name and a dot before their own.
    """
    plan: list[tuple[str, int, Callable[[str], Any]]] = []
    at = start
    for component in components:
        name = prefix + component["name"]
        if component["type"] == "tuple":
            inner = static_plan(component["components"], name + ".", at)
            if inner is None:
                return None
            plan.extend(inner)
            at = inner[-1][1] + WORD
            continue
        reader = reader_of(component["type"])
        if reader is None:
            return None
        plan.append((name, at, reader))
        at += WORD
    return tuple(plan)


def read_plan(plan: Plan, data: str) -> dict[str, Any]:
    """Values by name; ``data`` is hex text without ``0x``. Raises LogError where it is too short."""
    if plan and len(data) < plan[-1][1] + WORD:
        raise LogError("data is shorter than the ABI says")
    return {name: read(data[at : at + WORD]) for name, at, read in plan}


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, str) and value.startswith("0x") and len(value) == 42:
        return value.lower()
    if isinstance(value, list | tuple):
        return [_text(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class _Form:
    source: str
    event: Event
    topics: Plan
    data: Plan | None

    def fields(self, topics: list[str], data: str) -> dict[str, Any]:
        if len(topics) != len(self.topics) + 1:
            raise LogError(f"{self.event.name}: {len(topics)} topics")
        if self.data is None:
            decoded = self.event.decode([bytes.fromhex(t[2:]) for t in topics], bytes.fromhex(data[2:]))
            return {name: _text(value) for name, value in decoded.items()}
        fields = read_plan(self.data, data[2:])
        for (name, _, read), topic in zip(self.topics, topics[1:], strict=True):
            fields[name] = read(topic[2:])
        return fields


class LogDecoder:
    """Decodes raw JSON-RPC logs of one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self._forms: dict[tuple[str, str], _Form] = {}
        for source, kind in CONTRACTS.items():
            address = deployment.address(source).lower()
            for topic, event in contract(kind).events.items():
                inputs = event.abi["inputs"]
                topics = static_plan([c for c in inputs if c["indexed"]])
                data = static_plan([c for c in inputs if not c["indexed"]])
                form = _Form(source, event, topics or (), data)
                self._forms[(address, "0x" + topic.hex())] = form

    def decode(self, raw: Raw) -> Log:
        """One log.

        Raises:
            LogError: not one of this registry's, or malformed.
        """
        topics = raw["topics"]
        try:
            form = self._forms[(raw["address"].lower(), topics[0])]
        except (KeyError, IndexError):
            raise LogError(f"unknown log of {raw['address']} in block {raw['blockNumber']}") from None
        return Log(
            form.source,
            form.event.name,
            form.fields(topics, raw["data"]),
            int(raw["blockNumber"], 16),
            int(raw["logIndex"], 16),
            raw["transactionHash"],
            int(raw["blockTimestamp"], 16),
        )
