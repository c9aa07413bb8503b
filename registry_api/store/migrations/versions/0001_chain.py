"""Journal and clock of the embedded chain."""

import sqlalchemy as sa
from alembic import op

revision = "0001_chain"
down_revision = None
branch_labels = ("chain",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chain_journal",
        sa.Column("height", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False, comment="Unix seconds the block carries"),
        sa.Column("tx_count", sa.Integer(), nullable=False),
        sa.Column(
            "raw_txs", sa.LargeBinary(), nullable=False, comment="signed transactions in block order, see journal.py"
        ),
        sa.Column(
            "block_hash", sa.String(66), nullable=True, comment="0x-hex; empty until the block is mined and checked"
        ),
        sa.CheckConstraint("height > 0", name=op.f("ck_chain_journal_height_positive")),
        sa.PrimaryKeyConstraint("height", name=op.f("pk_chain_journal")),
    )
    op.create_table(
        "chain_clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("offset_seconds", sa.BigInteger(), nullable=False, comment="how far the training clock runs ahead"),
        sa.CheckConstraint("id = 1", name=op.f("ck_chain_clock_single_row")),
        sa.CheckConstraint("offset_seconds >= 0", name=op.f("ck_chain_clock_never_back")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_clock")),
    )


def downgrade() -> None:
    op.drop_table("chain_clock")
    op.drop_table("chain_journal")
