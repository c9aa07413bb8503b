"""kill -9 in the middle of writing: what was acknowledged is there, nothing half, nothing twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from oracles.cases import Journal, verify_chain
from oracles.store import open_store

ROUNDS = int(os.environ.get("REGISTRY_KILLS", "2"))

WRITER = """
import sys
from pathlib import Path
from oracles.cases import Journal
from oracles.store import open_store
journal = Journal(open_store(Path(sys.argv[1])), "quality")
start = len(journal.entries("Q-1"))
for number in range(start, start + 100_000):
    for _ in range(2):  # every command is repeated, as after a crash
        entry = journal.append("Q-1", "1001", "note", "Wang", lambda known, number=number: {"text": str(number)})
    print(entry.number, flush=True)
"""


@pytest.mark.kill
def test_append__killed_again_and_again__acknowledged_entries_stand_once_and_unbroken(tmp_path: Path) -> None:
    database = tmp_path / "oracle.sqlite3"
    acknowledged = 0
    for kill in range(ROUNDS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(database)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout
            for _ in range(5 + 7 * kill):
                acknowledged = int(writer.stdout.readline())
            os.kill(writer.pid, signal.SIGKILL)
            rest = writer.stdout.read().split("\n")
            acknowledged = max([acknowledged, *(int(line) for line in rest[:-1])])
        entries = Journal(open_store(database), "quality").entries("Q-1")
        assert len(entries) - acknowledged in (0, 1)
        assert verify_chain(entries) is None
        texts = [entry.body["text"] for entry in entries]
        assert texts == [str(number) for number in range(len(texts))]
