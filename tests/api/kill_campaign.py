"""A service in a process of its own that is killed while clients keep posting orders; and the account of it after."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from api_stage import PASSWORD, SECTOR, YEAR, wait_until
from projection_copy import copy_of, empty

from registry_api.service import DEPLOYMENT_FILE, SERVICE_FILE
from registry_sdk.allocation import ALL_FREE
from registry_sdk.client import ApiOffice, RegistryClient
from registry_sdk.deployer import Deployer, connect
from registry_sdk.documents import ORDER_KINDS, Domain, SignedOrder, TransferOrder
from registry_sdk.office import FAR_EXPIRY, Staff
from registry_sdk.signers import EthereumSigner
from registry_sdk.tables import AllocationTable, Row

UP: Final = "import typer; from registry_cli.service import up; typer.run(up)"
ACCOUNTS: Final = 4
TONNES: Final = 1_000_000
PIPELINE: Final = 6


@dataclass
class Campaign:
    """One home; ``kill`` ends the service or its node without warning, ``up`` starts it again."""

    home: Path
    choice: random.Random
    deployer: EthereumSigner = field(default_factory=EthereumSigner.create)
    staff: Staff = field(default_factory=lambda: Staff.create([11]))
    keys: dict[int, EthereumSigner] = field(default_factory=dict)
    acknowledged: dict[str, SignedOrder] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def up(self) -> None:
        """Start and wait until it listens."""
        self.home.mkdir(exist_ok=True)
        (self.home / SERVICE_FILE).unlink(missing_ok=True)
        environment = os.environ | {
            "REGISTRY_HOME": str(self.home),
            "REGISTRY_SANDBOX": "true",
            "REGISTRY_RELAYER_PASSWORD": PASSWORD,
            "REGISTRY_ALLOWED_DEPLOYERS": self.deployer.address,
            "REGISTRY_SNAPSHOT_EVERY": "20",
        }
        with (self.home / "service.log").open("ab") as log:
            command = [sys.executable, "-c", UP, "--port", "0"]
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        wait_until(lambda: (self.home / SERVICE_FILE).exists() or self.process.poll() is not None, "it listens", 120)
        assert self.process.poll() is None, (self.home / "service.log").read_text()[-3000:]

    @property
    def url(self) -> str:
        return str(json.loads((self.home / SERVICE_FILE).read_text())["url"])

    def kill(self) -> None:
        """SIGKILL to the whole service."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def kill_node(self) -> None:
        """SIGKILL to the node, the service's only child."""
        assert self.process
        children = Path(f"/proc/{self.process.pid}/task")
        for pid in {pid for task in children.iterdir() for pid in (task / "children").read_text().split()}:
            os.kill(int(pid), signal.SIGKILL)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def prepare(self) -> None:
        """Contracts, accounts, allowances."""
        self.up()
        client = RegistryClient(self.url)
        made = Deployer(connect(self.url + "/rpc"), self.deployer.account).run(self.staff.officers())
        made.save(self.home / DEPLOYMENT_FILE)
        wait_until(client.is_ready, "contracts are taken up")
        self.deployment = made
        office = ApiOffice(client, self.staff, life=FAR_EXPIRY - 2**38)
        self.keys = {1001 + n: EthereumSigner.create() for n in range(ACCOUNTS)}
        office.act(
            "accounts",
            "openAccounts",
            [(n, 1, SECTOR, 11, 1, b"\x01" * 32, [(k.signer, 7)]) for n, k in self.keys.items()],
        )
        office.act("allowances", "openVintage", YEAR)
        office.act("allocation", "setPlan", YEAR, SECTOR, 1, TONNES * ACCOUNTS, *ALL_FREE)
        table = AllocationTable(YEAR, SECTOR, 11, 2, tuple(Row(n, TONNES) for n in self.keys), 1)
        rows = [{"account": row.account, "tonnes": row.tonnes} for row in table.rows]
        head = {"year": YEAR, "sector": SECTOR, "province": 11, "kind": 2, "chunk_size": 1, "rows": rows}
        id_ = client.post_table(head)["id"]
        office.act("allocation", "approveTable", 11, table.as_tuple())
        wait_until(lambda: client.table(id_)["state"] == "ISSUED", "the table is issued")

    def order(self, account: int, nonce: int) -> SignedOrder:
        """One tonne to the next account."""
        others = sorted(set(self.keys) - {account})
        contract = self.deployment.address(ORDER_KINDS["transfer"].contracts[0]).lower()
        domain = Domain(chain_id=self.deployment.chain_id, contract=contract)
        message = TransferOrder(
            chainId=self.deployment.chain_id,
            account=account,
            to=others[nonce % len(others)],
            unit=YEAR,
            quantity=1,
            nonce=nonce,
            expiry=FAR_EXPIRY,
        )
        return SignedOrder(kind="transfer", domain=domain, message=message).approve(self.keys[account])

    def post_until(self, ended: threading.Event, account: int) -> None:
        """Keep a pipeline of orders going; each is posted, again and again, until it is acknowledged or refused."""
        nonce = 0
        http = httpx.Client(timeout=10, trust_env=False)
        with ThreadPoolExecutor(1) as pool:
            while not ended.is_set():
                orders = [self.order(account, nonce + step) for step in range(PIPELINE)]
                list(pool.map(lambda order: self._post(http, order), orders))
                nonce += PIPELINE

    def _post(self, http: httpx.Client, order: SignedOrder) -> None:
        body = order.model_dump_json().encode()
        while True:
            try:
                answer = http.post(f"{self.url}/v1/orders", content=body, headers={"content-type": "application/json"})
            except (httpx.TransportError, OSError, ValueError):
                time.sleep(0.05)
                continue
            if answer.status_code == 202:
                self.acknowledged[answer.json()["id"]] = order
                return
            if answer.status_code not in (429, 503):
                self.refusals.append(answer.text)
                return
            time.sleep(0.05)

    def run(self, kills: int, pause: tuple[float, float]) -> None:
        """Kill service or node at random moments, also while it starts, under the clients' load."""
        ended = threading.Event()
        with ThreadPoolExecutor(ACCOUNTS) as pool:
            clients = [pool.submit(self.post_until, ended, account) for account in self.keys]
            try:
                for number in range(kills):
                    time.sleep(self.choice.uniform(*pause))
                    if number % 3 == 2:
                        self.kill_node()
                        continue
                    self.kill()
                    self.up()
            finally:
                ended.set()
            for client in clients:
                client.result(120)


def account_of(campaign: Campaign) -> dict[str, Any]:
    """What became of every acknowledged order, from the chain's own events and state."""
    client = RegistryClient(campaign.url)
    for id_ in campaign.acknowledged:
        found = client.wait(id_, 120)
        assert found["state"] == "DONE", found
    authorized: dict[str, int] = {}
    movements = 0
    for event in client.events():
        if event["event"] == "OrderAuthorized":
            authorized[event["args"]["digest"]] = authorized.get(event["args"]["digest"], 0) + 1
        movements += event["event"] == "TransferSingle"
    head = client.deployment()["head"]
    return {"authorized": authorized, "movements": movements, "head": head}


__all__ = ["ACCOUNTS", "PIPELINE", "TONNES", "Campaign", "account_of", "copy_of", "empty"]
