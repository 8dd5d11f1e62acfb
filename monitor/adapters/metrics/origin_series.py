"""The series about records of the firm's topics that left no trace, as the database has them; shown by the keeper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from prometheus_client.metrics_core import Metric
from sqlalchemy import Engine

from monitor.adapters.journal import origin_table
from monitor.adapters.journal.driver_errors import translated
from monitor.adapters.metrics.series import counter, gauge, gauges
from monitor.conventions import limits
from monitor.conventions.metric_name import OTHER, MetricName
from monitor.conventions.process_metrics import (
    ORIGIN_EMPTY,
    ORIGIN_GAPS,
    ORIGIN_LOST,
    ORIGIN_OPEN,
    ORIGIN_READ_AGAIN,
    ORIGINS_LEFT_OUT,
    ORIGINS_LOOKED_AT,
)
from monitor.domain.hours.instant import SECOND_US, InstantUs
from monitor.service.ports.origin_records import OriginRecord

_COUNTED: Final[tuple[tuple[MetricName, Callable[[OriginRecord], int]], ...]] = (
    (ORIGIN_GAPS, lambda row: row.gaps),
    (ORIGIN_READ_AGAIN, lambda row: row.read_again),
    (ORIGIN_LOST, lambda row: row.lost),
    (ORIGIN_EMPTY, lambda row: row.empty),
)


def origins_of(engine: Engine) -> list[OriginRecord]:
    """The accounts of all partitions of the firm's topics; raises TransientError."""
    with translated(), engine.connect() as connection:
        return origin_table.origins(connection)


def origin_series(rows: Sequence[OriginRecord], last_look: InstantUs | None) -> Iterator[Metric]:
    """All of them; the partitions beyond a limit are one series together."""
    yield gauges(ORIGIN_OPEN, _by_place(rows, lambda row: row.open_records))
    for metric, count in _COUNTED:
        yield counter(metric, _by_place(rows, count))
    yield gauge(ORIGINS_LEFT_OUT, max(0, len(rows) - limits.ORIGINS_WITH_SERIES))
    yield gauge(ORIGINS_LOOKED_AT, (last_look or 0) / SECOND_US)


def _by_place(rows: Sequence[OriginRecord], count: Callable[[OriginRecord], int]) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for number, row in enumerate(rows):
        labels = (row.topic, str(row.partition)) if number < limits.ORIGINS_WITH_SERIES else (OTHER, OTHER)
        counted[labels] += count(row)
    return counted
