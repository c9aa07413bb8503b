"""The processes of the demonstration: the service, the oracle and the signers, each with keys of its own."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Final

from registry_api.service import DEPLOYMENT_FILE, SERVICE_FILE
from registry_sdk import keystore
from registry_sdk.client import RegistryClient
from registry_sdk.deployer import Officer
from registry_sdk.deployment import Deployment
from registry_sdk.signers import EthereumSigner

START_SECONDS: Final = 120
STOP_SECONDS: Final = 30
SERVICE: Final = "service"
ORACLE: Final = "oracle"
#: What a command ends with that may be run again.
NOT_NOW: Final = 1


class StageError(Exception):
    """A process of the demonstration ended or did not answer."""


def is_served(home: Path) -> bool:
    """Whether the process named in the home's service file is alive."""
    try:
        os.kill(int(json.loads((home / SERVICE_FILE).read_text())["pid"]), 0)
    except (OSError, ValueError, KeyError):
        return False
    return True


@dataclass
class Key:
    """A key file and the file with its password."""

    path: Path
    password: Path
    address: str

    @classmethod
    def create(cls, folder: Path, name: str) -> "Key":
        """A fresh key in its encrypted file."""
        signer = EthereumSigner.create()
        password = folder / f"{name}.password"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        path = folder / f"{name}.json"
        keystore.save(path, signer, password.read_text())
        return cls(path, password, signer.address)


@dataclass
class Stage:
    """One home directory and the processes on it.

    Args:
        home: the registry's home directory.
        port: port of the service, 0 for any free one.
        settings: further settings of every process, as environment variables.

    Attributes:
        processes: running ones by name, ``service`` and ``oracle``.
        url: address of the service, once it was started.
    """

    home: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    url: str = ""

    def __post_init__(self) -> None:
        keys = self.home / "demo-keys"
        self.deployer = Key.create(keys, "deployer")
        self.oracle = Key.create(keys, "oracle")
        self.verifier = Key.create(keys, "verifier")
        self.province = Key.create(keys, "province")

    @property
    def deployment(self) -> Deployment:
        """The contracts."""
        return Deployment.load(self.home / DEPLOYMENT_FILE)

    @property
    def oracle_home(self) -> Path:
        """Home of the oracle process."""
        return self.home / "oracle"

    def environment(self) -> dict[str, str]:
        """Settings of every process on this stage."""
        own = {
            "REGISTRY_HOME": str(self.home),
            "REGISTRY_SANDBOX": "true",
            "REGISTRY_ALLOWED_DEPLOYERS": self.deployer.address,
            "REGISTRY_ALLOWED_SENDERS": self.oracle.address,
            "ORACLE_HOME": str(self.oracle_home),
            "ORACLE_DEPLOYMENT": str(self.home / DEPLOYMENT_FILE),
            "ORACLE_KEYSTORE": str(self.oracle.path),
            "ORACLE_PASSWORD_FILE": str(self.oracle.password),
            "ORACLE_POLL_SECONDS": "0.5",
        }
        return {**os.environ, **own, **self.settings}

    def start_service(self) -> None:
        """Start ``registry up`` and wait until it answers."""
        (self.home / SERVICE_FILE).unlink(missing_ok=True)
        self.launch(SERVICE)
        self._wait_for(SERVICE, (self.home / SERVICE_FILE).exists)
        self.url = json.loads((self.home / SERVICE_FILE).read_bytes())["url"]

    def deploy(self, officers: list[Officer]) -> None:
        """Run ``registry deploy`` with the first officers."""
        rows = [{"signer": "0x" + o.signer.hex(), "role": o.role, "province": o.province} for o in officers]
        path = self.home / "officers.json"
        path.write_text(json.dumps(rows, indent=1))
        key = ("--key", str(self.deployer.path), "--password-file", str(self.deployer.password))
        self.run("deploy", "--officers", str(path), *key, "--json")

    def start_oracle(self) -> None:
        """Start the oracle, pushing for real; its intake listens on any free loopback port."""
        self.launch(ORACLE)

    def launch(self, name: str) -> None:
        """Start the service or the oracle, as the first time or again after its end; does not wait for it."""
        words = self.words(name)
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(  # noqa: S603 (our own program)
                self._command(*words), env=self.environment(), stdout=log, stderr=log, start_new_session=True
            )

    def wait_ready(self, client: RegistryClient) -> None:
        """Wait until the service has taken up the contracts."""
        self._wait_for(SERVICE, client.is_ready)

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """Run one command of the program to its end.

        Raises:
            StageError: it failed, where ``check`` asks for success.
        """
        done = subprocess.run(  # noqa: S603 (our own program)
            self._command(*words), env=self.environment(), capture_output=True, check=False
        )
        if check:
            _require_success(words, done)
        return done

    def repeat(self, *words: str) -> None:
        """Run a command that may be repeated, again and again while it says that it could not be done just now.

        Raises:
            StageError: it failed for another reason, or for too long.
        """
        deadline = time.monotonic() + START_SECONDS
        done = self.run(*words, check=False)
        while done.returncode == NOT_NOW and time.monotonic() < deadline:
            done = self.run(*words, check=False)
        _require_success(words, done)

    def stop(self) -> None:
        """End all processes, oracle first."""
        for name in reversed(list(self.processes)):
            self.end(name)

    def end(self, name: str) -> int:
        """End one process as a person would, by force only if it takes too long; its exit status."""
        process = self.processes.pop(name)
        process.terminate()
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    @contextmanager
    def ending(self) -> Iterator["Stage"]:
        """The stage, its processes ended whatever happens: SIGTERM and SIGINT inside raise KeyboardInterrupt."""
        kept = {number: signal.signal(number, signal.default_int_handler) for number in (SIGTERM, SIGINT)}
        try:
            yield self
        finally:
            for number in kept:
                signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave processes behind
            self.stop()
            for number, handler in kept.items():
                signal.signal(number, handler)

    def words(self, name: str) -> tuple[str, ...]:
        """Command line of one process."""
        if name == SERVICE:
            return ("up", "--port", str(self.port))
        return ("oracle", "run", "--live", "--rpc", self.url + "/rpc", "--port", "0")

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "registry_cli.main", *words]

    def _wait_for(self, name: str, is_there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not is_there():
            if self.processes[name].poll() is not None:
                tail = (self.home / f"{name}.log").read_text()[-800:]
                raise StageError(f"{name} ended at start: {tail}")
            if time.monotonic() > deadline:
                raise StageError(f"{name} did not start within {START_SECONDS} s")
            time.sleep(0.05)


def _require_success(words: tuple[str, ...], done: subprocess.CompletedProcess[bytes]) -> None:
    if done.returncode != 0:
        raise StageError(f"registry {' '.join(words[:2])}: {done.stderr.decode()[-800:]}")
