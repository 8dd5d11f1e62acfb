"""One counter for each case in the state of Quix Streams: a peer of `worker.py`, run by an environment of its own.

Arguments: broker, topic, its partitions, how many events there are, a folder.
"""

from __future__ import annotations

import sys
from typing import Any

from marks import Marks  # type: ignore[import-not-found]  # beside this script
from quixstreams import Application  # type: ignore[import-not-found]  # in that environment only

broker, topic, _, events, folder = sys.argv[1:]
marks = Marks(int(events))
app = Application(
    broker_address=broker,
    consumer_group=f"quix-{topic}",
    auto_offset_reset="earliest",
    state_dir=folder,
    loglevel="ERROR",
)


def count(_: Any, state: Any) -> None:
    """Counts the events of each case."""
    state.set("count", state.get("count", 0) + 1)
    if marks.take():
        app.stop()


stream = app.dataframe(app.topic(topic, value_deserializer="json"))
stream.update(count, stateful=True)

if __name__ == "__main__":
    app.run()
