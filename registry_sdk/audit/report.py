"""Result of an audit."""

from dataclasses import asdict, dataclass, field
from typing import Any

from registry_sdk.audit.compare import Difference
from registry_sdk.projection.state import Finding


@dataclass
class Report:
    """What was checked at which block, and what does not fit.

    Attributes:
        block, block_hash, timestamp: the block audited.
        database_block: block the database's projection had reached; None without a database.
        logs: events read from the deployment's block on.
        checked: rows compared per kind: contract state, code, invariants.
        checked_database: rows compared per kind with the database.
        proofs: holding words proven against the block's state root.
        roots: contracts whose whole storage was derived from events and proven by its root.
        slots: contracts whose root could not be compared, as their node keeps slots that were only looked at; each word
            that the events tell was read and compared instead.
        findings: events that the rules do not allow.
        differences: figures that are not what the events say.
    """

    chain_id: int
    block: int
    block_hash: str
    timestamp: int
    database_block: int | None = None
    logs: int = 0
    checked: dict[str, int] = field(default_factory=dict)
    checked_database: dict[str, int] = field(default_factory=dict)
    proofs: int = 0
    roots: list[str] = field(default_factory=list)
    slots: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Nothing found."""
        return not self.findings and not self.differences

    def to_json(self) -> dict[str, Any]:
        """Plain document."""
        return {"clean": self.is_clean, **_plain(asdict(self))}


def _plain(value: Any) -> Any:
    """Numbers beyond 64 bits as text: JSON readers would round them."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 63:
        return str(value)
    return value
