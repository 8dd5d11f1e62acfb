"""What is promised beside what the firm's past says can be kept and what was delivered, promise by promise, for whoever watches.

Each promise of the book in turn is asked about as `kept attainable` would be asked: of its kind, target, hours and share, by the
cases of whom it is made to. What it delivered is counted over the same year, of the obligations that it governs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from prometheus_client.metrics_core import Metric
from sqlalchemy import func, select

from monitor.adapters.answers.attainability import judged, offer_of
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.reader import Connect
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.recorded import standing
from monitor.adapters.metrics.in_turn import InTurn
from monitor.adapters.metrics.looking import BookWatch
from monitor.adapters.metrics.series import gauge, gauges
from monitor.conventions import limits, promise_metrics
from monitor.domain.cases.obligation import Verdict
from monitor.domain.figures.evidence import Finding
from monitor.domain.figures.four_numbers import length_of
from monitor.domain.figures.occasion import TIMED_KINDS
from monitor.domain.figures.proportion import estimate
from monitor.domain.hours.instant import MINUTE_US, SECOND_US, DurationUs, InstantUs
from monitor.domain.promises.promise import Book, Promise
from monitor.service.ports.machine import Clock

_D: Final = t.DECISIONS.c


class AttainableReading(NamedTuple):
    """One promise: what is promised, what can be kept, what was delivered.

    `promised` and `tightest` are lengths in the promise's own time. Of `of` comparable occasions `kept` would have been kept;
    `lower` is None where they are too few to say anything, `delivered` where nothing by the promise was decided.
    """

    kind: str
    promise: str
    version: int
    asked: float
    promised: DurationUs | None
    kept: int
    of: int
    lower: float | None
    tightest: DurationUs | None
    delivered: float | None


class AttainableReadings(NamedTuple):
    """Those of the promises in force that were asked about, in the order of the book; `promises` is how many there are."""

    promises: int = 0
    asked: Sequence[AttainableReading] = ()
    looked_at: InstantUs = 0
    """When, 0 before the first look."""


class AttainableWatch(BookWatch):
    """Keeps what the past says of each promise."""

    every = MINUTE_US // 2
    """A year changes slowly: one or two of many in so long take little of a machine."""
    what = "figures of what is attainable"

    def __init__(self, connect: Connect, book: Callable[[], Book], clock: Clock) -> None:
        super().__init__(connect, book, clock)
        self._answers: InTurn[tuple[str, int], AttainableReading] = InTurn(clock)
        self.readings = AttainableReadings()

    def look(self) -> None:
        """Asks about the next promises. Raises TransientError; then the readings stay as they were."""
        now, book = self._clock.now(), self._book()
        promises = {(each.id, each.version): each for each in book.promises if _is_asked(each, now)}
        shown = list(promises)[: limits.PROMISES_WITH_SERIES]
        with self._connect() as connection:
            as_of = standing(connection, None)

        def ask(key: tuple[str, int]) -> AttainableReading:
            with self._connect() as connection:
                return _reading(Known(connection, as_of), promises[key], book)

        self._answers.ask(shown, (as_of, book), ask)
        self.readings = AttainableReadings(len(promises), [*self._answers.answers(shown).values()], now)

    def forget(self) -> None:
        """Knows nothing any more."""
        self._answers.clear()
        self.readings = AttainableReadings()


def _is_asked(promise: Promise, now: InstantUs) -> bool:
    """Whether a promise is in force and of a time that could have been another one."""
    is_timed = promise.is_judged and promise.target is not None and promise.kind in TIMED_KINDS
    return is_timed and promise.starts_at <= now < promise.ends_at


def _reading(known: Known, promise: Promise, book: Book) -> AttainableReading:
    offered = offer_of(known, promise, book)
    assert offered is not None
    question, weighed = judged(known, offered, book)
    evidence = weighed[-1].evidence
    says_nothing = evidence.finding is Finding.TOO_FEW
    return AttainableReading(
        promise.kind.value,
        promise.id,
        promise.version,
        offered.share,
        length_of(offered.target),
        evidence.kept,
        evidence.of,
        None if says_nothing else evidence.lower,
        None if says_nothing else evidence.tightest,
        _delivered(known, promise, question.since or 0),
    )


def _delivered(known: Known, promise: Promise, since: InstantUs) -> float | None:
    """Kept among kept and broken, of what a promise governs that opened since an instant."""
    of_promise = (_D.kind == promise.kind.value, _D.promise == promise.id, _D.version == promise.version)
    counting = select(_D.verdict, func.count()).where(
        *known.held(), *of_promise, _D.opened >= since, _D.verdict.in_(_DECIDED)
    )
    counts: Counter[str] = Counter()
    for verdict, count in known.connection.execute(counting.group_by(_D.verdict)):
        counts[verdict] += count
    return estimate(counts[Verdict.KEPT.value], counts.total()).value


_DECIDED: Final = [Verdict.KEPT.value, Verdict.BROKEN.value]


# Series


def attainable_series(readings: AttainableReadings) -> Iterator[Metric]:
    """All of them. Where the past is too little to say anything, or nothing was decided, there is no ratio rather than 0."""
    found = {(each.kind, each.promise, str(each.version)): each for each in readings.asked}
    told = {labels: each for labels, each in found.items() if each.lower is not None}
    yield gauges(promise_metrics.ATTAINABLE_ASKED, {labels: each.asked for labels, each in found.items()})
    yield gauges(promise_metrics.ATTAINABLE_OCCASIONS, {labels: each.of for labels, each in found.items()})
    yield gauges(promise_metrics.ATTAINABLE_KEPT, {labels: each.kept / each.of for labels, each in told.items()})
    yield gauges(promise_metrics.ATTAINABLE_LOWER, {labels: each.lower or 0.0 for labels, each in told.items()})
    yield gauges(
        promise_metrics.ATTAINABLE_PROMISED, _lengths({labels: each.promised for labels, each in found.items()})
    )
    yield gauges(
        promise_metrics.ATTAINABLE_TIGHTEST, _lengths({labels: each.tightest for labels, each in found.items()})
    )
    delivered = {labels: each.delivered for labels, each in found.items() if each.delivered is not None}
    yield gauges(promise_metrics.ATTAINABLE_DELIVERED, delivered)
    yield gauge(promise_metrics.ATTAINABLE_LEFT_OUT, max(0, readings.promises - limits.PROMISES_WITH_SERIES))


def _lengths(found: dict[tuple[str, str, str], DurationUs | None]) -> dict[tuple[str, str, str], float]:
    return {labels: length / SECOND_US for labels, length in found.items() if length is not None}
