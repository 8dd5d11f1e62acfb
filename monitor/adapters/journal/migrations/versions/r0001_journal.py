"""The journal: events, what is judged together, obligations, their history, editions of the book, dead letters, counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.adapters.journal.tables import TEXT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

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
    _make_letter_endings()
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
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
    )


def _make_dead_letters() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("position", _POSITION, primary_key=True, autoincrement=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("recorded", sa.BigInteger, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("found", TEXT, nullable=False),
        sa.Column("expected", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("digest", name="dead_letter_identity"),
    )


def _make_decision_counts() -> None:
    op.create_table(
        "decision_counts",
        sa.Column("type", TEXT, primary_key=True),
        sa.Column("verdict", TEXT, primary_key=True),
        sa.Column("restated", sa.Boolean, primary_key=True),
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("client", TEXT, primary_key=True),
        sa.Column("channel", TEXT, primary_key=True),
        sa.Column("tier", TEXT, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )


def _make_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("position", _POSITION, primary_key=True, autoincrement=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("recorded", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("replaces", sa.BigInteger),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("obligation", TEXT, nullable=False),
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("promise", TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("occasion", TEXT),
        sa.Column("channel", TEXT),
        sa.Column("tier", TEXT),
        sa.Column("holder", TEXT),
        sa.Column("opened", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("verdict", TEXT, nullable=False),
        sa.Column("previous", TEXT),
        sa.Column("restated", sa.Boolean, nullable=False),
        sa.Column("due", sa.BigInteger),
        sa.Column("ended", sa.BigInteger),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("warnings", sa.Integer, nullable=False),
        sa.Column("elapsed", sa.BigInteger),
        sa.Column("margin", sa.BigInteger),
        sa.Column("ratio", sa.BigInteger),
        sa.Column("cause_source", TEXT),
        sa.Column("cause_id", TEXT),
        sa.Column("reason", TEXT, nullable=False),
    )
    op.create_index("decisions_by_case", "decisions", ["case_id"])
    op.create_index("decisions_by_client", "decisions", ["client", "opened"])
    op.create_index("decisions_by_opening", "decisions", ["opened"])
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
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
    )


def _make_events() -> None:
    op.create_table(
        "events",
        sa.Column("position", _POSITION, primary_key=True, autoincrement=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("case_id", TEXT),
        sa.Column("client", TEXT),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("recorded", sa.BigInteger, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
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
        sa.Column("outcome", TEXT, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )


def _make_letter_endings() -> None:
    op.create_table(
        "letter_endings",
        sa.Column(
            "letter", sa.BigInteger, sa.ForeignKey("dead_letters.position"), primary_key=True, autoincrement=False
        ),
        sa.Column("ended", sa.BigInteger, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
    )


def _make_matters() -> None:
    op.create_table(
        "matters",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("wakes_at", sa.BigInteger, nullable=False),
        sa.Column("held", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("matters_by_wake", "matters", ["held", "wakes_at"])


def _make_notes() -> None:
    op.create_table(
        "notes",
        sa.Column("key", TEXT, primary_key=True),
        sa.Column("value", TEXT, nullable=False),
    )


def _make_obligation_counts() -> None:
    op.create_table(
        "obligation_counts",
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("client", TEXT, primary_key=True),
        sa.Column("tier", TEXT, primary_key=True),
        sa.Column("outcome", TEXT, primary_key=True),
        sa.Column("is_open", sa.Boolean, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )


def _make_obligations() -> None:
    op.create_table(
        "obligations",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("promise", TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("occasion", TEXT),
        sa.Column("channel", TEXT),
        sa.Column("tier", TEXT),
        sa.Column("opened", sa.BigInteger, nullable=False),
        sa.Column("due", sa.BigInteger),
        sa.Column("verdict", TEXT, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.Column("warnings", sa.Integer, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("is_given", sa.Boolean, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
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
    op.create_index("obligations_by_client", "obligations", ["client", "due"])
    op.create_index(
        "open_obligations", "obligations", ["due"], sqlite_where=sa.text("is_open"), postgresql_where=sa.text("is_open")
    )


def _make_ratio_counts() -> None:
    op.create_table(
        "ratio_counts",
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("tier", TEXT, primary_key=True),
        sa.Column("edge", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("endings", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
    )


def _make_sources() -> None:
    op.create_table(
        "sources",
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("heard_at", sa.BigInteger, nullable=False),
    )


def _make_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("matter", TEXT, sa.ForeignKey("matters.id", deferrable=True, initially="DEFERRED"), nullable=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("phase", TEXT, nullable=False),
        sa.Column("holder", TEXT),
        sa.Column("team", TEXT),
        sa.Column("channel", TEXT),
        sa.Column("priority", TEXT),
        sa.Column("tier", TEXT),
        sa.Column("opened_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index("cases_by_client", "cases", ["client"])
    op.create_index("cases_by_matter", "cases", ["matter"])
