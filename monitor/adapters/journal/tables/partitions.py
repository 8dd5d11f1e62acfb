"""What workers share: whose each partition is, and which matters somebody else has written."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from monitor.adapters.journal.tables.columns import METADATA, TEXT

PARTITIONS: Final = Table(
    "partitions",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("owner", TEXT, nullable=False),
    Column("next_offset", BigInteger),
    Column("read_until", BigInteger, nullable=False),
    Column("followed", BigInteger, nullable=False),
)
"""The partitions of the topic of events, whose each is and how far it is read; see `monitor.service.workers.share`."""
VISITS: Final = Table(
    "visits",
    METADATA,
    Column("matter", TEXT, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
"""Matters that somebody else than the owner of their home has written, each with the number of the last time."""
VISITS_BY_NUMBER: Final = Index("visits_by_number", VISITS.c.number)
