"""What people did, counted: over all, of each matter, and of what was retired."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from monitor.adapters.journal.tables import TEXT

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables; everything in the journal is judged once more, for what people did was not counted before."""
    for name in ("figure_counts", "retired_figure_counts"):
        op.create_table(
            name,
            *(sa.Column(key, TEXT, primary_key=True) for key in ("figure", "tier", "subject", "detail")),
            sa.Column("counted", sa.BigInteger, nullable=False),
            sa.Column("withdrawn", sa.BigInteger, nullable=False),
        )
    op.create_table(
        "matter_figures",
        sa.Column("matter", TEXT, primary_key=True),
        sa.Column("figures", TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
    _judge_everything_again()


def _judge_everything_again() -> None:
    connection = op.get_bind()
    edition = connection.scalar(sa.text("SELECT max(number) FROM editions"))
    if edition is None:
        return
    note = json.dumps({"edition": int(edition), "everything": True, "after": ""})
    connection.execute(sa.text("DELETE FROM notes WHERE key = 'rejudging'"))
    connection.execute(sa.text("INSERT INTO notes (key, value) VALUES ('rejudging', :note)"), {"note": note})
