"""Follow the chain and keep the projection: rows, events and history of each account, in one transaction a step.

Events alone decide. On start the state is folded from the first block to where the tables stand; if the block there is
not the one they were built on, the tables are emptied and built anew. A step that dies half way leaves nothing behind.
"""

import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from registry_api.chain import Chain, ChainError
from registry_api.store import write_transaction
from registry_api.store.projection_tables import (
    projection_events,
    projection_head,
    projection_history,
    projection_rows,
)
from registry_sdk.deployment import Deployment
from registry_sdk.projection.fetch import fetch_logs
from registry_sdk.projection.fold import fold_all
from registry_sdk.projection.logs import Log
from registry_sdk.projection.rows import Rows
from registry_sdk.projection.state import KEYS, State
from registry_sdk.rpc import RpcError, RpcTransportError

log = structlog.get_logger()

POLL_SECONDS: Final = 0.2
RETRY_SECONDS: Final = 1.0
#: Blocks folded in one step: bounds memory and the length of a transaction.
SPAN: Final = 2_000
#: Event fields that name an account.
ACCOUNT_FIELDS: Final = ("account", "to", "from", "beneficiary")

HEAD = Gauge("registry_projection_block", "Newest block in the projection")
LAG = Gauge("registry_projection_lag_blocks", "Blocks the projection is behind the chain")
EVENTS = Counter("registry_projection_events_total", "Events folded")


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
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)
        self._state = State(self.deployment)
        self._block = self.deployment.block - 1
        self._loaded = False

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

    def wait_for(self, block: int, seconds: float) -> bool:
        """Wait until the projection holds a block."""
        with self._changed:
            return self._changed.wait_for(lambda: self._block >= block, timeout=seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                pause = 0.0 if self.step() else POLL_SECONDS
            except (ChainError, RpcTransportError, RpcError) as error:
                log.warning("projection step failed, will be repeated", error=str(error))
                pause = RETRY_SECONDS
            self._stop.wait(pause)

    def step(self) -> bool:
        """Take in the next blocks. True when there were any."""
        if not self._loaded:
            self._load()
        head = self.chain.head().height
        LAG.set(max(0, head - self._block))
        if head <= self._block:
            return False
        last = min(head, self._block + SPAN)
        block_hash = self._hash_of(last)
        logs = list(fetch_logs(self.chain.rpc, self.deployment, self._block + 1, last))
        fold_all(self._state, logs)
        with write_transaction(self.engine) as connection:
            self._write(connection, logs)
            connection.execute(delete(projection_head))
            connection.execute(insert(projection_head).values(id=1, block=last, block_hash=block_hash))
        self._forget_touched()
        EVENTS.inc(len(logs))
        HEAD.set(last)
        with self._changed:
            self._block = last
            self._changed.notify_all()
        return True

    def _load(self) -> None:
        """Fold what the tables already hold; empty them where they were built on another history."""
        with self.engine.connect() as connection:
            kept = connection.execute(select(projection_head)).one_or_none()
        if kept is not None and kept.block >= self.deployment.block:
            is_same = kept.block <= self.chain.head().height and self._hash_of(kept.block) == kept.block_hash
            if is_same:
                fold_all(self._state, fetch_logs(self.chain.rpc, self.deployment, self.deployment.block, kept.block))
                self._forget_touched()
                self._block = kept.block
            else:
                log.warning("the projection stands on another history and is built anew", block=kept.block)
                with write_transaction(self.engine) as connection:
                    for table in (projection_head, projection_history, projection_events, projection_rows):
                        connection.execute(delete(table))
        self._loaded = True

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
    # ERC-1155 movements name accounts by their addresses: the letters of the registry and the number.
    for value in (entry.fields.get("from"), entry.fields.get("to")):
        if isinstance(value, str) and value.startswith(ACCOUNT_PREFIX):
            accounts.add(int(value[len(ACCOUNT_PREFIX) :], 16))
    return accounts - {0}


ACCOUNT_PREFIX: Final = "0x" + b"CEA-REGISTRY".hex()
