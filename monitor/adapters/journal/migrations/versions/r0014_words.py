"""What clients said of how satisfied they are is found among all events by an index of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the index."""
    of_words = sa.text("type = 'satisfaction.recorded'")
    op.create_index("events_of_words", "events", ["time"], sqlite_where=of_words, postgresql_where=of_words)
