"""Reports that were issued are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.adapters.journal.tables import TEXT

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "reports",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("issued", sa.BigInteger, nullable=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("as_of", sa.BigInteger, nullable=False),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
