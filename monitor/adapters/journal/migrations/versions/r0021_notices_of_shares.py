"""A notice may be about a promised share: of which version and period, and how much of it was kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.adapters.journal.tables import TEXT

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the columns, and an index of the few notices that have them."""
    op.add_column("notices", sa.Column("version", sa.Integer()))
    op.add_column("notices", sa.Column("period", TEXT, nullable=False, server_default=""))
    op.add_column("notices", sa.Column("measure", TEXT, nullable=False, server_default=""))
    for name in ("promised", "kept", "counted"):
        op.add_column("notices", sa.Column(name, sa.BigInteger()))
    of_shares = sa.text("version IS NOT NULL")
    op.create_index("notices_of_shares", "notices", ["client"], sqlite_where=of_shares, postgresql_where=of_shares)
