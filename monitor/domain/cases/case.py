"""One case from its events: who spoke, who holds it, where it stands.

Theory of operation. Events are applied one by one in their canonical order; each carries one fact, and each
kind of fact has one method here, or where it is about who spoke (`case_contacts.py`). The case keeps what later facts need
(its attributes, the client's first unanswered message, the holder: `case_state.py`), opens what is promised
(`case_openings.py`) and tells its clocks (`clocks.py`) what happened. What an account of the past needs (turns, stints) is
written down as it happens and added up only when asked for (`ledger.py`).

Rules that are nobody's alone:

- A case opens at its first opening fact: a ticket, a message, a call, a meeting, a date given. Facts about
  it that come before are remembered and hold from the opening on.
- The client waits from the first message that is not answered; one wait is one obligation.
- A message to a resolved case starts no clock ("thanks!"), unless the case is reopened: then from the message.
- Nothing erases a breach: what is late when a change, a resolution or a merge arrives stays broken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from monitor.domain.cases.case_contacts import CaseContacts
from monitor.domain.cases.case_openings import AFTER_CONTACT
from monitor.domain.cases.case_state import ENDED_PHASES, Phase, Stint
from monitor.domain.cases.clocks import Standing
from monitor.domain.cases.conduct import HEARS, Conduct
from monitor.domain.cases.obligation import Obligation
from monitor.domain.facts.events import (
    UNIDENTIFIED,
    Amended,
    Assigned,
    Call,
    CallbackPromised,
    Changed,
    ClientChanged,
    ClientTold,
    Contact,
    Ended,
    Ending,
    Event,
    Excused,
    Fact,
    MeetingScheduled,
    Opened,
    Promised,
    Reopened,
    Split,
    StepTaken,
    Withdrawn,
)
from monitor.domain.promises.given_dates import given_to
from monitor.domain.promises.promise import Answer, Book, Kind
from monitor.domain.work.directory import Directory

# Names of the module are found many times faster than those of an Enum, and every event asks for some.
_OPEN, _RESOLVED, _CLOSED = Phase.OPEN, Phase.RESOLVED, Phase.CLOSED
_OWN, _UPDATE_EVERY = Kind.OWN, Kind.UPDATE_EVERY
_ENDED_RESOLVED, _ENDED_CLOSED, _ENDED_DELETED = Ending.RESOLVED, Ending.CLOSED, Ending.DELETED
# `Stint(...)` would take these as arguments and make the same tuple of them, in twice the time.
_new_tuple = tuple.__new__
_ASSIGNMENT, _TEAM_ASSIGNMENT, _STATUS_CHANGE = Answer.ASSIGNMENT, Answer.TEAM_ASSIGNMENT, Answer.STATUS_CHANGE


class Case(CaseContacts):
    """The state of one case: a function of the events applied to it."""

    __slots__ = ("conduct",)

    def __init__(
        self,
        case: str,
        book: Book,
        directory: Directory,
        *,
        owes_callbacks: bool = False,
    ) -> None:
        """`owes_callbacks` where a callback was promised in words, for which the book need not say anything."""
        CaseContacts.__init__(self, case, book)
        is_followed = owes_callbacks or book.watches_people
        self.conduct = Conduct(book, directory, self.clocks, owes_callbacks=owes_callbacks) if is_followed else None
        """Who works on it, answers its calls, calls back and comes; None where nobody cares."""

    # The door

    def apply(self, event: Event, fact: Fact) -> None:
        """Takes in the next event in canonical order; `fact` is what it says, which whoever hands it over has at hand."""
        if self.client is UNIDENTIFIED and event.case is not None:
            self._identify(event)
        method, hear = _METHODS[type(fact)]
        if method is not None:
            method(self, event, fact)
        conduct = self.conduct
        if conduct is not None:
            if self.is_stirred:
                conduct.look(self, event)
            if hear is not None and self.opened_at is not None:
                hear(conduct, self, event, fact)

    def _identify(self, event: Event) -> None:
        """The first event that names a client the book can tell says whose case it is."""
        client = event.client or self.book.client_of(event.address)
        if client != UNIDENTIFIED:
            self.become_client(client, event)

    def become_client(self, client: str, event: Event) -> None:
        """It is known now whose case this is."""
        self.client = client
        self.known_subject = None
        if self.phase in ENDED_PHASES:
            self.tier_at_end = self.subject.tier
        if self.opened_at is not None:
            self._reselect(event)

    # Opening

    def on_opened(self, event: Event, fact: Opened) -> None:
        """A ticket opens the case, or adds to one that is open what it says of it."""
        by_client, channel, status, priority, service, tags, named, team = fact[:]
        holder = None if self.book.is_robot(named) else named
        if named is not None or team is not None:
            self._hold(event, holder, team)
        if self._take_attributes(priority, service, tags or None) and self.opened_at is not None:
            self._reselect(event)
        if status is not None:
            self._stand(event, status)
        self._answer_by_assigning(event, holder, team)
        if self.opened_at is None:
            self._open(event, event.time, channel)
        if by_client and not self.answered and self.waiting_since is None:
            self._client_spoke(event)

    def on_split(self, event: Event, fact: Split) -> None:
        """The new case starts at its first message, which was sent before the split."""
        if self.opened_at is not None:
            return
        at = event.time if fact.started_at is None else min(fact.started_at, event.time)
        self._open(event, at, "ticket")
        if fact.started_at is not None:
            self._wait_since(at, event)

    # Attributes

    def _take_attributes(self, priority: str | None, service: str | None, tags: frozenset[str] | None) -> bool:
        """Takes over what a fact says of priority, service and tags, None for nothing; says whether anything is different."""
        before = (self.priority, self.service, self.tags)
        if priority is not None:
            self.priority = priority
        if service is not None:
            self.service = service
        if tags is not None:
            self.tags = tags
        if before == (self.priority, self.service, self.tags):
            return False
        self.known_subject = None
        return True

    def on_changed(self, event: Event, fact: Changed) -> None:
        """Its status or its attributes are others."""
        status, priority, service, tags = fact[:]
        if self._take_attributes(priority, service, tags) and self.opened_at is not None:
            self._reselect(event)
        if status is not None:
            self._stand(event, status)

    def on_client_changed(self, event: Event, fact: ClientChanged) -> None:
        """A client is of another tier."""
        if fact.tier is None or event.client is None:
            return
        tier = self.book.tier_named(fact.tier)
        if self.tiers.get(event.client) == tier:
            return
        self.tiers = {**self.tiers, event.client: tier}
        self.known_subject = None
        if self.opened_at is not None:
            self._reselect(event)

    # Who holds it

    def on_assigned(self, event: Event, fact: Assigned) -> None:
        """Somebody, a team or nobody has it now."""
        holder = None if self.book.is_robot(fact.holder) else fact.holder
        self._hold(event, holder, fact.team)
        self._answer_by_assigning(event, holder, fact.team)

    def _answer_by_assigning(self, event: Event, holder: str | None, team: str | None) -> None:
        """An assignment ends the wait for an owner, and other waits whose promise says so."""
        if holder is not None:
            owning = self.clocks.open_of(_OWN)
            if owning is not None:
                self.clocks.end(owning, event)
            self._hear_other_answer(event, _ASSIGNMENT)
        if team is not None:
            self._hear_other_answer(event, _TEAM_ASSIGNMENT)

    def _hold(self, event: Event, holder: str | None, team: str | None) -> None:
        self.is_stirred = True
        self.holder, self.team = holder, team
        last = self.stints[-1] if self.stints else None
        if last is None or (last.holder, last.team) != (holder, team):
            self.stints += (_new_tuple(Stint, (event.time, holder, team, event)),)

    def _hear_other_answer(self, event: Event, answer: Answer) -> None:
        if answer not in self.book.answers:
            return
        if self.clocks.hear_other_answer(event, answer) and not self.clocks.is_awaiting_answer():
            self._stop_waiting()

    # Where it stands

    def _stand(self, event: Event, status: str) -> None:
        folded, before = status.casefold(), self.clocks.standing.status
        if folded == before:
            return
        self.clocks.stand(_new_tuple(Standing, (folded, self.book.statuses.get(folded), event.time)))
        if before is not None and self.opened_at is not None:
            self._hear_other_answer(event, _STATUS_CHANGE)

    def on_ended(self, event: Event, fact: Ended) -> None:
        """It was resolved, closed or deleted."""
        ending = fact.ending
        if self.opened_at is None or self.phase in _OVER:
            return
        if ending is _ENDED_DELETED:
            self._void_all(event, "the case was deleted")
            self._enter(Phase.DELETED, event.time)
        elif ending is _ENDED_CLOSED and self.phase is not _CLOSED:
            self._resolve(event, _CLOSED)
        elif ending is _ENDED_RESOLVED and self.phase is _OPEN:
            self._resolve(event, _RESOLVED)
        else:
            self.clocks.keep_dates_by_resolving(event)

    def _void_all(self, event: Event, reason: str) -> None:
        """Nothing of it stands any more, but for what was broken before."""
        if self.conduct is not None:
            self.conduct.read_log()
        self.clocks.void_all(event, reason)

    def _resolve(self, event: Event, phase: Phase) -> None:
        may_answer = _STATUS_CHANGE in self.book.answers
        if self.clocks.resolve(event, closing=phase is _CLOSED, may_answer=may_answer):
            self._stop_waiting()
        self._enter(phase, event.time)

    def on_reopened(self, event: Event, _: Reopened) -> None:
        """It goes on: clocks start as the book says, and what nobody has answered is waited for again."""
        if self.phase not in {_RESOLVED, _CLOSED}:
            return
        self._enter(_OPEN, event.time)
        terms = self.terms(event.time)
        self.clocks.reopen(event, terms)
        owning = self.clocks.open_of(_OWN)
        if owning is not None:
            self._own(owning, event.time)
        update = terms.update_every
        if update is not None and update.measured_from not in AFTER_CONTACT:
            latest = self.clocks.latest.get(_UPDATE_EVERY)
            if latest is None or latest.ended is not None:
                self.clocks.open(update, event.time, event)
                self.unpromised -= {_UPDATE_EVERY}
        if self.waiting_since is not None and not self.clocks.is_awaiting_answer():
            self._await_answer(event)
        # What changed while the case was resolved counts from now on.
        self._reselect(event)

    # Dates given, and excuses

    def on_promised(self, event: Event, fact: Promised) -> None:
        """A date was given to the client."""
        if self.opened_at is None:
            self._open(event, event.time, "ticket")
        self.clocks.give_date(self.terms(event.time).by or given_to(self.client), fact, event)

    def on_arranged(self, event: Event, fact: CallbackPromised | MeetingScheduled) -> None:
        """A callback or a meeting opens a case; what is owed by it is its conduct's."""
        if self.opened_at is None:
            channel = "call" if isinstance(fact, CallbackPromised) else "visit" if fact.visit else "remote"
            self._open(event, event.time, channel)

    def on_amended(self, event: Event, fact: Amended) -> None:
        """A date that was given is another one, where the client agreed."""
        if fact.agreed:
            self.clocks.amend_date(fact.promise, fact.by, event)

    def on_withdrawn(self, event: Event, fact: Withdrawn) -> None:
        """A date that was given does not stand any more."""
        self.clocks.withdraw_date(fact.promise, event)

    def on_excused(self, event: Event, fact: Excused) -> None:
        """Excuses the obligation named, or the latest of the kind; it shows only where that one is or gets broken."""
        self.on_amends(event, fact)
        if fact.obligation is not None:
            obligation = self.obligation_named(fact.obligation)
        else:
            obligation = next((each for each in reversed(self.clocks.obligations) if each.kind == fact.kind), None)
        if obligation is not None and obligation.excused_by is None:
            obligation.excused_by = event
            self.clocks.changed.append(obligation)

    def on_amends(self, event: Event, _: Excused | ClientTold | StepTaken) -> None:
        """Something was said or done about a breach: kept for whoever judges what is owed for it."""
        if self.book.breach_rules:
            self.clocks.amends += (event,)

    # Going on in another case

    def go_on_in(self, survivor: Case, event: Event) -> None:
        """Merged: the client's wait and the dates given go on in the survivor, the rest is void for that reason."""
        if survivor.client == UNIDENTIFIED and self.client != UNIDENTIFIED:
            survivor.become_client(self.client, event)
        if self.waiting_since is not None:
            survivor.wait_also(self.waiting_since, event)
        self.waiting_since = None
        for key, date in self.clocks.dates.items():
            if date.is_open:
                self.clocks.obligations.remove(date)
                survivor.take_over(key, date, event)
        if self.conduct is not None and survivor.conduct is not None:
            if self.conduct.owes():
                survivor.be_open(event)
            self.conduct.go_on_in(self, survivor.conduct, survivor)
        self._void_all(event, f"merged into {survivor.id}")
        if self.opened_at is not None and self.phase not in _OVER:
            self._enter(Phase.MERGED, event.time)
        self.merged_into = survivor.id
        survivor.absorbed += (self,)
        if survivor.conduct is not None and survivor.opened_at is not None:
            survivor.conduct.look(survivor, event)

    def be_open(self, event: Event) -> None:
        """Something that was owed came along with a merged case."""
        if self.opened_at is None:
            self._open(event, event.time, "ticket")

    def take_over(self, key: tuple[str, str], date: Obligation, event: Event) -> None:
        """A date given in a case merged into this one stands here."""
        self.be_open(event)
        self.clocks.obligations.append(date)
        self.clocks.dates = {**self.clocks.dates, key: date}
        self.clocks.may_pause = True
        self.clocks.changed.append(date)


_TAKEN_BY: Final[Mapping[type, Callable[[Any, Event, Any], None] | None]] = {
    **dict.fromkeys(get_args(Fact)),
    Opened: Case.on_opened,
    Split: Case.on_split,
    Changed: Case.on_changed,
    ClientChanged: Case.on_client_changed,
    Contact: Case.on_contact,
    Call: Case.on_call,
    Assigned: Case.on_assigned,
    Ended: Case.on_ended,
    Reopened: Case.on_reopened,
    Promised: Case.on_promised,
    CallbackPromised: Case.on_arranged,
    MeetingScheduled: Case.on_arranged,
    Amended: Case.on_amended,
    Withdrawn: Case.on_withdrawn,
    Excused: Case.on_excused,
    ClientTold: Case.on_amends,
    StepTaken: Case.on_amends,
}
"""What takes in each kind of fact; None where a case makes nothing of it. Behind the class: compiled, it has no methods before."""

_METHODS: Final = {fact: (method, HEARS.get(fact)) for fact, method in _TAKEN_BY.items()}
"""The same, and what in a case's conduct takes it in: by a name of the module, for every event asks."""


_OVER: Final = {Phase.DELETED, Phase.MERGED}
