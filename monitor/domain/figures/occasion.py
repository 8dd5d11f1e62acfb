"""One past occasion as another promise would have judged it: how long it took in other hours, and whether that was in time.

Theory of operation. The history has of each obligation when it opened and ended, and how much of its own promise's time it
took, pauses left out. Another promise may count in other hours, so

- where both count the same time (both calendar time, or working time of calendars that are open at the same times), the time
  it took is the one on record, to the microsecond, pauses and restarts included;
- where it was never paused, i.e. the time on record is all of its own promise's time from opening to end, it is measured
  anew from its two instants: exact, too;
- where it was paused and the hours differ, the history does not tell in which of the asked hours it stood still: the pauses
  are taken to be spread evenly, the same part of the asked time as of its own. Those are counted as approximated.

What is still open has no time on record: its pauses are read off its due instant, which they moved.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from monitor.domain.hours.instant import DurationUs, InstantUs
from monitor.domain.hours.target import CalendarDuration, Target, WorkingDuration
from monitor.domain.hours.working_hours import WorkingHours
from monitor.domain.promises.promise import Kind, Promise

TIMED_KINDS: Final = (
    Kind.FIRST_RESPONSE,
    Kind.NEXT_RESPONSE,
    Kind.UPDATE_EVERY,
    Kind.OWN,
    Kind.RESOLVE,
    Kind.BY,
    Kind.ANSWER_CALL,
)
"""The kinds of which an occasion takes a time that can be held against another target."""
NOT_COMPARABLE: Final = {
    Kind.CALLBACK: "a callback is made when it was agreed, and those agreed and those a call asked for are one in the history",
    Kind.ATTEND: "a meeting is held when it is scheduled, so none shows what another time would have been",
}
"""Why of other kinds, which have a due instant too, the past says nothing of another target."""


class Ending(StrEnum):
    """How far an occasion has come."""

    DONE = "done"
    """What was promised was done, in time or late."""
    UNDONE = "undone"
    """The case ended without its being done: void if that was in time, else late."""
    MISSED = "missed"
    """It can't be done any more, and no target would have helped: the caller hung up."""
    OPEN = "open"
    PAUSED = "paused"
    VOID = "void"
    UNKNOWN = "unknown"


class Occasion(NamedTuple):
    """An obligation of the past. `until` is its end, or the instant as of which one asks while it is open.

    `promise` governed it, None for a date given without one; `elapsed` is of the promise's own time, None while it is open;
    `due` is None while paused.
    """

    opened: InstantUs
    until: InstantUs
    ending: Ending
    is_excused: bool
    promise: Promise | None
    elapsed: DurationUs | None
    due: InstantUs | None


class Outcome(StrEnum):
    """What the asked promise would have made of an occasion."""

    KEPT = "kept"
    LATE = "late"
    OPEN_LATE = "open_late"
    NOT_DUE = "not_due"
    """Open, or paused, and not late: it may still be kept."""
    EXCUSED = "excused"
    VOID = "void"
    UNKNOWN = "unknown"


class Measured(NamedTuple):
    """An occasion in the asked time: `taken` from opening to `until`, pauses left out."""

    opened: InstantUs
    taken: DurationUs
    ending: Ending
    is_excused: bool
    outcome: Outcome
    is_approximated: bool


_NEVER_MEASURED: Final = {
    Ending.PAUSED: Outcome.NOT_DUE,
    Ending.VOID: Outcome.VOID,
    Ending.UNKNOWN: Outcome.UNKNOWN,
}
_IN_TIME: Final = {Ending.DONE: Outcome.KEPT, Ending.UNDONE: Outcome.VOID, Ending.OPEN: Outcome.NOT_DUE}


class Measure:
    """A target in certain hours, held against occasions that opened and ended in [first, last)."""

    def __init__(self, target: Target, hours: WorkingHours, first: InstantUs, last: InstantUs) -> None:
        self._target = target
        self._hours = hours
        self._span = first, last
        self._is_same: dict[WorkingHours, bool] = {hours: True}

    def of(self, occasion: Occasion) -> Measured:
        """What the target would have made of an occasion."""
        opened, _, ending, is_excused = occasion[:4]
        settled = _NEVER_MEASURED.get(ending)
        if settled is not None:
            return Measured(opened, 0, ending, is_excused, settled, False)
        taken, is_approximated = self._taken(occasion)
        if ending is not Ending.MISSED and self._is_in_time(occasion, taken):
            outcome = _IN_TIME[ending]
        elif is_excused:
            outcome = Outcome.EXCUSED
        else:
            outcome = Outcome.OPEN_LATE if ending is Ending.OPEN else Outcome.LATE
        return Measured(opened, taken, ending, is_excused, outcome, is_approximated)

    def _taken(self, occasion: Occasion) -> tuple[DurationUs, bool]:
        """The time taken in the asked time, and whether it is approximated."""
        is_same = self._counts_the_time_of(occasion.promise)
        if is_same and occasion.elapsed is not None:
            return occasion.elapsed, False
        own_all, own_taken = _own_time(occasion)
        if is_same:
            return own_taken, False
        everything = self._everything(occasion)
        if own_taken >= own_all:
            return everything, False
        return everything * own_taken // own_all, True

    def _everything(self, occasion: Occasion) -> DurationUs:
        """All the time from opening to end, in the asked time."""
        return self._target.elapsed_in(occasion.opened, occasion.until, self._hours)

    def _is_in_time(self, occasion: Occasion, taken: DurationUs) -> bool:
        target = self._target
        if isinstance(target, WorkingDuration | CalendarDuration):
            return taken <= target.length
        everything = self._everything(occasion)
        return occasion.until <= target.due(occasion.opened, self._hours, max(0, everything - taken))

    def _counts_the_time_of(self, promise: Promise | None) -> bool:
        """Whether what the promise counts as time the target does, too, throughout the span."""
        if promise is None or promise.target is None or not promise.target.counts_working_time:
            return not self._target.counts_working_time
        if not self._target.counts_working_time:
            return False
        is_same = self._is_same.get(promise.hours)
        if is_same is None:
            is_same = promise.hours.spans(*self._span) == self._hours.spans(*self._span)
            self._is_same[promise.hours] = is_same
        return is_same


def _own_time(occasion: Occasion) -> tuple[DurationUs, DurationUs]:
    """All of the promise's own time from opening to end, and what of it was taken."""
    opened, until, promise = occasion.opened, occasion.until, occasion.promise
    target = None if promise is None else promise.target
    if promise is None or target is None:
        everything = until - opened
        return everything, everything if occasion.elapsed is None else occasion.elapsed
    everything = target.elapsed_in(opened, until, promise.hours)
    if occasion.elapsed is not None:
        return everything, occasion.elapsed
    if occasion.due is None:
        return everything, everything
    paused = target.elapsed_in(target.due(opened, promise.hours), occasion.due, promise.hours)
    return everything, max(0, everything - paused)
