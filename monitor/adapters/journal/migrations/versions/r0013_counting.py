"""What is counted of a client's period is read off one index; its breaches have one of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_COUNTED = ("verdict", "kind", "promise", "version", "elapsed", "is_open")


def upgrade() -> None:
    """Makes the index anew, with what is counted behind what is looked for; and that of breaches."""
    op.drop_index("decisions_by_client", "decisions")
    op.create_index("decisions_by_client", "decisions", ["client", "opened", *_COUNTED])
    breach = sa.text("verdict IN ('broken', 'excused')")
    op.create_index(
        "breaches_by_client", "decisions", ["client", "opened"], sqlite_where=breach, postgresql_where=breach
    )
