"""The conduct of one case: who works on it, through how many hands it goes, who answers its calls, calls back and comes.

Theory of operation. The case applies an event first (`case.py`); then its conduct looks at what is different: whether
the case was opened, ended or reopened, which promises cover it, who has it; and hears who did something. It is written into
a log, in order, by which is judged what was promised of people (`promised_conduct.py`).

Only books that promise something of people, or have a scale of grades, have their cases followed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from monitor.domain.cases.call_watch import take_step
from monitor.domain.cases.callback_watch import CallbackWatch
from monitor.domain.cases.case_state import CaseState, Phase
from monitor.domain.cases.case_watch import Watch, put, take_away
from monitor.domain.cases.clocks import Clocks
from monitor.domain.cases.deeds import Told, Transfer, kind_told
from monitor.domain.cases.hand_downs import HandDown, hand_down
from monitor.domain.cases.meeting_watch import MeetingWatch
from monitor.domain.cases.promised_conduct import PromisedConduct
from monitor.domain.facts.events import (
    Call,
    CallbackPromised,
    CallStep,
    ClientTold,
    Contact,
    Event,
    Fact,
    MeetingCancelled,
    MeetingMoved,
    MeetingScheduled,
    Side,
    Worked,
)
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book, Kind, Promise
from monitor.domain.work.calls import is_answered
from monitor.domain.work.directory import Directory
from monitor.domain.work.trail import Holding, Move

# Names of the module are found many times faster than those of an Enum, and every case asks for some.
_SENIORITY, _HANDOFFS = Kind.SENIORITY, Kind.HANDOFFS
_CALLBACK, _ATTEND = Kind.CALLBACK, Kind.ATTEND
_OPEN = Phase.OPEN
_SETTLED = (Phase.RESOLVED, Phase.CLOSED)
_CLIENT = Side.CLIENT
_ANSWERED, _TRANSFERRED = CallStep.ANSWERED, CallStep.TRANSFERRED
# `Holding(...)` would take these as arguments and make the same tuple of them, in twice the time.
_new_tuple = tuple.__new__


class Conduct(PromisedConduct):
    """Follows one case, event by event."""

    __slots__ = ("_last_person", "_watches", "hand_downs", "holding")

    def __init__(
        self,
        book: Book,
        directory: Directory,
        clocks: Clocks,
        *,
        owes_callbacks: bool = False,
    ) -> None:
        """`clocks` are those of the case."""
        PromisedConduct.__init__(self, book, directory, clocks)
        has_watches = owes_callbacks or book.has_watches
        self._watches = _watches(book, directory, owes_callbacks=owes_callbacks) if has_watches else ()
        self.holding: Holding | None = None
        """Who has it, or had it last; None as long as nobody ever had it and that makes no difference."""
        self._last_person: str | None = None
        self.hand_downs: tuple[HandDown, ...] = ()
        """Each time the case went to somebody more junior, in order."""

    # What happens

    def look(self, case: CaseState, event: Event) -> None:
        """The case may be different by an event it has just applied: where it stands, what covers it, who has it."""
        case.is_stirred = False
        was_open = self._was_open
        if case.phase is not _OPEN:
            if was_open:
                self._stop(case, event)
            return
        if self._subject is None:
            self._begin(case, event)
            return
        if not was_open:
            self._go_on()
        subject = case.known_subject
        if subject is None or subject is not self._subject:
            self._select(case, event)
        holder, team, held = case.holder, case.team, self.holding
        if not was_open or (holder, team) != ((None, None) if held is None else held[1:3]):
            self._hold(event, event.time, holder, team)

    def _begin(self, case: CaseState, event: Event) -> None:
        """The case was opened. That nobody has it from the beginning makes a difference only where that is limited."""
        self._was_open = True
        self._select(case, event)
        holder, team = case.holder, case.team
        if holder is not None or team is not None or self._book.limits_absence:
            assert case.opened_at is not None
            self._hold(event, case.opened_at, holder, team)

    def _stop(self, case: CaseState, event: Event) -> None:
        """The case is not open any more."""
        self.read_log()
        self._was_open = False
        self.log.append(event)
        self._read += 1  # nothing is done by it
        if case.phase in _SETTLED:
            self._settle(event)

    def _go_on(self) -> None:
        """The case was reopened: what was kept so far, or could not be told, stands again."""
        self.read_log()
        self._was_open = True
        for obligation in self._clocks.conduct:
            if not obligation.is_open and obligation.void_reason is None and not obligation.is_broken_for_good:
                obligation.stand_anew()
                self._clocks.changed.append(obligation)

    # What is of interest whatever else it changes, after the case has applied it

    def hear_contact(self, case: CaseState, event: Event, fact: Contact) -> None:
        """Somebody said something."""
        if fact.side is not _CLIENT:
            self.log.append(event)
        if self._watches:
            self.show(case, event, fact)

    def hear_call(self, case: CaseState, event: Event, fact: Call) -> None:
        """A call has come to another step."""
        self.log.append(event)
        book, step = self._book, fact.step
        call = self._call_named((event.source, fact.call), fact)
        is_transfer, is_answer = step is _TRANSFERRED, step is _ANSWERED and is_answered(event, fact, book)
        if is_transfer or not call.is_settled:
            self._count_call(call, event, fact, is_answer=is_answer)
        if book.answers_calls:
            take_step(self.calls, call, case, event, fact, is_answer=is_answer)
        if is_transfer and self._was_open:
            self._tell(Transfer(event.time, fact.call, event), _HANDOFFS)
        if self._watches:
            self.show(case, event, fact)

    def log_work(self, case: CaseState, event: Event, fact: Worked | ClientTold) -> None:
        """Somebody worked on the case, or told the client of something."""
        self.log.append(event)
        if type(fact) is ClientTold and not self._was_open:
            # Who may stand in hangs on it, whenever it was said.
            self._tell(Told(event.time, kind_told(fact), event), _SENIORITY)
        if self._watches:
            self.show(case, event, fact)

    def show(self, case: CaseState, event: Event, fact: Fact) -> None:
        """Callbacks and meetings are watched for by themselves."""
        for watch in self._watches:
            if type(fact) in watch.heeds:
                watch.take(case, event, fact)

    def owes(self) -> bool:
        """Whether callbacks or meetings are open that would go on in another case."""
        return any(True for watch in self._watches for _ in watch.owed())

    def go_on_in(self, case: CaseState, other: Conduct, survivor: CaseState) -> None:
        """What is owed beside the clocks goes on in the case that this one is merged into, with what is known of it."""
        for watch, its in zip(self._watches, other._watches, strict=True):
            owed = [*watch.owed()]
            for obligation in owed:
                take_away(case, obligation)
            its.join(watch)
            for obligation in owed:
                put(survivor, obligation)

    def promise_of_call(self, call: tuple[str, str]) -> Promise | None:
        """What was promised of one of the case's calls, by source and name; None where nothing was."""
        known = self.calls.get(call)
        return None if known is None or known.obligation is None else known.obligation.promise

    # What is done

    def _hold(self, event: Event, at: InstantUs, person: str | None, team: str | None) -> None:
        before = self.holding
        move = None if person is None and team is None else self.follow(at, person, team)
        is_taken = person is not None and (before is None or before.person != person)
        holding = self.holding = _new_tuple(Holding, (at, person, team, event, move, is_taken))
        self.log.append(holding)
        if self._accounts:
            account = self._accounts.get(_HANDOFFS)
            if account is not None and account.take(holding):
                self._clocks.changed.append(account.obligation)
        if move is not None:
            self._hand_on(move)
        giver = self._last_person
        if person is not None and person != giver:
            self._last_person = person
            if giver is not None:
                self._hand_down(giver, holding)

    def _hand_on(self, move: Move) -> None:
        """From hand to hand."""
        self._count_move(move)
        if _HANDOFFS not in self._accounts:
            self._begin_to_judge(_HANDOFFS)

    def _hand_down(self, giver: str, holding: Holding) -> None:
        """Another person has it, after the last one or after a while with nobody."""
        at, person, _, event, _, _ = holding
        assert person is not None
        found = hand_down(self._directory, at, giver, person, event)
        if found is not None:
            self.hand_downs += (found,)
            self._count_hand_down(found)


def _watches(book: Book, directory: Directory, *, owes_callbacks: bool) -> tuple[Watch, ...]:
    """What follows callbacks and meetings, where the book promises them; the same for all cases of a matter."""
    kinds = book.kinds
    watches: list[Watch] = []
    if owes_callbacks or _CALLBACK in kinds:
        watches.append(CallbackWatch())
    if _ATTEND in kinds:
        watches.append(MeetingWatch(directory))
    return tuple(watches)


HEARS: Final[Mapping[type, Callable[[Conduct, CaseState, Event, Any], None]]] = {
    Contact: Conduct.hear_contact,
    Call: Conduct.hear_call,
    Worked: Conduct.log_work,
    ClientTold: Conduct.log_work,
    **dict.fromkeys((CallbackPromised, MeetingScheduled, MeetingMoved, MeetingCancelled), Conduct.show),
}
"""What takes in each fact that is of interest whatever else it changes."""
