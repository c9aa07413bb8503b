"""Secrets that the service makes for itself on first use and keeps in its home, readable by its owner only."""

import os
from collections.abc import Callable
from pathlib import Path


def kept_file(path: Path, write: Callable[[Path], object]) -> Path:
    """``path``, made by ``write`` where it is missing. Whole or not there: a crash in between leaves nothing behind.

    Args:
        write: puts the content into the file of the name it is given, which does not exist.
    """
    if path.exists():
        return path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    write(fresh)
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    fresh.replace(path)
    return path


def kept_secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """Content of ``path``, from ``make`` where it is missing."""

    def write(fresh: Path) -> None:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(make())

    return kept_file(path, write).read_bytes()
