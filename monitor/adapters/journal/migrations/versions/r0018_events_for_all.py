"""Events that concern everybody are found without reading all others; on a server, where workers look for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the index."""
    if op.get_bind().dialect.name == "postgresql":
        concerned = sa.text("type IN ('client.changed', 'staff.changed')")
        op.create_index("events_for_all", "events", ["position"], postgresql_where=concerned)
