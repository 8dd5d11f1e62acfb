"""The obligations of one case: opening them, ending them, and what a change, a resolution or a reopening does to them.

The case says what happened; this module knows which clocks that concerns. For each kind it remembers the
latest obligation, dates given to the client by their name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from monitor.domain.cases.obligation import Obligation
from monitor.domain.facts.events import Contact, Event, Promised
from monitor.domain.hours.instant import FOREVER_US, InstantUs, format_instant
from monitor.domain.promises.clock_rules import MeasuredFrom, OnChange, Reopen
from monitor.domain.promises.knowledge import StatusRule
from monitor.domain.promises.promise import Answer, Kind, Promise, Terms

# Names of the module are found many times faster than those of an Enum, and every event asks for some.
_FIRST_RESPONSE, _NEXT_RESPONSE, _UPDATE_EVERY = Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE, Kind.UPDATE_EVERY
_RESOLVE, _BY = Kind.RESOLVE, Kind.BY
_STATUS_CHANGE = Answer.STATUS_CHANGE
_ANY_CONTACT, _WHILE_NOT_WAITING = MeasuredFrom.ANY_CONTACT, MeasuredFrom.WHILE_NOT_WAITING
RESPONSES: Final = (_FIRST_RESPONSE, _NEXT_RESPONSE)
_RELEASED_BY_RESOLVING: Final = (*RESPONSES, Kind.UPDATE_EVERY, Kind.OWN)


class Standing(NamedTuple):
    """The status a case is in, as far as clocks care: case-folded, with the book's rule for it."""

    status: str | None
    rule: StatusRule | None
    starts_at: InstantUs


_NO_STATUS: Final = Standing(None, None, -FOREVER_US)
_NO_DATES: Final[Mapping[tuple[str, str], Obligation]] = {}
"""What most cases have: one for all, for there are very many cases."""


class Clocks:
    """All obligations of one case, in the order in which they were opened."""

    __slots__ = (
        "amends",
        "asked",
        "case",
        "changed",
        "conduct",
        "dates",
        "has_released",
        "latest",
        "may_pause",
        "obligations",
        "standing",
        "standings",
        "steps",
        "watched",
    )

    def __init__(self, case: str) -> None:
        self.case = case
        self.obligations: list[Obligation] = []
        self.latest: dict[Kind, Obligation] = {}
        self.dates: Mapping[tuple[str, str], Obligation] = _NO_DATES
        """Dates given to the client, by the case they were given in (another one, if that was merged) and their name."""
        self.conduct: tuple[Obligation, ...] = ()
        """What was promised of the people who work on the case, one of a kind; `conduct.py` judges it."""
        self.watched: tuple[Obligation, ...] = ()
        """Calls that wait, callbacks and meetings that are owed, in order, and perhaps some that are over; the watches of the
        case judge them."""
        self.amends: tuple[Event, ...] = ()
        """What was said and done about breaches; `owning.py` reads it."""
        self.steps: tuple[Obligation, ...] = ()
        """What is owed for the breaches of these obligations; made anew by `owning.py`, part of no event's work."""
        self.changed: list[Obligation] = []
        """What an event changed; whoever announces decisions empties it."""
        self.asked: tuple[Kind, ...] = ()
        """The kinds opened since the client began to wait: one wait asks for a response once."""
        self.has_released = False
        """Whether a response was released by a resolution and may stand again."""
        self.standing = _NO_STATUS
        self.standings: tuple[Standing, ...] = ()
        """Every status so far: what opens from an instant in the past has its pauses since."""
        self.may_pause = False
        """Whether any clock here can have stood still: the case was in a status that pauses, or was given a date that was."""

    def open_of(self, kind: Kind) -> Obligation | None:
        """The obligation of this kind that still waits for its end."""
        latest = self.latest.get(kind)
        return latest if latest is not None and latest.is_open else None

    def live(self) -> Collection[Obligation]:
        """The obligations that may still change: the latest of each kind and the dates given."""
        if self.dates or self.conduct or self.watched:
            return [*self.latest.values(), *self.dates.values(), *self.conduct, *self.watched]
        return self.latest.values()

    def conduct_of(self, kind: Kind) -> Obligation | None:
        """What was promised of the people who work on the case, by its kind."""
        return next((obligation for obligation in self.conduct if obligation.kind is kind), None)

    def is_awaiting_answer(self) -> bool:
        return self.open_of(_FIRST_RESPONSE) is not None or self.open_of(_NEXT_RESPONSE) is not None

    # Opening

    def open(self, promise: Promise, opened: InstantUs, event: Event) -> Obligation:
        """A new obligation of the promise's kind, with the pauses the case's statuses since its opening mean for it."""
        obligation = Obligation(self.case, promise, opened, event)
        kind = promise.kind
        before = self.latest.get(kind)
        if before is not None and before.opened == opened and kind is not _BY:
            # E.g. reopened at the very instant of the opening: two occasions, one instant.
            earlier = sum(other.kind is kind and other.opened == opened for other in self.obligations)
            obligation.occasion = f"{format_instant(opened)}+{earlier + 1}"
        self.latest[kind] = obligation
        self.asked += (kind,)
        self.obligations.append(obligation)
        self.changed.append(obligation)
        if self.may_pause:
            self._live_through(obligation, opened, event.time)
        return obligation

    def _live_through(self, obligation: Obligation, since: InstantUs, until: InstantUs) -> None:
        """Pauses and resumes as the statuses in [since, until] say, the one that held at `since` included."""
        held = _NO_STATUS
        for standing in self.standings:
            if standing.starts_at > since:
                break
            held = standing
        self._pause_or_resume(obligation, held, since)
        for standing in self.standings:
            if since < standing.starts_at <= until:
                self._pause_or_resume(obligation, standing, standing.starts_at)

    def give_date(self, promise: Promise, fact: Promised, event: Event) -> None:
        """A date was given to the client; a second one of the same name changes nothing without their consent."""
        key = (self.case, fact.promise)
        if key in self.dates:
            return
        obligation = self.open(promise, event.time, event)
        obligation.occasion = fact.promise
        obligation.promise_until(fact.by)
        self.dates = {**self.dates, key: obligation}

    def _open_date(self, name: str, event: Event) -> Obligation | None:
        """The date of this name that is meant: given in the event's own case, else in one merged into it."""
        found = self.dates.get((event.case or self.case, name)) or self.dates.get((self.case, name))
        if found is None:
            found = next((date for (_, given), date in self.dates.items() if given == name), None)
        return found if found is not None and found.is_open else None

    def amend_date(self, name: str, by: InstantUs, event: Event) -> None:
        """The client agreed to another date, which counts unless the first had passed."""
        obligation = self._open_date(name, event)
        if obligation is not None and not obligation.is_late_at(event.time):
            obligation.note(event.time, "the client agreed to another date")
            obligation.promise_until(by)
            self.changed.append(obligation)

    def withdraw_date(self, name: str, event: Event) -> None:
        obligation = self._open_date(name, event)
        if obligation is not None:
            obligation.void(event, "withdrawn")
            self.changed.append(obligation)

    # Ending

    def end(self, obligation: Obligation, event: Event, at: InstantUs | None = None) -> None:
        obligation.end(event, at)
        self.changed.append(obligation)

    def hear_contact(self, event: Event, contact: Contact) -> bool:
        """The firm reached the client. Says whether no answer is awaited any more."""
        answered = True
        for kind in RESPONSES:
            obligation = self.latest.get(kind)
            if obligation is None or not (obligation.is_open or obligation.released):
                continue
            promise = obligation.promise
            if not (promise.counts_any_contact or promise.counts(contact)):
                answered = answered and not obligation.is_open
            elif obligation.is_open or not obligation.is_late_at(event.time):
                # A released one was void because the case was resolved first; the answer came in time after all.
                self.end(obligation, event)
        for date in self.dates.values() if self.dates else ():
            if date.is_open and date.opened < event.time and date.promise.counts(contact):
                given = date.opened_by.fact
                if isinstance(given, Promised) and not given.kept_by_resolving:
                    self.end(date, event)
        return answered

    def hear_other_answer(self, event: Event, answer: Answer) -> bool:
        """Something that is no contact, e.g. an assignment, ends the waits whose promise says so; says whether any did."""
        ended = False
        for kind in _RELEASED_BY_RESOLVING:
            obligation = self.latest.get(kind)
            if obligation is None or not obligation.is_open:
                continue
            if answer in obligation.promise.answered_by:
                self.end(obligation, event)
                ended = ended or kind in RESPONSES
        return ended

    def update_given(self, event: Event, terms: Terms) -> None:
        """The firm's contact ends the running period of a periodic update and starts the next one."""
        running = self.open_of(_UPDATE_EVERY)
        if running is not None:
            if running.opened == event.time:
                return
            self.end(running, event)
        if terms.update_every is not None:
            self.open(terms.update_every, event.time, event)

    def client_spoke(self, event: Event) -> None:
        """What a client's message means for clocks that run already."""
        awaited = self.open_of(_NEXT_RESPONSE)
        if awaited is not None and awaited.promise.each_message and not awaited.is_late_at(event.time):
            self._restart(awaited, event.time, "the client wrote again")
        update = self.open_of(_UPDATE_EVERY)
        if update is None or update.is_late_at(event.time):
            return
        if update.promise.measured_from is _ANY_CONTACT:
            self._restart(update, event.time, "the client was in touch")
        elif update.promise.measured_from is _WHILE_NOT_WAITING:
            update.void(event, "the client waits for an answer")
            self.changed.append(update)

    def resolve(self, event: Event, *, closing: bool, may_answer: bool) -> bool:
        """The case was resolved, or closed: that ends the resolution's clock and releases those that wait for less.

        Says whether it was itself the answer that the client waited for, by what was promised; `may_answer` where any
        promise of the book says so.
        """
        resolution = self.open_of(_RESOLVE)
        if resolution is not None and (closing or not resolution.promise.until_closed):
            self.end(resolution, event)
        if self.dates:
            self.keep_dates_by_resolving(event)
        is_answer = may_answer and self.hear_other_answer(event, _STATUS_CHANGE) and not self.is_awaiting_answer()
        for obligation in self.latest.values():
            if obligation.is_open and obligation.kind in _RELEASED_BY_RESOLVING:
                obligation.release(event, "the case was resolved first")
                self.has_released = True
                self.changed.append(obligation)
        return is_answer

    def keep_dates_by_resolving(self, event: Event) -> None:
        """The case was resolved or closed, once more perhaps: that is what some dates were given for."""
        for date in self.dates.values():
            given = date.opened_by.fact
            if date.is_open and isinstance(given, Promised) and given.kept_by_resolving:
                self.end(date, event)

    def stop_waiting(self) -> None:
        """Nobody waits any more: a response that was released has no one to stand again for."""
        self.asked = ()
        if self.has_released:
            self.has_released = False
            for kind in RESPONSES:
                latest = self.latest.get(kind)
                if latest is not None:
                    latest.released = False

    def void_all(self, event: Event, reason: str) -> None:
        """Nothing of the case stands any more; what is late stays broken."""
        for obligation in self.obligations:
            if obligation.is_open:
                obligation.void(event, reason)
                self.changed.append(obligation)

    # Standing still and going on

    def stand(self, standing: Standing) -> None:
        """The case is in another status: some clocks stop, some go on."""
        at = standing.starts_at
        self.standing = standing
        self.standings += (standing,)
        if standing.rule is not None:
            self.may_pause = True
        if self.may_pause:
            for obligation in (*self.latest.values(), *self.dates.values()):
                if obligation.is_open:
                    self._pause_or_resume(obligation, standing, at)

    def _pause_or_resume(self, obligation: Obligation, standing: Standing, at: InstantUs) -> None:
        status, rule, _ = standing
        if rule is not None and status in obligation.promise.pauses_in:
            if obligation.pause(at, rule.reason, rule.party):
                self.changed.append(obligation)
        elif obligation.is_paused:
            obligation.resume(at)
            self.changed.append(obligation)

    def _restart(self, obligation: Obligation, at: InstantUs, why: str) -> None:
        obligation.restart(at, why)
        self._pause_or_resume(obligation, self.standing, at)
        self.changed.append(obligation)

    def wait_longer(self, since: InstantUs, at: InstantUs) -> None:
        """The client has waited for an answer since an earlier message than these clocks knew."""
        for kind in RESPONSES:
            obligation = self.open_of(kind)
            if obligation is not None and not obligation.is_late_at(at):
                obligation.start_at(
                    since, at, "the client has waited since an earlier message in a case merged into this one"
                )
                self.changed.append(obligation)

    def reopen(self, event: Event, terms: Terms) -> None:
        """The case goes on after its resolution: each promise says what that does to the clock the resolution ended."""
        for kind, obligation in list(self.latest.items()):
            if obligation.released or (kind is _RESOLVE and obligation.ended is not None):
                self._reopen(obligation, event, terms)

    def _reopen(self, obligation: Obligation, event: Event, terms: Terms) -> None:
        rule = obligation.promise.reopen
        was_late = obligation.was_done_late
        if rule is Reopen.STAY:
            return
        if rule is Reopen.NEW_CYCLE or (rule is Reopen.RESTART and was_late):
            promise = terms.of(obligation.kind)
            if promise is not None:
                self.open(promise, event.time, event)
            return
        since = obligation.stands_again()
        if rule is Reopen.RESTART:
            obligation.restart(event.time, "reopened")
        elif not was_late:
            obligation.exclude(since, event.time, "resolved")
        self._pause_or_resume(obligation, self.standing, event.time)
        self.changed.append(obligation)

    # Another promise

    def govern(
        self, obligation: Obligation, promise: Promise | None, event: Event, *, held_since: InstantUs | None
    ) -> None:
        """The case changed: another promise, or none, governs a running obligation, as its present promise's `on_change` says."""
        rule, at = obligation.promise.on_change, event.time
        if promise is obligation.promise or rule is OnChange.KEEP or obligation.is_late_at(at):
            return
        self.changed.append(obligation)
        if promise is None:
            obligation.void(event, "no promise covers the case since it changed")
            obligation.is_dropped = obligation.voided_at is not None
            return
        obligation.govern(promise, at, "the case changed")
        if rule is OnChange.FROM_CHANGE:
            obligation.restart(at, "counted from the change")
        elif rule is OnChange.FROM_ASSIGNMENT and held_since is not None and held_since > obligation.start:
            obligation.start_at(held_since, at, "counted from the assignment")
        self._pause_or_resume(obligation, self.standing, at)

    def take_up(self, obligation: Obligation, promise: Promise, event: Event) -> None:
        """A promise covers the case again whose obligation had been dropped."""
        since = obligation.stands_again()
        obligation.govern(promise, event.time, "covered again")
        self._live_through(obligation, since, event.time)
        self.changed.append(obligation)
