"""What one month of evidence needs in memory, as a process of its own: prints ``{"peak_kib"}``."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from oracles.evidence.checks import check_version
from oracles.evidence.months import MonthStore
from oracles.evidence.signing import prove
from oracles.store import open_store
from registry_cli.bench.evidence import TIME, YEAR, items
from registry_sdk.evidence import Month


def run(size: int) -> None:
    """File, seal and check a month of ``size`` items, and prove one of them."""
    month = Month(1, YEAR, 3)
    with TemporaryDirectory() as folder:
        store = MonthStore(open_store(Path(folder) / "oracle.sqlite3"))
        store.add(month, "power", items(month, size), TIME)
        sealed = store.seal(store.newest(month), TIME)
        for _ in check_version(store, sealed, None):
            pass
        prove(store, sealed, f"fuel_amount/coal-{size // 2:07}")
    print(json.dumps({"peak_kib": _peak()}))


def _peak() -> int:
    """KiB. The usage that ``getrusage`` tells begins with that of the parent, so the kernel's own mark is read."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
