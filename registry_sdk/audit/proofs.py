"""State proofs (EIP-1186): the node's word is not taken for a contract's storage, its state root is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import rlp  # type: ignore[import-untyped]

from registry_sdk.audit.calls import BATCH, PinnedCalls
from registry_sdk.audit.compare import Difference
from registry_sdk.audit.layout import layouts
from registry_sdk.audit.storage import Words, is_told, mapping_slot, storage_of
from registry_sdk.audit.trie import ProofError, prove, storage_root
from registry_sdk.codec import CONTRACTS
from registry_sdk.projection import State
from registry_sdk.rpc import RpcError

#: Empty slots that are looked for in a trie; each may cost the node a pass over the whole storage.
MAX_EMPTY: Final = 1_000


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _nodes(proof: list[str]) -> list[bytes]:
    return [_bytes(node) for node in proof]


def _storage_hash(state_root: bytes, answer: dict[str, Any], address: str) -> bytes:
    """Storage root of an account, proven against the state root. Raises ProofError."""
    account = prove(state_root, _bytes(address), _nodes(answer["accountProof"]))
    if account is None:
        raise ProofError("there is no such account")
    return bytes(rlp.decode(account)[2])


@dataclass(frozen=True)
class StorageCheck:
    """One contract's storage: proven by its root, or else word by word.

    Attributes:
        words: how many words were compared one by one; None where the root proves them all, or nothing.
    """

    name: str
    words: int | None
    differences: list[Difference]


def check_storage(state: State, calls: PinnedCalls, state_root: str) -> Iterator[StorageCheck]:
    """Derive the whole storage of each contract and hold it against what the state root commits to.

    A root that differs proves nothing by itself on a node that keeps slots which were only looked at (Anvil does): then
    each word is read, as on a node without eth_getProof. A contract is left out
    whose layout is of another build or has variables unknown here.
    """
    for name in CONTRACTS:
        layout = layouts().get(name)
        if layout is None or not is_told(name, layout):
            continue
        address = state.deployment.address(name)
        words = storage_of(state, name, layout)
        (answer,) = calls.rpc.batch_each([("eth_getProof", [address, [], calls.at])])
        if isinstance(answer, RpcError):
            yield StorageCheck(name, len(words), list(_slots(name, address, words, calls)))
            continue
        try:
            found = _storage_hash(_bytes(state_root), answer, address)
        except ProofError as error:
            wrong = Difference("proof", "account", (name,), "proof", "leads to the state root", str(error))
            yield StorageCheck(name, None, [wrong])
            continue
        occupied = {slot: word for slot, word in words.items() if word}
        if found == storage_root(occupied) or found == storage_root(_kept(address, words, calls)):
            yield StorageCheck(name, None, [])
        else:
            yield StorageCheck(name, len(words), list(_slots(name, address, words, calls)))


def _kept(address: str, words: Words, calls: PinnedCalls) -> Words:
    """Words with the zeros that the node keeps as leaves: some never drop a slot that was used. They mean the same."""
    kept = {slot: word for slot, word in words.items() if word}
    empty = [slot for slot, word in words.items() if not word][:MAX_EMPTY]
    for at in range(0, len(empty), BATCH):
        group = [f"0x{slot:064x}" for slot in empty[at : at + BATCH]]
        (answer,) = calls.batch([("eth_getProof", [address, group, calls.at])])
        root = _bytes(answer["storageHash"])
        for entry in answer["storageProof"]:
            slot = int(entry["key"], 16)
            if prove(root, slot.to_bytes(32), _nodes(entry["proof"])) == b"\x80":
                kept[slot] = 0
    return kept


def _slots(name: str, address: str, words: Words, calls: PinnedCalls) -> Iterator[Difference]:
    """Slots of ours that read otherwise; one that is not ours cannot be found so."""
    slots = sorted(words)
    for at in range(0, len(slots), BATCH):
        group = slots[at : at + BATCH]
        answers = calls.batch([("eth_getStorageAt", [address, f"0x{slot:064x}", calls.at]) for slot in group])
        for slot, found in zip(group, answers, strict=True):
            if int(found, 16) != words[slot]:
                yield Difference("proof", "slot", (name, f"0x{slot:064x}"), "word", f"0x{words[slot]:064x}", found)


def prove_holdings(state: State, calls: PinnedCalls, state_root: str, count: int) -> tuple[int, list[Difference]]:
    """Prove the words of ``count`` holdings, spread evenly, one by one; how many were, and what differs."""
    keys = list(state.holdings)
    chosen = keys[:: max(1, len(keys) // count)][:count] if count else []
    found: list[Difference] = []
    for asset, account, unit in chosen:
        layout = layouts().get(asset)
        if layout is None:
            return 0, found
        address = state.deployment.address(asset)
        slot = mapping_slot(layout.variables["_holdings"][0], account, unit)
        word = storage_of_holding(state, asset, account, unit)
        (answer,) = calls.batch([("eth_getProof", [address, [f"0x{slot:064x}"], calls.at])])
        try:
            root = _storage_hash(_bytes(state_root), answer, address)
            value = prove(root, slot.to_bytes(32), _nodes(answer["storageProof"][0]["proof"]))
            proven = int.from_bytes(rlp.decode(value)) if value else 0
        except ProofError as error:
            found.append(Difference("proof", "holdings", (asset, account, unit), "proof", "valid", str(error)))
            continue
        if proven != word:
            key = (asset, account, unit)
            found.append(Difference("proof", "holdings", key, "word", f"0x{word:064x}", f"0x{proven:064x}"))
    return len(chosen), found


def storage_of_holding(state: State, asset: str, account: int, unit: int) -> int:
    """The packed word of a holding."""
    row = state.holdings.see(asset, account, unit)
    return row.registry | row.trading << 64 | row.locked << 128 | row.epoch << 192
