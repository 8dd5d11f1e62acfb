"""One table write for each event by a Faust agent as a tutorial writes it: a peer of `worker.py`.

Arguments: broker, topic, its partitions, how many events there are, a folder.
"""

from __future__ import annotations

import sys
from typing import Any

import faust
import orjson
from marks import Marks  # type: ignore[import-not-found]  # beside this script

broker, topic, partitions, events, folder = sys.argv[1:]
marks = Marks(int(events))
app = faust.App(
    f"stock-{topic}",
    broker=f"kafka://{broker}",
    consumer_auto_offset_reset="earliest",
    store="memory://",
    topic_partitions=int(partitions),
    topic_replication_factor=1,
    topic_disable_leader=True,
    web_enabled=False,
    datadir=folder,
)
counts = app.Table("counts", default=int, partitions=int(partitions))


@app.agent(app.topic(topic, key_serializer="raw", value_serializer="raw"))
async def count(stream: Any) -> None:
    """Counts the events of each case."""
    async for event in stream:
        counts[orjson.loads(event)["subject"]] += 1
        marks.take()


if __name__ == "__main__":
    sys.argv[1:] = ["worker", "--loglevel=error", "--without-web"]
    app.main()
