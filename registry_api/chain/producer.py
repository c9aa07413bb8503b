"""The one thread that owns the node: makes blocks, watches the child, restarts it, takes snapshots."""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from registry_api.chain.clock import Clock
from registry_api.chain.errors import ChainError, ChainUnavailableError, NodeError, TxRefusedError
from registry_api.chain.journal import Journal
from registry_api.chain.node import AnvilNode
from registry_api.chain.planning import Plan, Planner, Submission
from registry_api.chain.protocol import Head
from registry_api.chain.recovery import restore
from registry_api.chain.sealing import Sealed, seal
from registry_api.chain.snapshot import SnapshotStore
from registry_api.chain.transactions import tx_hash
from registry_sdk.rpc import RpcError, RpcTransportError

log = logging.getLogger(__name__)
MAX_BLOCK_TXS: Final = 4_000
MAX_BLOCK_BYTES: Final = 64 * 1024 * 1024
WATCH_INTERVAL: Final = 0.1
MAX_RETRY_DELAY: Final = 5.0
FIRST_START_ATTEMPTS: Final = 5
RESTARTABLE: Final = (NodeError, RpcTransportError, RpcError, SQLAlchemyError)


class Producer(threading.Thread):
    """Runs from ``start()`` to ``finish()``. Submissions come in groups that share a block if they fit."""

    def __init__(
        self, start_node: Callable[[], AnvilNode], journal: Journal, snapshots: SnapshotStore, clock: Clock, every: int
    ) -> None:
        super().__init__(name="chain-producer", daemon=True)
        self._start_node = start_node
        self._journal = journal
        self._snapshots = snapshots
        self._clock = clock
        self._snapshot_every = every
        self._planner = Planner()
        self._queue: queue.SimpleQueue[Sequence[Submission]] = queue.SimpleQueue()
        self._held: Sequence[Submission] = ()
        self._current: Sequence[Submission] = ()
        self._closing = threading.Event()
        self._admission = threading.Lock()
        self._node: AnvilNode | None = None
        self._snapshot_height = 0
        self.ready = threading.Event()
        self.settled = threading.Event()
        self.failure: ChainError | None = None
        self.restarts = -1
        self.head = Head(0, "", 0)

    def submit(self, group: Sequence[Submission]) -> None:
        """Queue a group; its futures are answered later. Raises what stopped the producer."""
        with self._admission:
            if self.failure or self._closing.is_set():
                raise self.failure or ChainUnavailableError("the chain is stopped")
            self._queue.put(group)

    def finish(self) -> None:
        """Answer what is queued, take a snapshot, end the node."""
        self._closing.set()
        self.join()

    def node(self) -> AnvilNode | None:
        """The running node; None while there is none."""
        return self._node if self.ready.is_set() else None

    def suspect(self, url: str) -> None:
        """A request got no answer: if the node is dead, hold readers back until its successor is ready."""
        node = self.node()
        if node is not None and node.url == url and node.ended_within(0.2) and self._node is node:
            self.ready.clear()

    def run(self) -> None:
        failure: ChainError = ChainUnavailableError("the chain is stopped")
        try:
            self._recover()
            while True:
                group = self._take()
                if not (self._node and self._node.alive()):
                    self._recover()
                self.ready.set()  # a reader's late suspicion may have cleared it
                if group:
                    self._produce(group)
                elif self._closing.is_set() and self._queue.empty():
                    self._snapshot()
                    return
        except ChainError as error:
            failure = error
            if not self._closing.is_set():
                log.critical("the chain stops: %s", error)
        except Exception:
            failure = ChainUnavailableError("the chain stopped after an unexpected error")
            log.exception("the chain stops")
        finally:
            self._shut(failure)

    def _take(self) -> list[Submission]:
        """Everything that waits and fits into one block; empty after a short while without work."""
        group = list(self._held)
        self._held = ()
        try:
            group = group or list(self._queue.get(timeout=WATCH_INTERVAL))
            while True:
                more = self._queue.get_nowait()
                if not _fits([*group, *more]):
                    self._held = more
                    break
                group += more
        except queue.Empty:
            pass
        self._current = group
        return group

    def _produce(self, group: Sequence[Submission]) -> None:
        plan = self._plan(group)
        for submission, error in plan.refused:
            submission.done.set_exception(error)
        ticks = [submission for submission in plan.waiting if not submission.txs]
        refused: dict[str, TxRefusedError] = {}
        height = self.head.height + 1
        try:
            if plan.txs:
                refused = self._make_block(plan, height)
            if ticks and self.head.height < height:
                self._make_block(Plan(), height)
        except ChainError as error:
            _answer_all(plan.waiting, error)
            if not isinstance(error, ChainUnavailableError) or self._closing.is_set():
                raise
            return
        for submission in plan.waiting:
            errors = [refused[tx.hash] for tx in submission.txs if tx.hash in refused]
            submission.done.set_exception(errors[0]) if errors else submission.done.set_result(None)
        if self.head.height - self._snapshot_height >= self._snapshot_every:
            self._snapshot()

    def _plan(self, group: Sequence[Submission]) -> Plan:
        while True:
            try:
                return self._planner.plan(self._running().rpc, group)
            except RESTARTABLE as error:
                log.warning("the node failed before a block: %s", error)
                try:
                    self._recover()
                except ChainError as fatal:
                    _answer_all(group, fatal)
                    raise

    def _make_block(self, plan: Plan, height: int) -> dict[str, TxRefusedError]:
        timestamp = max(self._clock.now(), self.head.timestamp)
        try:
            row = self._journal.begin(height, timestamp, [tx.raw for tx in plan.txs.values()])
            sealed: Sealed | None = seal(self._running(), self._journal, row)
        except RESTARTABLE as error:
            log.warning("the node or the database failed during block %d: %s", height, error)
            sealed = self._recover()
            return self._outcome(plan, height, sealed)
        if sealed and sealed.head:
            self.head = sealed.head
        if sealed and sealed.refused:
            self._planner.forget()
        return sealed.refused if sealed else {}

    def _outcome(self, plan: Plan, height: int, sealed: Sealed | None) -> dict[str, TxRefusedError]:
        """After a restart the journal alone says what became of a block."""
        row = next(self._journal.rows(above=height - 1, until=height), None)
        refused = sealed.refused if sealed else {}
        included = {tx_hash(raw) for raw in row.raws} if row else set()
        if any(known not in included and known not in refused for known in plan.txs) or (not row and not plan.txs):
            raise ChainUnavailableError("the block could not be stored; send the same transactions again")
        return refused

    def _recover(self) -> Sealed | None:
        """Restart and rebuild until it works; the outcome of a pending row, if there was one."""
        self.ready.clear()
        delay = 0.05
        attempt = 0
        while True:
            attempt += 1
            if self._node:
                self._node.kill()
                self._node = None
            try:
                restored = restore(self._start_node, self._journal, self._snapshots)
            except RESTARTABLE as error:
                log.warning("the chain cannot be restored yet: %s", error)
                if self.restarts < 0 and attempt == FIRST_START_ATTEMPTS:
                    raise ChainUnavailableError(f"the chain does not start: {error}") from error
                if self._closing.wait(delay):
                    raise ChainUnavailableError("stopped while recovering; send the same transactions again") from error
                delay = min(delay * 2, MAX_RETRY_DELAY)
                continue
            self._node, self.head, self._snapshot_height = restored.node, restored.head, restored.snapshot_height
            self._planner.forget()
            self.restarts += 1
            self.ready.set()
            self.settled.set()
            return restored.pending

    def _snapshot(self) -> None:
        """A failed snapshot costs time at the next start, nothing else."""
        if self.head.height == self._snapshot_height:
            return
        try:
            self._snapshots.save(self.head.height, self.head.block_hash, self._running().dump_state())
        except (OSError, *RESTARTABLE) as error:
            log.warning("no snapshot of block %d: %s", self.head.height, error)
        self._snapshot_height = self.head.height

    def _running(self) -> AnvilNode:
        if self._node is None:
            raise NodeError("no node is running")
        return self._node

    def _shut(self, failure: ChainError) -> None:
        with self._admission:
            self.failure = failure
        self.ready.clear()
        if self._node:
            self._node.kill()
        groups = [self._current, self._held]
        while not self._queue.empty():
            groups.append(self._queue.get_nowait())
        for group in groups:
            _answer_all(group, failure)
        self.settled.set()


def _fits(group: Sequence[Submission]) -> bool:
    txs = [tx for submission in group for tx in submission.txs]
    return len(txs) <= MAX_BLOCK_TXS and sum(len(tx.raw) for tx in txs) <= MAX_BLOCK_BYTES


def _answer_all(group: Sequence[Submission], error: ChainError) -> None:
    for submission in group:
        if not submission.done.done():
            submission.done.set_exception(error)
