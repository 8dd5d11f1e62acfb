"""What is known of one obligation, and the questions it answers: when it is due, what is held true of it.

A verdict is never stored: it is read off a few facts and `now`. An obligation that was kept up to and including its due
instant is kept; strictly after it, broken.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from monitor.domain.cases.coverage import FULL, Coverage
from monitor.domain.facts.events import Event, Excused
from monitor.domain.hours.instant import FOREVER_US, DurationUs, InstantUs, format_instant
from monitor.domain.promises.clock_rules import PauseCount
from monitor.domain.promises.knowledge import Party
from monitor.domain.promises.promise import Kind, Promise


class Verdict(StrEnum):
    """What is held true of an obligation. A broken one without an end is open and late, with one it was done late."""

    RUNNING = "running"
    PAUSED = "paused"
    KEPT = "kept"
    BROKEN = "broken"
    EXCUSED = "excused"
    VOID = "void"
    UNKNOWN = "unknown"


_HIDE, _WALL = PauseCount.HIDE, PauseCount.WALL
# The engine asks for these several times an event, and a name of a module is found many times faster than one of an Enum.
RUNNING, PAUSED, KEPT, BROKEN, EXCUSED, VOID, UNKNOWN = Verdict


@dataclass(slots=True)
class Pause:
    """A span in which the clock stood still, why, and whose turn it was; `ends_at` is None while it lasts."""

    starts_at: InstantUs
    ends_at: InstantUs | None
    reason: str
    party: Party


class Conclusion(NamedTuple):
    """What came of a promise that is judged by deeds, and why in words."""

    verdict: Verdict
    words: str


def obligation_id(case: str, kind: Kind, opened: InstantUs, occasion: str | None) -> str:
    """An obligation's name: case, kind and occasion, e.g. `INC7/resolve/2026-03-02T09:07:00Z`."""
    return f"{case}/{kind}/{occasion or format_instant(opened)}"


class ObligationState:
    """What is known of one promise bound to one occasion; `obligation.py` says what changes it."""

    __slots__ = (
        "_due",
        "case",
        "changes",
        "conclusion",
        "ended",
        "ended_by",
        "ended_in_pause",
        "excused_by",
        "is_dropped",
        "is_open",
        "is_paused",
        "kind",
        "occasion",
        "opened",
        "opened_by",
        "paused_us",
        "pauses",
        "promise",
        "promised_by",
        "released",
        "said_due",
        "said_ended",
        "said_verdict",
        "said_warnings",
        "start",
        "void_reason",
        "voided_at",
    )

    def __init__(
        self,
        case: str,
        promise: Promise,
        opened: InstantUs,
        opened_by: Event,
        occasion: str | None = None,
        promised_by: InstantUs | None = None,
    ) -> None:
        self.case = case
        self.kind: Kind = promise.kind
        self.promise = promise
        self.opened = opened
        self.opened_by = opened_by
        self.start = opened
        self.occasion = occasion
        """What the obligation is about where the opening instant does not say it: the name of a given date."""
        self.promised_by = self._due = promised_by
        """The date given to the client, for obligations of kind `by`; FOREVER_US where only deeds can break it."""
        self.is_open = True
        """Whether it still waits for its end, in time or late."""
        self.is_paused = False
        self.pauses: tuple[Pause, ...] = ()
        self.paused_us: DurationUs = 0
        self.ended: InstantUs | None = None
        self.ended_by: Event | None = None
        self.void_reason: str | None = None
        self.voided_at: InstantUs | None = None
        self.ended_in_pause = False
        """It was done while its clock stood still, which is in time."""
        self.released = False
        """Its wait ended with the case's resolution, not with an answer: void if it was not late then."""
        self.is_dropped = False
        """Void only because no promise covers the case any more."""
        self.excused_by: Event | None = None
        self.changes: tuple[tuple[InstantUs, str], ...] = ()
        """What happened to its clock, in words, for whoever reads an explanation."""
        # What the engine last announced of it is no part of what is true of it. It lies here and not in an object of its
        # own, for every obligation has it, and making an object costs as much as all the rest of an announcement.
        self.said_verdict: Verdict | None = None
        """None where nothing was announced of it yet."""
        self.said_due: InstantUs | None = None
        self.said_ended: InstantUs | None = None
        self.said_warnings = 0
        """How many of the promise's warnings have been given for the due instant there is."""
        self.conclusion: Conclusion | None = None
        """What came of it, where that is more than its instants say: kinds that judge deeds have some."""

    @property
    def id(self) -> str:
        """Its name, stable over restarts and recomputation: case, kind and occasion."""
        return obligation_id(self.case, self.kind, self.opened, self.occasion)

    # Questions

    attempts: tuple[Event, ...] = ()
    """What was tried in vain; callbacks have some."""
    is_step = False
    """Whether it is a step owed for a breach (`owning.py`)."""

    @property
    def opened_by_time(self) -> bool:
        """Whether no event opened it; `opened_by` is then the one that opened what it is about."""
        return False

    @property
    def broken_at(self) -> InstantUs:
        """Of one that is broken or excused: since when it is, its due instant, or the deed where it has none.

        One that was announced so, and by what is known now has neither, is since what was announced."""
        at = self.ended if self.due is None else self.due
        if at is None:
            at = self.said_ended if self.said_due is None else self.said_due
        assert at is not None
        return at

    @property
    def excuse(self) -> str:
        """Who excused it and why, in words; empty where nobody did."""
        fact = None if self.excused_by is None else self.excused_by.fact
        return f"excused by {fact.approved_by}: {fact.reason}" if isinstance(fact, Excused) else ""

    @property
    def found(self) -> str:
        """What came of it in words, where that is more than its instants say."""
        return "" if self.conclusion is None else self.conclusion.words

    @property
    def due(self) -> InstantUs | None:
        """The last instant at which it can be kept; None while paused, and while nothing of it is due."""
        if self.is_paused:
            return None
        due = self._due if self._due is not None else self._find_due()
        return None if due == FOREVER_US else due

    def is_late_at(self, instant: InstantUs) -> bool:
        """Whether its due instant lies before `instant`."""
        if self.is_paused:
            return False
        return (self._due if self._due is not None else self._find_due()) < instant

    def verdict(self, now: InstantUs, coverage: Coverage = FULL) -> Verdict:
        """What is held true of it at `now`, with what was heard until then."""
        return self.judge(now, coverage)[0]

    def judge(self, now: InstantUs, coverage: Coverage) -> tuple[Verdict, InstantUs | None]:
        """The same, and its due instant as `due` says it: the engine asks for both, of every obligation."""
        if self.is_paused:
            return PAUSED, None
        due = self._due if self._due is not None else self._find_due()
        ended, conclusion = self.ended, self.conclusion
        if self.void_reason is not None:
            verdict = VOID
        elif conclusion is not None:
            verdict, _ = conclusion
            if verdict is not KEPT or coverage.gaps:
                verdict = self._concluded(verdict, now, coverage)
        elif ended is not None and (ended <= due or self.ended_in_pause):
            verdict = KEPT
        elif ended is None and now <= due:
            verdict = RUNNING
        elif self.excused_by is not None:
            verdict = EXCUSED
        elif coverage.gaps and coverage.gap_between(self.start, due, self.promise.channels):
            verdict = UNKNOWN
        else:
            verdict = BROKEN
        return verdict, None if due == FOREVER_US else due

    def _concluded(self, verdict: Verdict, now: InstantUs, coverage: Coverage) -> Verdict:
        """A breach by a deed stands whatever was not heard; what was kept all the time is known only if all was heard."""
        if verdict is BROKEN and self.excused_by is not None:
            return EXCUSED
        if verdict is KEPT and coverage.gaps and coverage.gap_between(self.opened, self.finish(now)):
            return UNKNOWN
        return verdict

    def finish(self, now: InstantUs) -> InstantUs:
        """Where its account ends: its end, or `now` while it is open."""
        if self.ended is not None:
            return self.ended
        return now if self.voided_at is None else self.voided_at

    def time_between(self, start: InstantUs, end: InstantUs) -> DurationUs:
        """The time that counts for this promise in [start, end): working or calendar time."""
        if end <= start:
            return 0
        target = self.promise.target
        return end - start if target is None else target.elapsed_in(start, end, self.promise.hours)

    def paused_until(self, now: InstantUs) -> DurationUs:
        """How much of the promise's own time was paused up to its end or `now`."""
        finish = self.finish(now)
        return sum(self.time_between(pause.starts_at, pause.ends_at or finish) for pause in self.pauses)

    def elapsed_until(self, now: InstantUs) -> DurationUs:
        """How much of the promise's own time has run up to its end or `now`, pauses left out."""
        running = self.time_between(self.start, self.finish(now))
        if not self.pauses or self.promise.pause_count is _HIDE:
            return running
        return max(0, running - self.paused_until(now))

    @property
    def promised_time(self) -> DurationUs:
        """The promise's own time from its start to its due instant, pauses left out; 0 while paused."""
        due = self.due
        return 0 if due is None else max(0, self.time_between(self.start, due) - self.paused_us)

    def remaining_until(self, now: InstantUs) -> DurationUs | None:
        """How much of the promise's own time is left at its end or `now`; while paused, what would be left on resuming.

        None where nothing is due.
        """
        finish = self.finish(now)
        due = self.due
        if due is None:
            if not self.is_paused:
                return None
            due = self._compute_due(self.paused_us + self._counted(self.pauses[-1].starts_at, finish))
        return self.time_between(finish, due)

    # Arithmetic

    def _counted(self, starts_at: InstantUs, ends_at: InstantUs | None) -> DurationUs:
        """By how much a pause moves the due instant."""
        pause_count = self.promise.pause_count
        if ends_at is None or pause_count is _HIDE:
            return 0
        if pause_count is _WALL:
            return ends_at - starts_at
        return self.time_between(starts_at, ends_at)

    def _find_due(self) -> InstantUs:
        self._due = due = self._compute_due(self.paused_us)
        return due

    def _compute_due(self, paused_us: DurationUs) -> InstantUs:
        if self.promised_by is not None:
            return self.promised_by
        promise = self.promise
        target = promise.target
        if target is None:
            raise AssertionError(f"{self.id} has neither a target nor a date")
        if paused_us and promise.pause_count is _WALL:
            return target.due(self.start, promise.hours) + paused_us
        return target.due(self.start, promise.hours, paused_us)
