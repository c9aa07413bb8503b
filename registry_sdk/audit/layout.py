"""Where the contracts keep their variables, as the compiler tells it.

``python -m registry_sdk.audit.compile_layouts`` writes ``data/layouts.json`` anew after a contract has changed; a test
says when that is due. Each layout carries the hash of the code it belongs to, so one of another build is never used.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from eth_utils.crypto import keccak

from registry_sdk.codec import CONTRACTS, contract

FILE: Final = Path(__file__).resolve().parent / "data" / "layouts.json"
Place = tuple[int, int, int]


@dataclass(frozen=True)
class Layout:
    """Variables and structs of one contract: name to slot, offset and size in bytes."""

    code: str
    variables: dict[str, Place]
    structs: dict[str, dict[str, Place]]


def code_hash(name: str) -> str:
    """Hash of the compiled code of a contract, by its name in the deployment."""
    return "0x" + keccak(contract(CONTRACTS[name]).deployed_bytecode).hex()


@cache
def layouts() -> dict[str, Layout]:
    """Layouts by contract name, of those that belong to the code in use."""
    raw = json.loads(FILE.read_text())
    found = {}
    for name, entry in raw.items():
        if entry["code"] == code_hash(name):
            variables = {label: (p[0], p[1], p[2]) for label, p in entry["variables"].items()}
            structs = {
                struct: {label: (p[0], p[1], p[2]) for label, p in members.items()}
                for struct, members in entry["structs"].items()
            }
            found[name] = Layout(entry["code"], variables, structs)
    return found
