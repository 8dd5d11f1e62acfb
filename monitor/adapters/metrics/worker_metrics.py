"""`/metrics` of a worker: the counts of its partitions, each series with the partition it is of.

All of it is asked of the database at the scrape, in one snapshot: whose the partitions are, and what is counted in them.
So each count is shown by one worker at a time, whoever thinks to own what, and all workers together show the history to
the unit, also right after partitions have changed hands. A series moves with its partition and goes on where it was.

What belongs to no partition (clients, shares, sources, time left, dead letters) is shown by whoever has partition 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from prometheus_client.metrics_core import InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample
from sqlalchemy import Engine, select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.driver_errors import translated
from monitor.adapters.journal.store import counts_of
from monitor.adapters.metrics import prometheus
from monitor.adapters.metrics.beside import Beside
from monitor.adapters.metrics.origin_series import origin_series, origins_of
from monitor.adapters.metrics.series import counter, gauge, gauges, quantiles
from monitor.conventions import limits, own_metrics
from monitor.conventions.metric_name import PARTITION
from monitor.conventions.process_metrics import (
    WORKER_LAG,
    WORKER_LOST_RECORDS,
    WORKER_PARTITIONS,
    WORKER_READ_UNTIL,
    WORKER_TOPIC_PARTITIONS,
    WORKER_TURN,
)
from monitor.service.commits.totals import Totals
from monitor.service.ports.counts import Counts
from monitor.service.workers.log_intake import LogIntake
from monitor.service.workers.origin_keeper import OriginKeeper
from monitor.service.workers.share import KEEPER, SPANNING
from monitor.service.workers.shared_commit_point import SharedCommitPoint


@dataclass(frozen=True, slots=True)
class WatchedWorker:
    """What the series are about."""

    commit_point: SharedCommitPoint
    intake: LogIntake
    keeper: OriginKeeper
    beside: Beside
    version: str


@dataclass(slots=True)
class OwnCounts:
    """What is counted in each partition of one worker, and in all of them where it keeps what belongs to none."""

    by_partition: dict[str, Totals] = field(default_factory=dict)
    whole: Totals | None = None


def own_counts(engine: Engine, epochs: Mapping[int, int]) -> OwnCounts:
    """The counts of those of these partitions that are had by these epochs, in one snapshot. Raises TransientError."""
    found = OwnCounts()
    with translated(), engine.connect() as connection:
        asked = select(t.PARTITIONS.c.number, t.PARTITIONS.c.epoch)
        own = {number for number, epoch in connection.execute(asked) if epochs.get(number) == epoch}
        if not own:
            return found
        counts = counts_of(connection)
        if KEEPER in own:
            found.whole = Totals()
            found.whole.add(counts)
            own.add(SPANNING)
    for home in sorted(own):
        totals = Totals()
        totals.add(_counted_in(home, counts))
        name = "spanning" if home == SPANNING else str(home)
        # A client has series where an obligation to them was ever opened: there before the first breach is.
        met = {key.client for key in totals.client_standings} | {key.client for key in totals.client_verdicts}
        totals.clients = [client for client in counts.clients[: limits.CLIENTS_WITH_SERIES] if client in met]
        found.by_partition[name] = totals
    return found


def _counted_in(home: int, counts: Counts) -> Counts:
    part = Counts()
    part.decisions.update({key: count for key, count in counts.decisions.items() if key.home == home})
    part.obligations.update({key: count for key, count in counts.obligations.items() if key.home == home})
    part.ratios = {key: added for key, added in counts.ratios.items() if key.home == home}
    part.owning = {key: added for key, added in counts.owning.items() if key.home == home}
    part.intake.update({key: count for key, count in counts.intake.items() if key.home == home})
    return part


class WorkerCollector(Collector):
    """The series of one worker."""

    def __init__(self, watched: WatchedWorker, engine: Engine) -> None:
        self._watched = watched
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        """All series; raises TransientError where the database can't be asked."""
        watched = self._watched
        book = watched.commit_point.book
        shown = prometheus.shown_by(book)
        own = own_counts(self._engine, dict(watched.commit_point.share.epochs))
        labelled = [
            _of_partition(metric, partition)
            for partition, totals in own.by_partition.items()
            for metric in prometheus.counted(totals, shown)
        ]
        yield from _together(labelled)
        if own.whole is not None:
            yield from prometheus.undivided(own.whole, book, watched.beside)
            yield from origin_series(origins_of(self._engine), watched.keeper.last_look)
        yield from self._process()
        yield InfoMetricFamily(
            own_metrics.BUILD.name, own_metrics.BUILD.help, {"version": watched.version, "book": book.name}
        )

    def _process(self) -> Iterator[Metric]:
        """What this process is at."""
        point, intake = self._watched.commit_point, self._watched.intake
        yield quantiles(own_metrics.COMMIT_SECONDS, point.durations.quantiles())
        yield counter(own_metrics.FAILED_COMMITS, {(): point.failed_commits})
        yield gauge(own_metrics.LAST_RECORDED, prometheus.seconds_of(point.last_recorded))
        yield gauge(own_metrics.BOOK_EDITION, len(point.shelf.editions))
        yield gauge(own_metrics.REJUDGING, point.is_rejudging)
        yield gauge(WORKER_PARTITIONS, len(intake.next_offsets))
        yield gauge(WORKER_TOPIC_PARTITIONS, intake.topic_partitions)
        yield gauge(WORKER_LAG, intake.lag())
        read = {(str(number),): prometheus.seconds_of(at) for number, at in sorted(point.share.read_until.items())}
        yield gauges(WORKER_READ_UNTIL, read)
        yield gauge(WORKER_TURN, prometheus.seconds_of(intake.last_turn or 0))
        yield counter(WORKER_LOST_RECORDS, {(): intake.lost_records})


def _of_partition(metric: Metric, partition: str) -> Metric:
    """The metric with one more label."""
    labelled = Metric(metric.name, metric.documentation, metric.type)
    labelled.samples = [
        Sample(sample.name, {**sample.labels, PARTITION: partition}, sample.value) for sample in metric.samples
    ]
    return labelled


def _together(metrics: Iterable[Metric]) -> Iterable[Metric]:
    """One metric of each name with the samples of all: the format has each name once."""
    named: dict[str, list[Metric]] = {}
    for metric in metrics:
        named.setdefault(metric.name, []).append(metric)
    for same in named.values():
        whole = Metric(same[0].name, same[0].documentation, same[0].type)
        whole.samples = list(chain.from_iterable(metric.samples for metric in same))
        yield whole
