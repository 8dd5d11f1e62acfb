"""What an edge has done since it started, and the series that say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from prometheus_client.metrics_core import InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor.adapters.metrics.series import counter, gauges
from monitor.conventions import own_metrics
from monitor.conventions.process_metrics import (
    EDGE_EVENTS,
    EDGE_LAG,
    EDGE_LAST_EVENT,
    EDGE_PARTITIONS,
    EDGE_READ_AGAIN,
    EDGE_RECORDS,
)
from monitor.conventions.topics import EDGE_RESULTS
from monitor.domain.hours.instant import SECOND_US, InstantUs

_NO_BOOK: Final = ""


@dataclass(slots=True)
class EdgeCounts:
    """Counts of what is acknowledged, by topic; `lag` and `partitions` are what was last seen."""

    topics: Sequence[str]
    records: Counter[tuple[str, str]] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    read_again: Counter[str] = field(default_factory=Counter)
    last_events: dict[str, InstantUs] = field(default_factory=dict)
    lag: Counter[str] = field(default_factory=Counter)
    partitions: Counter[str] = field(default_factory=Counter)

    def add(self, other: EdgeCounts) -> None:
        """Adds what a fetch came to."""
        self.records.update(other.records)
        self.events.update(other.events)
        for topic, instant in other.last_events.items():
            self.heard(topic, instant)

    def heard(self, topic: str, instant: InstantUs) -> None:
        """Takes note of an event's time."""
        self.last_events[topic] = max(self.last_events.get(topic, 0), instant)


class EdgeCollector(Collector):
    """The series of one edge; every label is a topic that its file names, or one of a few results."""

    def __init__(self, counts: EdgeCounts, version: str) -> None:
        self._counts = counts
        self._version = version

    def collect(self) -> Iterator[Metric]:
        """The series as of now."""
        counts = self._counts
        topics = counts.topics
        results = {(topic, result): counts.records[topic, result] for topic in topics for result in EDGE_RESULTS}
        yield counter(EDGE_RECORDS, results)
        yield counter(EDGE_EVENTS, _by_topic(topics, counts.events))
        yield counter(EDGE_READ_AGAIN, _by_topic(topics, counts.read_again))
        yield gauges(EDGE_LAG, _by_topic(topics, counts.lag))
        yield gauges(EDGE_PARTITIONS, _by_topic(topics, counts.partitions))
        last = {topic: at / SECOND_US for topic, at in counts.last_events.items()}
        yield gauges(EDGE_LAST_EVENT, _by_topic(topics, last))
        yield InfoMetricFamily(
            own_metrics.BUILD.name, own_metrics.BUILD.help, {"version": self._version, "book": _NO_BOOK}
        )


def _by_topic(topics: Iterable[str], values: Mapping[str, float]) -> dict[tuple[str], float]:
    return {(topic,): values.get(topic, 0) for topic in topics}
