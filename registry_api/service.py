"""The running service: chain, relayer, indexer, clerk and clock around one database and one home directory."""

import os
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import orjson
import structlog
from eth_account.signers.local import LocalAccount
from sqlalchemy import Engine

from registry_api.calendar.clock import Clock
from registry_api.calendar.notices import Notice, Notices
from registry_api.calendar.windows import SURRENDER
from registry_api.chain import Chain, open_chain
from registry_api.kept import kept_file, kept_secret
from registry_api.outbox.clerk import Clerk
from registry_api.outbox.preview import Preview
from registry_api.outbox.queue import Queue
from registry_api.outbox.relayer import Relayer
from registry_api.outbox.tables import Tables
from registry_api.outbox.waiting import Waiting
from registry_api.problems import RETRY_AFTER, ProblemError
from registry_api.projection.indexer import Indexer
from registry_api.projection.query import Projection
from registry_api.sessions import Sessions
from registry_api.settings import Settings
from registry_api.store import create_store_engine, migrate
from registry_sdk import keystore
from registry_sdk.deployment import Deployment, DeploymentError
from registry_sdk.reader import Reader
from registry_sdk.signers import EthereumSigner

log = structlog.get_logger()

DEPLOYMENT_FILE: Final = "deployment.json"
SERVICE_FILE: Final = "service.json"
CLERK_SECONDS: Final = 0.25
STOP_SECONDS: Final = 30


@dataclass
class Desk:
    """What exists once the contracts are deployed."""

    deployment: Deployment
    queue: Queue
    waiting: Waiting
    preview: Preview
    relayer: Relayer
    indexer: Indexer
    tables: Tables
    clerk: Clerk
    projection: Projection
    reader: Reader
    clock: Clock


class Service:
    """One process. :meth:`start` brings up the chain; the rest follows when the deployment file appears."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.prepare_home()
        self.engine: Engine = create_store_engine(settings.database)
        self._desk: Desk | None = None
        self._clock = threading.Lock()
        self._remind = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clerk", daemon=True)
        self._chain: Chain | None = None

    def start(self) -> None:
        """Open database and chain, start the threads. A start that fails leaves nothing running."""
        migrate(self.engine)
        address = self.relayer_key.address
        self._chain = open_chain(self.settings, self.engine)
        try:
            (self.home / SERVICE_FILE).unlink(missing_ok=True)
            self._chain.policy = self._chain.policy.extended(senders=[address])
            self.sessions = Sessions.open(self.engine, self._chain, self.settings.chain_id, self.home)
            self._open_desk()
        except BaseException:
            self.stop()
            raise
        self._thread.start()

    def stop(self) -> None:
        """Finish running steps, then end threads and chain. Harmless when repeated."""
        self._stop.set()
        self._remind.set()
        if self._thread.is_alive():
            self._thread.join(timeout=STOP_SECONDS)
        if self._desk:
            self._desk.relayer.stop()
            self._desk.indexer.stop()
            self._desk.clock.stop()
        if self._chain:
            self._chain.stop()
        self.engine.dispose()
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
    def relayer_key(self) -> LocalAccount:
        """The relayer's key, from its encrypted file; made on first use."""
        password = _password(self.settings, self.home)

        def make(path: Path) -> None:
            keystore.save(path, EthereumSigner.create(), password)

        path = kept_file(self.home / "keys" / "relayer.json", make)
        return keystore.load(path, password).account

    def advance_to(self, moment: int) -> int:
        """Move a training area's clock to a moment, never back; the time afterwards (Unix seconds).

        Raises:
            ChainRefusedError: N-11, this is no training area.
        """
        with self._clock:
            seconds = moment - self.chain.now()
            if seconds > 0:
                self.chain.advance(seconds)
        return self.chain.now()

    def remind(self) -> None:
        """There may be work for the clerk."""
        self._remind.set()

    def is_ready(self) -> bool:
        """Whether orders are accepted and carried now."""
        desk = self._desk
        return bool(desk and desk.relayer.is_alive() and desk.indexer.is_alive() and self.chain.is_ready())

    def _open_desk(self) -> None:
        path = self.home / DEPLOYMENT_FILE
        if self._desk is not None or not path.exists():
            return
        deployment = Deployment.load(path)
        if deployment.chain_id != self.settings.chain_id:
            raise DeploymentError(f"部署属于另一条链 the contracts are on chain {deployment.chain_id}")
        queue = Queue(self.engine)
        waiting = Waiting(queue)
        projection = Projection(self.engine)
        tables = Tables(self.engine, projection)
        indexer = Indexer(self.chain, deployment, self.engine)
        desk = Desk(
            deployment=deployment,
            queue=queue,
            waiting=waiting,
            preview=Preview(self.chain, deployment),
            relayer=Relayer(self.chain, deployment, queue, self.relayer_key, waiting),
            indexer=indexer,
            tables=tables,
            clerk=Clerk(deployment, queue, tables, projection),
            projection=projection,
            reader=Reader(self.chain.rpc, deployment),
            clock=Clock(projection, Notices(self.engine), self.chain.now, lambda: indexer.block, self._noticed),
        )
        desk.relayer.start()
        desk.indexer.start()
        desk.clock.start()
        self._desk = desk
        log.info("contracts taken up", block=deployment.block)

    def _noticed(self, written: Sequence[Notice]) -> None:
        log.info("notices written", count=len(written), steps=sorted({notice.step for notice in written}))
        if any(notice.step == SURRENDER for notice in written):
            self.remind()

    def _run(self) -> None:
        seen = -1
        while not self._stop.is_set():
            is_reminded = self._remind.wait(CLERK_SECONDS)
            self._remind.clear()
            try:
                self._open_desk()
                if self._desk and (is_reminded or self._desk.indexer.block != seen):
                    block = self._desk.indexer.block
                    if self._desk.clerk.round(self.chain.now()):
                        self._desk.relayer.wake()
                    seen = block
            except Exception:
                log.exception("clerk's round failed, will be repeated")


def _password(settings: Settings, home: Path) -> str:
    """The relayer's password: from the settings, else a random one kept in a file only the owner can read."""
    if settings.relayer_password is not None:
        return settings.relayer_password.get_secret_value()
    return kept_secret(home / "keys" / "relayer.password", lambda: secrets.token_urlsafe(32).encode()).decode()
