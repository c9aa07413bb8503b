"""Limits of a round: one table, computed from the chain's history, approved as a root and delivered in chunks."""

from dataclasses import dataclass
from functools import cached_property

from registry_sdk.calls import Call
from registry_sdk.chunks import ChunkTree
from registry_sdk.deployment import Deployment
from registry_sdk.tables import Row

#: About 25,000 gas a row: 400 rows stay below the 16,777,216 gas of a transaction.
CHUNK: int = 400


@dataclass(frozen=True)
class LimitsTable:
    """What each account may carry over in a round, tonnes.

    Raises ValueError for a table without rows, a row given twice, or figures out of range.
    """

    round: int
    rows: tuple[Row, ...]
    chunk_size: int = CHUNK

    def __post_init__(self) -> None:
        accounts = [row.account for row in self.rows]
        if not self.rows or len(set(accounts)) != len(accounts) or not 1 <= self.chunk_size <= CHUNK:
            raise ValueError(f"上限表须有行、账户不重复 rows, each account once, chunks of 1 to {CHUNK}")
        if bad := [r for r in self.rows if not (0 < r.account < 2**64 and 0 < r.tonnes < 2**64)]:
            raise ValueError(f"账户与吨数须为正整数 account and tonnes are positive whole numbers: {bad[0]}")

    @cached_property
    def tree(self) -> ChunkTree:
        return ChunkTree.of([row.packed for row in self.rows], self.chunk_size)

    @property
    def chunks(self) -> int:
        return len(self.tree.chunks)

    @property
    def total(self) -> int:
        return sum(row.tonnes for row in self.rows)

    def approval(self) -> tuple[int, bytes, int, int, int]:
        """The table as ``approveLimits`` takes it."""
        return self.round, self.tree.root, len(self.rows), self.chunks, self.total

    def load_call(self, deployment: Deployment, chunk: int) -> Call:
        """The call that delivers one chunk; anybody may relay it, again and again."""
        tree = self.tree
        data = deployment.contract("carryover").encode(
            "loadLimits", self.round, chunk, list(tree.chunks[chunk]), tree.proof(chunk)
        )
        return Call(deployment.address("carryover"), data)
