"""Clearings of clients that were at risk are found among all events by an index of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the index."""
    is_clearing = sa.text("type = 'client.risk_cleared'")
    op.create_index("risk_clearings", "events", ["client"], sqlite_where=is_clearing, postgresql_where=is_clearing)
