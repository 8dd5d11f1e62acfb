"""What was promised in cases is found among all events by an index of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the index."""
    of_promises = sa.text(
        "type IN ('promise.proposed', 'promise.made', 'promise.amended', 'promise.withdrawn', 'promise.declined')"
    )
    op.create_index("events_of_promises", "events", ["case_id"], sqlite_where=of_promises, postgresql_where=of_promises)
