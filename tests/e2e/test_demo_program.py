"""The demonstration through the program itself: it ends when asked to, goes on when not, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest
from e2e_processes import free_port, processes_of

from registry_api.service import SERVICE_FILE
from registry_sdk.client import RegistryClient

PROGRAM: Final = (sys.executable, "-m", "registry_cli.main")
SECONDS: Final = 240.0

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


@dataclass
class Demo:
    """A running demonstration, its standard output going to a file."""

    home: Path
    process: subprocess.Popen[bytes]
    output: Path

    @classmethod
    def start(cls, home: Path, *words: str) -> "Demo":
        """Start ``registry demo`` with its smallest province."""
        output = home.with_suffix(".json")
        command = [*PROGRAM, "demo", "--home", str(home), "--emitters", "14", "--json", *words]
        with output.open("wb") as out, home.with_suffix(".log").open("wb") as log:
            return cls(home, subprocess.Popen(command, stdout=out, stderr=log, start_new_session=True), output)

    def result(self) -> dict[str, Any]:
        """What it printed, once it has."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            ended = self.process.poll()
            text = self.output.read_bytes()
            if text.endswith(b"}\n"):
                found: dict[str, Any] = orjson.loads(text)
                return found
            assert ended is None, self.home.with_suffix(".log").read_text()[-2_000:]
            time.sleep(0.1)
        raise TimeoutError("the demonstration did not come to its end")


@pytest.fixture
def started() -> Iterator[list[Demo]]:
    """Demonstrations that the test starts; none outlives it."""
    demos: list[Demo] = []
    yield demos
    for demo in demos:
        if demo.process.poll() is None:
            demo.process.terminate()
            demo.process.wait(60)


def assert_year(result: dict[str, Any]) -> None:
    """The year went as told: everybody complete but one, two refusals, a clean audit."""
    assert [row["frozen"] for row in result["compliance"]].count("SHORT") == 1
    assert {row["frozen"] for row in result["compliance"]} == {"COMPLETE", "SHORT"}
    assert len(result["compliance"]) == 14
    assert [refusal["rule"] for refusal in result["refusals"]] == ["C-05", "A-09"]
    audit = result["audit"]
    assert (audit["exit"], audit["report"]["findings"], audit["report"]["differences"]) == (0, [], [])
    for row in result["units"]:
        assert row["issued"] == row["held"] + row["surrendered"] + row["cancelled"]


def assert_nothing_left(demo: Demo, url: str) -> None:
    """No process of the demonstration lives, nobody answers."""
    assert processes_of(demo.home) == []
    assert not (demo.home / SERVICE_FILE).exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url + "/health/live", trust_env=False)


def test_demo__told_to_end__year_clean_and_nothing_left(tmp_path: Path, started: list[Demo]) -> None:
    demo = Demo.start(tmp_path / "demo", "--exit")
    started.append(demo)
    result = demo.result()
    assert demo.process.wait(60) == 0
    assert_year(result)
    assert_nothing_left(demo, result["url"])


def test_demo__not_told_to_end__answers_until_interrupted(tmp_path: Path, started: list[Demo]) -> None:
    port = free_port()
    demo = Demo.start(tmp_path / "demo", "--port", str(port))
    started.append(demo)
    result = demo.result()
    assert_year(result)
    assert result["url"] == f"http://127.0.0.1:{port}"
    client = RegistryClient(result["url"])
    assert client.is_ready()
    assert client.deployment()["head"] == result["head"]
    assert {row["account"]: row["frozen"] for row in client.compliance(2025)} == {
        row["account"]: row["frozen"] for row in result["compliance"]
    }
    assert demo.process.poll() is None
    assert len(processes_of(demo.home)) == 3
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(60) == 0
    assert_nothing_left(demo, result["url"])


def test_demo__terminated_half_way__nothing_left(tmp_path: Path, started: list[Demo]) -> None:
    demo = Demo.start(tmp_path / "demo")
    started.append(demo)
    deadline = time.monotonic() + SECONDS
    while not (demo.home / "deployment.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    url = json.loads((demo.home / SERVICE_FILE).read_bytes())["url"]
    os.kill(demo.process.pid, signal.SIGTERM)
    assert demo.process.wait(120) == 130
    assert demo.output.read_bytes() == b""
    assert_nothing_left(demo, url)


def test_demo__home_of_somebody_else__left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("not a demonstration's")
    done = subprocess.run([*PROGRAM, "demo", "--home", str(tmp_path)], capture_output=True, check=False)
    assert done.returncode == 2
    assert "不是演示目录" in done.stderr.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]
