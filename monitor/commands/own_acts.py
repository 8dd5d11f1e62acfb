"""What the commands have in common that tell Kept what a person decided: it is checked, and becomes an event of Kept's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from monitor.domain.hours.instant import InstantUs
from monitor.errors import ConfigError, Fault
from monitor.opening import Journal
from monitor.service.arrivals import Arrival, Rejection
from monitor.wire.plain_words import describe_error
from monitor.wire.requests import Request

R = TypeVar("R", bound=Request)


def checked(model: type[R], said: Mapping[str, Any]) -> R:
    """What the options of a command say; raises ConfigError with every fault, by option."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        faults = (describe_error(detail) for detail in error.errors())
        raise ConfigError(
            [Fault(f"--{key.replace('_', '-')}", 0, "", found, expected) for found, expected, key in faults]
        ) from None


def take_own(journal: Journal, content: bytes, now: InstantUs, origin: str) -> None:
    """Commits an event that Kept made; raises ConfigError where it can't be read."""
    (outcome,) = journal.commit_point.take([Arrival(content, origin)], now)
    if isinstance(outcome, Rejection):
        raise ConfigError([Fault(origin, 0, outcome.key, outcome.found, outcome.expected)])
