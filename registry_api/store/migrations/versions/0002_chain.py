"""A training area may begin in the past: the offset of its clock may be negative."""

from alembic import op

revision = "0002_chain"
down_revision = "0001_chain"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("chain_clock") as table:
        table.drop_constraint(op.f("ck_chain_clock_never_back"), type_="check")


def downgrade() -> None:
    with op.batch_alter_table("chain_clock") as table:
        table.create_check_constraint(op.f("ck_chain_clock_never_back"), "offset_seconds >= 0")
