"""Where the contracts keep their variables, as the compiler tells it.

``python -m registry_sdk.audit.layout`` writes ``data/layouts.json`` anew after a contract has changed; a test says when
that is due. Each layout carries the hash of the code it belongs to, so one of another build is never used.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

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


def compile_layouts() -> dict[str, Any]:
    """Ask the compiler; needs the Solidity toolchain of ``make setup``."""
    from registry_sdk.compile import SOLC_VERSION, install_solc, standard_input
    from registry_sdk.paths import ROOT

    install_solc()
    import solcx

    wanted = standard_input()
    wanted["settings"] = {**wanted["settings"], "outputSelection": {"*": {"*": ["storageLayout"]}}}
    output = solcx.compile_standard(wanted, solc_version=SOLC_VERSION, base_path=ROOT, allow_empty=False)
    by_name = {name: data for contracts in output["contracts"].values() for name, data in contracts.items()}
    return {name: {"code": code_hash(name), **_plain(by_name[kind])} for name, kind in CONTRACTS.items()}


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    layout = data["storageLayout"]
    types = layout["types"] or {}

    def places(members: list[dict[str, Any]]) -> dict[str, list[int]]:
        return {m["label"]: [int(m["slot"]), m["offset"], int(types[m["type"]]["numberOfBytes"])] for m in members}

    structs = {
        kind["label"].removeprefix("struct ").rpartition(".")[2]: places(kind["members"])
        for kind in types.values()
        if "members" in kind
    }
    return {"variables": places(layout["storage"]), "structs": structs}


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(compile_layouts(), indent=1, sort_keys=True) + "\n")
