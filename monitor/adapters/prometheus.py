"""`/metrics`, from the counts that are committed with what they count: after a restart every counter goes on.

A collector of its own makes the series at each scrape from a copy of the counts; nothing is counted in this process alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor import conventions as c
from monitor.domain.decisions import CHANGES_OF_VERDICT, DecisionType
from monitor.domain.instant import FOREVER_US, SECOND_US, InstantUs
from monitor.domain.obligation import Verdict
from monitor.domain.promise import JUDGED_KINDS, Kind
from monitor.domain.tally import Outcome
from monitor.service.agenda import Agenda
from monitor.service.commit_point import CommitPoint
from monitor.service.pipeline import Pipeline
from monitor.service.records import INTAKE_OUTCOMES, Counts

_GIVEN: Final = (Verdict.KEPT, Verdict.BROKEN, Verdict.EXCUSED, Verdict.VOID, Verdict.UNKNOWN)
_GIVING: Final = {*CHANGES_OF_VERDICT, DecisionType.RESTATED, DecisionType.WITHDRAWN}
_OPEN: Final = (Outcome.RUNNING, Outcome.PAUSED, Outcome.OPEN_LATE, Outcome.UNKNOWN)
_OUTCOMES: Final = tuple(outcome for outcome in Outcome if outcome is not Outcome.NO_PROMISE)


@dataclass(frozen=True, slots=True)
class Watched:
    """What the series are about."""

    commit_point: CommitPoint
    pipeline: Pipeline
    agenda: Agenda
    version: str


class KeptCollector(Collector):
    """The series of one Kept."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        book = watched.commit_point.book
        # A date given to a client is an obligation also where the book has no promise of that kind.
        self._kinds = [kind.value for kind in JUDGED_KINDS if kind in book.kinds or kind is Kind.BY]

    def collect(self) -> Iterator[Metric]:
        """All series, from one copy of the counts."""
        counts = self._watched.commit_point.counts()
        yield from self._verdicts(counts)
        yield from self._clients(counts)
        yield from self._obligations(counts)
        yield from self._intake(counts)
        yield from self._sources(counts)
        yield from self._agenda()
        version = {"version": self._watched.version, "book": self._watched.commit_point.book.name}
        yield InfoMetricFamily(c.BUILD.name, c.BUILD.help, version)

    def _verdicts(self, counts: Counts) -> Iterator[Metric]:
        verdicts = Counter(
            {(kind, verdict.value, restated): 0 for kind in self._kinds for verdict in _GIVEN for restated in _BOTH}
        )
        decisions = Counter({(kind, each.value): 0 for kind in self._kinds for each in DecisionType})
        for key, count in counts.decisions.items():
            decisions[key.kind, key.type] += count
            if key.type in _GIVING and key.verdict in _GIVEN:
                verdicts[key.kind, key.verdict, _said(key.restated)] += count
        yield _counter(c.VERDICTS, verdicts)
        yield _counter(c.DECISIONS, decisions)

    def _clients(self, counts: Counts) -> Iterator[Metric]:
        shown = [*counts.clients[: c.CLIENTS_WITH_SERIES], c.OTHER_CLIENTS]
        verdicts = Counter(
            {(client, verdict.value, restated): 0 for client in shown for verdict in _GIVEN for restated in _BOTH}
        )
        known = set(shown)
        for key, count in counts.decisions.items():
            if key.type in _GIVING and key.verdict in _GIVEN:
                client = key.client if key.client in known else c.OTHER_CLIENTS
                verdicts[client, key.verdict, _said(key.restated)] += count
        yield _counter(c.CLIENT_VERDICTS, verdicts)
        yield _gauge(c.CLIENTS_LEFT_OUT, max(0, len(counts.clients) - c.CLIENTS_WITH_SERIES))

    def _obligations(self, counts: Counts) -> Iterator[Metric]:
        every = Counter({(kind, outcome.value): 0 for kind in self._kinds for outcome in _OUTCOMES})
        still_open = Counter({(kind, outcome.value): 0 for kind in self._kinds for outcome in _OPEN})
        for key, count in counts.obligations.items():
            every[key.kind, key.outcome] += count
            if key.is_open:
                still_open[key.kind, key.outcome] += count
        yield _gauges(c.OBLIGATIONS, every)
        yield _gauges(c.OPEN_OBLIGATIONS, still_open)

    def _intake(self, counts: Counts) -> Iterator[Metric]:
        yield _counter(c.EVENTS, {(outcome,): counts.intake[outcome] for outcome in INTAKE_OUTCOMES})
        yield _counter(c.DEAD_LETTERS, {(): counts.dead_letters})
        yield _gauge(c.EVENTS_WAITING, self._watched.pipeline.waiting_events)

    def _sources(self, counts: Counts) -> Iterator[Metric]:
        expected = [source for source in self._watched.commit_point.book.sources if source in counts.heard]
        others = [source for source in counts.heard if source not in self._watched.commit_point.book.sources]
        shown = [*expected, *others][: c.SOURCES_WITH_SERIES]
        family = GaugeMetricFamily(c.SOURCE_HEARD.name, c.SOURCE_HEARD.help, labels=c.SOURCE_HEARD.labels)
        for source in shown:
            family.add_metric([source], counts.heard[source] / SECOND_US)
        yield family
        yield _gauge(c.SOURCES_LEFT_OUT, len(counts.heard) - len(shown))

    def _agenda(self) -> Iterator[Metric]:
        yield _gauge(c.EARLIEST_DEADLINE, _seconds(self._watched.commit_point.earliest_wake))
        yield _gauge(c.AGENDA_RUN, _seconds(self._watched.agenda.last_run or 0))


_BOTH: Final = ("false", "true")


def _said(value: bool) -> str:
    return _BOTH[value]


def _seconds(instant: InstantUs) -> float:
    return inf if instant >= FOREVER_US else instant / SECOND_US


def _counter(metric: c.MetricName, values: Mapping[Any, float]) -> Metric:
    family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _gauges(metric: c.MetricName, values: Mapping[Any, float]) -> Metric:
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _gauge(metric: c.MetricName, value: float) -> Metric:
    return GaugeMetricFamily(metric.name, metric.help, value=value)


class Exposition:
    """The series as text, in the format that whoever scrapes asks for."""

    def __init__(self, collectors: Iterable[Collector]) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        for collector in collectors:
            self._registry.register(collector)

    def text(self, accept: str) -> tuple[bytes, str]:
        """The text and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type
