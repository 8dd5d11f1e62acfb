"""The SQL of what became of the offsets of the firm's own topics, in the database that several processes write."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Table, delete, select, tuple_
from sqlalchemy.dialects import postgresql

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.statements import RowStatement, put_into
from monitor.service.ports.origin_records import (
    BlockKey,
    LostOriginsRecord,
    OriginBlockRecord,
    OriginPlace,
    OriginRecord,
)


class OriginWriters:
    """The statements that write rows, compiled once."""

    def __init__(self, dialect: Dialect) -> None:
        self.origins: RowStatement = put_into(t.ORIGINS, dialect)
        self.blocks: RowStatement = put_into(t.ORIGIN_BLOCKS, dialect)
        self.lost: RowStatement = put_into(t.LOST_ORIGINS, dialect)


WRITERS: Final = OriginWriters(postgresql.dialect())  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


def origins(connection: Connection) -> list[OriginRecord]:
    """All of them, in order."""
    return [OriginRecord._make(row) for row in connection.execute(_in_order(t.ORIGINS))]


def blocks_of(connection: Connection, keys: Collection[BlockKey]) -> list[OriginBlockRecord]:
    """Those of these blocks that are there."""
    row = t.ORIGIN_BLOCKS.c
    asked = select(t.ORIGIN_BLOCKS).where(tuple_(row.topic, row.partition, row.number).in_(list(keys)))
    return [OriginBlockRecord._make(found) for found in connection.execute(asked)]


def all_blocks(connection: Connection) -> list[OriginBlockRecord]:
    """All that are kept."""
    return [OriginBlockRecord._make(row) for row in connection.execute(select(t.ORIGIN_BLOCKS))]


def drop_blocks(connection: Connection, place: OriginPlace, below: int) -> None:
    """Forgets the blocks of a partition before one."""
    row = t.ORIGIN_BLOCKS.c
    mine = (row.topic == place.topic) & (row.partition == place.partition)
    connection.execute(delete(t.ORIGIN_BLOCKS).where(mine, row.number < below))


def lost_origins(connection: Connection) -> list[LostOriginsRecord]:
    """All records that were lost, in order."""
    return [LostOriginsRecord._make(row) for row in connection.execute(_in_order(t.LOST_ORIGINS))]


def _in_order(table: Table) -> Any:
    return select(table).order_by(*table.primary_key)
