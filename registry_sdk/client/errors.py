"""What can go wrong between a client and the registry: refused by a rule, out of reach, or not settled in time."""

from collections.abc import Mapping
from typing import Any


class ClientError(Exception):
    """Base of what :class:`~registry_sdk.client.RegistryClient` raises."""


class Problem(ClientError):
    """The registry refused, by a numbered rule.

    Attributes:
        document: the whole problem document (RFC 9457).
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = dict(document)
        super().__init__(f"[{self.rule}] {self.zh}{self.remedy_zh} / {self.en} {self.remedy}")

    @property
    def rule(self) -> str:
        """Number of the rule, such as ``C-05``."""
        return str(self.document.get("rule", ""))

    @property
    def status(self) -> int:
        """HTTP status."""
        return int(self.document.get("status", 0))

    @property
    def error(self) -> str | None:
        """Contract error behind the rule, None where the API alone refuses."""
        return self.document.get("error")

    @property
    def zh(self) -> str:
        """What is wrong, in Chinese."""
        return str(self.document.get("detail_zh") or self.document.get("title_zh", ""))

    @property
    def en(self) -> str:
        """What is wrong, in English."""
        return str(self.document.get("detail") or self.document.get("title", ""))

    @property
    def remedy_zh(self) -> str:
        """What would be valid, in Chinese."""
        return str(self.document.get("remedy_zh", ""))

    @property
    def remedy(self) -> str:
        """What would be valid, in English."""
        return str(self.document.get("remedy", ""))


class Unreachable(ClientError):
    """No usable answer came within the client's patience. Documents may be sent again: each counts once."""


class Unsettled(ClientError):
    """The document was accepted and is not settled yet. It will be: ask again later.

    Attributes:
        submission: what is known of it.
    """

    def __init__(self, submission: Mapping[str, Any], seconds: float) -> None:
        self.submission = dict(submission)
        id_ = self.submission.get("id")
        super().__init__(f"{seconds:g} 秒内未办结，单据已受理 accepted, not settled within {seconds:g} s: {id_}")
