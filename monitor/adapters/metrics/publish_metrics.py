"""`/metrics` of a process that publishes decisions, or stands by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import nan

from prometheus_client.metrics_core import CounterMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor import conventions as c
from monitor.adapters.metrics.series import gauge
from monitor.service.publisher import Publisher


class PublishCollector(Collector):
    """The series of one publisher. `behind` says how far the end of the history is from a position."""

    def __init__(self, publisher: Publisher, behind: Callable[[int | None], int | None], version: str) -> None:
        self._publisher = publisher
        self._behind = behind
        self._version = version

    def collect(self) -> Iterator[Metric]:
        """The series as of now."""
        publisher = self._publisher
        behind = self._behind(publisher.position)
        yield CounterMetricFamily(c.PUBLISHED.name, c.PUBLISHED.help, publisher.sent)
        yield gauge(c.IS_PUBLISHING, publisher.is_active)
        yield gauge(c.PUBLISHED_POSITION, nan if publisher.position is None else publisher.position)
        yield gauge(c.PUBLISHING_BEHIND, nan if behind is None else behind)
        yield InfoMetricFamily(c.BUILD.name, c.BUILD.help, {"version": self._version, "book": ""})
