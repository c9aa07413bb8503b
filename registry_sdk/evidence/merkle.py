"""Merkle trees as RFC 9162 (Certificate Transparency) defines them: SHA-256, 0x00 before a leaf, 0x01 before a pair.

Leaves and pairs are hashed under different prefixes, so no pair can be shown as a leaf; a proof says at which position
of how many its leaf stands, and fits nowhere else. The root needs memory for one hash a level, whatever comes.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf."""
    return sha256(b"\0" + entry).digest()


def pair_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return sha256(b"\1" + left + right).digest()


class RootBuilder:
    """Takes entries one by one and keeps one hash for each full subtree: O(log n) memory."""

    def __init__(self) -> None:
        self.count = 0
        self._full: list[bytes] = []

    def add(self, entry: bytes) -> None:
        """Take the next entry."""
        node, index = leaf_hash(entry), self.count
        while index & 1:
            node = pair_hash(self._full.pop(), node)
            index >>= 1
        self._full.append(node)
        self.count += 1

    @property
    def root(self) -> bytes:
        """Root over the entries so far. Raises ValueError where there are none."""
        if not self._full:
            raise ValueError("没有数据项 a tree has at least one entry")
        node = self._full[-1]
        for left in reversed(self._full[:-1]):
            node = pair_hash(left, node)
        return node


def root_of(entries: Iterable[bytes]) -> tuple[bytes, int]:
    """Root and number of entries, read once."""
    builder = RootBuilder()
    for entry in entries:
        builder.add(entry)
    return builder.root, builder.count


def proof_of(entries: Iterable[bytes], position: int, count: int) -> list[bytes]:
    """Proof of the entry at ``position``, from the leaf up; reads the entries once, in O(log n) memory.

    Raises:
        ValueError: there are not ``count`` entries, or none at ``position``.
    """
    if not 0 <= position < count:
        raise ValueError(f"共 {count} 项，没有第 {position} 项 there is no position {position} among {count}")
    stream = iter(entries)
    proof = _proof(stream, position, count)
    if next(stream, None) is not None:
        raise ValueError(f"数据项多于 {count} 项 there are more than {count} entries")
    return proof


def fold_proof(entry: bytes, position: int, count: int, proof: Sequence[bytes]) -> bytes | None:
    """Root that the proof leads to (RFC 9162, 2.1.3.2); None where its length does not fit the position."""
    if not 0 <= position < count:
        return None
    node, at, last = leaf_hash(entry), position, count - 1
    for sibling in proof:
        if last == 0:
            return None
        if at & 1 or at == last:
            node = pair_hash(sibling, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = pair_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return node if last == 0 else None


def _proof(stream: Iterator[bytes], position: int, count: int) -> list[bytes]:
    if count == 1:
        if next(stream, None) is None:
            raise ValueError("数据项不足 there are fewer entries than said")
        return []
    split = 1 << (count - 1).bit_length() - 1
    if position < split:
        below = _proof(stream, position, split)
        return [*below, _subtree(stream, count - split)]
    left = _subtree(stream, split)
    return [*_proof(stream, position - split, count - split), left]


def _subtree(stream: Iterator[bytes], count: int) -> bytes:
    builder = RootBuilder()
    for entry in islice(stream, count):
        builder.add(entry)
    if builder.count != count:
        raise ValueError("数据项不足 there are fewer entries than said")
    return builder.root
