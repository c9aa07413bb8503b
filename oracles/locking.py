"""One process at a time works in a home folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class HomeLockedError(Exception):
    """Another oracle process owns the home folder."""

    def __init__(self) -> None:
        super().__init__(
            "另一个 oracle 进程正在使用此目录，先停止它 / another oracle process uses this home folder: stop it first"
        )


@contextmanager
def locked_home(home: Path, name: str = "oracle.lock") -> Iterator[None]:
    """Own ``home`` while inside, for the task that ``name`` stands for; the system frees it however the process ends.

    Raises:
        HomeLockedError: another process owns it.
    """
    handle = os.open(home / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeLockedError from None
        yield
    finally:
        os.close(handle)
