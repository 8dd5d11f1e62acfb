"""A worker that judges nothing: reads the same records and writes the rows that a worker has left of them: a peer of `worker.py`.

What can be written ahead is: each commit adds its share of the rows of events, decisions, obligations, cases and matters as
they are at the end, none is changed later, nothing is counted, and no turn is taken. It is what reading from Kafka and
having a history in PostgreSQL cost by themselves, at two thousand events a commit as a worker that lags behind has them.

Arguments: broker, topic, its partitions, how many events there are, a folder, the database of a worker that has taken
them, an empty one with the same tables.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer
from marks import Marks  # type: ignore[import-not-found]  # beside this script
from sqlalchemy import Connection, select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.database import engine_for
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.statements import insert_into, put_into

RECORDS: Final = 2_000
TABLES: Final = (t.EVENTS, t.MATTERS, t.CASES, t.OBLIGATIONS, t.DECISIONS)
OFFSETS: Final = t.NOTES
"""How far it has come is a row, too."""


async def main(broker: str, topic: str, events: int, source: str, target: str) -> None:
    """Takes all events, in commits of a fetch each."""
    marks = Marks(events)
    written = rows_of(source)
    engine = engine_for(Location.parse(target))
    writers = [insert_into(table, engine.dialect) for table in TABLES]
    offsets = put_into(OFFSETS, engine.dialect)
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker,
        group_id=f"bare-{topic}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    taken = 0

    def write(connection: Connection, upto: int, ahead: dict[int, int]) -> None:
        for writer, rows in zip(writers, written, strict=True):
            writer.execute(connection, rows[taken * len(rows) // events : upto * len(rows) // events])
        offsets.execute(connection, [(f"offset {number}", str(offset)) for number, offset in ahead.items()])
        connection.commit()

    with engine.connect() as connection:
        while taken < events:
            fetched = await consumer.getmany(timeout_ms=200, max_records=RECORDS)
            records = [record for portion in fetched.values() for record in portion]
            for record in records:
                orjson.loads(record.value)
            ahead = {place.partition: portion[-1].offset + 1 for place, portion in fetched.items()}
            await asyncio.to_thread(write, connection, taken + len(records), ahead)
            taken += len(records)
            for _ in records:
                marks.take()
    await consumer.stop()


def rows_of(database: str) -> list[list[tuple[Any, ...]]]:
    """The rows of each table, in the order of their keys."""
    with engine_for(Location.parse(database)).connect() as connection:
        return [
            [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))] for table in TABLES
        ]


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[4]), *sys.argv[6:8]))
