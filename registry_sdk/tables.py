"""Allocation tables: rows in chunks under one Merkle root, as two officers approve them and anybody delivers them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from registry_sdk.calls import Call
from registry_sdk.chunks import ChunkTree
from registry_sdk.deployment import Deployment

#: About 62,000 gas a row: 250 rows stay below the 16,777,216 gas of a transaction.
MAX_CHUNK: Final = 250
DEFAULT_CHUNK: Final = 200
TABLE_TYPES: Final = ["(uint16,uint8,uint8,uint8,uint64,uint64,uint32,uint32,uint16,bytes32)"]
#: Fields of a table as the contract keeps them, in their order.
TABLE_FIELDS: Final = ("year", "sector", "province", "kind", "total", "previous", "rows", "chunks", "edition", "root")


class TableKind(IntEnum):
    """What a table determines: first allocation, final one (once), and any number of recalculations after it."""

    NONE = 0
    PRE_ALLOCATION = 1
    FINAL = 2
    RECALCULATION = 3


@dataclass(frozen=True)
class Row:
    """Tonnes for one account; in an allocation table its whole allocation, in place of the one before."""

    account: int
    tonnes: int

    @property
    def packed(self) -> int:
        return (self.account << 64) | self.tonnes


@dataclass(frozen=True)
class AllocationTable:
    """One table of one province, sector and year.

    Attributes:
        kind: as in :class:`TableKind`.
        chunk_size: rows a transaction issues; part of what is approved.
        previous: sum of what the same accounts had determined before, tonnes; 0 for a first table.
        edition: another one for each time that the same rows are determined again; 0 else.
    """

    year: int
    sector: int
    province: int
    kind: int
    rows: tuple[Row, ...]
    chunk_size: int = DEFAULT_CHUNK
    previous: int = 0
    edition: int = 0

    def __post_init__(self) -> None:
        if not self.rows or not 1 <= self.chunk_size <= MAX_CHUNK:
            raise ValueError(f"分配表须有行，每批 1 至 {MAX_CHUNK} 行 a table has rows and chunks of 1 to {MAX_CHUNK}")
        if bad := [r for r in self.rows if not (0 < r.account < 2**64 and 0 <= r.tonnes < 2**64)]:
            raise ValueError(f"账户须为正整数，吨数不得为负 account above 0, tonnes 0 or more, whole numbers: {bad[0]}")
        if not (0 <= self.previous < 2**64 and 0 <= self.edition < 2**16):
            raise ValueError(f"原核定合计与版次须为非负整数 previous and edition are whole numbers: {self.previous}")

    @cached_property
    def chunks(self) -> tuple[tuple[Row, ...], ...]:
        size = self.chunk_size
        return tuple(self.rows[i : i + size] for i in range(0, len(self.rows), size))

    @property
    def total(self) -> int:
        return sum(row.tonnes for row in self.rows)

    @cached_property
    def tree(self) -> ChunkTree:
        return ChunkTree.of([row.packed for row in self.rows], self.chunk_size)

    @property
    def root(self) -> bytes:
        return self.tree.root

    def proof(self, chunk: int) -> list[bytes]:
        """Merkle proof of a chunk."""
        return self.tree.proof(chunk)

    def as_tuple(self) -> tuple[Any, ...]:
        """The table as ``approveTable`` takes it, in the order of :data:`TABLE_FIELDS`."""
        counts = (self.total, self.previous, len(self.rows), len(self.chunks), self.edition)
        return (self.year, self.sector, self.province, int(self.kind), *counts, self.root)

    @property
    def id(self) -> bytes:
        """Identifier of the table on chain."""
        return keccak(encode(TABLE_TYPES, [self.as_tuple()]))

    def chunk_call(self, deployment: Deployment, chunk: int) -> Call:
        """The call that issues one chunk; anybody may relay it."""
        packed = list(self.tree.chunks[chunk])
        data = deployment.contract("allocation").encode("issueChunk", self.id, chunk, packed, self.proof(chunk))
        return Call(deployment.address("allocation"), data)

    def claim_call(self, deployment: Deployment, accounts: Sequence[int]) -> Call:
        """The call that applies rows that were held when their chunk came; anybody may relay it."""
        data = deployment.contract("allocation").encode("claimRows", self.id, list(accounts))
        return Call(deployment.address("allocation"), data)


def approval_of(shown: Mapping[str, Any]) -> tuple[Any, ...]:
    """A table as ``approveTable`` takes it, from what the service answers when it is handed in."""
    return (*(shown[name] for name in TABLE_FIELDS[:-1]), bytes.fromhex(shown["root"][2:]))


def credit_rows(rows: Iterable[Row]) -> Sequence[int]:
    """Rows as ``issueCredits`` takes them."""
    return [row.packed for row in rows]
