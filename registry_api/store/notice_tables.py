"""Notices of the clock: each stands for one moment of the calendar and is written once."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table

from registry_api.store.columns import Uint64
from registry_api.store.metadata import metadata

notices = Table(
    "notices",
    metadata,
    # SQLite numbers rows by itself only in a plain INTEGER key.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(200), nullable=False, unique=True, comment="what it is about and the moment it stands for"),
    Column("at", BigInteger, nullable=False, comment="time of the chain at which it was written"),
    Column("stage", String(8), nullable=False, comment="OPENED, AHEAD, CLOSED, TOLD or CHECK"),
    Column("step", String(24), nullable=False),
    Column("rule", String(12), nullable=False),
    Column("year", Integer, nullable=False),
    Column("account", Uint64, nullable=True, comment="whom it is for; empty: everybody"),
    Column("day", String(10), nullable=True, comment="last day, in Beijing"),
    Column("document", JSON, nullable=False, comment="text in zh and en, and the figures in it"),
    Index("ix_notices_account_seq", "account", "seq"),
)
