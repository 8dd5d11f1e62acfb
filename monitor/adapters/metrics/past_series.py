"""The series of what the past says: of promises, of the register, of clients' wishes, and when it was last asked for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.metrics_core import Metric

from monitor.adapters.metrics.attainable_watch import attainable_series
from monitor.adapters.metrics.beside import Beside
from monitor.adapters.metrics.fit_watch import fit_series
from monitor.adapters.metrics.register_watch import register_series
from monitor.adapters.metrics.series import gauges
from monitor.conventions import promise_metrics
from monitor.domain.hours.instant import SECOND_US


def past_series(beside: Beside, clients: Sequence[str]) -> Iterator[Metric]:
    """All of them; `clients` are those with series of their own."""
    attainable, register, fit = beside.attainable.readings, beside.register.readings, beside.fit.readings
    yield from attainable_series(attainable)
    yield from register_series(register, clients)
    yield from fit_series(fit)
    looked = {
        "attainable": attainable.looked_at,
        "register": register.looked_at,
        "fit": fit.looked_at,
        "work": beside.work.readings.looked_at,
    }
    yield gauges(promise_metrics.PAST_READ, {(question,): at / SECOND_US for question, at in looked.items()})
