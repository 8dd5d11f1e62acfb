"""When a client is at risk: by facts that happened, each with its instant and its case; not by a score.

Which facts count, and from where on, the book says (`RiskLimits`). A fact stands until a person clears the client with a
reason; what happens after that raises it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book
from monitor.domain.promises.risk_limits import RiskLimits
from monitor.domain.work.trail import Move


class RiskFact(StrEnum):
    """What happened."""

    UNOWNED = "unowned"
    """A promise was broken, and what is owed for that was not done in time."""
    BELOW_GRADE = "below_grade"
    """Other people did the work than were promised."""
    RUN_AROUND = "run_around"
    """A case went through too many hands, or back to those who had had it."""
    SILENCE = "silence"
    """The client has not heard from the firm for too long while a case is open."""
    BAD_WORD = "bad_word"
    """The client said that they are not satisfied."""


class RiskFound(NamedTuple):
    """A fact about a client, with what it was in words."""

    at: InstantUs
    client: str
    fact: RiskFact
    case: str
    says: str


class Clearing(NamedTuple):
    """Somebody decided that a client is not at risk any more, whatever was known up to then."""

    at: InstantUs
    by: str
    reason: str


def is_persons(by: str, reason: str, book: Book) -> bool:
    """Whether it was a person who decided so, with a reason; a robot of the book decides nothing."""
    return bool(by.strip() and reason.strip()) and not book.is_robot(by)


def clearing_of(found: RiskFound, clearings: Iterable[Clearing]) -> Clearing | None:
    """The first clearing at or after a fact, of those of its client; None where it stands."""
    return min((each for each in clearings if each.at >= found.at), default=None)


def run_around(limits: RiskLimits, moves: Sequence[Move]) -> tuple[InstantUs, str] | None:
    """When a case's hand-offs came to more than its limits, and by how many in words; None where they have not."""
    returns = 0
    for number, move in enumerate(moves, start=1):
        returns += move.is_return
        if limits.handoffs is not None and number > limits.handoffs:
            return move.at, f"hand-off {number}, from {move.giver} to {move.taker}, more than {limits.handoffs}"
        if move.is_return and limits.returns is not None and returns > limits.returns:
            return move.at, f"return {returns}, from {move.giver} to {move.taker}, more than {limits.returns}"
    return None
