"""``registry up`` where something stands in its way: another service, a used port, what a killed one left behind."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from e2e_processes import children_of, free_port, is_alive, processes_of

from registry_api.service import SERVICE_FILE
from registry_sdk.client import RegistryClient

PROGRAM: Final = (sys.executable, "-m", "registry_cli.main", "up")
SECONDS: Final = 120.0

pytestmark = pytest.mark.e2e

Process = subprocess.Popen[bytes]


class Starter:
    """Starts services; every one ends with the test."""

    def __init__(self) -> None:
        self.started: list[Process] = []

    def start(self, home: Path, port: int) -> Process:
        """A service, not waited for."""
        with home.with_suffix(".log").open("ab") as log:
            command = [*PROGRAM, "--home", str(home), "--port", str(port), "--json"]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        self.started.append(process)
        return process

    def running(self, home: Path, port: int) -> Process:
        """A service that answers."""
        process = self.start(home, port)
        _await_live(port, process)
        return process


@pytest.fixture
def starter() -> Iterator[Starter]:
    starter = Starter()
    yield starter
    for process in starter.started:
        if process.poll() is None:
            process.terminate()
            process.wait(60)
        if process.stdout:
            process.stdout.close()


def refused(home: Path, port: int) -> str:
    """What a start that fails says; it must be one line or two, not a traceback."""
    command = [*PROGRAM, "--home", str(home), "--port", str(port), "--json"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=SECONDS)
    assert done.returncode == 1
    assert done.stdout == b""
    said = done.stderr.decode()
    assert "Traceback" not in said
    return " ".join(said.split())


def _await_live(port: int, process: Process) -> None:
    deadline = time.monotonic() + SECONDS
    client = RegistryClient(f"http://127.0.0.1:{port}", patience=1)
    while True:
        assert process.poll() is None, "the service ended"
        assert time.monotonic() < deadline, "the service does not answer"
        try:
            client.transport.send("GET", "/health/live")
        except Exception:
            continue
        return


def test_up__second_on_the_same_home__says_where_the_first_is(tmp_path: Path, starter: Starter) -> None:
    home, port = tmp_path / "home", free_port()
    first = starter.running(home, port)
    before = (home / SERVICE_FILE).read_bytes()
    said = refused(home, port)
    assert "已有服务在运行" in said
    assert f"127.0.0.1:{port}" in said
    assert str(first.pid) in said
    assert (home / SERVICE_FILE).read_bytes() == before
    assert len(children_of(first.pid)) == 1
    RegistryClient(f"http://127.0.0.1:{port}", patience=1).transport.send("GET", "/health/live")


def test_up__port_in_use__says_so_and_leaves_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = refused(home, port)
    assert f"127.0.0.1:{port}" in said
    assert "--port" in said
    assert not (home / SERVICE_FILE).exists()
    assert processes_of(home) == []


def test_up__killed_before__starts_over_what_it_left(tmp_path: Path, starter: Starter) -> None:
    home, port = tmp_path / "home", free_port()
    first = starter.running(home, port)
    node = children_of(first.pid)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert json.loads((home / SERVICE_FILE).read_bytes())["pid"] == first.pid
    second = starter.running(home, port)
    found = json.loads((home / SERVICE_FILE).read_bytes())
    assert found == {"url": f"http://127.0.0.1:{port}", "pid": second.pid}
    assert children_of(second.pid) != node
    assert not any(map(is_alive, node))
    second.terminate()
    assert second.wait(60) == 0
    assert not (home / SERVICE_FILE).exists()


def test_up__service_file_of_no_use__replaced(tmp_path: Path, starter: Starter) -> None:
    home, port = tmp_path / "home", free_port()
    home.mkdir()
    (home / SERVICE_FILE).write_text("{")
    process = starter.running(home, port)
    assert json.loads((home / SERVICE_FILE).read_bytes())["pid"] == process.pid


def test_up__interrupted__ends_with_its_node(tmp_path: Path, starter: Starter) -> None:
    home, port = tmp_path / "home", free_port()
    process = starter.running(home, port)
    node = children_of(process.pid)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert not any(map(is_alive, node))
    assert not (home / SERVICE_FILE).exists()
