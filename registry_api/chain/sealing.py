"""From a journal row to a block: first time (`seal`), and again after a restart (`replay`)."""

from dataclasses import dataclass, field

from registry_api.chain.errors import ChainIntegrityError, NodeError, TxRefusedError
from registry_api.chain.journal import Journal, JournalRow
from registry_api.chain.node import AnvilNode
from registry_api.chain.protocol import Head
from registry_api.chain.transactions import decode, tx_hash


@dataclass(frozen=True, slots=True)
class Sealed:
    """Outcome of a pending row: the new head (None when nothing was left to mine) and refusals by hash."""

    head: Head | None
    refused: dict[str, TxRefusedError] = field(default_factory=dict)


def seal(node: AnvilNode, journal: Journal, row: JournalRow) -> Sealed:
    """Send, mine, check, store the hash.

    What the node refuses leaves the row, with later transactions of the same sender, before anything is mined, so
    the row always says what the block holds. Raises NodeError or RpcTransportError when the node must be restarted.
    """
    refused: dict[str, TxRefusedError] = {}
    while failures := node.send_in_order(list(row.raws)):
        node.clear_pool()
        reasons = {at: error.message for at, error in failures.items()}
        row = journal.rewrite(row, _survivors(row, reasons, refused))
        if not row.raws:
            return Sealed(None, refused)
    block = node.mine(row.timestamp)
    head = Head.of(block)
    if (head.height, head.timestamp) != (row.height, row.timestamp):
        raise NodeError(f"block {head.height} at {head.timestamp} came instead of {row.height} at {row.timestamp}")
    if block["transactions"] != [tx_hash(raw) for raw in row.raws]:
        node.clear_pool()
        row = journal.rewrite(row, _in_block_order(row, block["transactions"], refused))
    journal.finish(row, head.block_hash)
    return Sealed(head, refused)


def replay(node: AnvilNode, row: JournalRow) -> Head:
    """Make a finished block once more. Raises ChainIntegrityError when it does not come out the same."""
    failures = node.send_in_order(list(row.raws))
    if failures:
        at, error = next(iter(failures.items()))
        raise ChainIntegrityError(f"journal: block {row.height}, transaction {at} is refused: {error.message}")
    head = Head.of(node.mine(row.timestamp))
    if (head.height, head.block_hash) != (row.height, row.block_hash):
        raise ChainIntegrityError(
            f"journal: block {row.height} comes out as {head.height} {head.block_hash}, stored is {row.block_hash}"
        )
    return head


def _survivors(row: JournalRow, reasons: dict[int, str], refused: dict[str, TxRefusedError]) -> list[bytes]:
    kept: list[bytes] = []
    broken: set[str] = set()
    for at, raw in enumerate(row.raws):
        tx = decode(raw)
        if at in reasons or tx.sender in broken:
            broken.add(tx.sender)
            refused[tx.hash] = TxRefusedError("N-09", reasons.get(at, "an earlier one was refused"), tx.hash)
        else:
            kept.append(raw)
    return kept


def _in_block_order(row: JournalRow, mined: list[str], refused: dict[str, TxRefusedError]) -> list[bytes]:
    by_hash = {tx_hash(raw): raw for raw in row.raws}
    if not set(mined) <= set(by_hash):
        raise ChainIntegrityError(f"block {row.height} holds transactions nobody journaled")
    for missing in set(by_hash) - set(mined):
        refused[missing] = TxRefusedError("N-09", "left out when the block was made", missing)
    return [by_hash[found] for found in mined]
