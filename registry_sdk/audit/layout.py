"""Where the contracts keep their variables, as the compiler told it when it built the artifacts."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from registry_sdk.codec import CONTRACTS, contract

Place = tuple[int, int, int]


@dataclass(frozen=True)
class Layout:
    """Variables and structs of one contract: name to slot, offset and size in bytes."""

    variables: dict[str, Place]
    structs: dict[str, dict[str, Place]]


@cache
def layouts() -> dict[str, Layout]:
    """Layouts by contract name."""
    return {name: _layout(contract(kind).storage_layout) for name, kind in CONTRACTS.items()}


def _layout(raw: dict[str, Any]) -> Layout:
    types = raw["types"] or {}

    def places(members: list[dict[str, Any]]) -> dict[str, Place]:
        return {m["label"]: (int(m["slot"]), m["offset"], int(types[m["type"]]["numberOfBytes"])) for m in members}

    structs = {
        kind["label"].removeprefix("struct ").rpartition(".")[2]: places(kind["members"])
        for kind in types.values()
        if "members" in kind
    }
    return Layout(places(raw["storage"]), structs)
