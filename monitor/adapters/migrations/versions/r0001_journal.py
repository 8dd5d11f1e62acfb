"""The journal: events, what is judged together, obligations, their history, editions of the book, dead letters, counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_POSITION = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Makes the tables in an empty database."""
    _make_clients()
    _make_dead_letters()
    _make_decision_counts()
    _make_decisions()
    _make_editions()
    _make_events()
    _make_intake_counts()
    _make_matters()
    _make_notes()
    _make_obligation_counts()
    _make_obligations()
    _make_ratio_counts()
    _make_sources()
    _make_cases()


def _make_clients() -> None:
    op.create_table(
        "clients",
        sa.Column("id", _TEXT, primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
    )


def _make_dead_letters() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("position", _POSITION, primary_key=True, autoincrement=False),
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("recorded", sa.BigInteger, nullable=False),
        sa.Column("origin", _TEXT, nullable=False),
        sa.Column("found", _TEXT, nullable=False),
        sa.Column("expected", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("digest", name="dead_letter_identity"),
    )


def _make_decision_counts() -> None:
    op.create_table(
        "decision_counts",
        sa.Column("type", _TEXT, primary_key=True),
        sa.Column("verdict", _TEXT, primary_key=True),
        sa.Column("restated", sa.Boolean, primary_key=True),
        sa.Column("kind", _TEXT, primary_key=True),
        sa.Column("client", _TEXT, primary_key=True),
        sa.Column("channel", _TEXT, primary_key=True),
        sa.Column("tier", _TEXT, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )


def _make_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("position", _POSITION, primary_key=True, autoincrement=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("recorded", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("replaces", sa.BigInteger),
        sa.Column("type", _TEXT, nullable=False),
        sa.Column("obligation", _TEXT, nullable=False),
        sa.Column("case_id", _TEXT, nullable=False),
        sa.Column("client", _TEXT, nullable=False),
        sa.Column("promise", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("occasion", _TEXT),
        sa.Column("channel", _TEXT),
        sa.Column("tier", _TEXT),
        sa.Column("holder", _TEXT),
        sa.Column("opened", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("verdict", _TEXT, nullable=False),
        sa.Column("previous", _TEXT),
        sa.Column("restated", sa.Boolean, nullable=False),
        sa.Column("due", sa.BigInteger),
        sa.Column("ended", sa.BigInteger),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("warnings", sa.Integer, nullable=False),
        sa.Column("elapsed", sa.BigInteger),
        sa.Column("margin", sa.BigInteger),
        sa.Column("ratio", sa.BigInteger),
        sa.Column("cause_source", _TEXT),
        sa.Column("cause_id", _TEXT),
        sa.Column("reason", _TEXT, nullable=False),
    )
    op.create_index("decisions_by_case", "decisions", ["case_id"])
    op.create_index("decisions_by_client", "decisions", ["client", "opened"])
    op.create_index(
        "decisions_by_replaced",
        "decisions",
        ["replaces"],
        unique=True,
        sqlite_where=sa.text("replaces IS NOT NULL"),
        postgresql_where=sa.text("replaces IS NOT NULL"),
    )


def _make_editions() -> None:
    op.create_table(
        "editions",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("recorded", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("restates", sa.Boolean, nullable=False),
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("author", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("text", _TEXT, nullable=False),
    )


def _make_events() -> None:
    op.create_table(
        "events",
        sa.Column("position", _POSITION, primary_key=True, autoincrement=False),
        sa.Column("source", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("type", _TEXT, nullable=False),
        sa.Column("case_id", _TEXT),
        sa.Column("client", _TEXT),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("recorded", sa.BigInteger, nullable=False),
        sa.Column("origin", _TEXT, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("source", "id", name="event_identity"),
    )
    op.create_index("events_by_case", "events", ["case_id"])
    op.create_index(
        "events_of_clients",
        "events",
        ["client"],
        sqlite_where=sa.text("type = 'client.changed'"),
        postgresql_where=sa.text("type = 'client.changed'"),
    )


def _make_intake_counts() -> None:
    op.create_table(
        "intake_counts",
        sa.Column("outcome", _TEXT, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )


def _make_matters() -> None:
    op.create_table(
        "matters",
        sa.Column("id", _TEXT, primary_key=True),
        sa.Column("wakes_at", sa.BigInteger, nullable=False),
        sa.Column("held", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("matters_by_wake", "matters", ["held", "wakes_at"])


def _make_notes() -> None:
    op.create_table(
        "notes",
        sa.Column("key", _TEXT, primary_key=True),
        sa.Column("value", _TEXT, nullable=False),
    )


def _make_obligation_counts() -> None:
    op.create_table(
        "obligation_counts",
        sa.Column("kind", _TEXT, primary_key=True),
        sa.Column("client", _TEXT, primary_key=True),
        sa.Column("tier", _TEXT, primary_key=True),
        sa.Column("outcome", _TEXT, primary_key=True),
        sa.Column("is_open", sa.Boolean, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )


def _make_obligations() -> None:
    op.create_table(
        "obligations",
        sa.Column("id", _TEXT, primary_key=True),
        sa.Column("case_id", _TEXT, nullable=False),
        sa.Column("client", _TEXT, nullable=False),
        sa.Column("promise", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("occasion", _TEXT),
        sa.Column("channel", _TEXT),
        sa.Column("tier", _TEXT),
        sa.Column("opened", sa.BigInteger, nullable=False),
        sa.Column("due", sa.BigInteger),
        sa.Column("verdict", _TEXT, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.Column("warnings", sa.Integer, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("is_given", sa.Boolean, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("decision", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "late_obligations",
        "obligations",
        ["due"],
        sqlite_where=sa.text("verdict IN ('broken', 'unknown')"),
        postgresql_where=sa.text("verdict IN ('broken', 'unknown')"),
    )
    op.create_index(
        "running_obligations",
        "obligations",
        ["kind", "due"],
        sqlite_where=sa.text("verdict = 'running'"),
        postgresql_where=sa.text("verdict = 'running'"),
    )
    op.create_index("obligations_by_case", "obligations", ["case_id"])
    op.create_index(
        "open_obligations", "obligations", ["due"], sqlite_where=sa.text("is_open"), postgresql_where=sa.text("is_open")
    )


def _make_ratio_counts() -> None:
    op.create_table(
        "ratio_counts",
        sa.Column("kind", _TEXT, primary_key=True),
        sa.Column("tier", _TEXT, primary_key=True),
        sa.Column("edge", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("endings", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
    )


def _make_sources() -> None:
    op.create_table(
        "sources",
        sa.Column("name", _TEXT, primary_key=True),
        sa.Column("heard_at", sa.BigInteger, nullable=False),
    )


def _make_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", _TEXT, primary_key=True),
        sa.Column("matter", _TEXT, sa.ForeignKey("matters.id", deferrable=True, initially="DEFERRED"), nullable=False),
        sa.Column("client", _TEXT, nullable=False),
        sa.Column("phase", _TEXT, nullable=False),
        sa.Column("holder", _TEXT),
        sa.Column("team", _TEXT),
        sa.Column("channel", _TEXT),
        sa.Column("priority", _TEXT),
        sa.Column("tier", _TEXT),
        sa.Column("opened_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index("cases_by_client", "cases", ["client"])
    op.create_index("cases_by_matter", "cases", ["matter"])
