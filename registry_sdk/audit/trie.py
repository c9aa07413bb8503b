"""Merkle Patricia tries: the root over a whole storage, and a proof (EIP-1186) against a root."""

from collections.abc import Mapping, Sequence
from typing import Final

import rlp  # type: ignore[import-untyped]
from eth_utils.crypto import keccak

EMPTY_ROOT: Final = keccak(b"\x80")
Item = tuple[bytes, bytes]


def _encode(data: bytes) -> bytes:
    if len(data) == 1 and data[0] < 0x80:
        return data
    return _length(len(data), 0x80) + data


def _length(size: int, base: int) -> bytes:
    if size < 56:
        return bytes([base + size])
    body = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([base + 55 + len(body)]) + body


def _list(parts: Sequence[bytes]) -> bytes:
    body = b"".join(parts)
    return _length(len(body), 0xC0) + body


def _path(nibbles: bytes, is_leaf: bool) -> bytes:
    """Nibbles in hex-prefix form."""
    flag = 2 if is_leaf else 0
    whole = bytes([flag + 1, *nibbles]) if len(nibbles) % 2 else bytes([flag, 0, *nibbles])
    return bytes(whole[i] << 4 | whole[i + 1] for i in range(0, len(whole), 2))


def _nibbles(key: bytes) -> bytes:
    return bytes(n for byte in key for n in (byte >> 4, byte & 15))


def _reference(node: bytes) -> bytes:
    return node if len(node) < 32 else _encode(keccak(node))


def _node(items: Sequence[Item], low: int, high: int, depth: int) -> bytes:
    """RLP of the node over ``items[low:high]``, sorted, that share their first ``depth`` nibbles."""
    first = items[low][0]
    if high - low == 1:
        return _list([_encode(_path(first[depth:], True)), _encode(items[low][1])])
    last = items[high - 1][0]
    end = depth
    while first[end] == last[end]:
        end += 1
    if end > depth:
        return _list([_encode(_path(first[depth:end], False)), _reference(_node(items, low, high, end))])
    children = []
    at = low
    for nibble in range(16):
        start = at
        while at < high and items[at][0][depth] == nibble:
            at += 1
        children.append(_reference(_node(items, start, at, depth + 1)) if at > start else b"\x80")
    return _list([*children, b"\x80"])


def storage_root(words: Mapping[int, int]) -> bytes:
    """Root of a contract's storage from its slots, just as they are given."""
    items = sorted((_nibbles(keccak(slot.to_bytes(32))), _encode(_short(word))) for slot, word in words.items())
    return keccak(_node(items, 0, len(items), 0)) if items else EMPTY_ROOT


def _short(word: int) -> bytes:
    return word.to_bytes((word.bit_length() + 7) // 8)


class ProofError(ValueError):
    """The nodes do not lead from the root to the key."""


def prove(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes | None:
    """Value behind ``keccak(key)``; None where the nodes prove that there is none.

    Raises:
        ProofError: the nodes prove nothing.
    """
    if root == EMPTY_ROOT:
        return None
    by_hash = {keccak(node): node for node in nodes}
    if root not in by_hash:
        raise ProofError("the first node is not the root's")
    path = _nibbles(keccak(key))
    node = rlp.decode(by_hash[root])
    while True:
        if len(node) == 17:
            child, path = node[path[0]], path[1:]
        else:
            shared = _nibbles(node[0])
            is_leaf, shared = shared[0] >= 2, shared[1 if shared[0] % 2 else 2 :]
            if path[: len(shared)] != shared or (is_leaf and path != shared):
                return None
            if is_leaf:
                return bytes(node[1])
            child, path = node[1], path[len(shared) :]
        if not child:
            return None
        if isinstance(child, list):
            node = child
            continue
        if child not in by_hash:
            raise ProofError("a node is missing")
        node = rlp.decode(by_hash[child])
