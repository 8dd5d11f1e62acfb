"""The series of promised shares, of cases and of the work, from the readings of `share_watch.py` and `work_watch.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from prometheus_client.metrics_core import Metric

from monitor.adapters.metrics.series import gauge, gauges
from monitor.adapters.metrics.share_watch import RUNNING, ShareReading, ShareReadings
from monitor.conventions import limits, promise_metrics
from monitor.conventions.metric_name import MetricName
from monitor.domain.hours.instant import SECOND_US
from monitor.domain.promises.promised_people import Measure


def share_series(cases: ShareReadings, work: ShareReadings, clients: Sequence[str]) -> Iterator[Metric]:
    """How shares stand. `clients` in the order in which they have series, so that none loses its own to another."""
    readings = [*cases.shares, *work.shares]
    places = {client: place for place, client in enumerate(clients)}
    names = dict.fromkeys(reading[:3] for reading in readings)
    shown = set(sorted(names, key=lambda name: (places.get(name[0], len(places)), name))[: limits.SHARES_WITH_SERIES])
    series: dict[MetricName, dict[tuple[str, ...], float]] = {metric: {} for metric in _METRICS}
    for reading in readings:
        if reading[:3] in shown:
            for metric, labels, value in _of(reading):
                series[metric][labels] = value
    for metric, values in series.items():
        yield gauges(metric, values)
    yield gauge(promise_metrics.SHARES_READ, cases.looked_at / SECOND_US)
    yield gauge(promise_metrics.SHARES_LEFT_OUT, len(names) - len(shown))


def _of(reading: ShareReading) -> Iterator[tuple[MetricName, tuple[str, ...], float]]:
    share = (reading.client, reading.promise, str(reading.version))
    labels = (*share, reading.which)
    yield promise_metrics.SHARE_PROMISED, share, reading.promised
    unit = SECOND_US if reading.measure is Measure.MINUTES else 1
    amounts = (reading.broken, reading.left, reading.left_by_end)
    for metric, amount in zip(_BUDGETS[reading.measure], amounts, strict=True):
        yield metric, labels, amount / unit
    if reading.ratio is not None:
        yield promise_metrics.SHARE, labels, reading.ratio
    if reading.pace is not None:
        yield promise_metrics.SHARE_PACE, labels, reading.pace
    if reading.which == RUNNING:
        yield promise_metrics.SHARE_STARTS, share, reading.starts_at / SECOND_US


_BUDGETS: Final = {
    None: (promise_metrics.SHARE_BROKEN, promise_metrics.SHARE_LEFT, promise_metrics.SHARE_LEFT_BY_END),
    Measure.MINUTES: (
        promise_metrics.SHARE_BELOW_SECONDS,
        promise_metrics.SHARE_LEFT_SECONDS,
        promise_metrics.SHARE_LEFT_SECONDS_BY_END,
    ),
    Measure.TOUCHES: (
        promise_metrics.SHARE_BELOW_TOUCHES,
        promise_metrics.SHARE_LEFT_TOUCHES,
        promise_metrics.SHARE_LEFT_TOUCHES_BY_END,
    ),
}
"""By what a share is of: what counts against it, and what is left of what may."""
_METRICS: Final = (
    promise_metrics.SHARE,
    promise_metrics.SHARE_PROMISED,
    *(metric for budget in _BUDGETS.values() for metric in budget),
    promise_metrics.SHARE_PACE,
    promise_metrics.SHARE_STARTS,
)
