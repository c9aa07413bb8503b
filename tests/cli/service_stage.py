"""A real service in a process of its own, deployed and staffed, for tests of the client and of the commands."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from registry_sdk.client import ApiOffice, RegistryClient
from registry_sdk.deployer import Deployer, connect
from registry_sdk.documents import Ground
from registry_sdk.office import Staff
from registry_sdk.signers import EthereumSigner, Signer

PROVINCE = 42
SECTOR = 1
YEAR = 2025
GROUND = Ground(reason=1, paper="0x" + "11" * 32)
UP = "import typer; from registry_cli.service import up; typer.run(up)"
LIVE = {"REGISTRY_SANDBOX": "true"}


@dataclass
class ServiceStage:
    """One home, one port, one service that can be killed and started again."""

    home: Path
    deployer: EthereumSigner = field(default_factory=EthereumSigner.create)
    staff: Staff = field(default_factory=lambda: Staff.create([PROVINCE]))
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = RegistryClient(self.url)
        self.office = ApiOffice(self.client, self.staff, GROUND)

    def start(self) -> None:
        """Start the service; does not wait for it."""
        environment = (
            os.environ
            | LIVE
            | {
                "REGISTRY_HOME": str(self.home),
                "REGISTRY_ALLOWED_DEPLOYERS": self.deployer.address,
            }
        )
        with (self.home / "service.log").open("ab") as log:
            command = [sys.executable, "-c", UP, "--port", str(self.port)]
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM and wait."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def deploy(self) -> None:
        """Bring the contracts onto the chain."""
        self.client.transport.send("GET", "/health/live")
        deployment = Deployer(connect(self.url + "/rpc"), self.deployer.account).run(self.staff.officers())
        deployment.save(self.home / "deployment.json")
        deadline = time.monotonic() + 60
        while not self.client.is_ready():
            assert time.monotonic() < deadline, "service did not take the contracts up"
            time.sleep(0.1)

    def open_account(self, number: int, *signers: Signer, rights: tuple[int, ...] = (7,), approvals: int = 1) -> None:
        """A key emitter."""
        seats = [(s.signer, r) for s, r in zip(signers, rights, strict=True)]
        self.office.act("accounts", "openAccounts", [(number, 1, SECTOR, PROVINCE, approvals, b"\x05" * 32, seats)])

    def save_json(self, name: str, value: object) -> Path:
        """A file for a command."""
        path = self.home / name
        path.write_text(json.dumps(value, ensure_ascii=False))
        return path
