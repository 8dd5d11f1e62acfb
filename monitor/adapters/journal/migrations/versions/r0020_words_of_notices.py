"""A notice says what the engine had to say of what it is about: who did what, and what was promised instead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.adapters.journal.tables import TEXT

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the column."""
    op.add_column("notices", sa.Column("says", TEXT, nullable=False, server_default=""))
