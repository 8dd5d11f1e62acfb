"""Changes of staff are found without looking at every event, and so are the matters they change the past of; and what ended
without ever having been due, for what nothing spoke against is doubtful where somebody could not be heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the indexes."""
    of_staff = sa.text("type = 'staff.changed'")
    op.create_index("events_of_staff", "events", ["time"], sqlite_where=of_staff, postgresql_where=of_staff)
    op.create_index("events_by_time", "events", ["time"])
    concluded = sa.text("due IS NULL AND ended IS NOT NULL")
    op.create_index(
        "concluded_obligations", "obligations", ["ended"], sqlite_where=concluded, postgresql_where=concluded
    )
