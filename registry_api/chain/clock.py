"""What time it is for the next block: Unix seconds."""

import threading
import time
from typing import Protocol

from sqlalchemy import Connection, Engine, insert, select, update

from registry_api.chain.errors import ChainRefusedError
from registry_api.store.chain_tables import chain_clock
from registry_api.store.engine import write_transaction


class Clock(Protocol):
    """Source of block times. ``advance`` moves it forward where that is allowed."""

    def now(self) -> int:
        """Unix seconds."""

    def advance(self, seconds: int) -> int:
        """Move forward by whole seconds; the new time. Raises ChainRefusedError N-11 when not allowed."""


class WallClock:
    """The machine's clock; cannot be moved."""

    def now(self) -> int:
        return int(time.time())

    def advance(self, seconds: int) -> int:
        raise ChainRefusedError("N-11")


class SandboxClock:
    """The machine's clock plus an offset kept in the database, which only grows: for training areas.

    Args:
        start: where the clock of a fresh training area begins, Unix seconds, also in the past; the machine's time
            when absent. Once an offset is kept it has no effect.
    """

    def __init__(self, engine: Engine, start: int | None = None) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        with write_transaction(engine) as connection:
            offset = _stored_offset(connection)
            if offset is None:
                offset = 0 if start is None else start - int(time.time())
                connection.execute(insert(chain_clock).values(id=1, offset_seconds=offset))
        self._offset = offset

    def now(self) -> int:
        return int(time.time()) + self._offset

    def advance(self, seconds: int) -> int:
        _require_forward(seconds)
        with self._lock, write_transaction(self._engine) as connection:
            offset = (_stored_offset(connection) or 0) + seconds
            connection.execute(update(chain_clock).values(offset_seconds=offset))
        self._offset = offset
        return self.now()


class ManualClock:
    """Stands still until advanced; for demonstrations and tests that need repeatable times."""

    def __init__(self, start: int) -> None:
        self._now = start

    def now(self) -> int:
        return self._now

    def advance(self, seconds: int) -> int:
        _require_forward(seconds)
        self._now += seconds
        return self._now


def _stored_offset(connection: Connection) -> int | None:
    return connection.execute(select(chain_clock.c.offset_seconds)).scalar()


def _require_forward(seconds: int) -> None:
    if seconds <= 0:
        raise ChainRefusedError("N-11", f"{seconds} s")
