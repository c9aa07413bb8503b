"""The sample year by its one command, with plants that run one day a month."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from registry_cli.sample.traces import EVENTS, Trace, missing
from registry_sdk.calc.result import Text

pytestmark = pytest.mark.timeout(600)

PROGRAM = [sys.executable, "-m", "registry_cli.main", "oracle", "sample"]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    home = tmp_path_factory.mktemp("sample") / "home"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ORACLE_", "REGISTRY_"))}
    done = subprocess.run(
        [*PROGRAM, "--home", str(home), "--days", "1", "--json"],
        env=environment | {"TZ": "America/New_York"},
        capture_output=True,
        text=True,
        timeout=560,
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    body: dict[str, Any] = json.loads(done.stdout)
    return home, body


@pytest.mark.e2e
def test_sample__every_event__leaves_every_trace(played: tuple[Path, dict[str, Any]]) -> None:
    _, body = played
    assert body["missing"] == []
    assert {each["event"] for each in body["traces"]} == set(EVENTS)
    assert all(each["found"] and each["seen"] for each in body["traces"])
    assert body["audit"]["exit"] == 0


@pytest.mark.e2e
def test_sample__figures__concluded_ones_on_the_chain_and_one_corrected(played: tuple[Path, dict[str, Any]]) -> None:
    _, body = played
    rows = body["figures"]
    assert [(row["unit"], row["units"]) for row in rows] == [(1, 2), (2, 2), (1, 1), (1, 1), (1, 1)]
    assert all(row["recorded"] == row["verified"] > 0 for row in rows)
    corrected = [row["account"] for row in rows if row["first"] != row["verified"]]
    assert corrected == [42_000_002]


@pytest.mark.e2e
def test_sample__statements__two_institutions_each_with_a_key_of_its_own(played: tuple[Path, dict[str, Any]]) -> None:
    home, body = played
    signers: dict[str, set[str]] = {}
    digests: dict[str, set[str]] = {}
    for name in ("verifier", "province"):
        files = sorted((home / "desks" / name / "signed").glob("*/statement.json"))
        assert len(files) == len(body["figures"])
        for file in files:
            statement = json.loads(file.read_text())
            signers.setdefault(name, set()).update(each["signer"] for each in statement["approvals"])
            digests.setdefault(file.parent.name, set()).add(json.dumps(statement["message"], sort_keys=True))
    assert len(signers["verifier"]) == len(signers["province"]) == 1
    assert signers["verifier"].isdisjoint(signers["province"])
    assert all(len(same) == 1 for same in digests.values())


def trace(event: str, seen: str) -> Trace:
    return Trace(event, "D-06", Text("某处", "somewhere"), seen)


def test_missing__all_there__nothing() -> None:
    assert missing([trace(event, "seen") for event in EVENTS]) == []


def test_missing__one_trace_of_two_gone__named() -> None:
    traces = [*(trace(event, "seen") for event in EVENTS), trace("late", "")]
    assert missing(traces) == ["late: 某处 / somewhere"]


def test_missing__event_without_traces__named() -> None:
    assert missing([trace(event, "seen") for event in EVENTS if event != "swapped"]) == ["swapped"]
