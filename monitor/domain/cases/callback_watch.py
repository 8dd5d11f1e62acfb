"""The callbacks that one case owes: who is to be called, until when, and what was tried in vain.

A callback is owed where somebody promised one in words, with a time, and where the book promises one to whoever leaves a
message or hangs up in a queue. Somebody of the firm reaching the client by telephone keeps all that are owed by then; an
attempt that reaches nobody keeps none, and is remembered. A client who rings again and is answered need not be called any
more, unless the book says otherwise.

Calls that ask for a callback while one is owed already ask for the same one: one miss for each wait, however often
somebody rings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from monitor.domain.cases.case_state import CaseState, Phase
from monitor.domain.cases.case_watch import Watch, free_name, is_by_person, occasion_at, occasion_of, put, settle
from monitor.domain.cases.obligation import Obligation
from monitor.domain.facts.events import OWN_SOURCE, Call, CallbackPromised, CallStep, Contact, Event, Side
from monitor.domain.hours.instant import FOREVER_US, InstantUs, format_instant
from monitor.domain.hours.working_hours import ALWAYS
from monitor.domain.number import plain_number_of
from monitor.domain.promises.promise import Kind, Promise
from monitor.domain.promises.promised_calls import CallbackTerms, RungAgain

CALLBACK_GIVEN: Final = Promise(
    id="callback-given",
    version=1,
    kind=Kind.CALLBACK,
    starts_at=0,
    ends_at=FOREVER_US,
    hours=ALWAYS,
    hours_name="always",
    channels=frozenset({"call"}),
    callback=CallbackTerms(),
)
"""What governs a callback promised in words where the book has no promise of kind `callback` for it."""

_OFFERED, _ANSWERED, _ABANDONED, _TRANSFERRED, _VOICEMAIL, _ENDED = CallStep


class CallbackObligation(Obligation):
    """One callback that is owed."""

    __slots__ = ("attempts",)

    def __init__(self, case: str, promise: Promise, opened: InstantUs, opened_by: Event) -> None:
        Obligation.__init__(self, case, promise, opened, opened_by)
        self.attempts: tuple[Event, ...] = ()

    @property
    def found(self) -> str:
        """What was tried in vain, in words."""
        return describe_attempts(self.attempts)

    def try_in_vain(self, event: Event) -> None:
        """Somebody called, and reached nobody."""
        self.attempts += (event,)


@dataclass(slots=True)
class _Known:
    """What is known of one call so far."""

    queued_at: InstantUs | None = None
    is_answered: bool = False
    has_asked: bool = False
    has_failed: bool = False

    def with_(self, other: _Known) -> _Known:
        """What both know of it."""
        queued = [at for at in (self.queued_at, other.queued_at) if at is not None]
        return _Known(
            min(queued, default=None),
            self.is_answered or other.is_answered,
            self.has_asked or other.has_asked,
            self.has_failed or other.has_failed,
        )


class CallbackWatch(Watch):
    """Follows the calls and contacts of one case."""

    __slots__ = ("_calls", "_names", "_owed")

    heeds: ClassVar[frozenset[type]] = frozenset({Contact, Call, CallbackPromised})

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str], _Known] = {}
        self._owed: list[CallbackObligation] = []
        """The open ones, in the order in which they were opened or came along with a merged case."""
        self._names: list[str] = []
        """The occasions of this case so far."""

    def take(self, case: CaseState, event: Event, fact: Contact | Call | CallbackPromised) -> None:
        if type(fact) is CallbackPromised:
            self._promise(case, event, fact)
        elif type(fact) is Call:
            self._hear_call(case, event, fact)
        elif type(fact) is Contact and fact.side is Side.FIRM and self._owed:
            self._hear_contact(case, event, fact)

    def owed(self) -> Iterable[CallbackObligation]:
        return [each for each in self._owed if each.is_open]

    def join(self, other: CallbackWatch) -> None:
        self._owed += other.owed()
        for call, known in other._calls.items():
            own = self._calls.get(call)
            self._calls[call] = known if own is None else own.with_(known)

    # What is owed

    def _promise(self, case: CaseState, event: Event, fact: CallbackPromised) -> None:
        """A callback was promised in words, with a time of its own."""
        if case.phase is Phase.DELETED:
            return
        promise = case.terms(event.time).callback or CALLBACK_GIVEN
        obligation = CallbackObligation(case.id, promise, event.time, event)
        obligation.occasion = occasion_at(event.time, self._names)
        obligation.promise_until(fact.by)
        self._open(case, obligation)

    def _ask(self, case: CaseState, event: Event, call: str, known: _Known) -> None:
        """Somebody left a message or hung up: whether that asks for a callback is for the book to say."""
        if known.has_asked or case.phase is Phase.DELETED:
            return
        promise = case.terms(event.time).callback
        if promise is None:
            if Kind.CALLBACK in case.book.kinds:
                case.unpromised |= {Kind.CALLBACK}
            return
        if not _asks(_terms(promise), event, known):
            return
        known.has_asked = True
        waiting = next((each for each in self.owed() if type(each.opened_by.fact) is Call), None)
        if waiting is not None:
            waiting.note(event.time, f"the client asked for it again ({event.type})")
            return
        obligation = CallbackObligation(case.id, promise, event.time, event)
        obligation.occasion = call if call not in self._names else free_name(f"{event.source} {call}", self._names)
        self._open(case, obligation)

    def _open(self, case: CaseState, obligation: CallbackObligation) -> None:
        self._names.append(occasion_of(obligation))
        self._owed.append(obligation)
        put(case, obligation)

    # What is done about it

    def _hear_contact(self, case: CaseState, event: Event, fact: Contact) -> None:
        if event.source == OWN_SOURCE or case.book.is_by_robots(fact):
            return
        if fact.genuine:
            self._reach(case, event, fact)
        elif fact.channel == "call":
            self._fail(event)

    def _hear_call(self, case: CaseState, event: Event, fact: Call) -> None:
        step, known = fact.step, self._calls.setdefault((event.source, fact.call), _Known())
        if step is _OFFERED:
            if fact.queue is not None and known.queued_at is None:
                known.queued_at = event.time
        elif step is _ANSWERED:
            if fact.genuine and is_by_person(case, event, fact.agent):
                self._hear_answer(case, event, fact, known)
        elif fact.inbound:
            was_in_queue = known.queued_at is not None or fact.queue is not None
            if step is _VOICEMAIL or (step is _ABANDONED and was_in_queue and not known.is_answered):
                self._ask(case, event, fact.call, known)
        elif step is not _TRANSFERRED and not known.is_answered and not known.has_failed:
            known.has_failed = True
            self._fail(event)

    def _hear_answer(self, case: CaseState, event: Event, fact: Call, known: _Known) -> None:
        """A call that goes on with somebody else is no new one: only its first answer counts."""
        is_first, known.is_answered = not known.is_answered, True
        if not is_first:
            return
        if fact.inbound:
            self._rung_again(case, event)
        else:
            self._reach(case, event, Contact(Side.FIRM, "call", fact.agent, genuine=True))

    def _reach(self, case: CaseState, event: Event, contact: Contact) -> None:
        for obligation in self._owed_before(event):
            if obligation.promise.counts(contact):
                obligation.end(event)
                settle(case, obligation)
        self._owed = [*self.owed()]

    def _rung_again(self, case: CaseState, event: Event) -> None:
        for obligation in self._owed_before(event):
            rule = _terms(obligation.promise).rung_again
            if rule is RungAgain.RELEASED:
                obligation.void(event, "the client rang again and was answered")
            elif rule is RungAgain.KEPT:
                obligation.end(event)
            settle(case, obligation)
        self._owed = [*self.owed()]

    def _fail(self, event: Event) -> None:
        for obligation in self._owed_before(event):
            obligation.try_in_vain(event)

    def _owed_before(self, event: Event) -> list[CallbackObligation]:
        """What is open and was owed before this instant."""
        return [each for each in self.owed() if each.opened < event.time]


def _terms(promise: Promise) -> CallbackTerms:
    assert promise.callback is not None
    return promise.callback


def _asks(terms: CallbackTerms, event: Event, known: _Known) -> bool:
    """Whether a call that ended so asks for a callback by these terms."""
    fact = event.fact
    assert isinstance(fact, Call)
    if fact.step is _VOICEMAIL:
        return terms.voicemail
    is_short = known.queued_at is not None and event.time - known.queued_at < terms.short_abandon
    return terms.abandoned and not is_short


def describe_attempts(attempts: tuple[Event, ...]) -> str:
    """How often it was tried in vain, and when; empty where it was not."""
    if not attempts:
        return ""
    times = ", ".join(format_instant(event.time) for event in attempts)
    return f"{plain_number_of(len(attempts), 'attempt')} did not reach the client ({times})"
