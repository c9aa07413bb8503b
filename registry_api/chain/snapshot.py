"""Snapshots of the embedded chain, so that a start need not replay everything.

File name: ``state-<height>-<head hash>.json.gz``. A dump is written to a new file, synced, renamed; two are kept.
The gzip checksum tells a torn file. ``anvil_loadState`` was measured to give back identical heights and hashes,
and later blocks with identical hashes; what a file claims is still checked against the journal by the caller.
"""

import gzip
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

KEPT: Final = 2
NAME: Final = re.compile(r"state-(\d{12})-(0x[0-9a-f]{64})\.json\.gz")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file and what its label claims: height and 0x-hex hash of the head."""

    path: Path
    height: int
    block_hash: str

    def read(self) -> bytes | None:
        """The compressed dump, or None when it is unreadable or torn."""
        try:
            state = self.path.read_bytes()
            gzip.decompress(state)
        except (OSError, EOFError, zlib.error):
            return None
        return state


class SnapshotStore:
    """A folder of snapshots."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, height: int, block_hash: str, state: bytes) -> Snapshot:
        """Write atomically and durably, then drop all but the newest two."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"state-{height:012d}-{block_hash}.json.gz"
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as sink:
            sink.write(state)
            sink.flush()
            os.fsync(sink.fileno())
        fresh.rename(path)
        self._sync_folder()
        for old in list(self.newest_first())[KEPT:]:
            old.path.unlink(missing_ok=True)
        return Snapshot(path, height, block_hash)

    def newest_first(self) -> Iterator[Snapshot]:
        """Labelled files, highest block first; leftovers of a broken dump are not among them."""
        if not self._folder.is_dir():
            return
        for path in sorted(self._folder.iterdir(), reverse=True):
            if label := NAME.fullmatch(path.name):
                yield Snapshot(path, int(label[1]), label[2])

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
