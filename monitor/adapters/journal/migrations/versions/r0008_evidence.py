"""What the past says of a promise is read off an index, and proposals are found without looking at every event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the indexes."""
    op.create_index("decisions_by_kind", "decisions", ["kind", "opened", "tier"])
    proposed = sa.text("type = 'promise.proposed'")
    op.create_index("events_of_proposals", "events", ["position"], sqlite_where=proposed, postgresql_where=proposed)
