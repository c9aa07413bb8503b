"""HTTP with patience: a request is repeated while the service restarts, because every request of the registry may be.

Documents are identified by their digest, so a repeated POST is the same submission; reads change nothing.
"""

import random
import time
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import orjson

from registry_sdk.client.errors import Problem, Unreachable

JSON: Final = {"Content-Type": "application/json"}
#: Refusals that say "not now": chain or database away, contracts not yet taken up, too many requests.
PASSING: Final = ("P-09", "P-13", "P-14", "P-17")
#: What proxies answer while nobody listens behind them.
GATEWAY: Final = (502, 503, 504)
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0

_jitter = random.SystemRandom()


@dataclass(frozen=True)
class Transport:
    """Sends requests to one service; may be used from any number of threads.

    Args:
        url: base address without a path.
        patience: seconds during which a request is repeated before :class:`Unreachable`.
        timeout: seconds for one answer.
    """

    url: str
    patience: float = 60.0
    timeout: float = 30.0
    http: httpx.Client = field(
        # A proxy from the environment has no business between the registry and its desks.
        default_factory=lambda: httpx.Client(trust_env=False, follow_redirects=False),
        repr=False,
    )

    def send(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        patience: float | None = None,
        timeout: float | None = None,
    ) -> httpx.Response:
        """The answer, repeated until there is one.

        Raises:
            Problem: the registry refused.
            Unreachable: patience ended.
        """
        deadline = time.monotonic() + (self.patience if patience is None else patience)
        chosen = {name: value for name, value in (params or {}).items() if value is not None}
        request = self.http.build_request(
            method,
            self.url + path,
            content=content,
            params=chosen,
            headers=(JSON if content is not None else {}) | (headers or {}),
            timeout=timeout or self.timeout,
        )
        pause = FIRST_PAUSE
        while True:
            failure = self._attempt(request)
            if isinstance(failure, httpx.Response):
                return failure
            rest = deadline - time.monotonic()
            if rest <= 0:
                raise failure
            time.sleep(min(rest, pause * _jitter.uniform(0.5, 1.0)))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _attempt(self, request: httpx.Request) -> httpx.Response | Problem | Unreachable:
        """An answer, or a failure worth another try; raises what no try will change."""
        try:
            response = self.http.send(request)
        except httpx.TransportError as error:
            return Unreachable(f"{self.url}: 服务无应答 no answer from the service ({type(error).__name__})")
        if response.is_success:
            return response
        document = _problem_document(response)
        if document is None:
            unreachable = Unreachable(
                f"{self.url}: HTTP {response.status_code}，不是登记系统的应答 not a registry's answer"
            )
            if response.status_code in GATEWAY:
                return unreachable
            raise unreachable
        problem = Problem(document)
        # An emergency stop also answers 503, and is a refusal: only what passes by itself is worth waiting for.
        if problem.rule in PASSING:
            return problem
        raise problem

    def close(self) -> None:
        """Close idle connections."""
        self.http.close()


def parsed(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises:
        Unreachable: something else answered.
    """
    try:
        value = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise Unreachable(f"{response.url.host}: 应答不是 JSON 对象 the answer is not a JSON object")
    return value


def _problem_document(response: httpx.Response) -> dict[str, Any] | None:
    try:
        value = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) and "rule" in value else None
