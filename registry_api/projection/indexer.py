"""Follow the chain and keep the projection: rows, events and history of each account, in one transaction a step.

Events alone decide. On start the state is folded from the first block to where the tables stand. If the block there is
not the one they were built on, or the tables do not hold what was folded, they are emptied and built anew; the same
happens when the chain changes its mind later. A step that fails leaves nothing behind, in tables or in memory.
"""

import asyncio
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import Connection, Engine, Table, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from registry_api.chain import Chain
from registry_api.store import write_transaction
from registry_api.store.projection_tables import (
    projection_events,
    projection_head,
    projection_history,
    projection_rows,
)
from registry_sdk.account_address import account_number
from registry_sdk.deployment import Deployment
from registry_sdk.projection.fetch import fetch_logs
from registry_sdk.projection.fold import fold_all
from registry_sdk.projection.logs import Log
from registry_sdk.projection.rows import Rows
from registry_sdk.projection.state import KEYS, State

log = structlog.get_logger()

POLL_SECONDS: Final = 0.2
RETRY_SECONDS: Final = 1.0
#: How often those who wait for a block look.
LOOK_SECONDS: Final = 0.02
#: Blocks folded in one step: bounds memory and the length of a transaction.
SPAN: Final = 2_000
#: Event fields that name an account.
ACCOUNT_FIELDS: Final = ("account", "to", "from", "beneficiary")

HEAD = Gauge("registry_projection_block", "Newest block in the projection")
LAG = Gauge("registry_projection_lag_blocks", "Blocks the projection is behind the chain")
EVENTS = Counter("registry_projection_events_total", "Events folded")
REBUILDS = Counter("registry_projection_rebuilds_total", "Times the tables were emptied and built anew")
FAILURES = Counter("registry_projection_failures_total", "Steps that failed and will be repeated")
FINDINGS = Gauge("registry_projection_findings", "Events that the rules do not allow: let the audit look")

TABLES: Final[tuple[Table, ...]] = (projection_head, projection_history, projection_events, projection_rows)


class HistoryChangedError(Exception):
    """The chain no longer has the block that the tables were built on."""


def key_text(key: Iterable[Any]) -> str:
    """Key of a row as text that sorts as the key does."""
    return "|".join(f"{part:020d}" if isinstance(part, int) else str(part) for part in key)


@dataclass
class Indexer:
    """The thread that follows."""

    chain: Chain
    deployment: Deployment
    engine: Engine

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)
        self._is_loaded = False
        self._forget()

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """End after the running step."""
        self._stop.set()
        self._thread.join(timeout=30)

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def block(self) -> int:
        """Newest block in the tables."""
        return self._block

    async def wait_for(self, block: int, seconds: float) -> bool:
        """Wait until the tables hold a block; False where they do not in time. No thread is held meanwhile."""
        deadline = time.monotonic() + seconds
        while self._block < block:
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(LOOK_SECONDS)
        return True

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                pause = 0.0 if self.step() else POLL_SECONDS
            except Exception:
                # Whatever it was, memory may be ahead of the tables now: it is folded again from what they hold.
                FAILURES.inc()
                log.exception("projection step failed, will be repeated")
                self._forget()
                pause = RETRY_SECONDS
            self._stop.wait(pause)

    def step(self) -> bool:
        """Take in the next blocks. True when there were any.

        Raises:
            HistoryChangedError: the chain has another history; the tables were emptied.
        """
        if not self._is_loaded:
            self._load()
            self._is_loaded = True
        newest = self.chain.head()
        head = newest.height
        LAG.set(max(0, head - self._block))
        if head < self._block:
            return False
        present = newest.block_hash if head == self._block else self._hash_of(self._block)
        if self._block_hash not in (None, present):
            self._empty()
            raise HistoryChangedError(f"block {self._block} was {self._block_hash}")
        if head == self._block:
            return False
        last = min(head, self._block + SPAN)
        block_hash = newest.block_hash if last == head else self._hash_of(last)
        logs = list(fetch_logs(self.chain.rpc, self.deployment, self._block + 1, last))
        fold_all(self._state, logs)
        with write_transaction(self.engine) as connection:
            self._write(connection, logs)
            connection.execute(delete(projection_head))
            connection.execute(insert(projection_head).values(id=1, block=last, block_hash=block_hash))
        self._take_up(last, block_hash)
        EVENTS.inc(len(logs))
        LAG.set(max(0, head - last))
        return True

    def _load(self) -> None:
        """Fold what the tables already hold; empty them where they hold something else."""
        with self.engine.connect() as connection:
            kept = connection.execute(select(projection_head)).one_or_none()
        if kept and self._is_known(kept.block, kept.block_hash):
            fold_all(self._state, fetch_logs(self.chain.rpc, self.deployment, self.deployment.block, kept.block))
            if self._counts() == (self._state.logs, sum(len(self._state.rows(kind)) for kind in KEYS)):
                self._take_up(kept.block, kept.block_hash)
                return
        if self._counts() != (0, 0):
            self._empty()
        self._forget()

    def _is_known(self, block: int, block_hash: str) -> bool:
        is_there = self.deployment.block <= block <= self.chain.head().height
        return is_there and self._hash_of(block) == block_hash

    def _empty(self) -> None:
        log.warning("the projection stands on another history and is built anew", block=self._block)
        with write_transaction(self.engine) as connection:
            for table in TABLES:
                connection.execute(delete(table))
        REBUILDS.inc()

    def _counts(self) -> tuple[int, int]:
        with self.engine.connect() as connection:
            events, rows = (
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (projection_events, projection_rows)
            )
        return int(events), int(rows)

    def _forget(self) -> None:
        """Start from nothing: the next step loads."""
        self._state = State(self.deployment)
        self._block = self.deployment.block - 1
        self._block_hash: str | None = None
        self._is_loaded = False

    def _take_up(self, block: int, block_hash: str) -> None:
        self._forget_touched()
        self._block, self._block_hash = block, block_hash
        HEAD.set(block)
        FINDINGS.set(len(self._state.findings))

    def _hash_of(self, block: int) -> str:
        found = self.chain.rpc.call("eth_getBlockByNumber", hex(block), False)
        return str(found["hash"])

    def _forget_touched(self) -> None:
        for kind in KEYS:
            self._state.rows(kind).touched.clear()

    def _write(self, connection: Connection, logs: list[Log]) -> None:
        rows = []
        for kind, names in KEYS.items():
            found: Rows[Any] = self._state.rows(kind)
            for key in found.touched:
                named = dict(zip(names, key, strict=True))
                value = asdict(found[key])
                account = named.get("account", value.get("account"))
                rows.append(
                    {
                        "kind": kind,
                        "key": key_text(key),
                        "account": account,
                        "year": named.get("year"),
                        "value": {**named, **value},
                    }
                )
        if rows:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            upsert = dialect.insert(projection_rows)
            changed = {name: upsert.excluded[name] for name in ("account", "year", "value")}
            connection.execute(upsert.on_conflict_do_update(index_elements=["kind", "key"], set_=changed), rows)
        if logs:
            connection.execute(insert(projection_events), [_event_row(entry) for entry in logs])
        history = [
            {"account": account, "block": entry.block, "log_index": entry.index}
            for entry in logs
            for account in _accounts_of(entry)
        ]
        if history:
            connection.execute(insert(projection_history), history)


def _event_row(entry: Log) -> dict[str, Any]:
    return {
        "block": entry.block,
        "log_index": entry.index,
        "timestamp": entry.timestamp,
        "transaction": entry.transaction,
        "contract": entry.source,
        "event": entry.name,
        "fields": entry.fields,
    }


def _accounts_of(entry: Log) -> set[int]:
    values = (entry.fields.get(name) for name in ACCOUNT_FIELDS)
    accounts = {value for value in values if isinstance(value, int)}
    # ERC-1155 movements name accounts by their addresses.
    addresses = (entry.fields.get(name) for name in ("from", "to"))
    named = (account_number(value) for value in addresses if isinstance(value, str))
    return (accounts | {number for number in named if number is not None}) - {0}
