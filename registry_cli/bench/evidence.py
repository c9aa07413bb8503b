"""How fast evidence is hashed, proven, verified and filed, and how much memory a month needs."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from oracles.evidence.months import MonthStore
from oracles.store import open_store
from registry_sdk.evidence import Item, Month, verify_item
from registry_sdk.evidence.proofs import month_root, prove_item

YEAR: Final = 2025
TIME: Final = 1_743_436_800
UNTIL: Final = date(2025, 12, 31)
#: Months that are filed in the database, and proofs made, for their rates.
FILED: Final = 200
PROOFS: Final = 400
TRACER: Final = "from registry_cli.bench.memory import run; run({size})"


def items(month: Month, count: int) -> Iterator[Item]:
    """Invented items of a month; each names a document and a meter."""
    for number in range(count):
        document = sha256(f"{month} {number // 4}".encode()).digest()
        value = f"{month.account % 1_000 + number}.{number % 9 + 1}"
        yield Item(f"fuel_amount/coal-{number:07}", value, "t", document, f"BELT-{number % 8}", UNTIL, TIME)


def rates(months: int, count: int) -> dict[str, Any]:
    """Items a second; ``months``: how many months of ``count`` items are hashed."""
    every = [Month(1 + number // 12, YEAR, 1 + number % 12) for number in range(months)]
    started = time.perf_counter()
    for month in every:
        month_root(items(month, count), month)
    hashed = time.perf_counter() - started

    month = every[0]
    kept = list(items(month, count))
    root, _ = month_root(kept, month)
    started = time.perf_counter()
    proofs = [prove_item(kept, month, number % count, count) for number in range(PROOFS)]
    proven = time.perf_counter() - started
    started = time.perf_counter()
    if not all(verify_item(kept[number % count], proof, root) for number, proof in enumerate(proofs)):
        raise ValueError("a proof that was just made does not verify")
    verified = time.perf_counter() - started
    return {
        "items": months * count,
        "hashed_per_second": round(months * count / hashed),
        "proven_per_second": round(PROOFS / proven),
        "verified_per_second": round(PROOFS / verified),
        "filed_per_second": _filed(every[:FILED], count),
    }


def memory(size: int) -> dict[str, int]:
    """Peak resident memory of a process of its own for one month of ``size`` items."""
    ran = subprocess.run(  # noqa: S603 (our own code, and a number)
        [sys.executable, "-c", TRACER.format(size=size)], check=True, capture_output=True, text=True, timeout=1_800
    )
    return {"items": size, **json.loads(ran.stdout)}


def _filed(months: list[Month], count: int) -> int:
    with TemporaryDirectory() as folder:
        store = MonthStore(open_store(Path(folder) / "oracle.sqlite3"))
        started = time.perf_counter()
        for month in months:
            store.add(month, "power", items(month, count), TIME)
            store.seal(store.newest(month), TIME)
        return round(len(months) * count / (time.perf_counter() - started))
