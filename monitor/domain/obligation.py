"""One promise bound to one occasion in a case, e.g. "answer the message of 10:04".

Theory of operation. An obligation has a clock. It starts at `start` (usually the occasion, `opened`) and
runs in the promise's own time: working hours or calendar. The due instant is where the target lies from
the start, pushed back by what was paused:

    due = target.due(start) + paused                (in working time, in wall time, or not at all)

so a pause costs two numbers and no walk through the past. While paused there is no due instant.

What may happen to it, and what it then is:

    event                        running               paused                late (due has passed)
    ---------------------------  --------------------  --------------------  ---------------------
    an answer that counts        ended: kept           resumed, ended: kept  ended: broken, done late
    a pausing status             paused                paused                (nothing: a breach stands)
    a status that does not       -                     running               -
    resolved, and not by it      released: void        released: void        released: broken
    merged away, deleted         void                  void                  ended: broken
    a change of the case         governed by another promise, its pauses kept (nothing: a breach stands)
    the due instant passes       broken, open          (cannot pass)         -

A verdict is never stored: it is read off these few facts and `now`. An obligation that was kept up to
and including its due instant is kept; strictly after it, broken.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.domain.coverage import FULL, Coverage
from monitor.domain.events import Event, Excused
from monitor.domain.instant import DurationUs, InstantUs, format_instant
from monitor.domain.promise import Kind, Party, PauseCount, Promise


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
class Announced:
    """What was last said of an obligation; the next decision says what is different. Replaced, never changed."""

    verdict: Verdict
    due: InstantUs | None
    ended: InstantUs | None
    warnings: int
    """How many of the promise's warnings have been given."""


@dataclass(slots=True)
class Pause:
    """A span in which the clock stood still, why, and whose turn it was; `ends_at` is None while it lasts."""

    starts_at: InstantUs
    ends_at: InstantUs | None
    reason: str
    party: Party


def obligation_id(case: str, kind: Kind, opened: InstantUs, occasion: str | None) -> str:
    """An obligation's name: case, kind and occasion, e.g. `INC7/resolve/2026-03-02T09:07:00Z`."""
    return f"{case}/{kind}/{occasion or format_instant(opened)}"


class Obligation:
    """One promise bound to one occasion. Changed only by its case, while the case takes in an event."""

    __slots__ = (
        "_due",
        "case",
        "changes",
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
        "said",
        "start",
        "void_reason",
        "voided_at",
    )

    def __init__(self, case: str, promise: Promise, opened: InstantUs, opened_by: Event) -> None:
        self.case = case
        self.kind: Kind = promise.kind
        self.promise = promise
        self.opened = opened
        self.opened_by = opened_by
        self.start = opened
        self.occasion: str | None = None
        """What the obligation is about where the opening instant does not say it: the name of a given date."""
        self.promised_by: InstantUs | None = None
        """The date given to the client, for obligations of kind `by`."""
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
        self.said: Announced | None = None
        """What the engine last announced of it; no part of what is true of it."""
        self._due: InstantUs | None = None

    opened_by_time: bool = False
    """Whether no event opened it; `opened_by` is then the one that opened what it is about."""
    found: str = ""
    """What came of it in words, where that is more than its instants say; kinds that judge conduct have some."""

    @property
    def id(self) -> str:
        """Its name, stable over restarts and recomputation: case, kind and occasion."""
        return obligation_id(self.case, self.kind, self.opened, self.occasion)

    # Questions

    @property
    def due(self) -> InstantUs | None:
        """The last instant at which it can be kept; None while paused."""
        if self.is_paused:
            return None
        return self._due if self._due is not None else self._find_due()

    def is_late_at(self, instant: InstantUs) -> bool:
        """Whether its due instant lies before `instant`."""
        if self.is_paused:
            return False
        return (self._due if self._due is not None else self._find_due()) < instant

    def verdict(self, now: InstantUs, coverage: Coverage = FULL) -> Verdict:
        """What is held true of it at `now`, with what was heard until then."""
        if self.void_reason is not None:
            return VOID
        if self.is_paused:
            return PAUSED
        due = self._due if self._due is not None else self._find_due()
        ended = self.ended
        if ended is not None:
            if ended <= due or self.ended_in_pause:
                return KEPT
        elif now <= due:
            return RUNNING
        if self.excused_by is not None:
            return EXCUSED
        if coverage.gaps and coverage.gap_between(self.start, due, self.promise.channels):
            return UNKNOWN
        return BROKEN

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
            due = self._compute_due(self.paused_us + self._counted(self.pauses[-1].starts_at, finish))
        return self.time_between(finish, due)

    # What happens to it

    def pause(self, at: InstantUs, reason: str, party: Party) -> bool:
        """Stops the clock, unless it stands still, has ended or is late already; says whether it did."""
        if not self.is_open or self.is_paused or self.is_late_at(at):
            return False
        self.pauses += (Pause(at, None, reason, party),)
        self.is_paused = True
        return True

    def resume(self, at: InstantUs) -> None:
        """Starts a paused clock again; one that runs goes on running."""
        if not self.is_paused:
            return
        pause = self.pauses[-1]
        pause.ends_at = at
        self.is_paused = False
        self.paused_us += self._counted(pause.starts_at, at)
        self._due = None

    def end(self, event: Event, at: InstantUs | None = None) -> None:
        """What was promised was done, in time or late, at the event's time or at an earlier instant that it shows."""
        instant = event.time if at is None else at
        if at is not None:
            self._forget_pauses_after(instant)
        elif self.is_paused:
            self.ended_in_pause = True
            self.resume(instant)
        self.is_open = False
        self.ended = instant
        self.ended_by = event
        self.void_reason = self.voided_at = None
        self.released = False

    def _forget_pauses_after(self, end: InstantUs) -> None:
        """It turns out to have ended in the past: what stood still later is none of its business."""
        kept = [pause for pause in self.pauses if pause.starts_at < end]
        if kept and (kept[-1].ends_at is None or kept[-1].ends_at > end):
            kept[-1].ends_at = end
            self.ended_in_pause = True
        self.pauses = tuple(kept)
        self.is_paused = False
        self._count_pauses()

    def release(self, event: Event, reason: str) -> None:
        """The wait is over without an answer: void where there was still time, broken where there was none."""
        self.void(event, reason)
        self.released = True

    def void(self, event: Event, reason: str) -> None:
        """It no longer stands, for this reason. One that is late already stays broken, and ends here."""
        at = event.time
        was_late = self.is_late_at(at)
        self.resume(at)
        self.is_open = False
        if was_late:
            self.ended = at
            self.ended_by = event
            return
        self.void_reason = reason
        self.voided_at = at

    @property
    def broken_at(self) -> InstantUs:
        """Of one that is broken or excused: since when it is, its due instant, or the deed where it has none."""
        at = self.ended if self.due is None else self.due
        assert at is not None
        return at

    @property
    def excuse(self) -> str:
        """Who excused it and why, in words; empty where nobody did."""
        fact = None if self.excused_by is None else self.excused_by.fact
        return f"excused by {fact.approved_by}: {fact.reason}" if isinstance(fact, Excused) else ""

    @property
    def was_done_late(self) -> bool:
        """Whether it has ended, and too late."""
        return self.ended is not None and not self.ended_in_pause and self.is_late_at(self.ended)

    def stands_again(self) -> InstantUs:
        """Takes back its end or its release and returns the instant of it; the time since then is the caller's to decide."""
        since = self.ended if self.ended is not None else self.voided_at
        self.ended = self.ended_by = self.void_reason = self.voided_at = None
        self.ended_in_pause = self.released = self.is_dropped = False
        self.is_open = True
        if since is None:
            raise AssertionError(f"{self.id} has neither ended nor been released")
        return since

    def exclude(self, starts_at: InstantUs, ends_at: InstantUs, reason: str) -> None:
        """Leaves a past span out of the clock, like a pause for the client."""
        self.pauses += (Pause(starts_at, ends_at, reason, Party.CLIENT),)
        self.paused_us += self._counted(starts_at, ends_at)
        self._due = None

    def restart(self, at: InstantUs, why: str) -> None:
        """The clock starts afresh; earlier pauses no longer count."""
        self.note(at, why)
        self.start = at
        self.pauses = ()
        self.is_paused = False
        self.paused_us = 0
        self._due = None

    def start_at(self, start: InstantUs, at: InstantUs, why: str) -> None:
        """The clock counts from another instant; of its pauses stays what comes after that."""
        self.note(at, why)
        self.start = start
        kept = [pause for pause in self.pauses if pause.ends_at is None or pause.ends_at > start]
        for pause in kept:
            pause.starts_at = max(pause.starts_at, start)
        self.pauses = tuple(kept)
        self._count_pauses()

    def note(self, at: InstantUs, what: str) -> None:
        """Writes down what happened to the clock."""
        self.changes += ((at, what),)

    def promise_until(self, by: InstantUs) -> None:
        """The date given to the client is this one from now on."""
        self.promised_by = by
        self._due = None

    def govern(self, promise: Promise, at: InstantUs, why: str) -> None:
        """Another promise governs it from now on. Its pauses stay, measured in the new promise's time."""
        self.note(at, f"{why}: {promise.id} version {promise.version} instead of {self.promise.id}")
        self.promise = promise
        self._count_pauses()

    # Arithmetic

    def _count_pauses(self) -> None:
        self.paused_us = sum(self._counted(pause.starts_at, pause.ends_at) for pause in self.pauses)
        self._due = None

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
