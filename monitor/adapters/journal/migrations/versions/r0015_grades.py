"""Who had a case is told with the grade that person had; of what was decided before, it is not known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.adapters.journal.tables import TEXT

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the columns."""
    op.add_column("decisions", sa.Column("grade", TEXT))
    op.add_column("notices", sa.Column("grade", TEXT, nullable=False, server_default=""))
