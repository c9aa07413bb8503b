"""Processes of a stage as the system sees them: who is whose child, who still lives."""

import os
import signal
import socket
from pathlib import Path

PROC = Path("/proc")


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children_of(pid: int) -> list[int]:
    """Processes whose parent is ``pid``."""
    return [each for each in _all() if _parent(each) == pid]


def processes_of(home: Path) -> list[int]:
    """Processes that were started for a home directory: it stands in their environment."""
    return [pid for pid in _all() if os.fsencode(home) in _read(pid, "environ") and _parent(pid) is not None]


def is_alive(pid: int) -> bool:
    """Whether the process runs."""
    return _parent(pid) is not None


def kill_child(parent: int) -> int | None:
    """SIGKILL the child of a process; its id, None where there is none just now.

    The handle is taken first and the parent looked up again behind it, so that no other process can be meant.
    """
    for pid in children_of(parent):
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            if _parent(pid) == parent:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                return pid
        except ProcessLookupError:
            continue
        finally:
            os.close(handle)
    return None


def _all() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int | None:
    """Parent of a process; None for one that has ended, waited for or not."""
    status = _read(pid, "stat").rpartition(b")")[2].split()
    return int(status[1]) if status and status[0] not in (b"Z", b"X") else None


def _read(pid: int, name: str) -> bytes:
    try:
        return (PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""
