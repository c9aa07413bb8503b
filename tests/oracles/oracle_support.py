"""A registry with a verifier and two provinces as signers, and oracles over it, for the tests of this folder."""

import itertools
import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from eth_account import Account
from support.world import PROVINCES, World, start_world

from oracles.process import Oracle
from oracles.push import RpcPort
from oracles.settings import OracleSettings
from registry_sdk.deployment import Deployment
from registry_sdk.documents import Domain, ReportMessage, SignedEvidence, SignedStatement
from registry_sdk.rpc import RpcClient
from registry_sdk.signers import EthereumSigner, Signer

VERIFIER, PROVINCE, CENTRE = 1, 2, 3
BOTH = (1 << VERIFIER) | (1 << PROVINCE)
PASSWORD = "correct horse"
YEAR = 2025


@dataclass
class Scene:
    """A world with report signers; ``statement`` builds valid ones unless told otherwise."""

    world: World
    folder: Path
    verifier: Signer = field(default_factory=EthereumSigner.create)
    second_verifier: Signer = field(default_factory=EthereumSigner.create)
    province: Signer = field(default_factory=EthereumSigner.create)
    other_province: Signer = field(default_factory=EthereumSigner.create)
    sender: EthereumSigner = field(default_factory=EthereumSigner.create)
    numbers: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        act = self.world.office.act
        act("emissions", "setThreshold", 2, BOTH)
        self.world.name_verifier(self.verifier)
        self.world.name_verifier(self.second_verifier)
        act("emissions", "setSigner", self.province.signer, PROVINCE, PROVINCES[0])
        act("emissions", "setSigner", self.other_province.signer, PROVINCE, PROVINCES[1])
        self.deployment.save(self.folder / "deployment.json")
        # a cheap key derivation: the tests open this file dozens of times
        document = Account.encrypt(self.sender.account.key, PASSWORD, kdf="scrypt", iterations=2)
        (self.folder / "sender.json").write_text(json.dumps(document))
        (self.folder / "password").write_text(PASSWORD + "\n")

    @property
    def deployment(self) -> Deployment:
        return self.world.deployment

    def statement(self, account: int, *signers: Signer, domain: Domain | None = None, **fields: Any) -> SignedStatement:
        """A statement for the next version of an account, signed by ``signers``."""
        reader, oracle = self.world.reader, self.deployment.address("emissions").lower()
        year = fields.get("year", YEAR)
        figure = reader.figure(account, year)
        values = {
            "chainId": self.deployment.chain_id,
            "oracle": oracle,
            "epoch": reader.config()[2],
            "account": account,
            "year": year,
            "version": figure.version + 1,
            "tonnes": 1_000,
            "reportHash": "0x" + "ab" * 32,
            "previous": "0x" + figure.digest.hex() + "00" * 16,
        }
        own = domain or Domain(chain_id=self.deployment.chain_id, contract=oracle)
        result = SignedStatement(domain=own, message=ReportMessage(**(values | fields)))
        for signer in signers:
            result = result.approve(signer)
        return result

    def settings(self, **fields: Any) -> OracleSettings:
        """Settings of a fresh oracle home."""
        given: dict[str, Any] = {
            "home": self.folder / f"home{next(self.numbers)}",
            "rpc_url": self.world.node.url,
            "deployment": self.folder / "deployment.json",
            "keystore": self.folder / "sender.json",
            "password_file": self.folder / "password",
            "live": True,
            "inbox_grace": 0,
            "port": 0,
            "poll_seconds": 0.05,
            "backoff_first": 0.05,
            "backoff_most": 0.2,
        }
        return OracleSettings(**(given | fields))

    def oracle(self, settings: OracleSettings | None = None, **fields: Any) -> Oracle:
        """An oracle whose transactions are mined at once."""
        chosen = settings or self.settings(**fields)
        return Oracle.open(chosen, port=MiningPort(RpcClient(self.world.node.url), self.world))


@dataclass(frozen=True)
class MiningPort(RpcPort):
    """Mines after every transaction, as the embedded chain does."""

    world: World

    def send(self, raw: bytes) -> None:
        super().send(raw)
        self.world.pass_time(0)


class Miner:
    """Mines whatever comes, in the background, until left."""

    def __init__(self, world: World, pause: float = 0.02) -> None:
        self._world, self._pause = world, pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Miner":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            self._world.pass_time(0)


def make_scene(folder: Path) -> Scene:
    """A fresh scene; the caller kills ``scene.world.node``."""
    return Scene(start_world(folder), folder)


def drop(folder: Path, statement: SignedStatement | SignedEvidence, name: str) -> Path:
    """Put a statement file into an inbox, whole."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    part.write_bytes(orjson.dumps(statement.model_dump(mode="json")))
    return part.rename(folder / name)


def recorded_events(scene: Scene) -> list[dict[str, Any]]:
    """Every EmissionsRecorded event of the chain, decoded."""
    contract, address = scene.deployment.contract("emissions"), scene.deployment.address("emissions")
    event = next(e for e in contract.events.values() if e.name == "EmissionsRecorded")
    topic = "0x" + event.topic.hex()
    logs = scene.world.node.rpc.call("eth_getLogs", {"address": address, "fromBlock": "0x0", "topics": [topic]})
    return [event.decode([bytes.fromhex(t[2:]) for t in log["topics"]], bytes.fromhex(log["data"][2:])) for log in logs]


def wait_for(condition: Any, what: str, patience: float = 60) -> None:
    """Until ``condition()`` holds."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)
