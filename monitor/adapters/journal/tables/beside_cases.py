"""What is kept beside cases: editions of the book, clients, sources, notes, tokens, and reports as they were issued."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, Table

from monitor.adapters.journal.tables.columns import METADATA, TEXT, partial_index

EDITIONS: Final = Table(
    "editions",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("recorded", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("restates", Boolean, nullable=False),
    Column("digest", TEXT, nullable=False),
    Column("author", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("text", TEXT, nullable=False),
)

CLIENTS: Final = Table(
    "clients",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("place", Integer, nullable=False),
)
SOURCES: Final = Table(
    "sources",
    METADATA,
    Column("name", TEXT, primary_key=True),
    Column("heard_at", BigInteger, nullable=False),
)
NOTES: Final = Table(
    "notes",
    METADATA,
    Column("key", TEXT, primary_key=True),
    Column("value", TEXT, nullable=False),
)

TOKENS: Final = Table(
    "tokens",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("digest", TEXT, nullable=False),
    Column("scopes", TEXT, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
)
_LIVE_TOKEN = TOKENS.c.revoked.is_(None)
TOKENS_BY_NAME: Final = partial_index("tokens_by_name", TOKENS.c.name, unique=True, where=_LIVE_TOKEN)

REPORTS: Final = Table(
    "reports",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("issued", BigInteger, nullable=False),
    Column("client", TEXT, nullable=False),
    Column("period", TEXT, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("author", TEXT, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""Reports as they were issued, with all they say: they stay when what they tell of is retired."""
