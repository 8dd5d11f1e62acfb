"""What arrives at Kept's door, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import DAY_US, DurationUs, InstantUs, format_instant
from monitor.errors import UnreadableEvent
from monitor.service.ports.counts import Intake
from monitor.service.ports.records import RecordPlace


class Rejection(NamedTuple):
    """Why something was not taken."""

    found: str
    expected: str
    key: str


class Arrival(NamedTuple):
    """Bytes that should be one event, and where they came from.

    `catching_up` says that more of the past is on its way behind it: nothing is broken by time alone until that is here.
    `fault` is what was wrong with it at the door already, `partition` the one of the topic of events that it is from,
    `made_of` the record of the firm's own that it says it was made of.
    """

    content: bytes
    origin: str
    catching_up: bool = False
    fault: Rejection | None = None
    partition: int = 0
    made_of: RecordPlace | None = None


Outcome: TypeAlias = str | Rejection
"""What became of one arrival: `Intake.ACCEPTED`, `Intake.DUPLICATE`, or why it was rejected."""


AHEAD_US: Final[DurationUs] = DAY_US
"""How far ahead of now an event's time may lie: clocks and zones go wrong by hours, not by days."""


def refuse_far_future(event: Event, now: InstantUs) -> None:
    """Raises UnreadableEvent where an event claims to have happened later than a day from now."""
    latest = now + AHEAD_US
    if event.time > latest:
        found = f"{format_instant(event.time)}, in the far future"
        raise UnreadableEvent(found, f"an instant before {format_instant(latest)}", "time")


def event_in(arrival: Arrival, decode: Callable[[bytes], Event], now: InstantUs) -> Event:
    """The event that arrived; raises UnreadableEvent where it is none, or was faulty at the door already."""
    if arrival.fault is not None:
        raise UnreadableEvent(*arrival.fault)
    event = decode(arrival.content)
    refuse_far_future(event, now)
    return event


def storable(text: str) -> str:
    """A text as every database takes it: NUL and halves of characters, as names of files may have, are written out."""
    return text if text.isprintable() else text.replace("\0", "\\0").encode(errors="backslashreplace").decode()


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
