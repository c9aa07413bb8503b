"""Notices of the clock."""

import sqlalchemy as sa
from alembic import op

revision = "0001_notices"
down_revision = None
branch_labels = ("notices",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False, comment="what it is about and the moment it stands for"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="time of the chain at which it was written"),
        sa.Column("stage", sa.String(length=8), nullable=False, comment="OPENED, AHEAD, CLOSED, TOLD or CHECK"),
        sa.Column("step", sa.String(length=24), nullable=False),
        sa.Column("rule", sa.String(length=12), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=20), nullable=True, comment="whom it is for; empty: everybody"),
        sa.Column("day", sa.String(length=10), nullable=True, comment="last day, in Beijing"),
        sa.Column("document", sa.JSON(), nullable=False, comment="text in zh and en, and the figures in it"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_notices")),
        sa.UniqueConstraint("id", name=op.f("uq_notices_id")),
    )
    op.create_index("ix_notices_account_seq", "notices", ["account", "seq"], unique=False)


def downgrade() -> None:
    op.drop_table("notices")
