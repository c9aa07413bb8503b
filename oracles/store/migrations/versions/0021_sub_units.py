"""Statements of sub-units; those filed before are of entities as a whole."""

import sqlalchemy as sa
from alembic import op

revision = "0021_sub_units"
down_revision = "0020_sources"
branch_labels = None
depends_on = None

INDEX = "ix_statements_entity"


def upgrade() -> None:
    op.drop_index(INDEX, table_name="statements")
    unit = sa.Column(
        "unit", sa.Integer(), nullable=False, server_default="1", comment="sub-unit; 1 for an entity as a whole"
    )
    op.add_column("statements", unit)
    op.create_index(INDEX, "statements", ["account", "year", "unit", "version"], unique=False)


def downgrade() -> None:
    op.drop_index(INDEX, table_name="statements")
    op.drop_column("statements", "unit")
    op.create_index(INDEX, "statements", ["account", "year", "version"], unique=False)
