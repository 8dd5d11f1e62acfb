"""One case from its events: who spoke, who holds it, where it stands.

Theory of operation. Events are applied one by one in their canonical order; each carries one fact, and each
kind of fact has one method here. The case keeps what later facts need (its attributes, the client's first
unanswered message, the holder) and tells its clocks (`clocks.py`) what happened. What an account of the
past needs (turns, stints) is written down as it happens and added up only when asked for (`ledger.py`).

Rules that are nobody's alone:

- A case opens at its first opening fact: a ticket, a message, a call, a meeting, a date given. Facts about
  it that come before are remembered and hold from the opening on.
- The client waits from the first message that is not answered; one wait is one obligation.
- A message to a resolved case starts no clock ("thanks!"), unless the case is reopened: then from the message.
- Nothing erases a breach: what is late when a change, a resolution or a merge arrives stays broken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from monitor.domain.clocks import RESPONSES, Clocks, Standing
from monitor.domain.events import (
    OWN_SOURCE,
    UNIDENTIFIED,
    Amended,
    Assigned,
    Call,
    CallStep,
    Changed,
    ClientChanged,
    Contact,
    Ended,
    Ending,
    Event,
    Excused,
    Opened,
    Promised,
    Reopened,
    Side,
    Split,
    Withdrawn,
)
from monitor.domain.instant import FOREVER_US, InstantUs
from monitor.domain.obligation import Obligation
from monitor.domain.promise import (
    Answer,
    BeforeFirstReply,
    Book,
    Kind,
    MeasuredFrom,
    Promise,
    StatusRule,
    Subject,
    Terms,
)
from monitor.domain.working_hours import ALWAYS


class Phase(StrEnum):
    """Where a case stands."""

    UNOPENED = "unopened"
    OPEN = "open"
    RESOLVED = "resolved"
    CLOSED = "closed"
    DELETED = "deleted"
    MERGED = "merged"


# Names of the module are found many times faster than those of an Enum, and every event asks for some.
_OPEN, _FIRM, _CLIENT = Phase.OPEN, Side.FIRM, Side.CLIENT
_FIRST_RESPONSE, _NEXT_RESPONSE, _UPDATE_EVERY = Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE, Kind.UPDATE_EVERY
_OWN, _RESOLVE = Kind.OWN, Kind.RESOLVE


class Turn(NamedTuple):
    """From `starts_at` on the case stood in this phase, and in a status with this rule, if any."""

    starts_at: InstantUs
    phase: Phase
    rule: StatusRule | None


class Stint(NamedTuple):
    """From `starts_at` on this person, or failing one this team, held the case."""

    starts_at: InstantUs
    holder: str | None
    team: str | None
    event: Event


GIVEN_DATE: Final = Promise(
    id="date-given",
    version=1,
    kind=Kind.BY,
    starts_at=0,
    ends_at=FOREVER_US,
    hours=ALWAYS,
    hours_name="always",
)
"""What governs a date given to a client where the book has no promise of kind `by` for it: a date is a promise."""

_FROM_OPENING: Final = (_RESOLVE, _OWN, _UPDATE_EVERY)


class Case:
    """The state of one case: a function of the events applied to it."""

    __slots__ = (
        "_subject",
        "_terms",
        "answered",
        "book",
        "channel",
        "client",
        "clocks",
        "contacts",
        "holder",
        "id",
        "merged_into",
        "opened_at",
        "opened_by",
        "phase",
        "phase_since",
        "priority",
        "service",
        "stints",
        "tags",
        "team",
        "tiers",
        "turns",
        "unpromised",
        "waiting_for",
        "waiting_since",
    )

    def __init__(self, case: str, book: Book) -> None:
        self.id = case
        self.book = book
        self.clocks = Clocks(case)
        self.client = UNIDENTIFIED
        self.tiers: dict[str, str] = {}
        """Tiers that events gave to clients, over the book's."""
        self.channel: str | None = None
        self.priority: str | None = None
        self.service: str | None = None
        self.tags: frozenset[str] = frozenset()
        self.holder: str | None = None
        self.team: str | None = None
        self.phase = Phase.UNOPENED
        self.phase_since: InstantUs = 0
        self.opened_at: InstantUs | None = None
        self.opened_by: Event | None = None
        self.merged_into: str | None = None
        self.waiting_since: InstantUs | None = None
        self.waiting_for: Event | None = None
        self.answered = False
        """Whether the firm has answered the client at least once."""
        self.unpromised: set[Kind] = set()
        """Kinds the book promises to others, but not to this case."""
        self.contacts: list[Event] = []
        """The firm's contacts, where the book promises periodic updates: one promised later counts from the last of them."""
        self.turns: list[Turn] = []
        self.stints: list[Stint] = []
        self._subject: Subject | None = None
        self._terms: Terms | None = None

    # Questions

    @property
    def obligations(self) -> list[Obligation]:
        """Every obligation the case ever had, in the order in which they were opened."""
        return self.clocks.obligations

    @property
    def subject(self) -> Subject:
        """What decides which promises apply, case-folded where the book is."""
        if self._subject is None:
            tier = self.tiers.get(self.client) or self.book.tier_of(self.client)
            priority = self.priority and self.priority.casefold()
            service = self.service and self.service.casefold()
            tags = frozenset(tag.casefold() for tag in self.tags) if self.tags else self.tags
            self._subject = Subject(self.client, tier, priority, self.channel, service, tags)
        return self._subject

    def terms(self, at: InstantUs) -> Terms:
        """The promises in force at `at` for the case as it is."""
        terms = self._terms
        if terms is None or self._subject is None or not terms.starts_at <= at < terms.ends_at:
            terms = self._terms = self.book.terms(self.subject, at)
        return terms

    # The door

    def apply(self, event: Event) -> None:
        """Takes in the next event in canonical order."""
        if self.client is UNIDENTIFIED and event.case is not None:
            self._identify(event)
        fact = event.fact
        method = _METHODS.get(type(fact))
        if method is not None:
            method(self, event, fact)

    def _identify(self, event: Event) -> None:
        """The first event that names a client the book can tell says whose case it is."""
        client = event.client or self.book.client_of(event.address)
        if client != UNIDENTIFIED:
            self.become_client(client, event)

    def become_client(self, client: str, event: Event) -> None:
        """It is known now whose case this is."""
        self.client = client
        self._subject = None
        if self.opened_at is not None:
            self._reselect(event)

    # Opening

    def _open(self, event: Event, at: InstantUs, channel: str) -> None:
        self.opened_at = at
        self.opened_by = event
        self.channel = self.channel or channel
        self._subject = None
        self._enter(_OPEN, at)
        terms = self.terms(at)
        for kind in _FROM_OPENING:
            if kind in self.book.kinds:
                self._open_from_opening(kind, terms, event)

    def _open_from_opening(self, kind: Kind, terms: Terms, event: Event) -> None:
        """Opens an obligation that starts with the case, if that is promised."""
        promise = terms.of(kind)
        if promise is None:
            self._miss(kind)
            return
        self.unpromised.discard(kind)
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
        for contact in reversed(self.contacts):
            if isinstance(contact.fact, Contact) and promise.counts(contact.fact):
                self.clocks.open(promise, contact.time, event)
                return
        if promise.measured_from not in _AFTER_CONTACT:
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
            self.unpromised.add(kind)

    def _on_opened(self, event: Event, fact: Opened) -> None:
        if fact.holder is not None or fact.team is not None:
            self._on_assigned(event, Assigned(fact.holder, fact.team))
        if self._take_attributes(fact) and self.opened_at is not None:
            self._reselect(event)
        if fact.status is not None:
            self._stand(event, fact.status)
        if self.opened_at is None:
            self._open(event, event.time, fact.channel)
        if fact.by_client and not self.answered and self.waiting_since is None:
            self._client_spoke(event)

    def _on_split(self, event: Event, fact: Split) -> None:
        """The new case starts at its first message, which was sent before the split."""
        if self.opened_at is not None:
            return
        at = event.time if fact.started_at is None else min(fact.started_at, event.time)
        self._open(event, at, "ticket")
        if fact.started_at is not None:
            self._wait_since(at, event)

    # Attributes

    def _take_attributes(self, fact: Opened | Changed) -> bool:
        """Takes over what the fact says of priority, service and tags; says whether anything is different."""
        priority = self.priority if fact.priority is None else fact.priority
        service = self.service if fact.service is None else fact.service
        tags = self.tags if fact.tags is None or (not fact.tags and isinstance(fact, Opened)) else fact.tags
        if (priority, service, tags) == (self.priority, self.service, self.tags):
            return False
        self.priority, self.service, self.tags = priority, service, tags
        self._subject = None
        return True

    def _on_changed(self, event: Event, fact: Changed) -> None:
        if self._take_attributes(fact) and self.opened_at is not None:
            self._reselect(event)
        if fact.status is not None:
            self._stand(event, fact.status)

    def _on_client_changed(self, event: Event, fact: ClientChanged) -> None:
        if fact.tier is None or event.client is None:
            return
        self.tiers[event.client] = fact.tier
        self._subject = None
        if self.opened_at is not None:
            self._reselect(event)

    def _reselect(self, event: Event) -> None:
        """Which promise governs each running obligation, now that the case is different."""
        if self.phase is not Phase.OPEN:
            return
        clocks = self.clocks
        held_since = next((stint.starts_at for stint in reversed(self.stints) if stint.holder or stint.team), None)
        for kind, obligation in list(clocks.latest.items()):
            promise = self.terms(obligation.opened).of(kind)
            if obligation.is_open and kind is not Kind.BY:
                clocks.govern(obligation, promise, event, held_since=held_since)
            elif obligation.is_dropped and promise is not None:
                self._take_up(obligation, promise, event)
        self._take_up_unpromised(event)

    def _take_up(self, obligation: Obligation, promise: Promise, event: Event) -> None:
        """A dropped obligation stands again, unless what it was about is over."""
        if obligation.kind in RESPONSES and obligation.opened != self.waiting_since:
            return
        if obligation.kind is Kind.UPDATE_EVERY and self.contacts and self.contacts[-1].time > obligation.opened:
            obligation.is_dropped = False
            self._open_update(promise, event)
            return
        self.clocks.take_up(obligation, promise, event)
        if obligation.kind is Kind.OWN:
            self._own(obligation, obligation.opened)

    def _take_up_unpromised(self, event: Event) -> None:
        """Opens, from the start, what was promised to nobody when it began and is promised now."""
        assert self.opened_at is not None
        for kind in [kind for kind in _FROM_OPENING if kind in self.unpromised]:
            self._open_from_opening(kind, self.terms(self.opened_at), event)
        if self.waiting_since is not None:
            self._await_answer(event)

    # Who spoke

    def _on_contact(self, event: Event, fact: Contact) -> None:
        side, channel, author, genuine = fact
        if not genuine or event.source == OWN_SOURCE or self.book.is_robot(author):
            return
        if self.opened_at is None:
            self._open(event, event.time, channel)
        if side is not _FIRM:
            self._client_spoke(event)
        if side is not _CLIENT:
            self._firm_spoke(event, fact)

    def _on_call(self, event: Event, fact: Call) -> None:
        """A call opens a case; words spoken or left on the voicemail move its response clocks, waiting in a queue does not."""
        if fact.step is CallStep.ANSWERED and fact.genuine:
            side = Side.BOTH if fact.inbound else Side.FIRM
            self._on_contact(event, Contact(side, "call", fact.agent, genuine=True))
        elif fact.step is CallStep.VOICEMAIL and fact.inbound:
            self._on_contact(event, Contact(Side.CLIENT, "call", None, genuine=True))
        elif fact.step is CallStep.OFFERED and self.opened_at is None:
            self._open(event, event.time, "call")

    def _client_spoke(self, event: Event) -> None:
        if self.waiting_since is None:
            self._wait_since(event.time, event)
        if self.phase is _OPEN:
            self.clocks.client_spoke(event)

    def _wait_since(self, since: InstantUs, event: Event) -> None:
        self.waiting_since = since
        self.waiting_for = event
        if self.phase is _OPEN:
            self._await_answer(event)

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
        latest = self.clocks.latest.get(promise.kind)
        if latest is None or (not latest.is_open and latest.opened != since):
            self.clocks.open(promise, since, event)

    def _firm_spoke(self, event: Event, contact: Contact) -> None:
        if self.clocks.hear_contact(event, contact):
            self._stop_waiting()
        if self.phase is _OPEN and _UPDATE_EVERY in self.book.kinds:
            self._update_given(event, contact)

    def _stop_waiting(self) -> None:
        self.answered = self.answered or self.waiting_since is not None
        self.waiting_since = self.waiting_for = None
        self.clocks.forget_releases()

    def _update_given(self, event: Event, contact: Contact) -> None:
        self.contacts.append(event)
        running = self.clocks.open_of(Kind.UPDATE_EVERY)
        terms = self.terms(event.time)
        promise = running.promise if running is not None else terms.update_every
        if promise is not None and promise.counts(contact):
            self.clocks.update_given(event, terms)

    # Who holds it

    def _on_assigned(self, event: Event, fact: Assigned) -> None:
        holder = None if self.book.is_robot(fact.holder) else fact.holder
        self._hold(event, holder, fact.team)
        if holder is not None:
            owning = self.clocks.open_of(_OWN)
            if owning is not None:
                self.clocks.end(owning, event)
            self._hear_other_answer(event, Answer.ASSIGNMENT)
        if fact.team is not None:
            self._hear_other_answer(event, Answer.TEAM_ASSIGNMENT)

    def _hold(self, event: Event, holder: str | None, team: str | None) -> None:
        self.holder, self.team = holder, team
        last = self.stints[-1] if self.stints else None
        if last is None or (last.holder, last.team) != (holder, team):
            self.stints.append(Stint(event.time, holder, team, event))

    def _hear_other_answer(self, event: Event, answer: Answer) -> None:
        if answer not in self.book.answers:
            return
        if self.clocks.hear_other_answer(event, answer) and not self.clocks.is_awaiting_answer():
            self._stop_waiting()

    # Where it stands

    def _stand(self, event: Event, status: str) -> None:
        folded, before, at = status.casefold(), self.clocks.standing.status, event.time
        if folded == before:
            return
        rule = self.book.statuses.get(folded)
        self.clocks.stand(Standing(folded, rule), at)
        self.turns.append(Turn(at, self.phase, rule))
        if before is not None and self.opened_at is not None:
            self._hear_other_answer(event, Answer.STATUS_CHANGE)

    def _enter(self, phase: Phase, at: InstantUs) -> None:
        self.phase = phase
        self.phase_since = at
        self.turns.append(Turn(at, phase, self.clocks.standing.rule))

    def _on_ended(self, event: Event, fact: Ended) -> None:
        ending = fact.ending
        if self.opened_at is None or self.phase in _OVER:
            return
        if ending is Ending.DELETED:
            self.clocks.void_all(event, "the case was deleted")
            self._enter(Phase.DELETED, event.time)
        elif ending is Ending.CLOSED and self.phase is not Phase.CLOSED:
            self.clocks.resolve(event, closing=True)
            self._enter(Phase.CLOSED, event.time)
        elif ending is Ending.RESOLVED and self.phase is _OPEN:
            self.clocks.resolve(event, closing=False)
            self._enter(Phase.RESOLVED, event.time)
        else:
            self.clocks.keep_dates_by_resolving(event)

    def _on_reopened(self, event: Event, fact: Reopened) -> None:
        if self.phase not in {Phase.RESOLVED, Phase.CLOSED}:
            return
        self._enter(Phase.OPEN, event.time)
        terms = self.terms(event.time)
        self.clocks.reopen(event, terms)
        owning = self.clocks.open_of(Kind.OWN)
        if owning is not None:
            self._own(owning, event.time)
        update = terms.update_every
        if update is not None and update.measured_from not in _AFTER_CONTACT:
            latest = self.clocks.latest.get(Kind.UPDATE_EVERY)
            if latest is None or latest.ended is not None:
                self.clocks.open(update, event.time, event)
        if self.waiting_since is not None and not self.clocks.is_awaiting_answer():
            self._await_answer(event)

    # Dates given, and excuses

    def _on_promised(self, event: Event, fact: Promised) -> None:
        if self.opened_at is None:
            self._open(event, event.time, "ticket")
        self.clocks.give_date(self.terms(event.time).by or GIVEN_DATE, fact, event)

    def _on_amended(self, event: Event, fact: Amended) -> None:
        if fact.agreed:
            self.clocks.amend_date(fact.promise, fact.by, event)

    def _on_withdrawn(self, event: Event, fact: Withdrawn) -> None:
        self.clocks.withdraw_date(fact.promise, event)

    def _on_excused(self, event: Event, fact: Excused) -> None:
        """Excuses the obligation named, or the latest of the kind; it shows only where that one is or gets broken."""
        for obligation in reversed(self.obligations):
            if fact.obligation == obligation.id or (fact.obligation is None and fact.kind == obligation.kind):
                obligation.excused_by = event
                self.clocks.changed.append(obligation)
                return

    # Going on in another case

    def go_on_in(self, survivor: Case, event: Event) -> None:
        """Merged: the client's wait and the dates given go on in the survivor, the rest is void for that reason."""
        if survivor.client == UNIDENTIFIED and self.client != UNIDENTIFIED:
            survivor.become_client(self.client, event)
        if self.waiting_since is not None:
            survivor.wait_also(self.waiting_since, event)
        self.waiting_since = self.waiting_for = None
        for key, date in self.clocks.dates.items():
            if date.is_open:
                self.obligations.remove(date)
                survivor.take_over(key, date, event)
        self.clocks.void_all(event, f"merged into {survivor.id}")
        if self.opened_at is not None and self.phase not in _OVER:
            self._enter(Phase.MERGED, event.time)
        self.merged_into = survivor.id

    def take_over(self, key: tuple[str, str], date: Obligation, event: Event) -> None:
        """A date given in a case merged into this one stands here."""
        if self.opened_at is None:
            self._open(event, event.time, "ticket")
        self.obligations.append(date)
        self.clocks.dates[key] = date
        self.clocks.may_pause = True
        self.clocks.changed.append(date)

    def wait_also(self, since: InstantUs, event: Event) -> None:
        """A client's unanswered message came along with a merged case: the earlier wait counts."""
        if self.opened_at is None:
            self._open(event, since, "ticket")
        if self.waiting_since is None:
            self._wait_since(since, event)
        elif since < self.waiting_since:
            self.waiting_since = since
            self.clocks.wait_longer(since, event.time)


def opens_case(event: Event) -> bool:
    """Whether a case may begin with this event; what only says something about a case can't begin one."""
    fact = event.fact
    if isinstance(fact, Contact):
        return fact.genuine and event.source != OWN_SOURCE
    if isinstance(fact, Call):
        is_spoken = fact.step is CallStep.ANSWERED and fact.genuine
        return is_spoken or fact.step is CallStep.OFFERED or (fact.step is CallStep.VOICEMAIL and fact.inbound)
    return isinstance(fact, Opened | Split | Promised)


def _runs_before_first_reply(following: Promise, first: Promise | None) -> bool:
    """Whether the next response is owed before the firm has replied at all."""
    if following.before_first_reply is None:
        return first is None
    return following.before_first_reply is BeforeFirstReply.RUN


_OVER: Final = {Phase.DELETED, Phase.MERGED}
_AFTER_CONTACT: Final = {MeasuredFrom.AFTER_FIRST_CONTACT, MeasuredFrom.WHILE_NOT_WAITING}
_METHODS: Final[Mapping[type, Callable[[Case, Event, Any], None]]] = {
    Opened: Case._on_opened,
    Split: Case._on_split,
    Changed: Case._on_changed,
    ClientChanged: Case._on_client_changed,
    Contact: Case._on_contact,
    Call: Case._on_call,
    Assigned: Case._on_assigned,
    Ended: Case._on_ended,
    Reopened: Case._on_reopened,
    Promised: Case._on_promised,
    Amended: Case._on_amended,
    Withdrawn: Case._on_withdrawn,
    Excused: Case._on_excused,
}
