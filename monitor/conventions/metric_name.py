"""What is said of a metric, and what the labels of many have in common."""

from __future__ import annotations

from typing import Final, NamedTuple


class MetricName(NamedTuple):
    """A metric: its name without the `_total` of counters, what it says, and its labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


PARTITION: Final = "partition"
"""The label by which workers tell whose counts theirs are; a daemon has none."""

OTHER: Final = "_other"
"""The label value of clients, queues and teams beyond the limit, all together."""
