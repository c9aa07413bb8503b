"""Clients that wait for their documents. Nobody holds a thread, a lock or a connection while waiting."""

import asyncio
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Final

from anyio.to_thread import run_sync

from registry_api.outbox.queue import SETTLED, Queue, Submission

#: More clients than this get the present state at once and ask again.
MAX_WAITING: Final = 2_000
#: Another process may settle a document without telling this one, so the table is looked at again after this time.
LOOK_SECONDS: Final = 1.0


class Waiting:
    """Who waits for which submission.

    Args:
        queue: where submissions are kept.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._lock = threading.Lock()
        self._bells: dict[str, set[Future[None]]] = {}
        self._count = 0

    async def settled(self, id_: str, seconds: float) -> Submission | None:
        """The submission once it is settled, or as it is after ``seconds``; None where it is unknown."""
        deadline = time.monotonic() + seconds
        while True:
            bell = self._watch(id_)
            try:
                found = await run_sync(self._queue.get, id_)
                rest = deadline - time.monotonic()
                if bell is None or rest <= 0 or found is None or found.state in SETTLED:
                    return found
                await asyncio.wait([asyncio.wrap_future(bell)], timeout=min(rest, LOOK_SECONDS))
            finally:
                self._forget(id_, bell)

    def tell(self, ids: Iterable[str]) -> None:
        """These submissions are settled; called from any thread, after the commit."""
        with self._lock:
            bells = [bell for id_ in ids for bell in self._bells.pop(id_, ())]
        for bell in bells:
            if bell.set_running_or_notify_cancel():
                bell.set_result(None)

    def _watch(self, id_: str) -> Future[None] | None:
        with self._lock:
            if self._count >= MAX_WAITING:
                return None
            bell: Future[None] = Future()
            self._bells.setdefault(id_, set()).add(bell)
            self._count += 1
            return bell

    def _forget(self, id_: str, bell: Future[None] | None) -> None:
        if bell is None:
            return
        with self._lock:
            self._count -= 1
            others = self._bells.get(id_, set()) - {bell}
            if others:
                self._bells[id_] = others
            else:
                self._bells.pop(id_, None)
