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
from oracles.evidence.desk import EvidenceDesk
from oracles.evidence.facts import EvidenceFactsReader
from oracles.intake.inbox import Inbox
from oracles.keys import sender_key
from oracles.metrics import Metrics
from oracles.push import Backoff, ChainPort, Plan, Pusher, PushError, Ready, RpcPort, plan, rehearse
from oracles.reception import Reception
from oracles.settings import OracleSettings
from oracles.sources import SourceDesk
from oracles.store import PushStore, State, StatementStore, open_store
from oracles.store.evidence import EvidenceStore
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
    reception: Reception
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
        checker = SignatureChecker(rpc, where)
        desk = Desk(StatementStore(engine), FactsReader(rpc, where), checker, now)
        evidence = EvidenceDesk(EvidenceStore(engine), EvidenceFactsReader(rpc, where), checker, now)
        reception = Reception(desk, evidence, settings.max_file_bytes)
        inbox = Inbox(settings.inbox_folder, reception, metrics, settings.inbox_grace)
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
        return cls(settings, reception, pushes, door, pusher or None, inbox, metrics, sources)

    @property
    def desk(self) -> Desk:
        """The desk for statements of emissions."""
        return self.reception.desk

    @property
    def evidence(self) -> EvidenceDesk:
        """The desk for statements of evidence."""
        return self.reception.evidence

    def is_ready(self) -> bool:
        """Whether the last cycle went through."""
        return self._ready

    def stop(self) -> None:
        """Finish the step at hand and end. Safe from a signal handler and from any thread."""
        self.stopping.set()

    def cycle(self, chosen: str | None = None) -> Cycle:
        """Do everything once.

        Args:
            chosen: push this statement of either kind alone, also where a rival statement is complete.

        Raises:
            RpcTransportError, RpcError, PushError, StaleStateError: try again later; nothing is lost.
            OracleError: ``chosen`` cannot be pushed.
        """
        collected = self.inbox.collect(self.stopping.is_set)
        ready = self._examine(chosen)
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

    def _examine(self, chosen: str | None) -> list[Ready]:
        """What can be pushed: statements of emissions first, then those of evidence."""
        if chosen is not None and self.evidence.knows(chosen):
            return [self.evidence.ready_one(chosen)]
        found = [self.desk.examine_one(chosen)] if chosen else self.desk.examine_all()
        evidence = [] if chosen else self.evidence.ready()
        self._count(found)
        return [*self._to_push(found, forced=chosen is not None), *evidence]

    def _to_push(self, found: Sequence[Examination], *, forced: bool) -> list[Ready]:
        return self.desk.to_push(e for e in found if forced or e.change.state == State.READY)

    def _push(self, ready: Sequence[Ready], *, forced: bool) -> int:
        """Push group after group, each checked against the newest block just before; returns how many settled."""
        settled = 0
        if self.pusher is None:
            return settled
        for planned in self._plan(ready):
            if self.stopping.is_set():
                break
            digests = planned.digests
            fresh = self._to_push(self.desk.examine_again(digests), forced=forced)
            for part in self._plan([*fresh, *self.evidence.ready_again(digests, forced=forced)]):
                if not self.pusher.push(part):
                    return settled
                settled += 1
        return settled

    def _plan(self, ready: Sequence[Ready]) -> list[Plan]:
        return plan(self.desk.facts.deployment, ready, self.settings.batch)

    def _dry_run(self, ready: Sequence[Ready]) -> list[tuple[Plan, int]]:
        """What would be pushed, and of how many documents the chain says that it would accept them."""
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
        for state, number in self.evidence.store.count().items():
            self.metrics.evidence.labels(state=state).set(number)
