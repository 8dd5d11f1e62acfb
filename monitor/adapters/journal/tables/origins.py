"""What became of the offsets of the firm's own topics."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table

from monitor.adapters.journal.tables.columns import METADATA, TEXT


def _of_origins() -> list[Column[Any]]:
    """The key of what is about a partition of one of the firm's topics."""
    return [
        Column("topic", TEXT, primary_key=True),
        Column("partition", Integer, primary_key=True, autoincrement=False),
    ]


ORIGINS: Final = Table(
    "origins",
    METADATA,
    *_of_origins(),
    *(
        Column(name, BigInteger, nullable=False)
        for name in (
            *("begins_at", "accounted", "asked_below", "open_below", "open_records", "doubt_from", "doubt_until"),
            *("gaps", "read_again", "empty", "lost"),
        )
    ),
)
"""What became of the offsets of the firm's own topics; see `monitor.service.origins.sightings`."""
ORIGIN_BLOCKS: Final = Table(
    "origin_blocks",
    METADATA,
    *_of_origins(),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("seen", LargeBinary, nullable=False),
    Column("earliest", BigInteger, nullable=False),
    Column("latest", BigInteger, nullable=False),
)
LOST_ORIGINS: Final = Table(
    "lost_origins",
    METADATA,
    *_of_origins(),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, BigInteger, nullable=False) for name in ("end", "starts_at", "ends_at")),
)
