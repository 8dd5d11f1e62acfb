"""What stands now: matters, their cases, and what is owed in these."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, ForeignKey, Index, Integer, Table, literal_column

from monitor.adapters.journal.tables.columns import METADATA, TEXT, of_obligation, partial_index

# Tables that are written again and again by their text keys are stored by these: a fifth less work than by row numbers.
MATTERS: Final = Table(
    "matters",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("wakes_at", BigInteger, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("home", Integer, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
MATTERS_BY_WAKE: Final = Index("matters_by_wake", MATTERS.c.held, MATTERS.c.wakes_at)
MATTERS_BY_HOME: Final = Index(
    "matters_by_home", MATTERS.c.home, MATTERS.c.wakes_at, postgresql_where=~MATTERS.c.held
).ddl_if(dialect="postgresql")
"""Only workers have several homes, and a home without matters would be looked for among those of all others."""

CASES: Final = Table(
    "cases",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("matter", TEXT, ForeignKey("matters.id", deferrable=True, initially="DEFERRED"), nullable=False),
    Column("client", TEXT, nullable=False),
    Column("phase", TEXT, nullable=False),
    Column("holder", TEXT),
    Column("team", TEXT),
    Column("channel", TEXT),
    Column("priority", TEXT),
    Column("tier", TEXT),
    Column("opened_at", BigInteger),
    sqlite_with_rowid=False,
)
CASES_BY_MATTER: Final = Index("cases_by_matter", CASES.c.matter)
CASES_BY_CLIENT: Final = Index("cases_by_client", CASES.c.client)

OBLIGATIONS: Final = Table(
    "obligations",
    METADATA,
    Column("id", TEXT, primary_key=True),
    *of_obligation(),
    Column("opened", BigInteger, nullable=False),
    Column("due", BigInteger),
    Column("verdict", TEXT, nullable=False),
    Column("ended", BigInteger),
    Column("warnings", Integer, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("is_given", Boolean, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("decision", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
OBLIGATIONS_BY_CASE: Final = Index("obligations_by_case", OBLIGATIONS.c.case_id)
OBLIGATIONS_BY_CLIENT: Final = Index("obligations_by_client", OBLIGATIONS.c.client, OBLIGATIONS.c.due)
LATE: Final = OBLIGATIONS.c.verdict.in_([literal_column("'broken'"), literal_column("'unknown'")])
RUNNING: Final = OBLIGATIONS.c.verdict == literal_column("'running'")
"""Spelled out, for SQLite takes a partial index only where a question repeats its condition word for word."""
LATE_OBLIGATIONS: Final = partial_index("late_obligations", OBLIGATIONS.c.due, where=LATE)
_CONCLUDED = OBLIGATIONS.c.due.is_(None) & OBLIGATIONS.c.ended.is_not(None)
CONCLUDED_OBLIGATIONS: Final = partial_index("concluded_obligations", OBLIGATIONS.c.ended, where=_CONCLUDED)
RUNNING_OBLIGATIONS: Final = partial_index("running_obligations", OBLIGATIONS.c.kind, OBLIGATIONS.c.due, where=RUNNING)
OPEN_STEP: Final = OBLIGATIONS.c.is_open & OBLIGATIONS.c.kind.in_(
    [literal_column(f"'{step}'") for step in ("acknowledge", "explain", "tell", "apologise", "remedy")]
)
OPEN_STEPS: Final = partial_index("open_steps", OBLIGATIONS.c.case_id, OBLIGATIONS.c.occasion, where=OPEN_STEP)
"""The steps of owning a breach that are still to be taken: none where the book owes none."""
OPEN: Final[ColumnElement[bool]] = literal_column("obligations.is_open")
"""Spelled out as well: `is_open = 1`, as SQLAlchemy asks SQLite otherwise, is not the condition of the index."""
OPEN_OBLIGATIONS: Final = partial_index("open_obligations", OBLIGATIONS.c.due, where=OBLIGATIONS.c.is_open)
