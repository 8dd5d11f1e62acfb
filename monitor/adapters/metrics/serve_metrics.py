"""What a Kept that only answers has done since it started, and the series that say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import nan
from typing import Final

from prometheus_client.metrics_core import InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.adapters.metrics.canary_status import CanaryStatus, canary_series
from monitor.adapters.metrics.series import counter, gauge
from monitor.conventions import own_metrics
from monitor.conventions.process_metrics import SERVE_ANSWERS, SERVE_EVENTS, SERVE_LAST_RECORDED, SERVE_QUESTIONS
from monitor.domain.hours.instant import SECOND_US, InstantUs
from monitor.service.ports.counts import Intake

STATUSES: Final = ("2xx", "3xx", "4xx", "5xx")


class CountedAnswers:
    """An application whose answers are counted in `counts`, by the class of their status."""

    def __init__(self, application: ASGIApp, counts: Counter[str]) -> None:
        self._application = application
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._counts[f"{message['status'] // 100}xx"] += 1
            await send(message)

        await self._application(scope, receive, counted)


@dataclass(frozen=True, slots=True)
class ServeWatched:
    """What the series are about. `last_recorded` asks the database, None where it does not answer; `events` are those
    handed on, by outcome; `canary` what is on record of the canary that it sends, None where it sends none."""

    answers: Mapping[str, int]
    questions: Callable[[], int]
    events: Mapping[str, int]
    last_recorded: Callable[[], InstantUs | None]
    version: str
    canary: Callable[[], CanaryStatus | None] | None = None


class ServeCollector(Collector):
    """The series of one Kept that only answers."""

    def __init__(self, watched: ServeWatched) -> None:
        self._watched = watched

    def collect(self) -> Iterator[Metric]:
        """The series as of now."""
        watched = self._watched
        recorded = watched.last_recorded()
        yield counter(SERVE_ANSWERS, {(status,): watched.answers.get(status, 0) for status in STATUSES})
        yield counter(
            SERVE_EVENTS,
            {(outcome,): watched.events.get(outcome, 0) for outcome in (Intake.ACCEPTED, Intake.REJECTED)},
        )
        yield gauge(SERVE_QUESTIONS, watched.questions())
        yield gauge(SERVE_LAST_RECORDED, nan if recorded is None else recorded / SECOND_US)
        canary = None if watched.canary is None else watched.canary()
        if canary is not None:
            yield from canary_series(canary)
        yield InfoMetricFamily(own_metrics.BUILD.name, own_metrics.BUILD.help, {"version": watched.version, "book": ""})
