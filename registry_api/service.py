"""The running service: chain, relayer, indexer and clerk around one database and one home directory."""

import os
import secrets
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import orjson
import structlog
from eth_account.signers.local import LocalAccount
from sqlalchemy import Engine

from registry_api.chain import Chain, open_chain
from registry_api.outbox.clerk import Clerk
from registry_api.outbox.preview import Preview
from registry_api.outbox.queue import Queue
from registry_api.outbox.relayer import Relayer
from registry_api.problems import RETRY_AFTER, ProblemError
from registry_api.projection.indexer import Indexer
from registry_api.projection.query import Projection
from registry_api.sessions import Sessions
from registry_api.settings import Settings
from registry_api.store import create_store_engine, migrate
from registry_sdk import keystore
from registry_sdk.deployment import Deployment
from registry_sdk.reader import Reader
from registry_sdk.signers import EthereumSigner

log = structlog.get_logger()

DEPLOYMENT_FILE: Final = "deployment.json"
SERVICE_FILE: Final = "service.json"
CLERK_SECONDS: Final = 0.5


@dataclass
class Desk:
    """What exists once the contracts are deployed."""

    deployment: Deployment
    queue: Queue
    preview: Preview
    relayer: Relayer
    indexer: Indexer
    clerk: Clerk
    projection: Projection
    reader: Reader


class Service:
    """One process. :meth:`start` brings up the chain; the rest follows when the deployment file appears."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.prepare_home()
        self.engine: Engine = create_store_engine(settings.database)
        self._desk: Desk | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clerk", daemon=True)
        self._chain: Chain | None = None

    def start(self) -> None:
        """Open database and chain, start the threads."""
        migrate(self.engine)
        self._chain = open_chain(self.settings, self.engine)
        self._chain.policy = self._chain.policy.extended(senders=[self.relayer_key.address])
        self._open_desk()
        self._thread.start()

    def stop(self) -> None:
        """Finish running steps, then end threads and chain."""
        self._stop.set()
        self._thread.join(timeout=30)
        if self._desk:
            self._desk.relayer.stop()
            self._desk.indexer.stop()
        if self._chain:
            self._chain.stop()
        (self.home / SERVICE_FILE).unlink(missing_ok=True)

    def announce(self, url: str) -> None:
        """Write where the service listens, for commands on this machine."""
        text = orjson.dumps({"url": url, "pid": os.getpid()})
        fresh = self.home / (SERVICE_FILE + ".new")
        fresh.write_bytes(text)
        fresh.replace(self.home / SERVICE_FILE)

    @property
    def chain(self) -> Chain:
        """The chain."""
        if self._chain is None:
            raise RuntimeError("the service is not started")
        return self._chain

    @property
    def desk(self) -> Desk:
        """The parts that need contracts. Raises ProblemError P-17 before deployment."""
        if self._desk is None:
            raise ProblemError.of("P-17", retry_after=RETRY_AFTER)
        return self._desk

    @cached_property
    def sessions(self) -> Sessions:
        """Sign-in."""
        return Sessions.open(self.engine, self.chain, self.home)

    @cached_property
    def relayer_key(self) -> LocalAccount:
        """The relayer's key, from its encrypted file; made on first use."""
        path = self.home / "keys" / "relayer.json"
        password = _password(self.settings, self.home)
        if not path.exists():
            keystore.save(path, EthereumSigner.create(), password)
        return keystore.load(path, password).account

    def is_ready(self) -> bool:
        """Whether orders are accepted and carried now."""
        desk = self._desk
        return bool(desk and desk.relayer.is_alive() and desk.indexer.is_alive() and self.chain.is_ready())

    def _open_desk(self) -> None:
        path = self.home / DEPLOYMENT_FILE
        if self._desk is not None or not path.exists():
            return
        deployment = Deployment.load(path)
        queue = Queue(self.engine)
        desk = Desk(
            deployment,
            queue,
            Preview(self.chain, deployment),
            Relayer(self.chain, deployment, queue, self.relayer_key),
            Indexer(self.chain, deployment, self.engine),
            Clerk(self.engine, deployment, queue),
            Projection(self.engine),
            Reader(self.chain.rpc, deployment),
        )
        desk.relayer.start()
        desk.indexer.start()
        self._desk = desk
        log.info("contracts taken up", block=deployment.block)

    def _run(self) -> None:
        seen = -1
        while not self._stop.wait(CLERK_SECONDS):
            try:
                self._open_desk()
                desk = self._desk
                if desk and desk.indexer.block != seen:
                    seen = desk.indexer.block
                    if desk.clerk.round(self.chain.now()):
                        desk.relayer.wake()
            except Exception:
                log.exception("clerk's round failed, will be repeated")


def _password(settings: Settings, home: Path) -> str:
    """The relayer's password: from the settings, else a random one kept in a file only the owner can read."""
    if settings.relayer_password is not None:
        return settings.relayer_password.get_secret_value()
    path = home / "keys" / "relayer.password"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32))
    return path.read_text()
