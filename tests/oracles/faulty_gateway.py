"""A JSON-RPC endpoint in front of a node that loses and repeats what passes through it."""

import random
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.request import Request, urlopen

FAULTS: Final = ("request lost", "answer lost", "request doubled", "answer cut", "answer garbled")


class FaultyGateway:
    """Forwards to ``node``; one request in ``every`` meets a fault. Serves while inside.

    Attributes:
        seen: how often each fault struck.
    """

    def __init__(self, node: str, every: int, seed: int) -> None:
        self._node, self._every, self._chance = node, every, random.Random(seed)
        self.seen: Counter[str] = Counter()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                gateway._serve(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "FaultyGateway":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        fault = self._chance.choice(FAULTS) if self._chance.randrange(self._every) == 0 else None
        if fault:
            self.seen[fault] += 1
        if fault == "request lost":
            handler.close_connection = True
            return
        answer = self._forward(body)
        if fault == "request doubled":
            answer = self._forward(body)
        if fault == "answer lost":
            handler.close_connection = True
            return
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        if fault == "answer cut":
            handler.close_connection = True
            answer = answer[: len(answer) // 2]
        handler.wfile.write(b"\x00" * len(answer) if fault == "answer garbled" else answer)

    def _forward(self, body: bytes) -> bytes:
        request = Request(self._node, body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=30) as response:
            answer: bytes = response.read()
        return answer
