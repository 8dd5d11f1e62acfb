"""The first deadline of each home is found without reading those of all others; on a server, where there are several."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the index."""
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("matters_by_home", "matters", ["home", "wakes_at"], postgresql_where=sa.text("NOT held"))
