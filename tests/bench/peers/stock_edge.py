"""The edge's work done by a Faust agent as a tutorial writes it, one message at a time: the peer of `edge.py`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import faust

from monitor.wire.edge.loading import load_edge
from monitor.wire.edge.records import DeadLetter, Origin, Record

file = load_edge(Path(sys.argv.pop(1)))
app = faust.App(
    f"stock-{file.entry.group}",
    broker=f"kafka://{file.entry.kafka.servers}",
    consumer_auto_offset_reset="earliest",
    store="memory://",
    topic_disable_leader=True,
    topic_allow_declare=False,
    web_enabled=False,
    datadir=Path(sys.argv.pop(1)),
)
sources = app.topic(*(source.topic for source in file.entry.sources), key_serializer="raw", value_serializer="raw")
events = app.topic(file.entry.events, key_serializer="raw", value_serializer="raw")
dead_letters = app.topic(file.entry.dead_letters, key_serializer="raw", value_serializer="raw")


@app.agent(sources)
async def take(stream: Any) -> None:
    """Takes one record after the other."""
    async for event in stream.events():
        message = event.message
        origin = Origin(message.topic, message.partition, message.offset)
        taken = file.intake.take(Record(origin, message.key, message.value, int(message.timestamp * 1000)))
        if isinstance(taken, DeadLetter):
            await dead_letters.send(
                key=taken.key, value=taken.value, headers=[(name, text or b"") for name, text in taken.headers]
            )
            continue
        for canonical in taken:
            await events.send(key=canonical.key, value=canonical.value)


if __name__ == "__main__":
    sys.argv[1:] = ["worker", "--loglevel=error", "--without-web"]
    app.main()
