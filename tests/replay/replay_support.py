"""Invented compliance records in the public format, and ways to run the replay on them."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from registry_cli.replay import app
from registry_cli.replay.records import REQUIRED, Phase, Record

PROGRAM = [sys.executable, "-c", "from registry_cli.replay import app; app()"]
PHASE = Phase(2013, 2020)
#: id, year, allocated, verified, surrendered allowances, surrendered units, running verified, running surrendered, code
Row = tuple[Any, ...]


def write(path: Path, rows: list[Row]) -> Path:
    """A file of records; the phase of a row follows from its year."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(REQUIRED)
        for operator, year, allocated, *figures, code in rows:
            phase = "2013-2020" if year <= 2020 else "2021-2030"
            writer.writerow([operator, year, phase, allocated, allocated, *figures, code])
    return path


def record(year: int, **fields: Any) -> Record:
    """One row of operator XA-1."""
    given: dict[str, Any] = {
        "operator": "XA-1",
        "year": year,
        "phase": PHASE if year <= PHASE.last else Phase(2021, 2030),
        "allocated": None,
        "verified": None,
        "surrendered_allowances": None,
        "surrendered_units": None,
        "running_verified": None,
        "running_surrendered": None,
        "code": "A",
        "line": 2,
        "fingerprint": bytes(32),
    }
    return Record(**(given | fields))


def run(file: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, JSON result (empty where there is none) and what was said beside it."""
    result = CliRunner().invoke(app, ["eutl", str(file), "--json", *words])
    return result.exit_code, json.loads(result.stdout) if result.stdout else {}, result.stderr


def start(file: Path, home: Path) -> subprocess.Popen[bytes]:
    """The same in a process of its own."""
    words = [*PROGRAM, "eutl", str(file), "--json", "--home", str(home)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def many(operators: int) -> list[Row]:
    """Operators that are long one year and short the next, over four years."""
    rows: list[Row] = []
    for number in range(1, operators + 1):
        total = 0
        for year in range(2013, 2017):
            verified = 1_000 + (number * 37 + year * 11) % 500
            total += verified
            granted = verified + (200 if (number + year) % 2 else -300)
            rows.append((f"XA-{number}", year, granted, verified, verified, verified, total, total, "A"))
    return rows


SMALL: list[Row] = [
    # Long in the first year, pays later years with old vintages and the rest from the market.
    ("XA-1", 2013, 500, 100, 100, 100, 100, 100, "A"),
    ("XA-1", 2014, 0, 300, 300, 300, 400, 400, "A"),
    ("XA-1", 2015, 10, 200, 200, 200, 600, 600, "A*"),
    # Short in 2014, makes up for it in 2015.
    ("XA-2", 2013, 50, 80, 80, 80, 80, 80, "A"),
    ("XA-2", 2014, 50, 80, "", "", 160, 100, "B"),
    ("XA-2", 2015, 50, 80, 140, 140, 240, 240, "A"),
    # Verified too late in 2014: C, though the figure came afterwards.
    ("XA-3", 2013, 10, 10, 10, 10, 10, 10, "A"),
    ("XA-3", 2014, 10, 25, "", "", "Not Calculated", 0, "C*"),
    ("XA-3", 2015, 10, 5, 30, 30, 40, 40, "A"),
    # Enters in the middle; its first figure is corrected a year later.
    ("XA-4", 2014, 100, 100, 120, 120, 120, 120, "A"),
    ("XA-4", 2015, 100, 50, 30, 30, 150, 150, "A"),
    # Closes, totals go back to nothing: a reversal by two officers.
    ("XB-1", 2013, 40, 30, 30, 30, 30, 30, "A"),
    ("XB-1", 2014, 40, "", "", "", 0, 0, "A"),
    # Out of the scheme, with a total that stands still.
    ("XB-2", 2013, "", "Excluded", "", "", 0, 0, "A"),
    ("XB-2", 2014, "", "Excluded", "", "", "Not Calculated", 0, "-"),
    ("XB-2", 2015, "", "", "", "", "", "", ""),
    # Codes by hand: one against the totals, one without a surrendered total, one of the authority's own.
    ("XB-3", 2013, 20, 20, 15, 15, 20, 15, "A"),
    ("XB-3", 2014, 20, 20, "", "", 40, "", "A*"),
    ("XB-3", 2015, 20, 20, 45, 45, 60, 60, "E*"),
    # Another phase starts anew.
    ("XB-3", 2021, 20, 7, "", "", 7, 0, "B*"),
    ("XB-3", 2022, 20, 8, 15, 15, 15, 15, "A"),
]

#: Whole offset quantity against the year's cap: 50 of 1,000 fit, 51 do not, nothing fits into a year without emissions.
OFFSETS: list[Row] = [
    ("XA-1", 2013, "", 1000, 950, 1000, 1000, 1000, "A"),
    ("XA-1", 2014, "", 1000, 949, 1000, 2000, 2000, "A"),
    ("XA-1", 2015, "", 1019, 969, 1019, 3019, 3019, "A"),
    ("XA-2", 2013, "", 0, 5, 6, 0, 6, "A"),
    ("XA-2", 2014, "", 39, 38, 39, 39, 45, "A"),
    ("XA-2", 2015, "", 40, 39, 40, 79, 85, "A"),
    ("XB-1", 2013, "", 100, 100, 100, 100, 100, "A"),
    ("XB-1", 2014, "", 100, "", 100, 100, 100, "A"),
    ("XB-1", 2015, "", "Excluded", 1, 2, 100, 100, "A"),
]
