"""What was promised of how one case is worked on, and the log of what was done by which it is judged.

Theory of operation. An obligation is judged by an account of the deeds (`account.py`, `handoffs.py`, `seniority.py`): each
is told once, to the account it concerns, and where another promise comes to govern the obligation a new account is told all
of them from the opening. Who did what is read off the log (`touches.py`, `deeds.py`) only where something hangs on it, which
is at the end of a batch, and before an event that makes a difference to what was promised. Where only a few deeds can make a
difference, a hand-off or somebody of too low a grade, there is no account before the first of these: most cases never have
one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from monitor.domain.cases.account import Account
from monitor.domain.cases.case_state import CaseState
from monitor.domain.cases.clocks import Clocks
from monitor.domain.cases.deeds import WORK, Deed, Stopped, Told, Transfer, deeds_in
from monitor.domain.cases.handoffs import NEVER_HANDED_ON, HandoffAccount
from monitor.domain.cases.obligation import Conclusion, Obligation
from monitor.domain.cases.seniority import ALL_AS_PROMISED, SeniorityAccount
from monitor.domain.cases.workload import Workload
from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import FOREVER_US
from monitor.domain.promises.promise import Book, Kind, Promise, Subject, Terms
from monitor.domain.work.directory import Directory
from monitor.domain.work.touches import Entry, Talks, Touch, done_in
from monitor.domain.work.trail import Holding

# Names of the module are found many times faster than those of an Enum, and every case asks for some.
_SENIORITY, _HANDOFFS = Kind.SENIORITY, Kind.HANDOFFS
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


class PromisedConduct(Workload):
    """What people do in one case, held against what was promised of that."""

    __slots__ = ("_accounts", "_clocks", "_enough", "_read", "_subject", "_talks", "_was_open", "log")

    def __init__(self, book: Book, directory: Directory, clocks: Clocks) -> None:
        """`clocks` are those of the case."""
        Workload.__init__(self, book, directory)
        self._clocks = clocks
        self._talks: Talks | None = None
        """Who is on the line; None as long as nobody was."""
        self._subject: Subject | None = None
        """What the case was like when it was last looked at; None before it was opened."""
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

    # What was promised

    def _select(self, case: CaseState, event: Event) -> None:
        """Which promise governs each obligation, now that the case is different."""
        self._subject = case.known_subject or case.subject
        kinds = self._book.conduct_kinds
        if not kinds:
            return
        opened_at, clocks = case.opened_at, self._clocks
        assert opened_at is not None
        terms, known = case.terms(opened_at), clocks.conduct
        if self.log:
            self.read_log()
        for obligation in known:
            self._govern(obligation, terms.of(obligation.kind), event)
        for promise in terms.conduct:
            if not known or clocks.conduct_of(promise.kind) is None:
                obligation = Obligation(case.id, promise, opened_at, event, None, FOREVER_US)
                clocks.conduct += (obligation,)
                clocks.obligations.append(obligation)
                clocks.changed.append(obligation)
                if case.unpromised:
                    case.unpromised -= {promise.kind}
                self._judge_by(promise, obligation)
        if len(clocks.conduct) < len(kinds):
            self._miss(case, terms)

    def _miss(self, case: CaseState, terms: Terms) -> None:
        """Remembers what is promised to others, but not to this case."""
        for kind in self._book.conduct_kinds:
            if self._clocks.conduct_of(kind) is None and (kind is not _SENIORITY or terms.work is None):
                case.unpromised |= {kind}

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

    def _begin_to_judge(self, kind: Kind) -> None:
        """Something in the log makes a difference to what was promised, if anything was, and nothing did before."""
        obligation = self._clocks.conduct_of(kind)
        if obligation is not None and obligation.is_open:
            self._judge(obligation)
            self._clocks.changed.append(obligation)

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
