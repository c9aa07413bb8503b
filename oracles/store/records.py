"""What the database gives back."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from registry_sdk.documents import ApprovalDoc, SignedStatement


class State(StrEnum):
    """Where a statement stands.

    * collecting: fewer than the needed signatures so far;
    * waiting: a correction whose predecessor is not on chain yet;
    * conflict: a second complete statement of the same entity, year and version says something else;
    * ready: complete, to be pushed;
    * pushed: in a stored transaction that is not settled yet;
    * recorded: it is, or was, the figure on chain;
    * refused: by the numbered rule in the refusal.
    """

    COLLECTING = "collecting"
    WAITING = "waiting"
    CONFLICT = "conflict"
    READY = "ready"
    PUSHED = "pushed"
    RECORDED = "recorded"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """A refusal as it is filed: name of the contract's error and its arguments, all plain JSON."""

    error: str
    args: dict[str, Any]


@dataclass(frozen=True)
class SignatureRecord:
    """One signature; ``refusal`` says why it does not count at present."""

    approval: ApprovalDoc
    refusal: Outcome | None
    received_at: int


@dataclass(frozen=True)
class StatementRecord:
    """One statement with everything collected for it."""

    digest: str
    statement: SignedStatement
    state: State
    is_final: bool
    refusal: Outcome | None
    attempts: int
    retry_at: int
    received_at: int
    changed_at: int
    signatures: tuple[SignatureRecord, ...]

    @property
    def key(self) -> tuple[int, int, int, int]:
        """Account, year, sub-unit, version: only one statement of a key can ever be recorded."""
        m = self.statement.message
        return m.account, m.year, m.unit, m.version
