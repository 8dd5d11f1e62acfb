"""`/metrics` of a process that tells of notices: those of all of them, while it is the one on duty."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client.metrics_core import InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor.adapters.metrics import prometheus
from monitor.adapters.metrics.canary_status import CanaryStatus, canary_series
from monitor.adapters.metrics.notice_status import NoticeStatus
from monitor.adapters.metrics.series import gauge
from monitor.conventions import own_metrics
from monitor.conventions.process_metrics import IS_NOTIFYING


class NotifyCollector(Collector):
    """The series of one such process. `status` is None while it stands by: what is on record is shown by one only. `canary`
    is None then, too, and where no canary was ever seen."""

    def __init__(
        self, status: Callable[[], NoticeStatus | None], canary: Callable[[], CanaryStatus | None], version: str
    ) -> None:
        self._status = status
        self._canary = canary
        self._version = version

    def collect(self) -> Iterator[Metric]:
        """The series as of now; raises TransientError where the database can't be asked."""
        status = self._status()
        yield gauge(IS_NOTIFYING, status is not None)
        if status is not None:
            yield from prometheus.notices(status)
        canary = self._canary()
        if canary is not None:
            yield from canary_series(canary)
        yield InfoMetricFamily(own_metrics.BUILD.name, own_metrics.BUILD.help, {"version": self._version, "book": ""})
