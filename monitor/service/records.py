"""Rows of the journal, as values. The store's tables have the same columns in the same order.

Instants are microseconds since the epoch, UTC. `recorded` is when Kept came to know, and never runs backwards; `position`
counts the rows of the journal in the order in which they were committed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from monitor.domain.instant import InstantUs
from monitor.domain.obligation import Verdict
from monitor.domain.tally import outcome_of

Identity: TypeAlias = tuple[str, str]
"""(source, id) of an event."""


ObligationName: TypeAlias = tuple[str, str, str | InstantUs]
"""(case, kind, occasion or opening): what an obligation's id is made of, without making it."""


class EventRecord(NamedTuple):
    """An event as it arrived, with its original bytes. `client` is the one it names or its address maps to."""

    position: int
    source: str
    id: str
    type: str
    case_id: str | None
    client: str | None
    time: InstantUs
    sequence: int
    recorded: InstantUs
    origin: str
    content: bytes


class MatterRecord(NamedTuple):
    """Cases judged together: when time alone next decides something there.

    `held` is true while its events are still being caught up with: the answer to what looks broken may be on its way.
    """

    id: str
    wakes_at: InstantUs
    held: bool


class CaseRecord(NamedTuple):
    """Where a case stands. `matter` is what it is judged in; cases that were only named have no phase yet."""

    id: str
    matter: str
    client: str
    phase: str
    holder: str | None
    team: str | None
    channel: str | None
    priority: str | None
    tier: str | None
    opened_at: InstantUs | None

    @property
    def light(self) -> tuple[str | None, ...]:
        """What its obligations' rows repeat."""
        return (self.client, self.channel, self.tier)


class ObligationRecord(NamedTuple):
    """An obligation as it was last announced. `due` is None while paused; `warnings` counts those given.

    `is_given` is true once a verdict was given that one relies on: kept, broken, excused or void.
    """

    id: str
    case_id: str
    client: str
    promise: str
    version: int
    kind: str
    occasion: str | None
    channel: str | None
    tier: str | None
    opened: InstantUs
    due: InstantUs | None
    verdict: str
    ended: InstantUs | None
    warnings: int
    is_open: bool
    is_given: bool
    reason: str

    @property
    def name(self) -> ObligationName:
        """What it is found by."""
        return (self.case_id, self.kind, self.occasion or self.opened)

    @property
    def count_key(self) -> ObligationKey:
        """What it is counted by."""
        outcome = outcome_of(Verdict(self.verdict), is_done=self.ended is not None)
        return ObligationKey(self.kind, outcome.value, self.is_open)


class DecisionRecord(NamedTuple):
    """A decision with when it was recorded. `at` is since when it is true; `cause_*` name the event behind it.

    `restated` is true where it replaces a verdict given earlier, so the others are the first of their obligations.
    """

    position: int
    id: str
    recorded: InstantUs
    type: str
    obligation: str
    case_id: str
    client: str
    promise: str
    version: int
    kind: str
    channel: str | None
    tier: str | None
    opened: InstantUs
    at: InstantUs
    verdict: str
    previous: str | None
    restated: bool
    due: InstantUs | None
    ended: InstantUs | None
    cause_source: str | None
    cause_id: str | None
    reason: str


class DeadLetter(NamedTuple):
    """Bytes that were no event Kept understands. `digest` names them: the same bytes are kept once."""

    position: int
    digest: str
    recorded: InstantUs
    origin: str
    found: str
    expected: str
    key: str
    content: bytes


class DecisionKey(NamedTuple):
    """What decisions are counted by; an empty text where there is no channel or tier."""

    type: str
    verdict: str
    restated: bool
    kind: str
    client: str
    channel: str
    tier: str


class ObligationKey(NamedTuple):
    """What obligations are counted by as they stand."""

    kind: str
    outcome: str
    is_open: bool


class Intake:
    """What may become of something that arrived; the names under which it is counted."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


INTAKE_OUTCOMES = (Intake.ACCEPTED, Intake.DUPLICATE, Intake.REJECTED)


@dataclass(slots=True)
class Counts:
    """Numbers that grow with the journal, or what one commit adds to them."""

    decisions: Counter[DecisionKey] = field(default_factory=Counter)
    obligations: Counter[ObligationKey] = field(default_factory=Counter)
    intake: Counter[str] = field(default_factory=Counter)
    dead_letters: int = 0
    clients: list[str] = field(default_factory=list)
    """In the order in which Kept first judged something of theirs, those of the book first."""
    heard: dict[str, InstantUs] = field(default_factory=dict)
    """The latest event time of each source."""

    def copy(self) -> Counts:
        """The same numbers, which stay as they are."""
        return Counts(
            self.decisions.copy(),
            self.obligations.copy(),
            self.intake.copy(),
            self.dead_letters,
            self.clients.copy(),
            self.heard.copy(),
        )

    def add(self, more: Counts) -> None:
        """Adds what a commit brought."""
        self.decisions.update(more.decisions)
        self.obligations.update(more.obligations)
        self.intake.update(more.intake)
        self.dead_letters += more.dead_letters
        self.clients += more.clients
        for source, time in more.heard.items():
            self.heard[source] = max(time, self.heard.get(source, time))


@dataclass(slots=True)
class Changes:
    """Everything one commit writes."""

    recorded: InstantUs
    events: list[EventRecord] = field(default_factory=list)
    matters: list[MatterRecord] = field(default_factory=list)
    gone_matters: list[str] = field(default_factory=list)
    """Matters that were joined to another."""
    cases: list[CaseRecord] = field(default_factory=list)
    obligations: list[ObligationRecord] = field(default_factory=list)
    decisions: list[DecisionRecord] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)


class Resumption(NamedTuple):
    """Where the journal ends: what whoever goes on writing it must know."""

    last_position: int
    recorded: InstantUs
    earliest_wake: InstantUs
    counts: Counts
