"""The oracle process: collect, check, assemble, push, report; over and over until it is told to stop."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import structlog
from sqlalchemy.exc import OperationalError

from oracles.attestation import FactsReader, SignatureChecker
from oracles.attestation.examine import Examination, equivocators
from oracles.binding import bind_home
from oracles.desk import Desk, unix_now
from oracles.intake.inbox import Inbox
from oracles.keys import sender_key
from oracles.metrics import Metrics
from oracles.push import Backoff, ChainPort, Plan, Pusher, PushError, RpcPort, plan, rehearse
from oracles.settings import OracleSettings
from oracles.sources import SourceDesk
from oracles.store import PushStore, State, StatementStore, open_store
from oracles.store.statements import StaleStateError
from oracles.verification.counts import HELP, case_counts
from registry_sdk.deployment import Deployment
from registry_sdk.rpc import RpcClient, RpcError, RpcTransportError

log = structlog.get_logger()


@dataclass(frozen=True)
class Cycle:
    """What one cycle did. ``planned`` is what a dry run would have pushed, with how many the chain would accept."""

    collected: int
    settled: int
    planned: tuple[tuple[Plan, int], ...]
    is_complete: bool

    def to_json(self) -> dict[str, Any]:
        planned = [{"digests": list(p.digests), "would_accept": accepted} for p, accepted in self.planned]
        return {"collected": self.collected, "transactions": self.settled, "planned": planned}


@dataclass
class Oracle:
    """One oracle at work. :meth:`cycle` does everything once, :meth:`run` goes on until stopped."""

    settings: OracleSettings
    desk: Desk
    pushes: PushStore
    port: ChainPort
    pusher: Pusher | None
    inbox: Inbox
    metrics: Metrics
    sources: SourceDesk
    stopping: threading.Event = field(default_factory=threading.Event)
    _ready: bool = False

    @classmethod
    def open(
        cls,
        settings: OracleSettings,
        *,
        deployment: Deployment | None = None,
        port: ChainPort | None = None,
        now: Callable[[], int] = unix_now,
    ) -> Self:
        """An oracle for the settings.

        Args:
            deployment, port: given by whoever has them already; else read and built from the settings.

        Raises:
            DeploymentError, KeystoreError, OracleError: what is missing. A dry run needs no key.
        """
        settings.prepare_home()
        where = deployment or Deployment.load(settings.deployment)
        rpc = RpcClient(settings.rpc_url, timeout=settings.rpc_timeout)
        engine, metrics = open_store(settings.database), Metrics()
        bind_home(engine, where.chain_id, where.address("emissions").lower())
        desk = Desk(StatementStore(engine), FactsReader(rpc, where), SignatureChecker(rpc, where), now)
        inbox = Inbox(settings.inbox_folder, desk, metrics, settings.max_file_bytes, settings.inbox_grace)
        pushes, key = PushStore(engine), sender_key(settings)
        door = port or RpcPort(rpc)
        pusher = key and Pusher(
            port=door,
            deployment=where,
            store=pushes,
            key=key.account,
            metrics=metrics,
            now=now,
            confirmations=settings.confirmations,
            first=settings.backoff_first,
            most=settings.backoff_most,
        )
        metrics.is_live.set(settings.live)
        sources = SourceDesk(engine)
        metrics.count_sources(sources.counts)
        metrics.count_cases(HELP, lambda: case_counts(engine, now))
        return cls(settings, desk, pushes, door, pusher or None, inbox, metrics, sources)

    def is_ready(self) -> bool:
        """Whether the last cycle went through."""
        return self._ready

    def stop(self) -> None:
        """Finish the step at hand and end. Safe from a signal handler and from any thread."""
        self.stopping.set()

    def cycle(self, chosen: str | None = None) -> Cycle:
        """Do everything once.

        Args:
            chosen: push this statement alone, also where a rival statement is complete.

        Raises:
            RpcTransportError, RpcError, PushError, StaleStateError: try again later; nothing is lost.
            OracleError: ``chosen`` cannot be pushed.
        """
        collected = self.inbox.collect(self.stopping.is_set)
        found = [self.desk.examine_one(chosen)] if chosen else self.desk.examine_all()
        ready = [e for e in found if e.ready and (chosen or e.change.state == State.READY)]
        self._count(found)
        if not self.settings.live or self.pusher is None:
            return Cycle(collected, 0, tuple(self._dry_run(ready)), True)
        if not self.pusher.settle_open():
            return Cycle(collected, 0, (), False)
        settled = self._push(ready, forced=chosen is not None)
        self._count_states()
        return Cycle(collected, settled, (), self.pushes.pending() is None)

    def run(self) -> None:
        """Cycle until stopped; failures only make the pause longer."""
        backoff = Backoff(self.settings.backoff_first, self.settings.backoff_most)
        while not self.stopping.is_set():
            started = time.monotonic()
            try:
                done = self.cycle()
                pause = self.settings.poll_seconds
                self._ready = True
                backoff.succeeded()
                self.metrics.last_cycle.set(time.time())
                if done.collected or done.settled or done.planned:
                    log.info("cycle", **done.to_json())
            except StaleStateError as error:
                pause = self.settings.poll_seconds
                log.info("cycle_repeated", reason=str(error))
            except (RpcTransportError, RpcError, PushError, OperationalError, OSError) as error:
                self._ready = False
                pause = backoff.failed()
                self.metrics.failures.labels(kind=type(error).__name__).inc()
                log.error("cycle_failed", error=str(error), kind=type(error).__name__, pause=round(pause, 2))
            self.metrics.cycle_seconds.observe(time.monotonic() - started)
            self.stopping.wait(pause)
        log.info("stopped")

    def _push(self, ready: Sequence[Examination], *, forced: bool) -> int:
        """Push group after group, each checked against the newest block just before; returns how many settled."""
        settled = 0
        if self.pusher is None:
            return settled
        for planned in self._plan(ready):
            if self.stopping.is_set():
                break
            again = self.desk.examine_again(planned.digests)
            fresh = [e for e in again if e.ready and (forced or e.change.state == State.READY)]
            for part in self._plan(fresh):
                if not self.pusher.push(part):
                    return settled
                settled += 1
        return settled

    def _plan(self, ready: Sequence[Examination]) -> list[Plan]:
        return plan(self.desk.facts.deployment, ready, self.settings.batch)

    def _dry_run(self, ready: Sequence[Examination]) -> list[tuple[Plan, int]]:
        """What would be pushed, and of how many reports the chain says that it would accept them."""
        return [(each, rehearse(self.port, self.desk.facts.deployment, each)) for each in self._plan(ready)]

    def _count(self, found: Sequence[Examination]) -> None:
        self.metrics.inbox_files.set(self.inbox.waiting())
        contested = self.desk.store.contested()
        self.metrics.conflicts.set(len(contested))
        rivals = [record for key in contested for record in self.desk.store.rivals(*key)]
        self.metrics.equivocators.set(len(equivocators(rivals)))
        self._count_states()

    def _count_states(self) -> None:
        for state, number in self.desk.store.count().items():
            self.metrics.statements.labels(state=state).set(number)
