"""Registers of meters and devices, their readings, files, and everything refused."""

import sqlalchemy as sa
from alembic import op

revision = "0020_sources"
down_revision = "0010_cases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "meters",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("entity", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False, comment="row of the table meter_max_error"),
        sa.Column("accuracy", sa.String(length=12), nullable=True, comment="accuracy class in percent, decimal text"),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meters")),
    )
    op.create_table(
        "certificates",
        sa.Column("meter", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("first", sa.String(length=10), nullable=False, comment="first day, Beijing time"),
        sa.Column("last", sa.String(length=10), nullable=False),
        sa.Column("document", sa.String(length=66), nullable=False, comment="SHA-256 of the certificate"),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["meter"], ["meters.id"], name=op.f("fk_certificates_meter_meters")),
        sa.PrimaryKeyConstraint("meter", "number", name=op.f("pk_certificates")),
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("entity", sa.String(length=120), nullable=False),
        sa.Column("meter", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=130), nullable=False, comment="0x: address of 20 bytes, or P-256 key of 64"),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("subunit", sa.String(length=40), nullable=False),
        sa.Column("low", sa.String(length=40), nullable=False, comment="smallest plausible value, decimal text"),
        sa.Column("high", sa.String(length=40), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["meter"], ["meters.id"], name=op.f("fk_devices_meter_meters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("key", name=op.f("uq_devices_key")),
    )
    op.create_index("ix_devices_entity", "devices", ["entity"], unique=False)
    op.create_table(
        "readings",
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="end of the measured span"),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=True, comment="JSON: what is remarkable about it"),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_readings_device_devices")),
        sa.PrimaryKeyConstraint("device", "sequence", name=op.f("pk_readings")),
    )
    op.create_index("ix_readings_time", "readings", ["device", "at"], unique=False)
    op.create_table(
        "source_refusals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of what was sent"),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("args", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("device", sa.String(length=60), nullable=True),
        sa.Column("via", sa.String(length=10), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False, comment="its first bytes"),
        sa.Column("times", sa.Integer(), nullable=False, comment="how often the same was sent"),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_refusals")),
        sa.UniqueConstraint("digest", "code", name=op.f("uq_source_refusals_digest_code")),
    )
    op.create_table(
        "source_counts",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("via", sa.String(length=10), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", "via", name=op.f("pk_source_counts")),
    )
    op.create_table(
        "source_files",
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the file"),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("entity", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("via", sa.String(length=10), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_source_files")),
    )


def downgrade() -> None:
    op.drop_table("source_files")
    op.drop_table("source_counts")
    op.drop_table("source_refusals")
    op.drop_table("readings")
    op.drop_table("devices")
    op.drop_table("certificates")
    op.drop_table("meters")
