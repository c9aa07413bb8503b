"""The journal of quality findings and verification; the database itself refuses to change or delete an entry."""

import sqlalchemy as sa
from alembic import op

revision = "0010_cases"
down_revision = "0001_oracle"
branch_labels = None
depends_on = None

FORBIDDEN = {"UPDATE": "case_entries_keep", "DELETE": "case_entries_stay"}


def upgrade() -> None:
    op.create_table(
        "case_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="quality, verification, body, entity"),
        sa.Column("case", sa.String(length=80), nullable=False),
        sa.Column("entity", sa.String(length=120), nullable=False, comment="whom the case is about"),
        sa.Column("number", sa.Integer(), nullable=False, comment="position in the case, from 1"),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("hash", sa.String(length=64), nullable=False, comment="binds the entry to the one before it"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_entries")),
        sa.UniqueConstraint("kind", "case", "number", name=op.f("uq_case_entries_kind_case_number")),
    )
    op.create_index("ix_case_entries_entity", "case_entries", ["kind", "entity"], unique=False)
    for act, name in FORBIDDEN.items():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON case_entries "
            "BEGIN SELECT RAISE(ABORT, 'entries of the journal are never changed'); END"
        )


def downgrade() -> None:
    for name in FORBIDDEN.values():
        op.execute(f"DROP TRIGGER {name}")
    op.drop_index("ix_case_entries_entity", table_name="case_entries")
    op.drop_table("case_entries")
