"""Real oracle processes for tests that kill them: forked from a warm server, with a point at which to kill themselves.

The program runs as it is shipped. Only the one method beside a point is wrapped, from outside, and sends SIGKILL to its
own process: no handler runs, no buffer is written, no lock is given back but by the system.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, event

from oracles.intake.inbox import Inbox
from oracles.push import RpcPort
from oracles.settings import OracleSettings
from oracles.signing import process as signing_process
from oracles.signing.delivery import OracleClient
from oracles.signing.desk_folder import DeskFolder
from oracles.store import PushStore

START_SECONDS: Final = 60
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["registry_cli.oracle"])


@dataclass(frozen=True)
class Point:
    """A boundary in the program: just before a method, just after it, or before the commit inside it."""

    owner: Any
    method: str
    when: str


#: In the order in which a report passes them.
POINTS: Final = {
    "taken in, file not moved": Point(Inbox, "_move", "before"),
    "signed, not stored": Point(PushStore, "store", "before"),
    "being stored": Point(PushStore, "store", "commit"),
    "stored, not sent": Point(PushStore, "store", "after"),
    "counted, not sent": Point(PushStore, "count_send", "after"),
    "sent, answer unread": Point(RpcPort, "send", "after"),
    "mined, not filed": Point(RpcPort, "receipt", "found"),
    "being filed": Point(PushStore, "settle", "commit"),
    "filed, not told": Point(PushStore, "settle", "after"),
}

#: Those of a signing process.
SIGNER_POINTS: Final = {
    "signed, not written": Point(signing_process, "write_whole", "before"),
    "written, not handed in": Point(signing_process, "write_whole", "after"),
    "handed in, not moved": Point(OracleClient, "hand_in", "after"),
    "moved, not told": Point(DeskFolder, "file_signed", "after"),
}


def start(settings: OracleSettings, point: str | None = None, occasion: int = 1) -> BaseProcess:
    """``registry oracle run --live`` as a process of its own.

    Args:
        point: name of the point at which it kills itself, None for never.
        occasion: at which passing of the point.
    """
    given = {
        "ORACLE_HOME": settings.home,
        "ORACLE_RPC_URL": settings.rpc_url,
        "ORACLE_DEPLOYMENT": settings.deployment,
        "ORACLE_KEYSTORE": settings.keystore,
        "ORACLE_PASSWORD_FILE": settings.password_file,
        "ORACLE_POLL_SECONDS": "0.05",
        "ORACLE_BATCH": "2",
        "ORACLE_PORT": "0",
        "ORACLE_INBOX_GRACE": "0",
        "ORACLE_BACKOFF_FIRST": "0.05",
        "ORACLE_BACKOFF_MOST": "0.2",
    }
    settings.prepare_home()
    environment = {name: str(value) for name, value in given.items()}
    strike = (point, occasion) if point else None
    return launch(["run", "--live", "--json"], settings.home / "process.log", environment, strike)


def launch(
    words: list[str], log: Path, environment: dict[str, str] | None = None, strike: tuple[str, int] | None = None
) -> BaseProcess:
    """One command of ``registry oracle`` as a process of its own.

    Args:
        strike: name of the point at which it kills itself, and at which passing of it.
    """
    process = _context.Process(target=_run, args=(words, str(log), environment or {}, strike), daemon=True)
    process.start()
    return process


def is_killed(process: BaseProcess) -> bool:
    """Whether the process ended by SIGKILL; waits for its end."""
    process.join(START_SECONDS)
    return process.exitcode == -signal.SIGKILL


def _run(words: list[str], log: str, environment: dict[str, str], strike: tuple[str, int] | None) -> None:
    from registry_cli.oracle import app

    os.environ.update(environment)
    sink = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    if strike:
        name, occasion = strike
        _arm({**POINTS, **SIGNER_POINTS}[name], occasion)
    app(words)


def _arm(point: Point, occasion: int) -> None:
    passings = iter(range(1, occasion + 1))
    inside = False

    def strike(is_there: bool = True) -> None:
        if is_there and next(passings, occasion) == occasion:
            os.kill(os.getpid(), signal.SIGKILL)

    original: Callable[..., Any] = getattr(point.owner, point.method)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal inside
        if point.when == "before":
            strike()
        inside = True
        result = original(*args, **kwargs)
        inside = False
        if point.when == "after" or (point.when == "found" and result is not None):
            strike()
        return result

    setattr(point.owner, point.method, wrapped)
    if point.when == "commit":
        event.listen(Engine, "commit", lambda _: strike(inside))
