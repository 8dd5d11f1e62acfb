"""The series of which clients are at risk and of what they say, from the readings of `client_watch.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from prometheus_client.metrics_core import Metric

from monitor import conventions as c
from monitor.adapters.metrics.client_watch import ClientReadings
from monitor.adapters.metrics.series import gauge, gauges
from monitor.domain.hours.instant import SECOND_US


def client_series(readings: ClientReadings, clients: Sequence[str]) -> Iterator[Metric]:
    """All of them; `clients` are those with series of their own, all others are together in `_other`."""
    yield gauge(c.CLIENTS_READ, readings.looked_at / SECOND_US)
    if not readings.looked_at:
        return
    shown = frozenset(clients)
    if readings.facts:
        facts: Counter[tuple[str, ...]] = Counter()
        for client, fact, number in readings.risks:
            facts[client if client in shown else c.OTHER, fact.value] += number
        yield gauges(c.CLIENT_AT_RISK, facts)
        yield gauge(c.CLIENTS_AT_RISK, len({each.client for each in readings.risks}))
    scores: Counter[tuple[str, ...]] = Counter()
    totals: dict[tuple[str, ...], float] = {}
    for client, number, mean in readings.words:
        name = (client if client in shown else c.OTHER,)
        scores[name] += number
        totals[name] = totals.get(name, 0.0) + number * mean
    yield gauges(c.CLIENT_SCORES, scores)
    yield gauges(c.CLIENT_SCORE, {name: total / scores[name] for name, total in totals.items()})
