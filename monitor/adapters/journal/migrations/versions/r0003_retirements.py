"""What the retention policy removed: which cases, how much, and what had been counted of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.adapters.journal.tables import TEXT

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables."""
    _make_retirements()
    _make_retired_cases()
    _make_retired_decision_counts()
    _make_retired_obligation_counts()
    _make_retired_ratio_counts()


def _make_retirements() -> None:
    op.create_table(
        "retirements",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("recorded", sa.BigInteger, nullable=False),
        sa.Column("policy", TEXT, nullable=False),
        sa.Column("before", sa.BigInteger, nullable=False),
        sa.Column("matters", sa.BigInteger, nullable=False),
        sa.Column("cases", sa.BigInteger, nullable=False),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("obligations", sa.BigInteger, nullable=False),
        sa.Column("decisions", sa.BigInteger, nullable=False),
        sa.Column("last_position", sa.BigInteger, nullable=False),
    )


def _make_retired_cases() -> None:
    op.create_table(
        "retired_cases",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("retirement", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def _make_retired_decision_counts() -> None:
    op.create_table(
        "retired_decision_counts",
        sa.Column("type", TEXT, primary_key=True),
        sa.Column("verdict", TEXT, primary_key=True),
        sa.Column("restated", sa.Boolean, primary_key=True),
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("client", TEXT, primary_key=True),
        sa.Column("channel", TEXT, primary_key=True),
        sa.Column("tier", TEXT, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )


def _make_retired_obligation_counts() -> None:
    op.create_table(
        "retired_obligation_counts",
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("client", TEXT, primary_key=True),
        sa.Column("tier", TEXT, primary_key=True),
        sa.Column("outcome", TEXT, primary_key=True),
        sa.Column("is_open", sa.Boolean, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )


def _make_retired_ratio_counts() -> None:
    op.create_table(
        "retired_ratio_counts",
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("tier", TEXT, primary_key=True),
        sa.Column("edge", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("endings", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
    )
