"""The series of promised shares, of cases and of the work, from the readings of `share_watch.py` and `work_watch.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from prometheus_client.metrics_core import Metric

from monitor import conventions as c
from monitor.adapters.metrics.series import gauge, gauges
from monitor.adapters.metrics.share_watch import RUNNING, ShareReading, ShareReadings
from monitor.conventions import MetricName
from monitor.domain.hours.instant import SECOND_US
from monitor.domain.promises.promised_people import Measure


def share_series(cases: ShareReadings, work: ShareReadings, clients: Sequence[str]) -> Iterator[Metric]:
    """How shares stand. `clients` in the order in which they have series, so that none loses its own to another."""
    readings = [*cases.shares, *work.shares]
    places = {client: place for place, client in enumerate(clients)}
    names = dict.fromkeys(reading[:3] for reading in readings)
    shown = set(sorted(names, key=lambda name: (places.get(name[0], len(places)), name))[: c.SHARES_WITH_SERIES])
    series: dict[MetricName, dict[tuple[str, ...], float]] = {metric: {} for metric in _METRICS}
    for reading in readings:
        if reading[:3] in shown:
            for metric, labels, value in _of(reading):
                series[metric][labels] = value
    for metric, values in series.items():
        yield gauges(metric, values)
    yield gauge(c.SHARES_READ, cases.looked_at / SECOND_US)
    yield gauge(c.SHARES_LEFT_OUT, len(names) - len(shown))


def _of(reading: ShareReading) -> Iterator[tuple[MetricName, tuple[str, ...], float]]:
    share = (reading.client, reading.promise, str(reading.version))
    labels = (*share, reading.which)
    yield c.SHARE_PROMISED, share, reading.promised
    unit = SECOND_US if reading.measure is Measure.MINUTES else 1
    amounts = (reading.broken, reading.left, reading.left_by_end)
    for metric, amount in zip(_BUDGETS[reading.measure], amounts, strict=True):
        yield metric, labels, amount / unit
    if reading.ratio is not None:
        yield c.SHARE, labels, reading.ratio
    if reading.pace is not None:
        yield c.SHARE_PACE, labels, reading.pace
    if reading.which == RUNNING:
        yield c.SHARE_STARTS, share, reading.starts_at / SECOND_US


_BUDGETS: Final = {
    None: (c.SHARE_BROKEN, c.SHARE_LEFT, c.SHARE_LEFT_BY_END),
    Measure.MINUTES: (c.SHARE_BELOW_SECONDS, c.SHARE_LEFT_SECONDS, c.SHARE_LEFT_SECONDS_BY_END),
    Measure.TOUCHES: (c.SHARE_BELOW_TOUCHES, c.SHARE_LEFT_TOUCHES, c.SHARE_LEFT_TOUCHES_BY_END),
}
"""By what a share is of: what counts against it, and what is left of what may."""
_METRICS: Final = (
    c.SHARE,
    c.SHARE_PROMISED,
    *(metric for budget in _BUDGETS.values() for metric in budget),
    c.SHARE_PACE,
    c.SHARE_STARTS,
)
