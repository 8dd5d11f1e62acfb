"""What an edge has done since it started, and the series that say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor import conventions as c
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
        records = CounterMetricFamily(c.EDGE_RECORDS.name, c.EDGE_RECORDS.help, labels=c.EDGE_RECORDS.labels)
        events = CounterMetricFamily(c.EDGE_EVENTS.name, c.EDGE_EVENTS.help, labels=c.EDGE_EVENTS.labels)
        again = CounterMetricFamily(c.EDGE_READ_AGAIN.name, c.EDGE_READ_AGAIN.help, labels=c.EDGE_READ_AGAIN.labels)
        for topic in counts.topics:
            events.add_metric((topic,), counts.events[topic])
            again.add_metric((topic,), counts.read_again[topic])
            for result in c.EDGE_RESULTS:
                records.add_metric((topic, result), counts.records[topic, result])
        yield from (records, events, again)
        yield self._gauge(c.EDGE_LAG, counts.lag)
        yield self._gauge(c.EDGE_PARTITIONS, counts.partitions)
        yield self._gauge(c.EDGE_LAST_EVENT, {topic: at / SECOND_US for topic, at in counts.last_events.items()})
        yield InfoMetricFamily(c.BUILD.name, c.BUILD.help, {"version": self._version, "book": _NO_BOOK})

    def _gauge(self, metric: c.MetricName, values: Counter[str] | dict[str, float]) -> Metric:
        gauge = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
        for topic in self._counts.topics:
            gauge.add_metric((topic,), values.get(topic, 0))
        return gauge
