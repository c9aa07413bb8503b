"""Write the storage layouts anew: ``python -m registry_sdk.audit.compile_layouts``, after a contract has changed."""

import json
from typing import Any

from registry_sdk.audit.layout import FILE, code_hash
from registry_sdk.codec import CONTRACTS
from registry_sdk.compile import SOLC_VERSION, install_solc, standard_input
from registry_sdk.paths import ROOT


def compile_layouts() -> dict[str, Any]:
    """Ask the compiler; needs the Solidity toolchain of ``make setup``."""
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
