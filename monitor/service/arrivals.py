"""What arrives at Kept's door, and what becomes of it."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from monitor.errors import UnreadableEvent
from monitor.service.records import Intake


class Rejection(NamedTuple):
    """Why something was not taken."""

    found: str
    expected: str
    key: str


class Arrival(NamedTuple):
    """Bytes that should be one event, and where they came from.

    `catching_up` says that more of the past is on its way behind it: nothing is broken by time alone until that is here.
    `fault` is what was wrong with it at the door already.
    """

    content: bytes
    origin: str
    catching_up: bool = False
    fault: Rejection | None = None


Outcome: TypeAlias = str | Rejection
"""What became of one arrival: `Intake.ACCEPTED`, `Intake.DUPLICATE`, or why it was rejected."""


def rejection_of(error: UnreadableEvent) -> Rejection:
    """The rejection that an unreadable event is answered with."""
    return Rejection(error.found, error.expected, error.key)


class Receipt(NamedTuple):
    """What became of several arrivals: counts, and the rejected ones by their index."""

    accepted: int
    duplicates: int
    rejected: list[tuple[int, Rejection]]


def receipt_of(outcomes: list[Outcome]) -> Receipt:
    """Adds outcomes up."""
    rejected = [(index, outcome) for index, outcome in enumerate(outcomes) if isinstance(outcome, Rejection)]
    return Receipt(outcomes.count(Intake.ACCEPTED), outcomes.count(Intake.DUPLICATE), rejected)
