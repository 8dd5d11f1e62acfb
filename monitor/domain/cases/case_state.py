"""What is known of one case: who and what it is about, where it stands, and the history that accounts are made of."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from monitor.domain.cases.clocks import Clocks
from monitor.domain.cases.obligation import Obligation
from monitor.domain.facts.events import UNIDENTIFIED, Contact, Event
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.domain.promises.promise import Book, Kind, Subject, Terms


class Phase(StrEnum):
    """Where a case stands."""

    UNOPENED = "unopened"
    OPEN = "open"
    RESOLVED = "resolved"
    CLOSED = "closed"
    DELETED = "deleted"
    MERGED = "merged"
    MESSAGE = "message"
    """No case at all: the name of a message that cases are joined by."""


# A name of the module is found many times faster than one of an Enum, and every case asks for it.
_UNOPENED = Phase.UNOPENED
ENDED_PHASES: Final = frozenset({Phase.RESOLVED, Phase.CLOSED, Phase.DELETED, Phase.MERGED})
"""Those of a case that is over, unless it is reopened."""
# What most cases have is one for all, for there are very many cases.
_NO_KINDS: Final[frozenset[Kind]] = frozenset()
_NO_TAGS: Final[frozenset[str]] = frozenset()
_NO_TIERS: Final[Mapping[str, str]] = {}
# `Subject(...)` would take these as arguments and make the same tuple of them, in twice the time.
_new_tuple = tuple.__new__


class Turn(NamedTuple):
    """From `starts_at` on the case stood in this phase."""

    starts_at: InstantUs
    phase: Phase


class Stint(NamedTuple):
    """From `starts_at` on this person, or failing one this team, held the case."""

    starts_at: InstantUs
    holder: str | None
    team: str | None
    event: Event


class CaseState:
    """What is known of one case; `case.py` says how an event changes it."""

    __slots__ = (
        "_terms",
        "absorbed",
        "answered",
        "book",
        "channel",
        "client",
        "clocks",
        "contacts",
        "holder",
        "id",
        "is_stirred",
        "known_subject",
        "merged_into",
        "opened_at",
        "opened_by",
        "phase",
        "priority",
        "service",
        "stints",
        "subjects",
        "tags",
        "team",
        "tier_at_end",
        "tiers",
        "turns",
        "unpromised",
        "waiting_since",
    )

    def __init__(self, case: str, book: Book) -> None:
        self.id = case
        self.book = book
        self.clocks = Clocks(case)
        self.client = UNIDENTIFIED
        self.tiers: Mapping[str, str] = _NO_TIERS
        """Tiers that events gave to clients, over the book's."""
        self.tier_at_end: str | None = None
        """The tier that the client had when the case ended, while it is over."""
        self.channel: str | None = None
        self.priority: str | None = None
        self.service: str | None = None
        self.tags = _NO_TAGS
        self.holder: str | None = None
        self.team: str | None = None
        self.phase = _UNOPENED
        self.opened_at: InstantUs | None = None
        self.opened_by: Event | None = None
        self.is_stirred = False
        """Whether its phase, its holder or what covers it may be different since its conduct last looked."""
        self.merged_into: str | None = None
        self.absorbed: tuple[CaseState, ...] = ()
        """The cases merged into this one."""
        self.waiting_since: InstantUs | None = None
        self.answered = False
        """Whether the firm has answered the client at least once."""
        self.unpromised = _NO_KINDS
        """Kinds the book promises to others, but not to this case."""
        self.contacts: tuple[tuple[InstantUs, Contact], ...] = ()
        """The firm's contacts, where the book promises periodic updates: one promised later counts from the last of them."""
        self.turns: tuple[Turn, ...] = ()
        """Every phase so far, in the order in which events showed them; what statuses it was in, its clocks know."""
        self.stints: tuple[Stint, ...] = ()
        self.subjects: tuple[tuple[InstantUs, Subject], ...] = ()
        """What the case was like and since when, where the book owes something for breaches: that is settled at the breach."""
        self.known_subject: Subject | None = None
        """The `subject`, as long as it is known not to be another one."""
        self._terms: Terms | None = None

    # Questions

    @property
    def obligations(self) -> list[Obligation]:
        """Every obligation the case ever had, in the order in which they were opened, then what is owed for breaches."""
        clocks = self.clocks
        return [*clocks.obligations, *clocks.steps] if clocks.steps else clocks.obligations

    @property
    def subject(self) -> Subject:
        """What decides which promises apply, case-folded where the book is."""
        known = self.known_subject
        if known is None:
            tier = self.tiers.get(self.client) or self._tier_at_opening()
            priority = self.priority and self.priority.casefold()
            service = self.service and self.service.casefold()
            tags = frozenset(tag.casefold() for tag in self.tags) if self.tags else self.tags
            made = (self.client, tier, priority, self.channel, service, tags)
            known = self.known_subject = _new_tuple(Subject, made)
            self._terms = None
        return known

    @property
    def tier(self) -> str | None:
        """The tier that the case and its obligations are told under: the client's, and of a case that is over the one the
        client had at its end."""
        return self.tier_at_end if self.phase in ENDED_PHASES else self.subject.tier

    def obligation_named(self, name: str) -> Obligation | None:
        """The obligation of a name, here or in a case merged into this one."""
        for obligation in reversed(self.clocks.obligations):
            if obligation.id == name:
                return obligation
        found = (case.obligation_named(name) for case in self.absorbed)
        return next((obligation for obligation in found if obligation is not None), None)

    def subject_at(self, at: InstantUs) -> Subject:
        """What the case was like at an instant, at its opening where that came later."""
        return next((subject for since, subject in reversed(self.subjects) if since <= at), self.subjects[0][1])

    def _tier_at_opening(self) -> str | None:
        """The tier by the book; that of the edition that governed when the case was opened."""
        return self.book.tier_of(self.client, FOREVER_US if self.opened_at is None else self.opened_at)

    def terms(self, at: InstantUs) -> Terms:
        """The promises in force at `at` for the case as it is."""
        terms = self._terms
        if terms is None or self.known_subject is None or not terms.starts_at <= at < terms.ends_at:
            terms = self._terms = self.book.terms(self.subject, at)
        return terms
