"""How soon the steps of owning a breach are taken is counted, and steps that are still to be taken are found at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.adapters.journal.tables import TEXT

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables and the index."""
    for name in ("owning_counts", "retired_owning_counts"):
        op.create_table(
            name,
            sa.Column("step", TEXT, primary_key=True),
            sa.Column("kind", TEXT, primary_key=True),
            sa.Column("tier", TEXT, primary_key=True),
            sa.Column("edge", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("endings", sa.BigInteger, nullable=False),
            sa.Column("total", sa.BigInteger, nullable=False),
        )
    open_steps = sa.text("is_open AND kind IN ('acknowledge', 'explain', 'tell', 'apologise', 'remedy')")
    op.create_index(
        "open_steps", "obligations", ["case_id", "occasion"], sqlite_where=open_steps, postgresql_where=open_steps
    )
