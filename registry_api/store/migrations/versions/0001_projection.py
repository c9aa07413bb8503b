"""Projection of the chain's events."""

import sqlalchemy as sa
from alembic import op

revision = "0001_projection"
down_revision = None
branch_labels = ("projection",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "projection_events",
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("transaction", sa.String(length=66), nullable=False),
        sa.Column("contract", sa.String(length=24), nullable=False),
        sa.Column("event", sa.String(length=48), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("block", "log_index", name=op.f("pk_projection_events")),
    )
    op.create_table(
        "projection_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.String(length=66), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_projection_head_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projection_head")),
    )
    op.create_table(
        "projection_history",
        sa.Column("account", sa.String(20), nullable=False),
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("account", "block", "log_index", name=op.f("pk_projection_history")),
    )
    op.create_table(
        "projection_rows",
        sa.Column("kind", sa.String(length=24), nullable=False, comment="kind of registry_sdk.projection.state.KEYS"),
        sa.Column(
            "key",
            sa.String(length=255),
            nullable=False,
            comment="key columns; numbers as 20 digits, so text sorts as they do",
        ),
        sa.Column("account", sa.String(20), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_projection_rows")),
    )
    op.create_index("ix_projection_rows_kind_account", "projection_rows", ["kind", "account"], unique=False)
    op.create_index("ix_projection_rows_kind_year", "projection_rows", ["kind", "year"], unique=False)


def downgrade() -> None:
    for table in ("projection_head", "projection_history", "projection_events", "projection_rows"):
        op.drop_table(table)
