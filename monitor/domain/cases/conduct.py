"""The conduct of one case: who works on it, through how many hands it goes, and what was promised of that.

Theory of operation. The case applies an event first (`case.py`); then its conduct looks at what is different: whether
the case was opened, ended or reopened, which promises cover it, who has it, and who did something. It is written into
a log, in order; who did what is read off it (`touches.py`, `deeds.py`) only where something hangs on it, which is at the
end of a batch, and before an event that makes a difference to what was promised. An obligation is judged by an account of
the deeds (`account.py`, `handoffs.py`, `seniority.py`): each is told once, to the account it concerns, and where another
promise comes to govern the obligation a new account is told all of them from the opening. Where only a few deeds can make
a difference, a hand-off or somebody of too low a grade, there is no account before the first of these: most cases never
have one.

Only books that promise something of people, or have a scale of grades, have their cases followed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from monitor.domain.cases.account import Account
from monitor.domain.cases.call_watch import take_step
from monitor.domain.cases.callback_watch import CallbackWatch
from monitor.domain.cases.case_state import CaseState, Phase
from monitor.domain.cases.case_watch import Watch, put, take_away
from monitor.domain.cases.clocks import Clocks
from monitor.domain.cases.deeds import WORK, Deed, Stopped, Told, Transfer, deeds_in
from monitor.domain.cases.hand_downs import HandDown, hand_down
from monitor.domain.cases.handoffs import NEVER_HANDED_ON, HandoffAccount
from monitor.domain.cases.meeting_watch import MeetingWatch
from monitor.domain.cases.obligation import Conclusion, Obligation
from monitor.domain.cases.seniority import ALL_AS_PROMISED, SeniorityAccount
from monitor.domain.cases.workload import Workload
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
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.domain.promises.promise import Book, Kind, Promise, Subject
from monitor.domain.work.directory import Directory
from monitor.domain.work.touches import Entry, Talks, Touch, done_in
from monitor.domain.work.trail import Holding, Move

# Names of the module are found many times faster than those of an Enum, and every case asks for some.
_SENIORITY, _HANDOFFS = Kind.SENIORITY, Kind.HANDOFFS
_CALLBACK, _ATTEND = Kind.CALLBACK, Kind.ATTEND
_ACCOUNTS: Final[Mapping[Kind, Callable[[Obligation, Directory], Account]]] = {
    _SENIORITY: SeniorityAccount,
    _HANDOFFS: HandoffAccount,
}
_JUDGED_AS: Final[Mapping[type, Kind]] = {
    Touch: _SENIORITY,
    Told: _SENIORITY,
    Holding: _HANDOFFS,
    Transfer: _HANDOFFS,
    Stopped: _HANDOFFS,
}
"""The kind of promise to which each sort of deed makes a difference."""
_NO_ACCOUNTS: Final[Mapping[Kind, Account]] = {}
_UNTOLD: Final[Mapping[Kind, Conclusion]] = {_SENIORITY: ALL_AS_PROMISED, _HANDOFFS: NEVER_HANDED_ON}
"""What comes of a promise where no account of it was needed."""
_OPEN = Phase.OPEN
_SETTLED = (Phase.RESOLVED, Phase.CLOSED)
_CLIENT = Side.CLIENT
_TRANSFERRED = CallStep.TRANSFERRED
# `Holding(...)` would take these as arguments and make the same tuple of them, in twice the time.
_new_tuple = tuple.__new__


class Conduct(Workload):
    """Follows one case, event by event."""

    __slots__ = (
        "_accounts",
        "_clocks",
        "_enough",
        "_last_person",
        "_read",
        "_subject",
        "_talks",
        "_was_open",
        "_watches",
        "hand_downs",
        "holding",
        "log",
    )

    def __init__(
        self,
        book: Book,
        directory: Directory,
        clocks: Clocks,
        *,
        owes_callbacks: bool = False,
    ) -> None:
        """`clocks` are those of the case."""
        Workload.__init__(self, book, directory)
        has_watches = owes_callbacks or book.has_watches
        self._watches = _watches(book, directory, owes_callbacks=owes_callbacks) if has_watches else ()
        self._clocks = clocks
        self._talks: Talks | None = None
        """Who is on the line; None as long as nobody called."""
        self._subject: Subject | None = None
        self._was_open = False
        self._accounts: Mapping[Kind, Account] = _NO_ACCOUNTS
        """None before the first deed that may make a difference to what was promised: most cases never have one."""
        self._enough: int | None = None
        """The rank that makes a touch as promised, where that is all there is to it."""
        self.log: list[Entry] = []
        """What happened since the opening: each time somebody or nobody came to have it while the case was open, the events
        in which somebody may have done something, also while it was not, and those that ended the case. A reopened case has
        somebody or nobody anew."""
        self._read = 0
        """How much of it was read."""
        self.holding: Holding | None = None
        """Who has it, or had it last; None as long as nobody ever had it and that makes no difference."""
        self._last_person: str | None = None
        self.hand_downs: tuple[HandDown, ...] = ()
        """Each time the case went to somebody more junior, in order."""

    # What is in the log

    @property
    def holdings(self) -> list[Holding]:
        """Who has had it, while the case was open."""
        return [entry for entry in self.log if type(entry) is Holding]

    @property
    def work(self) -> list[Event]:
        """The events since the opening in which somebody may have done something, also while the case was resolved."""
        return [entry for entry in self.log if type(entry) is Event and type(entry.fact) in WORK]

    @property
    def deeds(self) -> list[Deed]:
        """What was done while the case was open, in order."""
        return list(deeds_in(self.log, self._book, {}))

    def read_log(self) -> None:
        """Reads what was done since this was last asked, in one go: who did it is counted, and held against what was promised."""
        log, first, book = self.log, self._read, self._book
        if first == len(log):
            return
        self._read = len(log)
        if not book.reads_touches:
            return
        entries = log[first:] if first else log
        talks = {} if self._talks is None else self._talks
        if self._accounts and self._was_open and _SENIORITY in self._accounts:
            deeds = list(deeds_in(entries, book, talks))
            self._count(deed for deed in deeds if type(deed) is Touch)
            for deed in deeds:
                self._tell(deed, _SENIORITY)
        elif done := done_in(entries, book, talks):
            lowest, enough = self._count(done), self._enough
            if enough is not None and lowest < enough and self._was_open:
                self._begin_to_judge(_SENIORITY)
        if talks:
            self._talks = talks

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
        call = self._call_named((event.source, fact.call), fact)
        is_transfer = fact.step is _TRANSFERRED
        if is_transfer or not call.is_settled:
            self._count_call(call, event, fact)
        if self._book.answers_calls:
            take_step(self.calls, call, case, event, fact)
        if is_transfer and self._was_open:
            self._tell(Transfer(event.time, fact.call, event), _HANDOFFS)
        if self._watches:
            self.show(case, event, fact)

    def log_work(self, case: CaseState, event: Event, fact: Worked | ClientTold) -> None:
        """Somebody worked on the case, or told the client of something."""
        self.log.append(event)
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

    # What was promised

    def _select(self, case: CaseState, event: Event) -> None:
        """Which promise governs each obligation, now that the case is different."""
        assert case.opened_at is not None
        self._subject = case.known_subject or case.subject
        kinds = self._book.conduct_kinds
        if not kinds:
            return
        if self.log:
            self.read_log()
        terms = case.terms(case.opened_at)
        promises, is_new = terms.by_kind, not self._clocks.conduct
        for kind in kinds:
            promise, obligation = promises[kind], None if is_new else self._clocks.conduct_of(kind)
            if obligation is not None:
                self._govern(obligation, promise, event)
            elif promise is not None:
                self._open(case, promise, event)
            elif kind is not _SENIORITY or terms.work is None:
                case.unpromised |= {kind}

    def _open(self, case: CaseState, promise: Promise, event: Event) -> None:
        assert case.opened_at is not None
        clocks = self._clocks
        if case.unpromised:
            case.unpromised -= {promise.kind}
        obligation = Obligation(case.id, promise, case.opened_at, event, None, FOREVER_US)
        clocks.conduct += (obligation,)
        clocks.obligations.append(obligation)
        clocks.changed.append(obligation)
        self._judge_by(promise, obligation)

    def _govern(self, obligation: Obligation, promise: Promise | None, event: Event) -> None:
        may_change = obligation.is_open and not obligation.is_late_at(event.time)  # a breach stands
        if promise is None:
            if may_change:
                obligation.void(event, "no promise covers the case since it changed")
                obligation.is_dropped = True
                self._clocks.changed.append(obligation)
        elif obligation.is_dropped or (may_change and promise is not obligation.promise):
            obligation.stand_anew()
            obligation.govern(promise, event.time, "the case changed")
            self._clocks.changed.append(obligation)
            self._judge_by(promise, obligation)

    def _judge_by(self, promise: Promise, obligation: Obligation) -> None:
        """By this promise from now on. As long as nothing was done an account can often wait for a deed that makes a difference."""
        terms, limits = promise.seniority, promise.handoffs
        if terms is not None:
            self._enough = self._directory.rank_of_grade(terms.decisive_grade)
        must_begin = self._enough is None if limits is None else limits.heeds_everything
        if must_begin or self.log:
            self._judge(obligation)

    def _judge(self, obligation: Obligation) -> None:
        """A new account is told everything that was done since the opening."""
        kind = obligation.kind
        account = _ACCOUNTS[kind](obligation, self._directory)
        self._accounts = {**self._accounts, kind: account}
        for deed in self.deeds:
            if _JUDGED_AS[type(deed)] is kind:
                account.take(deed)

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

    def _begin_to_judge(self, kind: Kind) -> None:
        """Something in the log makes a difference to what was promised, if anything was, and nothing did before."""
        obligation = self._clocks.conduct_of(kind)
        if obligation is not None and obligation.is_open:
            self._judge(obligation)
            self._clocks.changed.append(obligation)

    def _hand_down(self, giver: str, holding: Holding) -> None:
        """Another person has it, after the last one or after a while with nobody."""
        at, person, _, event, _, _ = holding
        assert person is not None
        found = hand_down(self._directory, at, giver, person, event)
        if found is not None:
            self.hand_downs += (found,)
            self._count_hand_down(found)

    def _tell(self, deed: Deed, kind: Kind) -> None:
        """The account of a promise of this kind is told of a deed, which is in the log already."""
        if _JUDGED_AS[type(deed)] is not kind:
            return
        account = self._accounts.get(kind)
        if account is None:
            self._begin_to_judge(kind)
        elif account.take(deed):
            self._clocks.changed.append(account.obligation)

    def _settle(self, event: Event) -> None:
        """The case was resolved or closed."""
        if self._book.limits_absence:
            self._tell(Stopped(event.time, event), _HANDOFFS)
        accounts, clocks = self._accounts, self._clocks
        for obligation in clocks.conduct:
            if obligation.is_open:
                kind = obligation.kind
                account = accounts.get(kind) if accounts else None
                obligation.conclude(event, _UNTOLD[kind] if account is None else account.outcome())
                clocks.changed.append(obligation)


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
