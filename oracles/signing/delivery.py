"""The way between a signer and the oracle that collects: hand in, and see what others handed in."""

from dataclasses import dataclass
from typing import Any, Final

import httpx
import orjson

from registry_sdk.documents import ReportMessage, SignedEvidence, SignedStatement

PATHNAME: Final = "/v1/statements"
NOT_NOW: Final = 503


@dataclass(frozen=True)
class Answer:
    """What the oracle said to a statement."""

    status: int
    body: Any

    @property
    def is_not_now(self) -> bool:
        """Whether the same may be handed in again later."""
        return self.status >= 500

    @property
    def is_refused(self) -> bool:
        return 400 <= self.status < 500

    def to_json(self) -> dict[str, Any]:
        return {"status": self.status, "body": self.body}


@dataclass(frozen=True)
class OracleClient:
    """One oracle's intake.

    Args:
        address: such as http://127.0.0.1:8090.

    Every method raises httpx.TransportError where nobody answers.
    """

    address: str

    def hand_in(self, statement: SignedStatement | SignedEvidence) -> Answer:
        """Hand a statement of emissions or of evidence in; safe to repeat."""
        content = orjson.dumps(statement.model_dump(mode="json"))
        with self._client() as client:
            answer = client.post(self._url, content=content, headers={"content-type": "application/json"})
        try:
            return Answer(answer.status_code, answer.json())
        except ValueError:
            return Answer(answer.status_code, answer.text[:500])

    def rivals(self, message: ReportMessage) -> list[dict[str, Any]]:
        """Everything filed for the same entity, year, sub-unit and version, as the oracle shows it.

        Raises:
            OracleAwayError: the oracle answers, but cannot say.
        """
        with self._client() as client:
            answer = client.get(f"{self._url}/of/{message.account}/{message.year}/{message.unit}/{message.version}")
        if answer.status_code != httpx.codes.OK:
            raise OracleAwayError(f"HTTP {answer.status_code}")
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    @property
    def _url(self) -> str:
        address = self.address.rstrip("/")
        return address if address.endswith(PATHNAME) else address + PATHNAME

    def _client(self) -> httpx.Client:
        # the intake is on loopback: a proxy from the environment has no business there
        return httpx.Client(trust_env=False, timeout=60)


class OracleAwayError(Exception):
    """The oracle cannot answer now; ask again later."""
