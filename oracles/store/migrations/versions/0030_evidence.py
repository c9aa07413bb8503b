"""Monthly evidence; a push carries statements of evidence too, so its items name no single table any more."""

import sqlalchemy as sa
from alembic import op

revision = "0030_evidence"
down_revision = "0021_sub_units"
branch_labels = None
depends_on = None

FOREIGN = "fk_push_items_digest_statements"


def upgrade() -> None:
    with op.batch_alter_table("push_items") as batch:
        batch.drop_constraint(FOREIGN, type_="foreignkey")
        batch.alter_column("digest", existing_type=sa.String(66), comment="of a statement of emissions or of evidence")
    op.create_table(
        "evidence_months",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="1 for the first; a correction has the next"),
        sa.Column("sector", sa.String(length=20), nullable=False),
        sa.Column("items", sa.Integer(), nullable=True, comment="number of items; null while open"),
        sa.Column("root", sa.String(length=66), nullable=True, comment="root over the items; null while open"),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(root IS NULL) = (sealed_at IS NULL) AND (root IS NULL) = (items IS NULL)",
            name=op.f("ck_evidence_months_sealed_whole"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_months")),
        sa.UniqueConstraint(
            "account", "year", "month", "version", name=op.f("uq_evidence_months_account_year_month_version")
        ),
    )
    op.create_table(
        "evidence_items",
        sa.Column("month_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=81), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("document", sa.LargeBinary(length=32), nullable=False, comment="SHA-256 of the plain bytes"),
        sa.Column("meter", sa.String(length=60), nullable=False),
        sa.Column("calibrated_until", sa.String(length=10), nullable=True, comment="ISO date; null without a meter"),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "entry", sa.LargeBinary(length=32), nullable=True, comment="hash that stands in the tree; null while open"
        ),
        sa.ForeignKeyConstraint(
            ["month_id"], ["evidence_months.id"], name=op.f("fk_evidence_items_month_id_evidence_months")
        ),
        sa.PrimaryKeyConstraint("month_id", "kind", name=op.f("pk_evidence_items")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "evidence_statements",
        sa.Column("digest", sa.String(length=66), nullable=False, comment="what the representative signed"),
        sa.Column("account", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False, comment="JSON of domain, message and signature"),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False, comment="nothing can change the state any more"),
        sa.Column("refusal", sa.Text(), nullable=True, comment="JSON: contract error and its arguments"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="refusals on chain so far"),
        sa.Column("retry_at", sa.BigInteger(), nullable=False, comment="not pushed before"),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('collecting', 'waiting', 'conflict', 'ready', 'pushed', 'recorded', 'refused')",
            name=op.f("ck_evidence_statements_state_known"),
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_evidence_statements")),
    )
    op.create_index(
        "ix_evidence_statements_month", "evidence_statements", ["account", "year", "month", "version"], unique=False
    )
    op.create_index("ix_evidence_statements_open", "evidence_statements", ["is_final", "state"], unique=False)


def downgrade() -> None:
    op.drop_table("evidence_statements")
    op.drop_table("evidence_items")
    op.drop_table("evidence_months")
    with op.batch_alter_table("push_items") as batch:
        batch.create_foreign_key(FOREIGN, "statements", ["digest"], ["digest"])
