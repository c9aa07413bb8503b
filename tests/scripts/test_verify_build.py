"""The build can be repeated with another tool: ape compiles the same bytecode from the same sources.

Compiling takes seconds a contract, so the test run draws three by the hash of the sources: every change of a source
draws anew. ``make verify-build`` compares them all.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from registry_sdk.codec import CONTRACTS
from registry_sdk.compile import install_solc, source_hash
from registry_sdk.paths import ROOT

DRAWN = 3


def drawn() -> list[str]:
    key = source_hash()
    return sorted(CONTRACTS.values(), key=lambda name: hashlib.sha256(f"{key} {name}".encode()).digest())[:DRAWN]


def test_verify_build__drawn_contracts_compiled_by_ape__same_bytecode() -> None:
    install_solc()
    ape = Path(sys.executable).parent / "ape"
    command = [ape, "run", "verify_build", *drawn(), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    rows = json.loads(done.stdout.strip().splitlines()[-1])
    assert sorted(row["contract"] for row in rows) == sorted(drawn())
    assert [row["contract"] for row in rows if not row["equal"]] == []
    assert done.returncode == 0
