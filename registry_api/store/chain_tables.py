"""Tables of the embedded chain: its write-ahead journal and the offset of its clock."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, LargeBinary, String, Table

from registry_api.store.metadata import metadata

chain_journal = Table(
    "chain_journal",
    metadata,
    Column("height", BigInteger, primary_key=True, autoincrement=False),
    Column("timestamp", BigInteger, nullable=False, comment="Unix seconds the block carries"),
    Column("tx_count", Integer, nullable=False),
    Column("raw_txs", LargeBinary, nullable=False, comment="signed transactions in block order, see journal.py"),
    Column("block_hash", String(66), nullable=True, comment="0x-hex; empty until the block is mined and checked"),
    CheckConstraint("height > 0", name="height_positive"),
)

chain_clock = Table(
    "chain_clock",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("offset_seconds", BigInteger, nullable=False, comment="how far the training clock runs ahead"),
    CheckConstraint("id = 1", name="single_row"),
)
