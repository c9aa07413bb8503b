"""What the audit asks of a database's projection."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from registry_sdk.audit.compare import Difference, compare
from registry_sdk.projection import Log, State
from registry_sdk.projection.rows import Key, Row

#: Kind, rows compared, differences.
Check = tuple[str, int, list[Difference]]


class Database(Protocol):
    """A projection, read in one transaction."""

    @property
    def block(self) -> int:
        """Last block it has taken in."""

    def check(self, state: State, logs: Sequence[Log], block_hash: str) -> Iterator[Check]:
        """Compare with the state and the logs up to that block, and with the block's hash."""


@dataclass(frozen=True)
class DatabaseRows:
    """A projection as plain rows by kind (see :data:`registry_sdk.projection.KEYS`) and key.

    Fields that a row does not have are not compared; rows that are too many or missing are.
    """

    block: int
    rows: Mapping[str, Mapping[Key, Row]]

    def check(self, state: State, logs: Sequence[Log], block_hash: str) -> Iterator[Check]:
        """Compare kind by kind."""
        expected = state.as_dicts()
        for kind, rows in self.rows.items():
            yield kind, len(expected[kind]), compare(expected[kind], rows, kind=kind, place="database")
