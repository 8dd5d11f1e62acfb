"""What a promise book knows beside what it promises: clients, staff, statuses, sources, and how addresses are spelled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.domain.hours.instant import DurationUs, InstantUs


class Party(StrEnum):
    """Whose turn it is while a case is paused."""

    CLIENT = "client"
    THIRD_PARTY = "third party"


@dataclass(frozen=True, slots=True)
class Client:
    """A client as the book knows it."""

    id: str
    name: str
    tier: str | None
    zone: str | None


@dataclass(frozen=True, slots=True)
class StatusRule:
    """A status in which clocks may stand still: whose turn it is, and why."""

    party: Party
    reason: str


@dataclass(frozen=True, slots=True)
class SourceRule:
    """What is known of a source: how long it may be silent, and whether it numbers its events without gaps.

    `channels` are those whose contacts it carries, None for all.
    """

    silent_after: DurationUs | None
    sequenced: bool
    channels: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff as the book knows them; instants are midnight in the book's zone."""

    name: str
    grade: str | None
    team: str | None
    joined_at: InstantUs | None
    left_at: InstantUs | None
    absences: tuple[tuple[InstantUs, InstantUs], ...] = ()
    """Spans, half-open, in which they are away."""


def normal_address(address: str) -> str:
    """An address as `Book.contacts` spells it: mail case-folded, telephone numbers without spaces and punctuation."""
    text = address.strip().casefold()
    if "@" in text:
        return text
    return "".join(character for character in text if character.isdigit() or character == "+")
