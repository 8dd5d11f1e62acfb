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

from monitor.domain.cases.obligation_state import (
    BROKEN,
    EXCUSED,
    KEPT,
    PAUSED,
    RUNNING,
    UNKNOWN,
    VOID,
    Conclusion,
    ObligationState,
    Pause,
    Verdict,
    obligation_id,
)
from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.domain.promises.knowledge import Party
from monitor.domain.promises.promise import Promise

__all__ = [
    "BROKEN",
    "EXCUSED",
    "KEPT",
    "PAUSED",
    "RUNNING",
    "UNKNOWN",
    "VOID",
    "Conclusion",
    "Obligation",
    "Pause",
    "Verdict",
    "obligation_id",
]


class Obligation(ObligationState):
    """One promise bound to one occasion. Changed only by its case, while the case takes in an event.

    One class for every kind: the interpreter finds the attributes of objects of one class several times faster than
    those of several in turns, and each event asks for many.
    """

    __slots__ = ()

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
        self.ended = instant
        self.ended_by = event
        if self.is_open:
            self.is_open = False
        else:
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
        self._due = by

    def govern(self, promise: Promise, at: InstantUs, why: str) -> None:
        """Another promise governs it from now on. Its pauses stay, measured in the new promise's time."""
        self.note(at, f"{why}: {promise.id} version {promise.version} instead of {self.promise.id}")
        self.promise = promise
        self._count_pauses()

    # What was announced of it

    def announce(self, verdict: Verdict, due: InstantUs | None, ended: InstantUs | None, warnings: int) -> None:
        """This is said of it from now on."""
        self.said_verdict = verdict
        self.said_due = due
        self.said_ended = ended
        self.said_warnings = warnings

    def recall(self, before: Obligation | None) -> None:
        """Of the one that was in its place this was announced, of none nothing."""
        if before is None or before.said_verdict is None:
            self.said_verdict, self.said_due, self.said_ended, self.said_warnings = None, None, None, 0
        else:
            self.announce(before.said_verdict, before.said_due, before.said_ended, before.said_warnings)

    # What comes of it by deeds

    def expect_nothing(self) -> None:
        """Nothing of it is due: only deeds can break it."""
        self.promised_by = self._due = FOREVER_US

    @property
    def is_broken_for_good(self) -> bool:
        """Whether it has been broken, by a deed or by its due instant."""
        if self.conclusion is not None:
            return self.conclusion.verdict is BROKEN
        return self.ended is not None and self.is_late_at(self.ended)

    def break_by(self, event: Event, at: InstantUs, words: str) -> None:
        """Something was done that breaks it."""
        self.conclude(event, Conclusion(BROKEN, words))
        self.ended = at

    def conclude(self, event: Event, conclusion: Conclusion) -> None:
        """This came of it, by this event. It waited for that, and has no clock that could stand still."""
        self.is_open = False
        self.ended, self.ended_by, self.conclusion = event.time, event, conclusion
        self.promised_by = self._due = FOREVER_US

    def stand_anew(self) -> None:
        """Nothing is certain any more: the case goes on, or another promise governs what was done in it."""
        if not self.is_open:
            self.stands_again()
        self.conclusion = None
        self.expect_nothing()

    # Arithmetic

    def _count_pauses(self) -> None:
        self.paused_us = sum(self._counted(pause.starts_at, pause.ends_at) for pause in self.pauses)
        self._due = None
