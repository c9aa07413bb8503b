"""The embedded chain: Anvil as a private child, made durable by the journal."""

import fcntl
import os
from collections.abc import Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Final, Self

from sqlalchemy import Engine

from registry_api.chain.admission import AdmissionPolicy
from registry_api.chain.clock import Clock, SandboxClock, WallClock
from registry_api.chain.errors import (
    ChainLockedError,
    ChainRefusedError,
    ChainUnavailableError,
    TxRefusedError,
)
from registry_api.chain.journal import Journal
from registry_api.chain.node import AnvilNode
from registry_api.chain.planning import Submission
from registry_api.chain.producer import Producer
from registry_api.chain.protocol import Head
from registry_api.chain.snapshot import SnapshotStore
from registry_api.settings import Settings
from registry_sdk.rpc import RpcClient

MAX_CALL_TXS: Final = 2_000
MAX_CALL_BYTES: Final = 32 * 1024 * 1024
SEND_PATIENCE: Final = 120.0
READ_PATIENCE: Final = 30.0
READ_ATTEMPTS: Final = 4


class EmbeddedChain:
    """A :class:`~registry_api.chain.protocol.Chain` in this process.

    Args:
        settings: home, chain id, genesis time, snapshot interval, lists of senders and deployers, sandbox.
        engine: migrated database (see :func:`registry_api.store.migrate`).
        clock: block times; by default the machine's clock, in a sandbox one that can be advanced.

    One process at a time owns a home directory (ChainLockedError for the second).
    """

    def __init__(self, settings: Settings, engine: Engine, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or (SandboxClock(engine, settings.sandbox_start) if settings.sandbox else WallClock())
        self.policy = AdmissionPolicy.of(settings.chain_id, settings.allowed_senders, settings.allowed_deployers)
        self._lock_handle: int | None = None
        self._producer = Producer(
            self._start_node, Journal(engine), SnapshotStore(settings.snapshots), self._clock, settings.snapshot_every
        )
        self._rpc = RpcClient(_Endpoint(self._producer), attempts=READ_ATTEMPTS)

    def start(self) -> Self:
        """Recover and begin to work. Raises ChainIntegrityError or ChainLockedError."""
        self._lock()
        self._producer.start()
        self._producer.settled.wait()
        if self._producer.failure:
            failure = self._producer.failure
            self.stop()
            raise failure
        return self

    def stop(self) -> None:
        """Finish what is queued, take a snapshot, end the node. Harmless when repeated."""
        if self._producer.is_alive():
            self._producer.finish()
        self._rpc.close()
        if self._lock_handle is not None:
            os.close(self._lock_handle)
            self._lock_handle = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def rpc(self) -> RpcClient:
        """Reads; waits up to 30 s while the node is being restarted, then ChainUnavailableError."""
        return self._rpc

    @property
    def node_pid(self) -> int | None:
        """Process id of the node, None while there is none."""
        node = self._producer.node()
        return node.pid if node else None

    @property
    def restarts(self) -> int:
        """How often the node had to be restarted since :meth:`start`: a metric."""
        return max(self._producer.restarts, 0)

    def is_ready(self) -> bool:
        """True when reads and transactions are answered now."""
        return self._producer.ready.is_set()

    def head(self) -> Head:
        """Newest block whose hash is in the journal."""
        return self._producer.head

    def now(self) -> int:
        """Unix seconds the next block would carry; never below the head's."""
        return max(self._clock.now(), self._producer.head.timestamp)

    def send_raw(self, raws: Sequence[bytes]) -> list[str]:
        """See :meth:`Chain.send_raw <registry_api.chain.protocol.Chain.send_raw>`; bounded by N-10."""
        submission = Submission(tuple(self.policy.admit(raw) for raw in _bounded(raws)))
        if submission.txs:
            self._await([submission])
        return [tx.hash for tx in submission.txs]

    def send_each(self, raws: Sequence[bytes]) -> list[str | TxRefusedError]:
        """See :meth:`Chain.send_each <registry_api.chain.protocol.Chain.send_each>`; they share a block."""
        outcomes: list[Submission | TxRefusedError] = []
        for raw in _bounded(raws):
            try:
                outcomes.append(Submission((self.policy.admit(raw),)))
            except TxRefusedError as error:
                outcomes.append(error)
        return self._settle(outcomes)

    def advance(self, seconds: int) -> Head:
        """Sandbox only: move the clock and make an empty block, so that contract views see the new time."""
        self._clock.advance(seconds)
        return self.tick()

    def tick(self) -> Head:
        """Make an empty block at the present time: contract views answer with the time of the newest block."""
        self._await([Submission(())])
        return self.head()

    def _settle(self, outcomes: Sequence[Submission | TxRefusedError]) -> list[str | TxRefusedError]:
        submissions = [outcome for outcome in outcomes if isinstance(outcome, Submission)]
        if submissions:
            self._producer.submit(submissions)
        return [_result(outcome) if isinstance(outcome, Submission) else outcome for outcome in outcomes]

    def _await(self, submissions: list[Submission]) -> None:
        self._producer.submit(submissions)
        for submission in submissions:
            _wait(submission)

    def _start_node(self) -> AnvilNode:
        home = self._settings.home
        return AnvilNode(self._settings.chain_id, self._settings.genesis_time, home / "node.log")

    def _lock(self) -> None:
        home = self._settings.prepare_home()
        handle = os.open(home / "chain.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise ChainLockedError("another process owns this chain; stop it or use another home") from error
        self._lock_handle = handle


class _Endpoint:
    """Where the node is now; readers wait here during a restart."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    def url(self) -> str:
        if self._producer.ready.wait(READ_PATIENCE if not self._producer.failure else 0):
            node = self._producer.node()
            if node is not None:
                return node.url
        raise self._producer.failure or ChainUnavailableError("the chain is starting or recovering; try again")

    def failed(self, url: str) -> None:
        self._producer.suspect(url)


def _bounded(raws: Sequence[bytes]) -> Sequence[bytes]:
    size = sum(map(len, raws))
    if len(raws) > MAX_CALL_TXS or size > MAX_CALL_BYTES:
        raise ChainRefusedError("N-10", f"{len(raws)} transactions, {size} bytes")
    return raws


def _wait(submission: Submission) -> None:
    try:
        submission.done.result(SEND_PATIENCE)
    except FutureTimeoutError as error:
        raise ChainUnavailableError("no outcome yet; send the same transactions again") from error


def _result(submission: Submission) -> str | TxRefusedError:
    try:
        _wait(submission)
    except TxRefusedError as error:
        return error
    return submission.txs[0].hash
