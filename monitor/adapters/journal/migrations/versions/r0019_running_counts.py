"""How many obligations run is counted by the minute in which they are due, so that nobody looks at each of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.adapters.journal.tables import TEXT

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_COUNT = """
    INSERT INTO running_counts
    SELECT due / 60000000, kind, count(*) FROM obligations
    WHERE verdict = 'running' AND due IS NOT NULL AND client <> 'kept-canary' GROUP BY due / 60000000, kind"""


def upgrade() -> None:
    """Makes the table, and counts what runs."""
    op.create_table(
        "running_counts",
        sa.Column("minute", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    none = sa.text("count = 0")
    op.create_index("minutes_without", "running_counts", ["minute"], sqlite_where=none, postgresql_where=none)
    op.execute(_COUNT)
