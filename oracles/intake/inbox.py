"""Statement files in a folder.

A file that was taken in goes to ``accepted``, a file with anything refused to ``refused`` beside a ``.reason.json``
that says why; both lie in the inbox, so a move is one rename and a file is never lost. A file is moved only after
what it brings is stored: after a crash it is simply read again. Names with a leading dot, and names ending in
``.part`` or ``.tmp``, are left to their writers.
"""

import hashlib
import itertools
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import structlog

from oracles.desk import Receipt
from oracles.metrics import Metrics
from oracles.reception import Reception
from oracles.refusals import OracleError, explain, refuse
from oracles.store.records import Outcome

log = structlog.get_logger()

UNFINISHED: Final = (".part", ".tmp")
KINDS: Final = {
    stat.S_IFLNK: "symbolic link",
    stat.S_IFDIR: "folder",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}
#: Folders that the inbox itself makes.
ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
MAX_NAME: Final = 200
#: Files in one round, so that pushing goes on beside a full inbox.
ROUND: Final = 400
#: Files whose documents are filed together: one look at the chain and one step in the database for all of them.
PORTION: Final = 100


@dataclass(frozen=True)
class Inbox:
    """One folder and where its files go.

    Args:
        grace: seconds for which a file that does not parse may still be in writing.
    """

    folder: Path
    reception: Reception
    metrics: Metrics
    grace: float

    def collect(self, is_stopping: Callable[[], bool] = bool) -> int:
        """Take in the files that are there, a few hundred at most; returns how many were moved.

        Args:
            is_stopping: asked before each portion of files; True ends the round.

        Raises:
            RpcTransportError: the chain does not answer; the files stay where they are.
        """
        moved = 0
        paths = list(itertools.islice(self._entries(), ROUND))
        for start in range(0, len(paths), PORTION):
            if is_stopping():
                break
            moved += self._take(paths[start : start + PORTION])
        return moved

    def waiting(self) -> int:
        """Files that are not taken in yet."""
        return sum(1 for _ in self._entries())

    def _entries(self) -> Iterator[Path]:
        try:
            paths = sorted(self.folder.iterdir())
        except OSError as error:
            log.error("inbox_unreadable", error=error.strerror)
            return
        for path in paths:
            name = path.name
            if name not in (ACCEPTED, REFUSED) and not name.startswith(".") and not name.endswith(UNFINISHED):
                yield path

    def _take(self, paths: Sequence[Path]) -> int:
        """File what the files bring, then move them; returns how many were moved."""
        moved, papers = 0, {}
        for path in paths:
            with _leaving(path):
                try:
                    papers[path] = self.reception.read(self._read(path))
                except FileNotFoundError:
                    continue
                except OracleError as error:
                    moved += self._turn_away(path, error.outcome)
        receipts = self.reception.file(list(papers.values()))
        for path, receipt in zip(papers, receipts, strict=True):
            with _leaving(path):
                self._put_away(path, receipt)
                moved += 1
        return moved

    def _turn_away(self, path: Path, refused: Outcome) -> int:
        if refused.error in ("NotJson", "NotStatement", "NotEvidence") and self._may_be_in_writing(path):
            return 0
        self._set_aside(path, [refused])
        return 1

    def _put_away(self, path: Path, receipt: Receipt) -> None:
        if receipt.is_accepted:
            self._move(path, ACCEPTED)
            log.info("statement_received", source="inbox", file=_shown(path), **_summary(receipt))
        else:
            self._set_aside(path, list(receipt.refused), receipt)

    def _read(self, path: Path) -> bytes:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise refuse("NotRegularFile", kind=KINDS.get(stat.S_IFMT(found.st_mode), "other"))
        if found.st_size > self.reception.max_bytes:
            raise refuse("TooLarge", size=found.st_size, limit=self.reception.max_bytes)
        # The name may have become a link or a pipe since: neither is followed nor waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(self.reception.max_bytes + 1)

    def _may_be_in_writing(self, path: Path) -> bool:
        return 0 <= time.time() - path.lstat().st_mtime < self.grace

    def _set_aside(self, path: Path, refused: list[Outcome], receipt: Receipt | None = None) -> None:
        shown = [explain(outcome) for outcome in refused]
        reason: dict[str, Any] = {"file": _shown(path), "refusals": [each.to_json() for each in shown]}
        if receipt:
            reason |= _summary(receipt)
        target = self._move(path, REFUSED)
        target.with_name(target.name + ".reason.json").write_bytes(orjson.dumps(reason, option=orjson.OPT_INDENT_2))
        for each in shown:
            self.metrics.refusals.labels(rule=each.rule, source="inbox").inc()
        log.warning("statement_refused", source="inbox", **reason)

    def _move(self, path: Path, folder: str) -> Path:
        goal = self.folder / folder
        goal.mkdir(mode=0o700, exist_ok=True)
        name = _bounded(path.name)
        target, number = goal / name, 1
        while os.path.lexists(target):
            target, number = goal / f"{number}-{name}", number + 1
        path.rename(target)
        return target


@contextmanager
def _leaving(path: Path) -> Iterator[None]:
    """A file that cannot be read or moved stays where it is; the others go on."""
    try:
        yield
    except OSError as error:
        log.error("inbox_file_left", file=_shown(path), error=error.strerror)


def _bounded(name: str) -> str:
    """The name, shortened where a prefix and ``.reason.json`` would not fit beside it."""
    encoded = os.fsencode(name)
    if len(encoded) <= MAX_NAME:
        return name
    return os.fsdecode(encoded[:MAX_NAME]) + "-" + hashlib.sha256(encoded).hexdigest()[:8]


def _shown(path: Path) -> str:
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def _summary(receipt: Receipt) -> dict[str, Any]:
    state = receipt.record.state.value if receipt.record else None
    return {"digest": receipt.digest, "state": state, "new_signatures": receipt.added}
