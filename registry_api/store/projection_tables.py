"""Tables of the projection. All of them can be dropped: they are folded from the chain's events alone."""

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, Integer, String, Table

from registry_api.store.columns import Uint64
from registry_api.store.metadata import metadata

projection_rows = Table(
    "projection_rows",
    metadata,
    Column("kind", String(24), primary_key=True, comment="kind of registry_sdk.projection.state.KEYS"),
    Column("key", String(255), primary_key=True, comment="key columns; numbers as 20 digits, so text sorts as they do"),
    Column("account", Uint64, nullable=True),
    Column("year", Integer, nullable=True),
    Column("value", JSON, nullable=False),
    Index("ix_projection_rows_kind_account", "kind", "account"),
    Index("ix_projection_rows_kind_year", "kind", "year"),
)

projection_events = Table(
    "projection_events",
    metadata,
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("log_index", Integer, primary_key=True, autoincrement=False),
    Column("timestamp", BigInteger, nullable=False),
    Column("transaction", String(66), nullable=False),
    Column("contract", String(24), nullable=False),
    Column("event", String(48), nullable=False),
    Column("fields", JSON, nullable=False),
)

projection_history = Table(
    "projection_history",
    metadata,
    Column("account", Uint64, primary_key=True),
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("log_index", Integer, primary_key=True, autoincrement=False),
)

projection_head = Table(
    "projection_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("block", BigInteger, nullable=False),
    Column("block_hash", String(66), nullable=False),
    CheckConstraint("id = 1", name="single_row"),
)
