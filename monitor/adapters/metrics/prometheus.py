"""`/metrics`, from the counts that are committed with what they count: after a restart every counter goes on.

A collector of its own makes the series at each scrape from a copy of the counts; nothing is counted in this process alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import inf
from typing import Final, NamedTuple, TypeVar

from prometheus_client.metrics_core import HistogramMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor.adapters.metrics.amends_watch import amends_series
from monitor.adapters.metrics.beside import Beside
from monitor.adapters.metrics.breach_status import Unowned
from monitor.adapters.metrics.canary_status import CanaryStatus, canary_series
from monitor.adapters.metrics.client_series import client_series
from monitor.adapters.metrics.notice_status import NoticeStatus
from monitor.adapters.metrics.past_series import past_series
from monitor.adapters.metrics.people_series import people_series
from monitor.adapters.metrics.series import counter, gauge, gauges, quantiles, zeros
from monitor.adapters.metrics.share_series import share_series
from monitor.adapters.metrics.time_left import MORE, PASSED, TIMES_LEFT, TimeLeft
from monitor.conventions import limits, own_metrics, promise_metrics
from monitor.conventions.metric_name import OTHER, MetricName
from monitor.domain.cases.decisions import DecisionType
from monitor.domain.figures.tally import Outcome
from monitor.domain.hours.instant import FOREVER_US, SECOND_US, InstantUs
from monitor.domain.promises.promise import JUDGED_KINDS, Book, Kind
from monitor.domain.promises.promised_amends import STEPS, BreachState
from monitor.service.commits.commit_point import CommitPoint
from monitor.service.commits.totals import GIVEN, Totals
from monitor.service.intake.agenda import Agenda
from monitor.service.intake.pipeline import Pipeline
from monitor.service.matters.decision_rows import MILLION
from monitor.service.matters.owned_breaches import OWNED
from monitor.service.notices.notice import NoticeKind, Result
from monitor.service.ports.counts import INTAKE_OUTCOMES, OWNING_EDGES, RATIO_EDGES, Intake, OwningKey, RatioKey, Ratios
from monitor.wire.book.values import CHANNELS

_OPEN: Final = (Outcome.RUNNING, Outcome.PAUSED, Outcome.OPEN_LATE, Outcome.UNKNOWN)
_OUTCOMES: Final = tuple(outcome for outcome in Outcome if outcome is not Outcome.NO_PROMISE)
_BOTH: Final = ("false", "true")
_SPANS: Final = (PASSED, *(name for name, _ in TIMES_LEFT), MORE)
_NO_TIER: Final = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """What the series are about. `notices` is what is on record about notices, `beside` what commits don't count, `canary` what
    is on record of the canary, None where there is none."""

    commit_point: CommitPoint
    pipeline: Pipeline
    agenda: Agenda
    beside: Beside
    notices: Callable[[], NoticeStatus]
    version: str
    canary: Callable[[], CanaryStatus] | None = None


class KeptCollector(Collector):
    """The series of one Kept."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def collect(self) -> Iterator[Metric]:
        """All series, from one copy of the totals."""
        watched = self._watched
        book, totals = watched.commit_point.book, watched.commit_point.totals()
        yield from counted(totals, shown_by(book))
        yield from undivided(totals, book, watched.beside)
        yield from notices(watched.notices())
        if watched.canary is not None:
            yield from canary_series(watched.canary())
        yield from self._process()
        yield InfoMetricFamily(
            own_metrics.BUILD.name, own_metrics.BUILD.help, {"version": watched.version, "book": book.name}
        )

    def _process(self) -> Iterator[Metric]:
        """What this process is at."""
        watched = self._watched
        commit_point, agenda = watched.commit_point, watched.agenda
        yield gauge(own_metrics.EVENTS_WAITING, watched.pipeline.waiting_events)
        yield quantiles(own_metrics.COMMIT_SECONDS, commit_point.durations.quantiles())
        yield counter(own_metrics.FAILED_COMMITS, {(): commit_point.failed_commits})
        yield gauge(own_metrics.LAST_RECORDED, seconds_of(commit_point.last_recorded))
        yield gauge(own_metrics.NEXT_WAKE, seconds_of(commit_point.earliest_wake))
        yield gauge(own_metrics.AGENDA_RUN, seconds_of(agenda.last_run or 0))
        yield gauge(own_metrics.CATCHING_UP, agenda.is_catching_up)
        yield gauge(own_metrics.BOOK_EDITION, len(commit_point.shelf.editions))
        yield gauge(own_metrics.REJUDGING, commit_point.is_rejudging)


def undivided(totals: Totals, book: Book, beside: Beside) -> Iterator[Metric]:
    """What belongs to no part of the work: whoever shows it shows it of all."""
    shown = shown_by(book)
    yield from clients(totals, book, beside.clients.readings.tiers)
    yield from share_series(beside.shares.readings, beside.work.readings, totals.clients)
    yield from client_series(beside.clients.readings, totals.clients[: limits.CLIENTS_WITH_SERIES])
    yield from past_series(beside, totals.clients[: limits.CLIENTS_WITH_SERIES])
    yield from running(totals, beside.time_left(shown.owed), shown.owed)
    if shown.steps:
        yield breaches(totals, beside.unowned_breaches(), shown)
        yield from amends_series(beside.amends.readings, totals.clients)
    if book.watches_people or totals.figures:
        yield from people_series(totals.figures, book, shown.tiers)
    yield dead_letters(totals.dead_letters)
    yield from sources(totals, book)


class Shown(NamedTuple):
    """The values of labels that have series, whatever was counted: kinds of promises, tiers, an empty text for clients without
    one, and the steps of owning a breach."""

    kinds: list[str]
    tiers: list[str]
    steps: list[str]

    @property
    def owed(self) -> list[str]:
        """All kinds of obligations."""
        return [*self.kinds, *self.steps]


def shown_by(book: Book) -> Shown:
    """What has series by a book: a date given to a client is an obligation also where it has no promise of that kind, and a
    tier may have nobody in it yet."""
    return Shown(
        [kind.value for kind in JUDGED_KINDS if kind in book.kinds or kind is Kind.BY],
        [*sorted(book.tier_names.values()), _NO_TIER],
        [step.value for step in STEPS if any(step in rule.steps for rule in book.breach_rules)],
    )


def counted(totals: Totals, shown: Shown) -> Iterator[Metric]:
    """What is counted where it is decided: the figures of partitions add up to those of the whole."""
    owed, tiers = shown.owed, shown.tiers
    yield from _verdicts(totals, owed, tiers)
    yield from _client_counts(totals)
    yield from _obligations(totals, owed, tiers)
    used = {*product(owed, tiers), *((key.kind, key.tier) for key in totals.ratios)}
    yield _histogram(promise_metrics.TIME_USED, used, RatioKey, totals.ratios, edges=RATIO_EDGES, unit=MILLION)
    if shown.steps:
        taken = {
            *product([*shown.steps, OWNED], shown.kinds, tiers),
            *((key.step, key.kind, key.tier) for key in totals.owning),
        }
        yield _histogram(
            promise_metrics.TIME_TO_OWN, taken, OwningKey, totals.owning, edges=OWNING_EDGES, unit=SECOND_US
        )
    yield from _intake(totals)


def _verdicts(totals: Totals, kinds: list[str], tiers: list[str]) -> Iterator[Metric]:
    verdicts = zeros(kinds, [*CHANNELS, ""], tiers, [verdict.value for verdict in GIVEN], _BOTH)
    restated = zeros(kinds)
    for key, count in totals.verdicts.items():
        verdicts[*key[:-1], _said(key.restated)] += count
        restated[key.kind,] += count * key.restated
    yield counter(promise_metrics.VERDICTS, verdicts)
    yield counter(promise_metrics.RESTATEMENTS, restated)
    decisions = zeros(kinds, [each.value for each in DecisionType])
    decisions.update(totals.decisions)
    yield counter(promise_metrics.DECISIONS, decisions)


def _client_counts(totals: Totals) -> Iterator[Metric]:
    shown = totals.clients[: limits.CLIENTS_WITH_SERIES]
    names = [*shown, OTHER]
    known = set(shown)
    verdicts, restated = zeros(names, [verdict.value for verdict in GIVEN]), zeros(names)
    for key, count in totals.client_verdicts.items():
        client = key.client if key.client in known else OTHER
        if key.restated:
            restated[client,] += count
        else:
            verdicts[client, key.verdict] += count
    still_open = zeros(names, [outcome.value for outcome in _OPEN])
    for standing, count in totals.client_standings.items():
        if standing.is_open:
            still_open[standing.client if standing.client in known else OTHER, standing.outcome] += count
    yield counter(promise_metrics.CLIENT_VERDICTS, verdicts)
    yield counter(promise_metrics.CLIENT_RESTATEMENTS, restated)
    yield gauges(promise_metrics.CLIENT_OBLIGATIONS, still_open)


def clients(totals: Totals, book: Book, tiers: Mapping[str, str]) -> Iterator[Metric]:
    """Which clients have series of their own; `tiers` are those that events gave them."""
    shown = totals.clients[: limits.CLIENTS_WITH_SERIES]
    yield gauges(
        promise_metrics.CLIENT, {(client, tiers.get(client) or book.tier_of(client) or _NO_TIER): 1 for client in shown}
    )
    yield gauge(promise_metrics.CLIENTS_LEFT_OUT, max(0, len(totals.clients) - limits.CLIENTS_WITH_SERIES))


def _obligations(totals: Totals, kinds: list[str], tiers: list[str]) -> Iterator[Metric]:
    every = zeros(kinds, tiers, [outcome.value for outcome in _OUTCOMES])
    still_open = zeros(kinds, tiers, [outcome.value for outcome in _OPEN])
    for key, count in totals.standings.items():
        every[key.kind, key.tier, key.outcome] += count
        if key.is_open:
            still_open[key.kind, key.tier, key.outcome] += count
    yield gauges(promise_metrics.OBLIGATIONS, every)
    yield gauges(promise_metrics.OPEN_OBLIGATIONS, still_open)


_Key = TypeVar("_Key")


def _histogram(
    metric: MetricName,
    shown: Collection[tuple[str, ...]],
    key_of: Callable[..., _Key],
    found: Mapping[_Key, Ratios],
    *,
    edges: Sequence[int],
    unit: int,
) -> Metric:
    """What was counted by labels and upper ends of spans, as counts of all up to each end. An end of `unit` is shown as 1."""
    family = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels in sorted(shown):
        counted_here, total, buckets = 0, 0, []
        for edge in edges:
            added = found.get(key_of(*labels, edge), Ratios())
            counted_here, total = counted_here + added.endings, total + added.total
            buckets.append(("+Inf" if edge == FOREVER_US else str(edge / unit), counted_here))
        family.add_metric(labels, buckets, total / unit)
    return family


def breaches(totals: Totals, unowned: Mapping[Unowned, int], shown: Shown) -> Metric:
    """How far breaches are owned."""
    counts = zeros(
        shown.kinds, shown.tiers, [state.value for state in BreachState if state is not BreachState.NOTHING_OWED]
    )
    for (kind, tier, outcome, _), count in totals.standings.items():
        if outcome in _BREACHES and kind not in STEPS:
            counts[kind, tier, _BREACHES[outcome]] += count
    for key, count in unowned.items():
        counts[key.kind, key.tier, key.state] += count
        # What nothing is owed for is the rest. The totals and the store were asked a moment apart.
        rest = (key.kind, key.tier, (BreachState.EXCUSED if key.is_excused else BreachState.CLOSED).value)
        counts[rest] = max(0, counts[rest] - count)
    return gauges(promise_metrics.BREACHES, counts)


_BREACHES: Final = {
    Outcome.OPEN_LATE.value: BreachState.CLOSED.value,
    Outcome.DONE_LATE.value: BreachState.CLOSED.value,
    Outcome.EXCUSED.value: BreachState.EXCUSED.value,
}
"""Outcomes of what is broken, with the state of its breach where nothing is owed for it."""


def running(totals: Totals, left: TimeLeft, kinds: list[str]) -> Iterator[Metric]:
    """How much time what runs has left."""
    count_of: Counter[str] = Counter()
    for key, count in totals.standings.items():
        if key.is_open and key.outcome == Outcome.RUNNING:
            count_of[key.kind] += count
    spans = zeros(kinds, _SPANS)
    spans.update(left.counts)
    for kind in kinds:
        # The totals and the store were asked a moment apart.
        spans[kind, MORE] = max(0, count_of[kind] - sum(spans[kind, span] for span in _SPANS if span != MORE))
    yield gauges(promise_metrics.TIME_LEFT, spans)
    yield gauges(
        promise_metrics.EARLIEST_DUE, {(kind,): seconds_of(left.earliest.get(kind, FOREVER_US)) for kind in kinds}
    )
    yield gauges(promise_metrics.UNHELD, {(kind,): left.unheld.get(kind, 0) for kind in kinds})


def _intake(totals: Totals) -> Iterator[Metric]:
    yield counter(own_metrics.EVENTS, {(outcome,): totals.intake[outcome] for outcome in INTAKE_OUTCOMES})
    yield counter(own_metrics.LATE_EVENTS, {(): totals.intake[Intake.LATE]})


def dead_letters(count: int) -> Metric:
    """How many there are."""
    return counter(own_metrics.DEAD_LETTERS, {(): count})


def sources(totals: Totals, book: Book) -> Iterator[Metric]:
    """When sources were last heard."""
    expected = [source for source in book.sources if source in totals.heard]
    others = [source for source in totals.heard if source not in book.sources]
    shown = [*expected, *others][: limits.SOURCES_WITH_SERIES]
    yield gauges(own_metrics.SOURCE_HEARD, {(source,): totals.heard[source] / SECOND_US for source in shown})
    # Also for a source that was never heard: that it is expected is all there is to go by.
    silences = {source: rule.silent_after for source, rule in book.sources.items() if rule.silent_after is not None}
    longest = islice(silences.items(), limits.SOURCES_WITH_SERIES)
    yield gauges(own_metrics.SOURCE_SILENT_AFTER, {(source,): after / SECOND_US for source, after in longest})
    yield gauge(own_metrics.SOURCES_LEFT_OUT, len(totals.heard) - len(shown))


def notices(status: NoticeStatus) -> Iterator[Metric]:
    """What became of notices and of the messages about them."""
    kinds = [kind.value for kind in NoticeKind if kind not in (NoticeKind.TEST, NoticeKind.CANARY)]
    counts = zeros(kinds, (Result.OPENED, Result.FOLDED, Result.RESOLVED))
    tries = zeros(kinds, status.receivers, (Result.DELIVERED, Result.FAILED, Result.GIVEN_UP))
    for (kind, receiver, result), count in status.counts.items():
        if receiver:
            tries[kind, receiver, result] += count
        else:
            counts[kind, result] += count
    yield counter(own_metrics.NOTICES, counts)
    yield counter(own_metrics.NOTICE_TRIES, tries)
    yield gauges(own_metrics.OPEN_NOTICES, {(kind,): status.standing.get(kind, 0) for kind in kinds})
    receivers = dict.fromkeys([*status.receivers, *status.undelivered])
    yield gauges(own_metrics.UNDELIVERED_MESSAGES, {(name,): status.undelivered.get(name, 0) for name in receivers})
    yield gauge(own_metrics.EARLIEST_UNDELIVERED, seconds_of(status.earliest_undelivered))
    yield gauge(own_metrics.GIVEN_UP_MESSAGES, status.given_up)
    yield gauge(own_metrics.NOTICES_BEHIND, status.behind)


def _said(value: bool) -> str:
    return _BOTH[value]


def seconds_of(instant: InstantUs) -> float:
    """An instant as Prometheus has them."""
    return inf if instant >= FOREVER_US else instant / SECOND_US
