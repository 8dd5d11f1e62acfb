"""The series about people and calls: who does the work, through how many hands it goes, who has it, how long callers wait.

What was counted and what was taken back later are two counters each: one that went down would look to Prometheus like a
restart, and its whole value like an increase.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from prometheus_client.metrics_core import HistogramMetricFamily, Metric

from monitor.adapters.metrics.series import counter, gauge, gauges, zeros
from monitor.conventions import limits, people_metrics
from monitor.conventions.metric_name import OTHER, MetricName
from monitor.domain.cases.workload import BACK, LEFT_MENU, ONWARD, PEOPLE, TEAMS, WAIT_EDGES, Figure, FigureKey
from monitor.domain.hours.instant import FOREVER_US, SECOND_US
from monitor.domain.promises.promise import Book
from monitor.domain.promises.tenure_bands import UNKNOWN
from monitor.domain.work.calls import CallOutcome
from monitor.service.ports.counts import Moved

_NONE: Final = "none"
"""Where there is no queue, team or person."""


class _Pair(NamedTuple):
    """What was counted, and what of it was taken back."""

    counted: MetricName
    withdrawn: MetricName


_TOUCHES: Final = _Pair(people_metrics.TOUCHES, people_metrics.TOUCHES_WITHDRAWN)
_TOUCH_SECONDS: Final = _Pair(people_metrics.TOUCH_SECONDS, people_metrics.TOUCH_SECONDS_WITHDRAWN)
_HANDOFFS: Final = _Pair(people_metrics.HANDOFFS, people_metrics.HANDOFFS_WITHDRAWN)
_HAND_DOWNS: Final = _Pair(people_metrics.HAND_DOWNS, people_metrics.HAND_DOWNS_WITHDRAWN)
_CALLS: Final = _Pair(people_metrics.CALLS, people_metrics.CALLS_WITHDRAWN)

_Labels = Callable[[FigureKey], tuple[str, ...]]


def people_series(figures: Mapping[FigureKey, Moved], book: Book, tiers: Sequence[str]) -> Iterator[Metric]:
    """All of them; for a book that cares who works, or once did."""
    grades, bands = [*book.grades, UNKNOWN], list(book.tenure_bands.names)
    of: dict[str, dict[FigureKey, Moved]] = {}
    for key, moved in figures.items():
        of.setdefault(key.figure, {})[key] = moved
    by_grade = zeros(grades, bands, tiers)
    yield from _pair(_TOUCHES, of.get(Figure.TOUCHES, {}), by_grade, _by_subject)
    yield from _pair(_TOUCH_SECONDS, of.get(Figure.TOUCH_TIME, {}), by_grade, _by_subject, unit=SECOND_US)
    yield _standing(people_metrics.UNMEASURED_TOUCHES, of.get(Figure.UNMEASURED, {}), by_grade, _by_subject)
    hands = zeros((TEAMS, PEOPLE), (ONWARD, BACK), tiers)
    yield from _pair(_HANDOFFS, of.get(Figure.HANDOFFS, {}), hands, _by_subject)
    downs = {(one, other, tier): 0 for (one, other, tier) in zeros(grades, grades, tiers) if _is_down(one, other, book)}
    yield from _pair(_HAND_DOWNS, of.get(Figure.HAND_DOWNS, {}), downs, _by_subject)
    yield from _held(of.get(Figure.HELD_CASES, {}))
    yield from _calls(of)


def _is_down(giver: str, taker: str, book: Book) -> bool:
    scale = book.grades
    return UNKNOWN not in (giver, taker) and scale.index(taker) < scale.index(giver)


def _by_subject(key: FigureKey) -> tuple[str, ...]:
    return key.subject, key.detail, key.tier


def _pair(
    pair: _Pair, found: Mapping[FigureKey, Moved], none: Mapping[Any, int], labels: _Labels, *, unit: int = 1
) -> Iterator[Metric]:
    counted, withdrawn = Counter(none), Counter(none)
    for key, moved in found.items():
        counted[labels(key)] += moved.counted
        withdrawn[labels(key)] += moved.withdrawn
    yield counter(pair.counted, _in_units(counted, unit))
    yield counter(pair.withdrawn, _in_units(withdrawn, unit))


def _in_units(values: Mapping[Any, int], unit: int) -> Mapping[Any, float]:
    return values if unit == 1 else {labels: value / unit for labels, value in values.items()}


def _standing(metric: MetricName, found: Mapping[FigureKey, Moved], none: Mapping[Any, int], labels: _Labels) -> Metric:
    values = Counter(none)
    for key, moved in found.items():
        values[labels(key)] += moved.counted - moved.withdrawn
    return gauges(metric, values)


def _held(found: Mapping[FigureKey, Moved]) -> Iterator[Metric]:
    shown, left_out = _capped((key.subject for key in found), limits.TEAMS_WITH_SERIES)

    def labels(key: FigureKey) -> tuple[str, ...]:
        return _shown(key.subject, shown), key.detail or _NONE, key.tier

    yield _standing(people_metrics.HELD_CASES, found, {}, labels)
    yield gauge(people_metrics.TEAMS_LEFT_OUT, left_out)


def _calls(of: Mapping[str, Mapping[FigureKey, Moved]]) -> Iterator[Metric]:
    calls, waits, times = (of.get(each, {}) for each in (Figure.CALLS, Figure.CALL_WAITS, Figure.CALL_WAIT_TIME))
    shown, left_out = _capped((key.subject for key in calls), limits.QUEUES_WITH_SERIES)
    queues = [*(queue or _NONE for queue in sorted(shown)), *([OTHER] if left_out else [])]
    none = zeros(queues, [*(outcome.value for outcome in CallOutcome), LEFT_MENU])
    yield from _pair(_CALLS, calls, none, lambda key: (_shown(key.subject, shown), key.detail))
    yield _wait_histogram(waits, times, shown)
    yield gauge(people_metrics.QUEUES_LEFT_OUT, left_out)


def _wait_histogram(
    waits: Mapping[FigureKey, Moved], times: Mapping[FigureKey, Moved], shown: frozenset[str]
) -> Metric:
    buckets: Counter[tuple[str, int]] = Counter()
    sums: Counter[str] = Counter()
    for key, moved in waits.items():
        buckets[_shown(key.subject, shown), int(key.detail)] += moved.counted
    for key, moved in times.items():
        sums[_shown(key.subject, shown)] += moved.counted
    family = HistogramMetricFamily(
        people_metrics.CALL_WAIT.name, people_metrics.CALL_WAIT.help, labels=people_metrics.CALL_WAIT.labels
    )
    for queue in sorted({queue for queue, _ in buckets}):
        counted, ups = 0, []
        for edge in WAIT_EDGES:
            counted += buckets[queue, edge]
            ups.append(("+Inf" if edge == FOREVER_US else str(edge / SECOND_US), counted))
        family.add_metric([queue], ups, sums[queue] / SECOND_US)
    return family


def _capped(names: Iterable[str], limit: int) -> tuple[frozenset[str], int]:
    """The names with series of their own, the first by name, and how many have none."""
    known = sorted(set(names))
    return frozenset(known[:limit]), max(0, len(known) - limit)


def _shown(name: str, shown: frozenset[str]) -> str:
    return (name or _NONE) if name in shown else OTHER
