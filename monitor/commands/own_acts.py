"""What the commands have in common that tell Kept what a person decided: it goes the way of all events."""

from __future__ import annotations

from monitor.bootstrap.opening import Journal
from monitor.domain.hours.instant import InstantUs
from monitor.errors import ConfigError, Fault
from monitor.service.doors.arrivals import Arrival, Rejection


def take_own(journal: Journal, content: bytes, now: InstantUs, origin: str) -> None:
    """Commits an event; raises ConfigError where it can't be read."""
    (outcome,) = journal.commit_point.take([Arrival(content, origin)], now)
    if isinstance(outcome, Rejection):
        raise ConfigError([Fault(origin, 0, outcome.key, outcome.found, outcome.expected)])
