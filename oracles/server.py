"""The intake and metrics server, in a thread beside the loop."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from oracles.intake.http import IntakeService, build_intake
from oracles.process import Oracle
from oracles.sources.http import add_source_routes


class IntakeStartError(Exception):
    """The port of the intake cannot be had."""


@contextmanager
def served(oracle: Oracle) -> Iterator[str]:
    """Serve the intake while inside; gives its address.

    Raises:
        IntakeStartError: the port cannot be had.
    """
    settings = oracle.settings
    service = IntakeService(oracle.reception, oracle.metrics, oracle.is_ready)
    app = build_intake(service)
    add_source_routes(app, oracle.sources)
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5, limit_concurrency=64)
    listener = _listen(settings.host, settings.port)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="intake", daemon=True)
    thread.start()
    host, port = listener.getsockname()[:2]
    try:
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # from here on callers wait in the queue until the server's thread takes them
        listener.listen()
    except OSError:
        listener.close()
        raise IntakeStartError(
            f"端口 {port} 不可用，用 ORACLE_PORT 另设 / port {port} cannot be had: set ORACLE_PORT to a free one"
        ) from None
    return listener
