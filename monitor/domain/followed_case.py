"""A case whose people, calls, callbacks and meetings are followed: what it knows beside its clocks.

A class of its own, so that other cases need not ask at each event whether anybody cares.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.domain.call_watch import CallWatch
from monitor.domain.callback_watch import CallbackWatch
from monitor.domain.case import Case
from monitor.domain.case_state import Phase
from monitor.domain.case_watch import Watch, put, take_away
from monitor.domain.conduct import WORK, Conduct
from monitor.domain.directory import Directory
from monitor.domain.events import Event
from monitor.domain.instant import InstantUs
from monitor.domain.meeting_watch import MeetingWatch
from monitor.domain.obligation import Obligation
from monitor.domain.promise import Book, Kind


class FollowedCase(Case):
    """The state of one case: a function of the events applied to it."""

    __slots__ = ("_is_stirred", "_watches", "conduct")

    def __init__(self, case: str, book: Book, directory: Directory, *, owes_callbacks: bool) -> None:
        """`owes_callbacks` where a callback was promised in words, for which the book need not say anything."""
        super().__init__(case, book)
        self.conduct: Conduct = Conduct(book, directory)
        watches: list[Watch] = [CallWatch()] if Kind.ANSWER_CALL in book.kinds else []
        if owes_callbacks or Kind.CALLBACK in book.kinds:
            watches.append(CallbackWatch())
        if Kind.ATTEND in book.kinds:
            watches.append(MeetingWatch(directory))
        self._watches = tuple(watches)
        self._is_stirred = False
        """Whether its phase, its holder or what covers it may be different since its conduct last looked."""

    def apply(self, event: Event) -> None:
        Case.apply(self, event)
        if self._is_stirred:
            self.was_changed(event)
        elif type(event.fact) in WORK and self.opened_at is not None:
            self.conduct.note_work(self, event)
        if self._watches and self.opened_at is not None:
            for watch in self._watches:
                if type(event.fact) in watch.heeds:
                    watch.take(self, event, event.fact)

    def was_changed(self, event: Event) -> None:
        self._is_stirred = False
        if self.opened_at is not None:
            self.conduct.follow(self, event)

    def _take_along(self, survivor: Case, event: Event) -> None:
        assert isinstance(survivor, FollowedCase)
        for watch in self._watches:
            owed = [*watch.owed()]
            for obligation in owed:
                take_away(self, obligation)
            survivor.take_in(watch, owed, event)

    def take_in(self, watch: Watch, owed: Sequence[Obligation], event: Event) -> None:
        """What the watch of a case merged into this one knows, and what is owed by it."""
        if owed and self.opened_at is None:
            self._open(event, event.time, "ticket")
        for own in self._watches:
            if type(own) is type(watch):
                own.join(watch)
        for obligation in owed:
            put(self, obligation)

    def _enter(self, phase: Phase, at: InstantUs) -> None:
        super()._enter(phase, at)
        self._is_stirred = True

    def _reselect(self, event: Event) -> None:
        super()._reselect(event)
        self._is_stirred = True

    def _hold(self, event: Event, holder: str | None, team: str | None) -> None:
        super()._hold(event, holder, team)
        self._is_stirred = True
