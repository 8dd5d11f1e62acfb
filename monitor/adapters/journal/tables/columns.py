"""What all tables are made of: one metadata, how text is compared, and the shapes of columns and indexes that return."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Column, ColumnElement, Index, Integer, MetaData, Text

METADATA: Final = MetaData()

TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text compared by its bytes, as SQLite does. Left to itself PostgreSQL compares by the database's language: another
order on each server, and indexes that a new version of that language's rules leaves broken."""


def position() -> Column[int]:
    """Where in the journal a row stands. Kept counts itself: the order is the order of commits."""
    return Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)


def of_obligation() -> list[Column[Any]]:
    """Whose an obligation is, by which promise, and for what."""
    return [
        Column("case_id", TEXT, nullable=False),
        Column("client", TEXT, nullable=False),
        Column("promise", TEXT, nullable=False),
        Column("version", Integer, nullable=False),
        Column("kind", TEXT, nullable=False),
        Column("occasion", TEXT),
        Column("channel", TEXT),
        Column("tier", TEXT),
    ]


def partial_index(name: str, *columns: Column[Any], where: ColumnElement[bool], unique: bool = False) -> Index:
    """An index of the rows that meet a condition, in both databases."""
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)
