"""Outbox, idempotency keys, allocation tables, used sign-in challenges."""

import sqlalchemy as sa
from alembic import op

revision = "0001_outbox"
down_revision = None
branch_labels = ("outbox",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox_tables",
        sa.Column("id", sa.String(length=66), nullable=False, comment="identifier of the allocation table on chain"),
        sa.Column("document", sa.JSON(), nullable=False, comment="the table with its rows"),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_tables")),
    )
    op.create_table(
        "outbox_transactions",
        sa.Column("hash", sa.String(length=66), nullable=False),
        sa.Column("relayer", sa.String(length=42), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False, comment="signed transaction, stored before it is sent"),
        sa.Column("state", sa.String(length=8), nullable=False, comment="SIGNED, MINED or LOST"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_outbox_transactions")),
    )
    op.create_index("ix_outbox_transactions_state", "outbox_transactions", ["state"], unique=False)
    op.create_table(
        "session_challenges",
        sa.Column("id", sa.String(length=64), nullable=False, comment="challenge that was used up"),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_challenges")),
    )
    op.create_table(
        "outbox_submissions",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=66), nullable=False, comment="digest of the document"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(20), nullable=True),
        sa.Column("target", sa.String(length=42), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False, comment="call data"),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False, comment="QUEUED, SENT, DONE or REFUSED"),
        sa.Column("transaction", sa.String(length=66), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True, comment="place among the calls of its transaction"),
        sa.Column("block", sa.BigInteger(), nullable=True),
        sa.Column("alone", sa.Boolean(), nullable=False, comment="must travel in a transaction of its own"),
        sa.Column("error", sa.JSON(), nullable=True, comment="contract error: name and args"),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["transaction"],
            ["outbox_transactions.hash"],
            name=op.f("fk_outbox_submissions_transaction_outbox_transactions"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox_submissions")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_submissions_id")),
    )
    op.create_index("ix_outbox_submissions_account_seq", "outbox_submissions", ["account", "seq"], unique=False)
    op.create_index("ix_outbox_submissions_kind_seq", "outbox_submissions", ["kind", "seq"], unique=False)
    op.create_index("ix_outbox_submissions_state_seq", "outbox_submissions", ["state", "seq"], unique=False)
    op.create_index("ix_outbox_submissions_transaction", "outbox_submissions", ["transaction"], unique=False)
    op.create_table(
        "outbox_keys",
        sa.Column("key", sa.String(length=200), nullable=False, comment="Idempotency-Key of the client"),
        sa.Column("body_hash", sa.String(length=66), nullable=False),
        sa.Column("submission", sa.String(length=66), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission"], ["outbox_submissions.id"], name=op.f("fk_outbox_keys_submission_outbox_submissions")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outbox_keys")),
    )


def downgrade() -> None:
    for table in ("outbox_keys", "outbox_submissions", "session_challenges", "outbox_transactions", "outbox_tables"):
        op.drop_table(table)
