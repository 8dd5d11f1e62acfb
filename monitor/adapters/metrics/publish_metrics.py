"""`/metrics` of a process that publishes decisions, or stands by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import nan

from prometheus_client.metrics_core import InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor.adapters.metrics.series import counter, gauge
from monitor.conventions import own_metrics
from monitor.conventions.process_metrics import IS_PUBLISHING, PUBLISHED, PUBLISHED_POSITION, PUBLISHING_BEHIND
from monitor.service.publishing.publisher import Publisher


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
        yield counter(PUBLISHED, {(): publisher.sent})
        yield gauge(IS_PUBLISHING, publisher.is_active)
        yield gauge(PUBLISHED_POSITION, nan if publisher.position is None else publisher.position)
        yield gauge(PUBLISHING_BEHIND, nan if behind is None else behind)
        yield InfoMetricFamily(own_metrics.BUILD.name, own_metrics.BUILD.help, {"version": self._version, "book": ""})
