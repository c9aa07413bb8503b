"""Bring a node to the state the journal says: newest readable snapshot, then replay; without one, replay all."""

import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass

from eth_hash.auto import keccak

from registry_api.chain.errors import ChainIntegrityError, NodeError
from registry_api.chain.journal import PAGE, Journal
from registry_api.chain.node import AnvilNode
from registry_api.chain.protocol import Head
from registry_api.chain.sealing import Sealed, replay, seal
from registry_api.chain.snapshot import Snapshot, SnapshotStore
from registry_api.chain.transactions import decode, tx_hash
from registry_sdk.rpc import RpcError

log = logging.getLogger(__name__)
ZERO_ADDRESS = "0x" + "00" * 20


@dataclass(frozen=True, slots=True)
class Restored:
    """A running node, its head, the height of the snapshot used (0: none), the outcome of a pending row."""

    node: AnvilNode
    head: Head
    snapshot_height: int
    pending: Sealed | None


def restore(start: Callable[[], AnvilNode], journal: Journal, snapshots: SnapshotStore) -> Restored:
    """Start a node and rebuild the chain on it.

    Raises ChainIntegrityError when journal, snapshot and chain contradict one another; NodeError,
    RpcTransportError or database errors when it may work the next time.
    """
    node, base = _start_from_snapshot(start, journal, snapshots)
    try:
        _verify_history(node, journal, base)
        head = Head.of(node.head())
        pending: Sealed | None = None
        for row in journal.rows(above=base):
            if pending is not None:
                raise ChainIntegrityError(f"journal: row {row.height} stands above an unfinished one")
            if row.block_hash is None:
                pending = seal(node, journal, row)
                head = pending.head or head
            else:
                head = replay(node, row)
    except RpcError as error:
        node.kill()
        raise NodeError(f"the node refused a command: {error.message}") from error
    except BaseException:
        node.kill()
        raise
    return Restored(node, head, base, pending)


def _start_from_snapshot(
    start: Callable[[], AnvilNode], journal: Journal, snapshots: SnapshotStore
) -> tuple[AnvilNode, int]:
    for snapshot in snapshots.newest_first():
        stored = journal.hash_at(snapshot.height)
        if stored != snapshot.block_hash:
            raise ChainIntegrityError(
                f"snapshot: block {snapshot.height} is {snapshot.block_hash}, the journal says {stored}"
            )
        state = snapshot.read()
        if state is None:
            log.warning("snapshot of block %d is unreadable, trying an older one", snapshot.height)
            continue
        node = start()
        try:
            node.load_state(state)
            _verify_loaded(node, snapshot)
        except (RpcError, NodeError):
            log.warning("the node does not take the snapshot of block %d, trying an older one", snapshot.height)
            node.kill()
            continue
        except BaseException:
            node.kill()
            raise
        return node, snapshot.height
    return start(), 0


def _verify_loaded(node: AnvilNode, snapshot: Snapshot) -> None:
    """The head is the labelled block, and the accounts loaded have the state root that block commits to."""
    block = node.head()
    head = Head.of(block)
    if (head.height, head.block_hash) != (snapshot.height, snapshot.block_hash):
        raise ChainIntegrityError(f"snapshot: holds block {head.height} {head.block_hash}, not what its name says")
    proof = node.rpc.call("eth_getProof", ZERO_ADDRESS, [], "latest")["accountProof"]
    if not proof or "0x" + keccak(bytes.fromhex(proof[0][2:])).hex() != block["stateRoot"]:
        raise ChainIntegrityError(f"snapshot: its accounts are not those of block {head.height}")


def _verify_history(node: AnvilNode, journal: Journal, until: int) -> None:
    """Rows below the snapshot, which are not replayed, must name the blocks the node has."""
    rows = journal.rows(above=0, until=until)
    chain_id = int(node.rpc.call("eth_chainId"), 16)
    while page := list(itertools.islice(rows, PAGE)):
        blocks = node.rpc.batch([("eth_getBlockByNumber", (hex(row.height), False)) for row in page])
        sample = next((row.raws[0] for row in page if row.raws), None)
        if sample and decode(sample).chain_id != chain_id:
            raise ChainIntegrityError(f"journal: its transactions are not of chain {chain_id}")
        for row, block in zip(page, blocks, strict=True):
            stored = (row.block_hash, hex(row.timestamp), [tx_hash(raw) for raw in row.raws])
            if block is None or stored != (block["hash"], block["timestamp"], block["transactions"]):
                raise ChainIntegrityError(f"journal: row {row.height} is not the block of the chain")
