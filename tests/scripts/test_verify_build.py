"""The build can be repeated with another tool: ape compiles the same bytecode from the same sources."""

import json
import subprocess
import sys
from pathlib import Path

from registry_sdk.codec import CONTRACTS
from registry_sdk.compile import install_solc
from registry_sdk.paths import ROOT


def test_verify_build__compiled_by_ape__same_bytecode() -> None:
    install_solc()
    ape = Path(sys.executable).parent / "ape"
    done = subprocess.run([ape, "run", "verify_build", "--json"], cwd=ROOT, capture_output=True, text=True, check=False)
    rows = json.loads(done.stdout.strip().splitlines()[-1])
    assert [row["contract"] for row in rows] == list(CONTRACTS.values())
    assert [row["contract"] for row in rows if not row["equal"]] == []
    assert done.returncode == 0
