"""A Mosquitto of our own on loopback, from Debian's package; installed by the test run where it is missing."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PLACES = "/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")


def program() -> str:
    """The broker's program; the test is skipped with the reason where it cannot be had."""
    found = shutil.which("mosquitto", path=PLACES)
    if found:
        return found
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        pytest.skip("mosquitto is not installed, and only root on a Debian system can install it here")
    install = ["install", "-y", "-q", "--no-install-recommends", "mosquitto"]
    said = ""
    # the lists of packages are often there already; fetching them takes longest and needs the network
    for arguments in (install, ["update", "-q"], install):
        found = shutil.which("mosquitto", path=PLACES)
        if found:
            return found
        said = run_apt([apt, "-o", "DPkg::Lock::Timeout=60", *arguments])
    found = shutil.which("mosquitto", path=PLACES)
    return found or pytest.skip(f"mosquitto could not be installed: {said}")


def run_apt(command: list[str]) -> str:
    """The last line of what it complained about."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)
    except subprocess.TimeoutExpired:
        return f"{command[3]}: no end within 90 s"
    return (done.stderr.strip().splitlines() or [""])[-1]


@dataclass
class Broker:
    folder: Path
    port: int
    lines: list[str] = field(default_factory=list)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        config = self.folder / "mosquitto.conf"
        base = [f"listener {self.port} 127.0.0.1", "persistence true", f"persistence_location {self.folder}/"]
        config.write_text("\n".join([*base, "autosave_interval 1", *(self.lines or ["allow_anonymous true"])]) + "\n")
        # as root it would become another user, who may not enter the test's folder
        user = ["user root"] if os.geteuid() == 0 else []
        config.write_text(config.read_text() + "\n".join(user) + "\n")
        with (self.folder / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen([program(), "-c", str(config)], stdout=log, stderr=log)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError((self.folder / "mosquitto.log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def broker(folder: Path, *lines: str) -> Iterator[Broker]:
    program()
    folder.mkdir(parents=True, exist_ok=True)
    made = Broker(folder, free_port(), list(lines))
    made.start()
    try:
        yield made
    finally:
        made.stop()
