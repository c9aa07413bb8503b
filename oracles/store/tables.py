"""Tables of the oracle. Quantities are whole tonnes; times are Unix seconds; digests and hashes are 0x text."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

#: Statement states, see :class:`oracles.store.records.State`.
STATES: Final = ("collecting", "waiting", "conflict", "ready", "pushed", "recorded", "refused")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def queue_columns() -> list[Column[object]]:
    """Columns of every kind of document that is brought to the chain; the pusher knows no others."""
    return [
        Column("state", String(12), nullable=False),
        Column("is_final", Boolean, nullable=False, comment="nothing can change the state any more"),
        Column("refusal", Text, nullable=True, comment="JSON: contract error and its arguments"),
        Column("attempts", Integer, nullable=False, comment="refusals on chain so far"),
        Column("retry_at", BigInteger, nullable=False, comment="not pushed before"),
        Column("received_at", BigInteger, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
    ]


def state_known() -> CheckConstraint:
    """Only states of the list."""
    return CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="state_known")


statements = Table(
    "statements",
    metadata,
    Column("digest", String(66), primary_key=True, comment="what the signers signed; identifies the statement"),
    # SQLite integers are signed; the account is filed as text so that every uint64 fits.
    Column("account", String(20), nullable=False),
    Column("year", Integer, nullable=False),
    Column("unit", Integer, nullable=False, server_default="1", comment="sub-unit; 1 for an entity as a whole"),
    Column("version", Integer, nullable=False),
    Column("document", Text, nullable=False, comment="JSON of domain and message, without signatures"),
    *queue_columns(),
    state_known(),
    Index("ix_statements_entity", "account", "year", "unit", "version"),
    Index("ix_statements_open", "is_final", "state"),
)

signatures = Table(
    "signatures",
    metadata,
    Column("digest", String(66), ForeignKey("statements.digest"), primary_key=True),
    Column("signer", Text, primary_key=True, comment="ERC-7913 name"),
    Column("signature", Text, nullable=False),
    Column("refusal", Text, nullable=True, comment="JSON: why it does not count at present"),
    Column("received_at", BigInteger, nullable=False),
)

pushes = Table(
    "pushes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tx_hash", String(66), nullable=False),
    Column("sender", String(42), nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("raw", LargeBinary, nullable=False, comment="signed transaction, stored before it is sent"),
    Column("state", String(10), nullable=False),
    Column("block", BigInteger, nullable=True),
    Column("gas_used", BigInteger, nullable=True),
    Column("sends", Integer, nullable=False, comment="how often it was handed over"),
    Column("created_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger, nullable=True),
    CheckConstraint("state IN ('open', 'mined', 'abandoned')", name="state_known"),
    Index("ix_pushes_state", "state"),
)

push_items = Table(
    "push_items",
    metadata,
    Column("push_id", Integer, ForeignKey("pushes.id"), primary_key=True),
    Column("position", Integer, primary_key=True, comment="index of the call in the relay transaction"),
    Column("digest", String(66), nullable=False, comment="of a statement of emissions or of evidence"),
    Column("outcome", Text, nullable=True, comment="JSON: 'recorded', or the contract error"),
    UniqueConstraint("push_id", "digest"),
    Index("ix_push_items_digest", "digest"),
)

home = Table(
    "home",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("chain_id", BigInteger, nullable=False),
    Column("oracle", String(42), nullable=False, comment="contract the statements are for"),
    CheckConstraint("id = 1", name="single_row"),
)

case_entries = Table(
    "case_entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False, comment="quality, verification, body, entity"),
    Column("case", String(80), nullable=False),
    Column("entity", String(120), nullable=False, comment="whom the case is about"),
    Column("number", Integer, nullable=False, comment="position in the case, from 1"),
    Column("act", String(24), nullable=False),
    Column("who", String(120), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False, comment="JSON"),
    Column("hash", String(64), nullable=False, comment="binds the entry to the one before it"),
    UniqueConstraint("kind", "case", "number"),
    Index("ix_case_entries_entity", "kind", "entity"),
)

meters = Table(
    "meters",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("entity", String(120), nullable=False),
    Column("kind", String(40), nullable=False, comment="row of the table meter_max_error"),
    Column("accuracy", String(12), nullable=True, comment="accuracy class in percent, decimal text"),
    Column("registered_at", BigInteger, nullable=False),
)

certificates = Table(
    "certificates",
    metadata,
    Column("meter", String(60), ForeignKey("meters.id"), primary_key=True),
    Column("number", String(60), primary_key=True),
    Column("first", String(10), nullable=False, comment="first day, Beijing time"),
    Column("last", String(10), nullable=False),
    Column("document", String(66), nullable=False, comment="SHA-256 of the certificate"),
    Column("registered_at", BigInteger, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("entity", String(120), nullable=False),
    Column("meter", String(60), ForeignKey("meters.id"), nullable=False),
    Column("key", String(130), nullable=False, comment="0x: address of 20 bytes, or P-256 key of 64"),
    Column("kind", String(40), nullable=False),
    Column("unit", String(20), nullable=False),
    Column("subunit", String(40), nullable=False),
    Column("low", String(40), nullable=False, comment="smallest plausible value, decimal text"),
    Column("high", String(40), nullable=False),
    Column("registered_at", BigInteger, nullable=False),
    Column("retired_at", BigInteger, nullable=True),
    UniqueConstraint("key"),
    Index("ix_devices_entity", "entity"),
)

readings = Table(
    "readings",
    metadata,
    Column("device", String(60), ForeignKey("devices.id"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("at", BigInteger, nullable=False, comment="end of the measured span"),
    Column("value", String(40), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("flags", Text, nullable=True, comment="JSON: what is remarkable about it"),
    Column("received_at", BigInteger, nullable=False),
    Index("ix_readings_time", "device", "at"),
)

source_refusals = Table(
    "source_refusals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False, comment="SHA-256 of what was sent"),
    Column("code", String(40), nullable=False),
    Column("args", Text, nullable=False, comment="JSON"),
    Column("device", String(60), nullable=True),
    Column("via", String(10), nullable=False),
    Column("payload", LargeBinary, nullable=False, comment="its first bytes"),
    Column("times", Integer, nullable=False, comment="how often the same was sent"),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    UniqueConstraint("digest", "code"),
)

source_counts = Table(
    "source_counts",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("via", String(10), primary_key=True),
    Column("number", BigInteger, nullable=False),
)

source_files = Table(
    "source_files",
    metadata,
    Column("digest", String(64), primary_key=True, comment="SHA-256 of the file"),
    Column("kind", String(20), nullable=False),
    Column("entity", String(120), nullable=False),
    Column("name", String(200), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("via", String(10), nullable=False),
    Column("received_at", BigInteger, nullable=False),
)
