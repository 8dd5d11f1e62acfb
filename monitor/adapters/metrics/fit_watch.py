"""What clients wish, whether it could have been met and what became of it, client by client, for whoever watches.

Each client with series of its own is in turn asked about as `kept fit` is by default: the year up to its last obligation, in the
book's hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from prometheus_client.metrics_core import Metric
from sqlalchemy import select

from monitor.adapters.answers.fit import fitness_of
from monitor.adapters.answers.known_clients import NothingKnown
from monitor.adapters.answers.reader import Connect
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.recorded import standing
from monitor.adapters.metrics.in_turn import InTurn
from monitor.adapters.metrics.looking import JournalWatch
from monitor.adapters.metrics.series import gauges
from monitor.conventions import limits, promise_metrics
from monitor.domain.facts.events import UNIDENTIFIED
from monitor.domain.figures.evidence import Finding
from monitor.domain.figures.fit import Fitness, fitness
from monitor.domain.figures.shares import Occasions
from monitor.domain.hours.instant import MINUTE_US, InstantUs
from monitor.service.ports.machine import Clock
from monitor.wire.questions.fit_rows import FitParameters


class FitReading(NamedTuple):
    """The wishes of one client."""

    client: str
    wishes: Fitness


class FitReadings(NamedTuple):
    """Those of the clients that were asked about, in the order in which they have series."""

    clients: Sequence[FitReading] = ()
    looked_at: InstantUs = 0
    """When, 0 before the first look."""


class FitWatch(JournalWatch):
    """Keeps what clients wish."""

    every = MINUTE_US // 2
    """A year changes slowly: one or two of many in so long take little of a machine."""
    what = "wishes of clients"

    def __init__(self, connect: Connect, clock: Clock) -> None:
        super().__init__(connect, clock)
        self._answers: InTurn[str, FitReading] = InTurn(clock)
        self.readings = FitReadings()

    def look(self) -> None:
        """Asks about the next clients. Raises TransientError; then the readings stay as they were."""
        now, client = self._clock.now(), t.CLIENTS.c
        shown = (
            select(client.id).where(client.id != UNIDENTIFIED).order_by(client.place).limit(limits.CLIENTS_WITH_SERIES)
        )
        with self._connect() as connection:
            as_of, clients = standing(connection, None), list(connection.scalars(shown))
        self._answers.ask(clients, as_of, self._reading)
        self.readings = FitReadings([*self._answers.answers(clients).values()], now)

    def forget(self) -> None:
        """Knows nothing any more."""
        self._answers.clear()
        self.readings = FitReadings()

    def _reading(self, client: str) -> FitReading:
        with self._connect() as connection:
            try:
                found = fitness_of(connection, FitParameters(client=client))
            except NothingKnown:
                found = fitness([])
        return FitReading(client, found)


# Series


def fit_series(readings: FitReadings) -> Iterator[Metric]:
    """Those of clients of whom any wish was heard."""
    wishes: dict[tuple[str, str], float] = {}
    became: dict[tuple[str, str], float] = {}
    for client, found in readings.clients:
        counts = {
            Finding.ATTAINABLE: found.could,
            Finding.NOT_ATTAINABLE: found.could_not,
            Finding.TOO_FEW: found.too_few,
        }
        if any(counts.values()):
            wishes |= {(client, finding.value): count for finding, count in counts.items()}
            became |= {(client, outcome): found.became[outcome] for outcome in Occasions._fields}
    yield gauges(promise_metrics.FIT_WISHES, wishes)
    yield gauges(promise_metrics.FIT_PROMISED, became)
