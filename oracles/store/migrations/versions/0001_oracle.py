"""Statements, signatures and pushes."""

import sqlalchemy as sa
from alembic import op

revision = "0001_oracle"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "home",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("oracle", sa.String(length=42), nullable=False, comment="contract the statements are for"),
        sa.CheckConstraint("id = 1", name=op.f("ck_home_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home")),
    )
    op.create_table(
        "pushes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tx_hash", sa.String(length=66), nullable=False),
        sa.Column("sender", sa.String(length=42), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False, comment="signed transaction, stored before it is sent"),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=True),
        sa.Column("gas_used", sa.BigInteger(), nullable=True),
        sa.Column("sends", sa.Integer(), nullable=False, comment="how often it was handed over"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'mined', 'abandoned')", name=op.f("ck_pushes_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushes")),
    )
    op.create_index("ix_pushes_state", "pushes", ["state"], unique=False)
    op.create_table(
        "statements",
        sa.Column(
            "digest", sa.String(length=66), nullable=False, comment="what the signers signed; identifies the statement"
        ),
        sa.Column("account", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False, comment="JSON of domain and message, without signatures"),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False, comment="nothing can change the state any more"),
        sa.Column("refusal", sa.Text(), nullable=True, comment="JSON: contract error and its arguments"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="refusals on chain so far"),
        sa.Column("retry_at", sa.BigInteger(), nullable=False, comment="not pushed before"),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('collecting', 'waiting', 'conflict', 'ready', 'pushed', 'recorded', 'refused')",
            name=op.f("ck_statements_state_known"),
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_statements")),
    )
    op.create_index("ix_statements_entity", "statements", ["account", "year", "version"], unique=False)
    op.create_index("ix_statements_open", "statements", ["is_final", "state"], unique=False)
    op.create_table(
        "push_items",
        sa.Column("push_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="index of the call in the relay transaction"),
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True, comment="JSON: 'recorded', or the contract error"),
        sa.ForeignKeyConstraint(["digest"], ["statements.digest"], name=op.f("fk_push_items_digest_statements")),
        sa.ForeignKeyConstraint(["push_id"], ["pushes.id"], name=op.f("fk_push_items_push_id_pushes")),
        sa.PrimaryKeyConstraint("push_id", "position", name=op.f("pk_push_items")),
        sa.UniqueConstraint("push_id", "digest", name=op.f("uq_push_items_push_id_digest")),
    )
    op.create_index("ix_push_items_digest", "push_items", ["digest"], unique=False)
    op.create_table(
        "signatures",
        sa.Column("digest", sa.String(length=66), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False, comment="ERC-7913 name"),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True, comment="JSON: why it does not count at present"),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["statements.digest"], name=op.f("fk_signatures_digest_statements")),
        sa.PrimaryKeyConstraint("digest", "signer", name=op.f("pk_signatures")),
    )


def downgrade() -> None:
    op.drop_table("signatures")
    op.drop_index("ix_push_items_digest", table_name="push_items")
    op.drop_table("push_items")
    op.drop_index("ix_statements_open", table_name="statements")
    op.drop_index("ix_statements_entity", table_name="statements")
    op.drop_table("statements")
    op.drop_index("ix_pushes_state", table_name="pushes")
    op.drop_table("pushes")
    op.drop_table("home")
