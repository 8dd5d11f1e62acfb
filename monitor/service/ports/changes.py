"""Everything one commit writes, and where the journal ends after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from monitor.domain.hours.instant import InstantUs
from monitor.service.ports.counts import Counts
from monitor.service.ports.records import (
    CaseRecord,
    DeadLetter,
    DecisionRecord,
    EditionRecord,
    EventRecord,
    FiguresRecord,
    MatterRecord,
    ObligationRecord,
    RetirementRecord,
    VisitRecord,
)


class Removal(NamedTuple):
    """Matters that go, with their cases; `counts` is what was counted of their rows, `record` the run they go in."""

    matters: list[str]
    cases: list[str]
    counts: Counts
    record: RetirementRecord


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
    editions: list[EditionRecord] = field(default_factory=list)
    removal: Removal | None = None
    forgets_until: InstantUs | None = None
    """Cases of the canary that opened before this go, without a trace."""
    counts: Counts = field(default_factory=Counts)
    figures: list[FiguresRecord] = field(default_factory=list)
    new_matters: list[MatterRecord] = field(default_factory=list)
    new_cases: list[CaseRecord] = field(default_factory=list)
    """Where several write: those that must not be there yet, for another may be about to write the same."""
    new_obligations: list[ObligationRecord] = field(default_factory=list)
    """Where several write: those of which this commit decides for the first time."""
    visits: list[VisitRecord] = field(default_factory=list)


class Resumption(NamedTuple):
    """Where the journal ends: what whoever goes on writing it must know. `counts` are those of all commits so far.

    `has_retired` says whether anything was ever taken out of it, `has_held` whether matters are held back for somebody who
    catches up.
    """

    last_position: int
    recorded: InstantUs
    earliest_wake: InstantUs
    counts: Counts
    has_retired: bool = False
    has_held: bool = False
