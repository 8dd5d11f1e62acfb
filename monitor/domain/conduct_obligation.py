"""A promise of how a case is worked on, by whom and through how many hands: it is bound to the whole of the case.

It has no due instant of its own. Something that is done breaks it there and then, for good; where nothing did, it is
kept when the case is resolved or closed, and stands again if the case is reopened. While nobody has a case that must
not lie about for long it is due when that has lasted too long, and then an absence breaks it, as with any other obligation.

    event                        running                       broken
    ---------------------------  ----------------------------  -----------------------
    a deed against the promise   broken: ended by that deed    -
    its due instant passes       broken, open                  -
    somebody takes the case      running, not due any more     done late, if it was open
    resolved, closed             kept; unknown where what was  (nothing; ended if it was open)
                                 done can't be told
    reopened                     kept, unknown: running again  -
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from monitor.domain.coverage import FULL, Coverage
from monitor.domain.deeds import Deed
from monitor.domain.events import Event
from monitor.domain.instant import FOREVER_US, DurationUs, InstantUs
from monitor.domain.obligation import BROKEN, EXCUSED, KEPT, UNKNOWN, VOID, Obligation, Verdict
from monitor.domain.promise import Promise


class Conclusion(NamedTuple):
    """What came of it, and why in words."""

    verdict: Verdict
    words: str


class ConductObligation(Obligation):
    """One promise about the people of a case. Changed only by the case's conduct."""

    __slots__ = ("conclusion", "found")

    def __init__(self, case: str, promise: Promise, opened: InstantUs, opened_by: Event) -> None:
        Obligation.__init__(self, case, promise, opened, opened_by)
        self.conclusion: Conclusion | None = None
        """None while nothing is certain, and where its due instant passed: that says itself what came of it."""
        self.found = ""
        self.promised_by = self._due = FOREVER_US

    # Questions

    @property
    def due(self) -> InstantUs | None:
        """The last instant at which somebody must take the case; None while somebody has it, and once it has ended."""
        return None if self.promised_by == FOREVER_US else self.promised_by

    @property
    def is_broken_for_good(self) -> bool:
        """Whether it has been broken, by a deed or by its due instant."""
        if self.conclusion is not None:
            return self.conclusion.verdict is BROKEN
        return self.ended is not None and self.is_late_at(self.ended)

    def verdict(self, now: InstantUs, coverage: Coverage = FULL) -> Verdict:
        if self.void_reason is not None:
            return VOID
        if self.conclusion is None:
            return Obligation.verdict(self, now, coverage)
        verdict = self.conclusion.verdict
        if verdict is BROKEN and self.excused_by is not None:
            return EXCUSED
        if verdict is KEPT and coverage.gaps and coverage.gap_between(self.opened, self.finish(now)):
            return UNKNOWN
        return verdict

    def remaining_until(self, now: InstantUs) -> DurationUs | None:
        return None if self.due is None else super().remaining_until(now)

    # What happens to it

    def promise_until(self, by: InstantUs) -> None:
        """Somebody must take the case by then; FOREVER_US where somebody has it."""
        self.promised_by = self._due = by

    def break_by(self, event: Event, at: InstantUs, words: str) -> None:
        """Something was done that breaks it."""
        self.conclude(event, Conclusion(BROKEN, words))
        self.ended = at

    def conclude(self, event: Event, conclusion: Conclusion) -> None:
        """This came of it, by this event."""
        self.end(event)
        self.conclusion = conclusion
        self.found = conclusion.words
        self.promise_until(FOREVER_US)

    def stand_anew(self) -> None:
        """Nothing is certain any more: the case goes on, or another promise governs what was done in it."""
        if not self.is_open:
            self.stands_again()
        self.conclusion = None
        self.found = ""
        self.promise_until(FOREVER_US)


class DeedObligation(ConductObligation):
    """One promise that is judged by everything that is done in a case: it counts the deeds it is told, as its promise has it."""

    __slots__ = ()

    heeds: ClassVar[frozenset[type]]
    """The sorts of deeds that make a difference to it."""

    def count_anew(self) -> None:
        """Forgets what was counted: another promise governs what was done since the opening."""
        raise NotImplementedError

    def take(self, deed: Deed) -> bool:
        """Counts a deed that was done while it is open; says whether it is different for it."""
        raise NotImplementedError

    def outcome(self) -> Conclusion:
        """What comes of it if nothing broke it until the case was settled."""
        raise NotImplementedError
