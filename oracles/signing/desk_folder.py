"""The folders of a signing process.

An institution puts what it has decided to sign into ``reports``, one folder a report with ``report.json`` and its
documents in it, moved there whole. A folder leaves it by one rename: to ``signed`` with ``statement.json`` in it, or to
``refused`` with ``reason.json``. Names with a leading dot are left to their writers.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

REPORT: Final = "report.json"
STATEMENT: Final = "statement.json"
REASON: Final = "reason.json"


@dataclass(frozen=True)
class DeskFolder:
    """``reports``, ``signed`` and ``refused`` in the home folder of a signing process."""

    home: Path

    def prepare(self) -> Path:
        """Make what is missing, readable by its owner only; returns the home folder."""
        for folder in (self.home, *(self.home / name for name in ("reports", "signed", "refused"))):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.home

    def waiting(self) -> Iterator[Path]:
        """Folders of reports that are neither signed nor refused, in the order of their names."""
        for path in sorted((self.home / "reports").iterdir()):
            if not path.name.startswith(".") and path.is_dir() and not path.is_symlink():
                yield path

    def file_signed(self, folder: Path) -> Path:
        """Move a report whose statement was handed in."""
        (folder / REASON).unlink(missing_ok=True)  # of a run that ended between reason and move
        return self._move(folder, "signed")

    def file_refused(self, folder: Path, reason: dict[str, Any]) -> Path:
        """Move a report that is refused, with the reason in it."""
        write_whole(folder / REASON, reason)
        return self._move(folder, "refused")

    def _move(self, folder: Path, goal: str) -> Path:
        target, number = self.home / goal / folder.name, 1
        while os.path.lexists(target):
            target, number = self.home / goal / f"{number}-{folder.name}", number + 1
        return folder.rename(target)


def write_whole(path: Path, body: Any) -> None:
    """Write JSON so that the file is there whole or not at all, and stays after a loss of power."""
    write_bytes(path, orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, and stays after a loss of power."""
    fresh = path.with_name(f".{path.name}.part")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
