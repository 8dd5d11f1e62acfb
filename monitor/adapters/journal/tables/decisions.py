"""The history, which is the outbox at once: decisions, and the ways they are found."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, literal_column

from monitor.adapters.journal.tables.columns import METADATA, TEXT, of_obligation, partial_index, position

DECISIONS: Final = Table(
    "decisions",
    METADATA,
    position(),
    Column("id", TEXT, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("replaces", BigInteger),
    Column("type", TEXT, nullable=False),
    Column("obligation", TEXT, nullable=False),
    *of_obligation(),
    Column("holder", TEXT),
    Column("grade", TEXT),
    Column("opened", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("verdict", TEXT, nullable=False),
    Column("previous", TEXT),
    Column("restated", Boolean, nullable=False),
    Column("due", BigInteger),
    Column("ended", BigInteger),
    Column("is_open", Boolean, nullable=False),
    Column("warnings", Integer, nullable=False),
    Column("elapsed", BigInteger),
    Column("margin", BigInteger),
    Column("ratio", BigInteger),
    Column("cause_source", TEXT),
    Column("cause_id", TEXT),
    Column("reason", TEXT, nullable=False),
)
"""The history: rows are only ever added. What held at a recorded instant is what no row recorded until then replaces."""
_REPLACING: Final = DECISIONS.c.replaces.is_not(None)
DECISIONS_BY_REPLACED: Final = partial_index(
    "decisions_by_replaced", DECISIONS.c.replaces, unique=True, where=_REPLACING
)
"""Unique: history does not fork, whoever writes it."""
DECISIONS_BY_CLIENT: Final = Index(
    "decisions_by_client",
    *(DECISIONS.c.client, DECISIONS.c.opened),
    *(DECISIONS.c.verdict, DECISIONS.c.kind, DECISIONS.c.promise, DECISIONS.c.version),
    *(DECISIONS.c.elapsed, DECISIONS.c.is_open),
)
"""For a client's period; with all that is counted of its obligations, so that no row is read for that."""
IS_BREACH: Final = DECISIONS.c.verdict.in_([literal_column("'broken'"), literal_column("'excused'")])
BREACHES_BY_CLIENT: Final = partial_index("breaches_by_client", DECISIONS.c.client, DECISIONS.c.opened, where=IS_BREACH)
"""A client's breaches, as few as they are."""
DECISIONS_BY_CASE: Final = Index("decisions_by_case", DECISIONS.c.case_id)
DECISIONS_BY_OPENING: Final = Index("decisions_by_opening", DECISIONS.c.opened)
"""For a period of all clients. Like positions, instants of opening mostly grow: it is added to at its end."""
DECISIONS_BY_KIND: Final = Index("decisions_by_kind", DECISIONS.c.kind, DECISIONS.c.opened, DECISIONS.c.tier)
"""For what the past says of a promise: which occasions of a kind there were is read off it alone."""
