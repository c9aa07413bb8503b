"""Tables of monthly evidence: the first two hold what the firm files, the third what is brought to the chain."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from oracles.store.tables import metadata, queue_columns, state_known

evidence_months = Table(
    "evidence_months",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", String(20), nullable=False),
    Column("year", Integer, nullable=False),
    Column("month", Integer, nullable=False),
    Column("version", Integer, nullable=False, comment="1 for the first; a correction has the next"),
    Column("sector", String(20), nullable=False),
    Column("items", Integer, nullable=True, comment="number of items; null while open"),
    Column("root", String(66), nullable=True, comment="root over the items; null while open"),
    Column("opened_at", BigInteger, nullable=False),
    Column("sealed_at", BigInteger, nullable=True),
    CheckConstraint("(root IS NULL) = (sealed_at IS NULL) AND (root IS NULL) = (items IS NULL)", name="sealed_whole"),
    UniqueConstraint("account", "year", "month", "version"),
)

evidence_items = Table(
    "evidence_items",
    metadata,
    Column("month_id", Integer, ForeignKey("evidence_months.id"), primary_key=True),
    # Items stand in the tree in the order of their kinds.
    Column("kind", String(81), primary_key=True),
    Column("value", String(40), nullable=False),
    Column("unit", String(20), nullable=False),
    Column("document", LargeBinary(32), nullable=False, comment="SHA-256 of the plain bytes"),
    Column("meter", String(60), nullable=False),
    Column("calibrated_until", String(10), nullable=True, comment="ISO date; null without a meter"),
    Column("time", BigInteger, nullable=False),
    Column("submitted_at", BigInteger, nullable=False),
    Column("entry", LargeBinary(32), nullable=True, comment="hash that stands in the tree; null while open"),
    sqlite_with_rowid=False,
)

evidence_statements = Table(
    "evidence_statements",
    metadata,
    Column("digest", String(66), primary_key=True, comment="what the representative signed"),
    Column("account", String(20), nullable=False),
    Column("year", Integer, nullable=False),
    Column("month", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Text, nullable=False, comment="JSON of domain, message and signature"),
    *queue_columns(),
    state_known(),
    Index("ix_evidence_statements_month", "account", "year", "month", "version"),
    Index("ix_evidence_statements_open", "is_final", "state"),
)
