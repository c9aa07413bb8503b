"""Tables of the outbox: what was accepted, the transactions that carry it, and the keys that make a repeat harmless."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from registry_api.store.columns import Uint64
from registry_api.store.metadata import metadata

outbox_transactions = Table(
    "outbox_transactions",
    metadata,
    Column("hash", String(66), primary_key=True),
    Column("relayer", String(42), nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("raw", LargeBinary, nullable=False, comment="signed transaction, stored before it is sent"),
    Column("state", String(8), nullable=False, comment="SIGNED, MINED or LOST"),
    Index("ix_outbox_transactions_state", "state"),
)

outbox_submissions = Table(
    "outbox_submissions",
    metadata,
    # SQLite numbers rows by itself only in a plain INTEGER key.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(66), nullable=False, unique=True, comment="digest of the document"),
    Column("kind", String(16), nullable=False),
    Column("account", Uint64, nullable=True),
    Column("target", String(42), nullable=False),
    Column("data", LargeBinary, nullable=False, comment="call data"),
    Column("document", JSON, nullable=False),
    Column("state", String(8), nullable=False, comment="QUEUED, SENT, DONE or REFUSED"),
    Column("transaction", String(66), ForeignKey("outbox_transactions.hash"), nullable=True),
    Column("position", Integer, nullable=True, comment="place among the calls of its transaction"),
    Column("block", BigInteger, nullable=True),
    Column("alone", Boolean, nullable=False, default=False, comment="must travel in a transaction of its own"),
    Column("error", JSON, nullable=True, comment="contract error: name and args"),
    Column("submitted_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger, nullable=True),
    Index("ix_outbox_submissions_state_seq", "state", "seq"),
    Index("ix_outbox_submissions_account_seq", "account", "seq"),
    Index("ix_outbox_submissions_kind_seq", "kind", "seq"),
    Index("ix_outbox_submissions_transaction", "transaction"),
)

outbox_keys = Table(
    "outbox_keys",
    metadata,
    Column("key", String(200), primary_key=True, comment="Idempotency-Key of the client"),
    Column("body_hash", String(66), nullable=False),
    Column("submission", String(66), ForeignKey("outbox_submissions.id"), nullable=False),
)

outbox_tables = Table(
    "outbox_tables",
    metadata,
    Column("id", String(66), primary_key=True, comment="identifier of the allocation table on chain"),
    Column("document", JSON, nullable=False, comment="the table with its rows"),
    Column("submitted_at", BigInteger, nullable=False),
)

session_challenges = Table(
    "session_challenges",
    metadata,
    Column("id", String(64), primary_key=True, comment="challenge that was used up"),
    Column("expires_at", BigInteger, nullable=False),
)
