"""Who spoke in a case, and whether the client waits for an answer.

The client waits from the first message that is not answered, and one wait is one obligation; what a contact ends is for the
promises to say. A message to a resolved case starts no clock, but the wait.
"""

from __future__ import annotations

from monitor.domain.cases.case_openings import CaseOpenings
from monitor.domain.cases.case_state import Phase
from monitor.domain.facts.events import OWN_SOURCE, Call, CallStep, Contact, Event, Side
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Kind

# Names of the module are found many times faster than those of an Enum, and every event asks for some.
_OPEN = Phase.OPEN
_FIRM, _CLIENT, _BOTH = Side.FIRM, Side.CLIENT, Side.BOTH
_OFFERED, _CALL_ANSWERED, _VOICEMAIL = CallStep.OFFERED, CallStep.ANSWERED, CallStep.VOICEMAIL
_UPDATE_EVERY = Kind.UPDATE_EVERY


class CaseContacts(CaseOpenings):
    """A case that knows who spoke last."""

    __slots__ = ()

    def on_contact(self, event: Event, fact: Contact) -> None:
        """Somebody said something; what is not genuine moves nothing."""
        side, channel, _, genuine = fact[:4]
        book = self.book
        if not genuine or event.source == OWN_SOURCE or (book.robots and book.is_by_robots(fact)):
            return
        if self.opened_at is None:
            self._open(event, event.time, channel)
        if side is not _FIRM:
            self._client_spoke(event)
        if side is not _CLIENT:
            self._firm_spoke(event, fact)

    def on_call(self, event: Event, fact: Call) -> None:
        """A call opens a case; words spoken or left on the voicemail move its response clocks, waiting in a queue does not."""
        if fact.step is _CALL_ANSWERED and fact.genuine:
            side = _BOTH if fact.inbound else _FIRM
            self.on_contact(event, Contact(side, "call", fact.agent, genuine=True))
        elif fact.step is _VOICEMAIL and fact.inbound:
            self.on_contact(event, Contact(_CLIENT, "call", None, genuine=True))
        elif fact.step is _OFFERED and self.opened_at is None:
            self._open(event, event.time, "call")

    def _client_spoke(self, event: Event) -> None:
        if self.waiting_since is None:
            self._wait_since(event.time, event)
        if self.phase is _OPEN and self.book.heeds_messages:
            self.clocks.client_spoke(event)

    def _wait_since(self, since: InstantUs, event: Event) -> None:
        self.clocks.asked = ()
        self.waiting_since = since
        if self.phase is _OPEN:
            self._await_answer(event)

    def _firm_spoke(self, event: Event, contact: Contact) -> None:
        if self.clocks.hear_contact(event, contact):
            self._stop_waiting()
        if self.phase is _OPEN and _UPDATE_EVERY in self.book.kinds:
            self._update_given(event, contact)

    def _stop_waiting(self) -> None:
        self.answered = self.answered or self.waiting_since is not None
        self.waiting_since = None
        self.clocks.stop_waiting()

    def _update_given(self, event: Event, contact: Contact) -> None:
        self.contacts += ((event.time, contact),)
        running = self.clocks.open_of(_UPDATE_EVERY)
        terms = self.terms(event.time)
        promise = running.promise if running is not None else terms.update_every
        if promise is not None and promise.counts(contact):
            self.clocks.update_given(event, terms)
            if terms.update_every is not None:
                self.unpromised -= {_UPDATE_EVERY}

    def wait_also(self, since: InstantUs, event: Event) -> None:
        """A client's unanswered message came along with a merged case: the earlier wait counts."""
        if self.opened_at is None:
            self._open(event, since, "ticket")
        if self.waiting_since is None:
            self._wait_since(since, event)
        elif since < self.waiting_since:
            self.waiting_since = since
            self.clocks.wait_longer(since, event.time)
