"""Rows in chunks under one Merkle root: what officers approve once and anybody delivers piece by piece.

The tree is OpenZeppelin's: sorted pairs, leaves hashed twice. An odd node moves up as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from eth_abi.abi import encode
from eth_utils.crypto import keccak


def _pair(a: bytes, b: bytes) -> bytes:
    return keccak(a + b if a <= b else b + a)


@dataclass(frozen=True)
class ChunkTree:
    """Packed rows (``account << 64 | tonnes``), chunk by chunk."""

    chunks: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, rows: Sequence[int], chunk_size: int) -> "ChunkTree":
        """Rows cut into chunks of ``chunk_size``, in their order."""
        return cls(tuple(tuple(rows[i : i + chunk_size]) for i in range(0, len(rows), chunk_size)))

    @cached_property
    def _levels(self) -> tuple[tuple[bytes, ...], ...]:
        level = tuple(
            keccak(keccak(encode(["uint32", "uint256[]"], [number, chunk]))) for number, chunk in enumerate(self.chunks)
        )
        levels = [level]
        while len(level) > 1:
            level = tuple(
                _pair(level[i], level[i + 1]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)
            )
            levels.append(level)
        return tuple(levels)

    @property
    def root(self) -> bytes:
        return self._levels[-1][0]

    def proof(self, chunk: int) -> list[bytes]:
        """Merkle proof of a chunk."""
        proof = []
        for level in self._levels[:-1]:
            sibling = chunk ^ 1
            if sibling < len(level):
                proof.append(level[sibling])
            chunk //= 2
        return proof
