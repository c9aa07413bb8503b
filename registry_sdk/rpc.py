"""A small fast JSON-RPC client over keep-alive HTTP connections, shared by SDK, service, oracle and audit.

web3.py is for the edges; hot paths speak raw JSON-RPC through :class:`RpcClient`. One client may be used from any
number of threads: every request borrows an idle connection and gives it back.
"""

import http.client
import itertools
import socket
import threading
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import orjson

MAX_RESPONSE_BYTES: Final = 256 * 1024 * 1024
MAX_IDLE_CONNECTIONS: Final = 8

Call = tuple[str, Sequence[Any]]


class RpcError(Exception):
    """The node answered with a JSON-RPC error object."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code
        self.message = message
        self.data = data


class RpcTransportError(ConnectionError):
    """No usable answer came back: refused, cut off, timed out, not JSON. Whether the call had an effect is unknown."""


class _ConnectionClosedError(RpcTransportError):
    """Closed before an answer; on a reused connection worth one fresh try."""


class Endpoint(Protocol):
    """Where the node is; lets an owner move it (a restart on a new port) under a living client."""

    def url(self) -> str:
        """Address to use now; may wait until there is one."""

    def failed(self, url: str) -> None:
        """Told after a request to ``url`` got no answer."""


class FixedEndpoint:
    """An address that never changes."""

    def __init__(self, url: str) -> None:
        self._url = url

    def url(self) -> str:
        return self._url

    def failed(self, url: str) -> None:
        """Nothing to do: the address stays."""


class RpcClient:
    """JSON-RPC 2.0 over HTTP(S).

    Args:
        endpoint: an address such as ``http://127.0.0.1:8545`` or an :class:`Endpoint`.
        timeout: seconds for one request.
        attempts: how often a request without answer is sent in all. A request may then reach the node twice:
            keep 1 for calls that are not safe to repeat.
        max_response_bytes: longer answers are refused with :class:`RpcTransportError`.
    """

    def __init__(
        self,
        endpoint: str | Endpoint,
        *,
        timeout: float = 60.0,
        attempts: int = 1,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
    ) -> None:
        self._endpoint = FixedEndpoint(endpoint) if isinstance(endpoint, str) else endpoint
        self._timeout = timeout
        self._attempts = attempts
        self._max_response_bytes = max_response_bytes
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._idle: list[tuple[str, http.client.HTTPConnection]] = []

    def call(self, method: str, *params: Any) -> Any:
        """One call; its ``result``. Raises :class:`RpcError` or :class:`RpcTransportError`."""
        answer = self._exchange(_request(next(self._ids), method, params))
        if not isinstance(answer, dict):
            raise RpcTransportError(f"{method}: the answer is not a JSON-RPC object")
        return _result(answer)

    def batch(self, calls: Iterable[Call]) -> list[Any]:
        """Many calls in one request; results in the order asked. The first error is raised.

        The node may execute the calls in any order.
        """
        results = self.batch_each(calls)
        for result in results:
            if isinstance(result, RpcError):
                raise result
        return results

    def batch_each(self, calls: Iterable[Call]) -> list[Any]:
        """Like :meth:`batch`, but an error stands in the list as an :class:`RpcError` at its place."""
        requests = [_request(next(self._ids), method, params) for method, params in calls]
        if not requests:
            return []
        answer = self._exchange(requests)
        if not isinstance(answer, list):
            if isinstance(answer, dict) and "error" in answer:
                _result(answer)
            raise RpcTransportError("the answer to a batch is not a list")
        by_id = {item.get("id"): item for item in answer if isinstance(item, dict)}
        if any(request["id"] not in by_id for request in requests):
            raise RpcTransportError("the answer to a batch is incomplete")
        return [_outcome(by_id[request["id"]]) for request in requests]

    def post(self, body: bytes) -> bytes:
        """Send a ready request body, return the answer's body unparsed."""
        for attempt in range(1, self._attempts + 1):
            url = self._endpoint.url()
            try:
                return self._post(url, body)
            except RpcTransportError:
                self._endpoint.failed(url)
                if attempt == self._attempts:
                    raise
        raise ValueError("attempts must be at least 1")

    def close(self) -> None:
        """Close idle connections; the client stays usable."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def _exchange(self, payload: Any) -> Any:
        try:
            return orjson.loads(self.post(orjson.dumps(payload)))
        except orjson.JSONDecodeError as error:
            raise RpcTransportError("the answer is not JSON") from error

    def _post(self, url: str, body: bytes) -> bytes:
        connection, reused = self._borrow(url)
        try:
            return self._send(url, connection, body)
        except _ConnectionClosedError as error:
            if not reused:
                raise RpcTransportError("the connection was closed") from error
        # The other side had closed the idle connection before it saw the request.
        return self._send(url, self._connect(url), body)

    def _send(self, url: str, connection: http.client.HTTPConnection, body: bytes) -> bytes:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request("POST", target, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            data = response.read(self._max_response_bytes + 1)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            connection.close()
            raise _ConnectionClosedError(type(error).__name__) from error
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise RpcTransportError(f"no answer: {type(error).__name__}") from error
        if len(data) > self._max_response_bytes:
            connection.close()
            raise RpcTransportError(f"the answer is longer than {self._max_response_bytes} bytes")
        self._give_back(url, connection)
        if not data:
            raise RpcTransportError(f"empty answer, HTTP status {response.status}")
        return data

    def _borrow(self, url: str) -> tuple[http.client.HTTPConnection, bool]:
        with self._lock:
            while self._idle:
                owner, connection = self._idle.pop()
                if owner == url:
                    return connection, True
                connection.close()
        return self._connect(url), False

    def _connect(self, url: str) -> http.client.HTTPConnection:
        parts = urlsplit(url)
        if not parts.hostname or parts.scheme not in ("http", "https"):
            raise RpcTransportError("the address must look like http://host:port")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=self._timeout)
        try:
            connection.connect()
        except OSError as error:
            raise RpcTransportError(f"cannot connect: {type(error).__name__}") from error
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _give_back(self, url: str, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if len(self._idle) < MAX_IDLE_CONNECTIONS and connection.sock is not None:
                self._idle.append((url, connection))
                return
        connection.close()


def _request(number: int, method: str, params: Sequence[Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def _outcome(answer: dict[str, Any]) -> Any:
    try:
        return _result(answer)
    except RpcError as error:
        return error


def _result(answer: dict[str, Any]) -> Any:
    error = answer.get("error")
    if error is not None:
        detail = error if isinstance(error, dict) else {"message": str(error)}
        raise RpcError(int(detail.get("code", -32603)), str(detail.get("message", "")), detail.get("data"))
    if "result" not in answer:
        raise RpcTransportError("the answer has neither result nor error")
    return answer["result"]
