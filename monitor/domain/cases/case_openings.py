"""Which obligations a case opens, when, and which promise governs them as the case becomes different.

Some start with the case, some with the client's first unanswered message. What was promised to nobody when it began, or
lost its promise to a change, is taken up once a promise covers it.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Final

from monitor.domain.cases.case_state import ENDED_PHASES, CaseState, Phase, Turn
from monitor.domain.cases.clocks import RESPONSES
from monitor.domain.cases.obligation import Obligation
from monitor.domain.facts.events import (
    OWN_SOURCE,
    Call,
    CallbackPromised,
    CallStep,
    Contact,
    Event,
    MeetingScheduled,
    Opened,
    Promised,
    Split,
)
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.clock_rules import BeforeFirstReply, MeasuredFrom
from monitor.domain.promises.promise import Answer, Book, Kind, Promise, Terms

# Names of the module are found many times faster than those of an Enum, and every event asks for some.
_OPEN = Phase.OPEN
_FIRST_RESPONSE, _NEXT_RESPONSE, _UPDATE_EVERY = Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE, Kind.UPDATE_EVERY
_OWN, _RESOLVE, _BY = Kind.OWN, Kind.RESOLVE, Kind.BY

# `Turn(...)` would take these as arguments and make the same tuple of them, in twice the time.
_new_tuple = tuple.__new__

_FROM_OPENING: Final = (_RESOLVE, _OWN, _UPDATE_EVERY)
AFTER_CONTACT: Final = {MeasuredFrom.AFTER_FIRST_CONTACT, MeasuredFrom.WHILE_NOT_WAITING}
"""Where the first update is not measured from the opening."""


class CaseOpenings(CaseState):
    """A case that knows which clocks to open."""

    __slots__ = ()

    # Opening

    def _enter(self, phase: Phase, at: InstantUs) -> None:
        self.is_stirred = True
        if phase in ENDED_PHASES:
            self.tier_at_end = self.tier
        self.phase = phase
        self.turns += (_new_tuple(Turn, (at, phase)),)

    def _open(self, event: Event, at: InstantUs, channel: str) -> None:
        self.opened_at = at
        self.opened_by = event
        self.channel = self.channel or channel
        self.known_subject = None
        self._enter(_OPEN, at)
        terms = self.terms(at)
        if self.book.breach_rules:
            self.subjects += ((at, self.subject),)
        for kind in _FROM_OPENING:
            if kind in self.book.kinds:
                self._open_from_opening(kind, terms, event)

    def _open_from_opening(self, kind: Kind, terms: Terms, event: Event) -> None:
        """Opens an obligation that starts with the case, if that is promised."""
        promise = terms.of(kind)
        if promise is None:
            self._miss(kind)
            return
        if self.unpromised:
            self.unpromised -= {kind}
        assert self.opened_at is not None
        if kind is _UPDATE_EVERY:
            self._open_update(promise, event)
            return
        obligation = self.clocks.open(promise, self.opened_at, event)
        if kind is _OWN:
            self._own(obligation, self.opened_at)

    def _open_update(self, promise: Promise, event: Event) -> None:
        """A periodic update runs from the last contact that counts, failing one from the opening."""
        assert self.opened_at is not None
        for at, contact in reversed(self.contacts):
            if promise.counts(contact):
                self.clocks.open(promise, at, event)
                return
        if promise.measured_from not in AFTER_CONTACT:
            self.clocks.open(promise, self.opened_at, event)

    def _own(self, obligation: Obligation, since: InstantUs) -> None:
        """Ends an obligation to own the case if somebody has held it since, or at, an instant in the past."""
        by_team = Answer.TEAM_ASSIGNMENT in obligation.promise.answered_by
        for stint, following in zip_longest(self.stints, self.stints[1:]):
            is_held = stint.holder is not None or (by_team and stint.team is not None)
            if is_held and (following is None or following.starts_at > since):
                self.clocks.end(obligation, stint.event, max(stint.starts_at, since))
                return

    def _miss(self, kind: Kind) -> None:
        if kind in self.book.kinds:
            self.unpromised |= {kind}

    # A client who waits

    def _await_answer(self, event: Event) -> None:
        """Opens what the client's first unanswered message calls for: the first response, or the next one."""
        since = self.waiting_since
        assert since is not None
        terms = self.terms(since)
        first, following = terms.first_response, terms.next_response
        if not self.answered and first is not None:
            self._open_response(first, since, event)
        elif not self.answered:
            self._miss(_FIRST_RESPONSE)
        if following is None:
            self._miss(_NEXT_RESPONSE)
        elif self.answered or _runs_before_first_reply(following, first):
            self._open_response(following, since, event)

    def _open_response(self, promise: Promise, since: InstantUs, event: Event) -> None:
        if promise.kind not in self.clocks.asked and self.clocks.open_of(promise.kind) is None:
            self.clocks.open(promise, since, event)

    # Another promise

    def _reselect(self, event: Event) -> None:
        """Which promise governs each running obligation, now that the case is different."""
        self.is_stirred = True
        if self.book.breach_rules:
            self.subjects += ((event.time, self.subject),)
        if self.phase is not _OPEN:
            return
        clocks = self.clocks
        held_since = next((stint.starts_at for stint in reversed(self.stints) if stint.holder or stint.team), None)
        for kind, obligation in list(clocks.latest.items()):
            promise = self.terms(obligation.opened).of(kind)
            if obligation.is_open and kind is not _BY:
                clocks.govern(obligation, promise, event, held_since=held_since)
            elif obligation.is_dropped and promise is not None:
                self._take_up(obligation, promise, event)
        self._take_up_unpromised(event)

    def _take_up(self, obligation: Obligation, promise: Promise, event: Event) -> None:
        """A dropped obligation stands again, unless what it was about is over."""
        if obligation.kind in RESPONSES and obligation.kind not in self.clocks.asked:
            return
        if obligation.kind is _UPDATE_EVERY and self.contacts and self.contacts[-1][0] > obligation.opened:
            obligation.is_dropped = False
            self._open_update(promise, event)
            return
        self.clocks.take_up(obligation, promise, event)
        if obligation.kind is _OWN:
            self._own(obligation, obligation.opened)

    def _take_up_unpromised(self, event: Event) -> None:
        """Opens, from the start, what was promised to nobody when it began and is promised now."""
        assert self.opened_at is not None
        for kind in [kind for kind in _FROM_OPENING if kind in self.unpromised]:
            self._open_from_opening(kind, self.terms(self.opened_at), event)
        if self.waiting_since is not None:
            self._await_answer(event)


def _runs_before_first_reply(following: Promise, first: Promise | None) -> bool:
    """Whether the next response is owed before the firm has replied at all."""
    if following.before_first_reply is None:
        return first is None
    return following.before_first_reply is BeforeFirstReply.RUN


def opens_case(event: Event, book: Book) -> bool:
    """Whether a case may begin with this event; what only says something about a case can't begin one."""
    fact = event.fact
    if isinstance(fact, Contact):
        return fact.genuine and event.source != OWN_SOURCE and not book.is_by_robots(fact)
    if isinstance(fact, Call):
        is_spoken = fact.step is CallStep.ANSWERED and fact.genuine and not book.is_robot(fact.agent)
        return is_spoken or fact.step is CallStep.OFFERED or (fact.step is CallStep.VOICEMAIL and fact.inbound)
    return isinstance(fact, Opened | Split | Promised | CallbackPromised | MeetingScheduled)
