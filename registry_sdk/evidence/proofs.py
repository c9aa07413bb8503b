"""Proof that one item belongs to an anchored month. Anybody with the SDK can check it; nothing else is needed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from registry_sdk.evidence.items import Item, Month
from registry_sdk.evidence.merkle import fold_proof, proof_of, root_of

#: Before the count and the root of the tree; leaves have 0x00 and pairs 0x01.
SEAL: Final = b"\2"


def leaf_entry(item: Item, month: Month, position: int) -> bytes:
    """What stands for the item in the tree: the SHA-256 of its bytes, which the tree hashes once more."""
    return sha256(item.encode(month, position)).digest()


def entries(items: Iterable[Item], month: Month) -> Iterator[bytes]:
    """The entries of a month's tree, in the order of the items."""
    return (leaf_entry(item, month, position) for position, item in enumerate(items))


def month_root(items: Iterable[Item], month: Month) -> tuple[bytes, int]:
    """Root and number of items; the items are read once and not kept.

    Raises:
        ValueError: there are none.
    """
    top, count = root_of(entries(items, month))
    return seal(top, count), count


def seal(top: bytes, count: int) -> bytes:
    """A month's root: the root of its tree and how many items it has, since paths of two sizes may be the same."""
    return sha256(SEAL + count.to_bytes(8) + top).digest()


@dataclass(frozen=True, slots=True)
class ItemProof:
    """Where an item stands and the hashes beside its path, from the leaf up."""

    month: Month
    position: int
    count: int
    path: tuple[bytes, ...]


def prove_item(items: Iterable[Item], month: Month, position: int, count: int) -> ItemProof:
    """Proof of the item at ``position`` of ``count``; the items are read once and not kept.

    Raises:
        ValueError: there are not ``count`` items, or none at ``position``.
    """
    return ItemProof(month, position, count, tuple(proof_of(entries(items, month), position, count)))


def verify_item(item: Item, proof: ItemProof, root: bytes) -> bool:
    """Whether this very item stands at this position of this month under ``root``."""
    entry = leaf_entry(item, proof.month, proof.position)
    top = fold_proof(entry, proof.position, proof.count, proof.path)
    return top is not None and seal(top, proof.count) == root
