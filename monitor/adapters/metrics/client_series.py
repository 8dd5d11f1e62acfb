"""The series of which clients are at risk and of what they say, from the readings of `client_watch.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from prometheus_client.metrics_core import Metric

from monitor.adapters.metrics.client_watch import ClientReadings
from monitor.adapters.metrics.series import gauge, gauges
from monitor.conventions import promise_metrics
from monitor.conventions.metric_name import OTHER
from monitor.domain.hours.instant import SECOND_US


def client_series(readings: ClientReadings, clients: Sequence[str]) -> Iterator[Metric]:
    """All of them; `clients` are those with series of their own, all others are together in `_other`."""
    yield gauge(promise_metrics.CLIENTS_READ, readings.looked_at / SECOND_US)
    if not readings.looked_at:
        return
    shown = frozenset(clients)
    if readings.facts:
        facts: Counter[tuple[str, ...]] = Counter()
        for client, fact, number in readings.risks:
            facts[client if client in shown else OTHER, fact.value] += number
        yield gauges(promise_metrics.CLIENT_AT_RISK, facts)
        yield gauge(promise_metrics.CLIENTS_AT_RISK, len({each.client for each in readings.risks}))
    scores: Counter[tuple[str, ...]] = Counter()
    totals: dict[tuple[str, ...], float] = {}
    for client, number, mean in readings.words:
        name = (client if client in shown else OTHER,)
        scores[name] += number
        totals[name] = totals.get(name, 0.0) + number * mean
    yield gauges(promise_metrics.CLIENT_SCORES, scores)
    yield gauges(promise_metrics.CLIENT_SCORE, {name: total / scores[name] for name, total in totals.items()})
