"""The write-ahead journal: what a block is going to hold is on disk before the node hears of it.

A row is *pending* while ``block_hash`` is empty; only the newest row may be. ``raw_txs`` is the concatenation of
(length as 4 bytes big-endian, signed transaction) in block order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, RowMapping, delete, func, insert, select, update

from registry_api.chain.errors import ChainIntegrityError
from registry_api.store.chain_tables import chain_journal
from registry_api.store.engine import write_transaction

PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One block: height, Unix seconds, signed transactions in order, 0x-hex hash (None while pending)."""

    height: int
    timestamp: int
    raws: tuple[bytes, ...]
    block_hash: str | None


class Journal:
    """Reads and writes ``chain_journal``. Every write is one durable transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, height: int, timestamp: int, raws: Sequence[bytes]) -> JournalRow:
        """Write a pending row."""
        values = {"height": height, "timestamp": timestamp, **_blob(raws), "block_hash": None}
        with write_transaction(self._engine) as connection:
            connection.execute(insert(chain_journal).values(values))
        return JournalRow(height, timestamp, tuple(raws), None)

    def rewrite(self, row: JournalRow, raws: Sequence[bytes]) -> JournalRow:
        """Replace the transactions of a pending row; without any left the row goes."""
        pending = (chain_journal.c.height == row.height) & chain_journal.c.block_hash.is_(None)
        statement = update(chain_journal).values(_blob(raws)) if raws else delete(chain_journal)
        with write_transaction(self._engine) as connection:
            changed = connection.execute(statement.where(pending)).rowcount
            _require_one(changed, row.height)
        return JournalRow(row.height, row.timestamp, tuple(raws), None)

    def finish(self, row: JournalRow, block_hash: str) -> None:
        """Store the hash of the mined block; from then on the row never changes."""
        pending = (chain_journal.c.height == row.height) & chain_journal.c.block_hash.is_(None)
        with write_transaction(self._engine) as connection:
            changed = connection.execute(update(chain_journal).where(pending).values(block_hash=block_hash)).rowcount
            _require_one(changed, row.height)

    def height(self) -> int:
        """Height of the newest row, pending or not; 0 when empty."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.max(chain_journal.c.height))).scalar() or 0

    def rows(self, above: int = 0, until: int | None = None) -> Iterator[JournalRow]:
        """Rows with above < height <= until, ascending. Raises ChainIntegrityError on gaps or damaged rows."""
        expected = above + 1
        while page := self._page(above, until):
            for found in page:
                row = _row(found)
                if row.height != expected:
                    raise ChainIntegrityError(f"journal: row {expected} is missing, {row.height} follows")
                expected += 1
                yield row
                above = row.height

    def hash_at(self, height: int) -> str | None:
        """Stored block hash of a height; None when there is no such row or it is pending."""
        query = select(chain_journal.c.block_hash).where(chain_journal.c.height == height)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()

    def _page(self, above: int, until: int | None) -> Sequence[RowMapping]:
        query = select(chain_journal).where(chain_journal.c.height > above)
        if until is not None:
            query = query.where(chain_journal.c.height <= until)
        with self._engine.connect() as connection:
            return connection.execute(query.order_by(chain_journal.c.height).limit(PAGE)).mappings().all()


def _blob(raws: Sequence[bytes]) -> dict[str, Any]:
    return {"tx_count": len(raws), "raw_txs": b"".join(len(raw).to_bytes(4, "big") + raw for raw in raws)}


def _row(found: RowMapping) -> JournalRow:
    blob = bytes(found["raw_txs"])
    raws: list[bytes] = []
    at = 0
    while at < len(blob):
        end = at + 4 + int.from_bytes(blob[at : at + 4], "big")
        raws.append(blob[at + 4 : end])
        at = end
    if at != len(blob) or len(raws) != found["tx_count"]:
        raise ChainIntegrityError(f"journal: row {found['height']} is damaged")
    return JournalRow(found["height"], found["timestamp"], tuple(raws), found["block_hash"])


def _require_one(changed: int, height: int) -> None:
    if changed != 1:
        raise ChainIntegrityError(f"journal: row {height} is not pending; is another process writing?")
