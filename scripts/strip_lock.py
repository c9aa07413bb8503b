"""Take the download addresses out of ``package-lock.json``: the integrity hashes are what pins a package."""

import json
from pathlib import Path

LOCK = Path("package-lock.json")
lock = json.loads(LOCK.read_text())
for package in lock["packages"].values():
    package.pop("resolved", None)
LOCK.write_text(json.dumps(lock, indent=2) + "\n")
