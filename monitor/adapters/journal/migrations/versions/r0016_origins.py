"""Which offsets of the firm's own topics have left a trace, and which are missing."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from monitor.adapters.journal.tables import TEXT

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Accounts begin with what is seen from now on."""
    op.create_table(
        "origins",
        *_key(),
        *(
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in (
                *("begins_at", "accounted", "asked_below", "open_below", "open_records", "doubt_from", "doubt_until"),
                *("gaps", "read_again", "empty", "lost"),
            )
        ),
    )
    op.create_table(
        "origin_blocks",
        *_key(),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("seen", sa.LargeBinary, nullable=False),
        sa.Column("earliest", sa.BigInteger, nullable=False),
        sa.Column("latest", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "lost_origins",
        *_key(),
        sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("end", "starts_at", "ends_at")),
    )


def _key() -> list[sa.Column[Any]]:
    return [
        sa.Column("topic", TEXT, primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False),
    ]
