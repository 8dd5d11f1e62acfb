"""Notices: what somebody outside is told of, the messages about it, and what is counted of both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.adapters.journal.tables import TEXT

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables."""
    _make_notices()
    _make_deliveries()
    op.create_table(
        "notice_counts",
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("receiver", TEXT, primary_key=True),
        sa.Column("result", TEXT, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )


def _make_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("key", TEXT, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("obligation", TEXT),
        sa.Column("case_id", TEXT),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("promise", TEXT, nullable=False),
        sa.Column("promise_kind", TEXT, nullable=False),
        sa.Column("tier", TEXT, nullable=False),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("starts_at", sa.BigInteger, nullable=False),
        sa.Column("due", sa.BigInteger),
        sa.Column("ended", sa.BigInteger),
        sa.Column("opened", sa.BigInteger, nullable=False),
        sa.Column("closes_at", sa.BigInteger),
        sa.Column("resolved", sa.BigInteger),
        sa.Column("is_settled", sa.Boolean, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("warnings", sa.Integer, nullable=False),
        sa.Column("storm", TEXT),
        sa.Column("folded", sa.Integer, nullable=False),
        sa.Column("left", sa.Integer, nullable=False),
        sa.Column("remind_at", sa.BigInteger),
        sa.Column("reminders", sa.Integer, nullable=False),
        sa.Column("rounds", sa.Integer, nullable=False),
    )
    for name in ("obligation", "storm"):
        op.create_index(f"notices_by_{name}", "notices", [name])
    op.create_index("notices_by_case", "notices", ["case_id"])
    op.create_index("notices_by_opening", "notices", ["opened"])
    _make_partial("notices_by_closing", "notices", ["closes_at"], "closes_at IS NOT NULL")
    _make_partial("notices_by_reminder", "notices", ["remind_at"], "remind_at IS NOT NULL")
    _make_partial("standing_notices", "notices", ["key"], "resolved IS NULL AND storm IS NULL")


def _make_deliveries() -> None:
    op.create_table(
        "notice_deliveries",
        sa.Column("notice", TEXT, primary_key=True),
        sa.Column("receiver", TEXT, primary_key=True),
        sa.Column("phase", TEXT, primary_key=True),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("case_id", TEXT),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("try_at", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.Column("fault", TEXT, nullable=False),
    )
    _make_partial("undelivered_messages", "notice_deliveries", ["receiver", "state", "try_at"], "state != 'delivered'")
    op.create_index("deliveries_by_case", "notice_deliveries", ["case_id"])


def _make_partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
