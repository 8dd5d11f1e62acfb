"""The meetings of one case: who was promised to come, and who came.

Each meeting is judged by itself when it is told that it was held: what nobody arranged as well as what was scheduled. A
meeting is found by its name (those without one are called nothing); of several that are arranged under one name the one
that is to be held first is meant. What was arranged and of which nobody tells that it was held is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from monitor.domain.cases.attendance import attendance
from monitor.domain.cases.case_state import CaseState, Phase
from monitor.domain.cases.case_watch import Watch, free_name, is_by_person, occasion_at, occasion_of, put, settle
from monitor.domain.cases.coverage import FULL, Coverage
from monitor.domain.cases.obligation import RUNNING, UNKNOWN, VOID, Obligation, Verdict
from monitor.domain.facts.events import Contact, Event, Meeting, MeetingCancelled, MeetingMoved, MeetingScheduled
from monitor.domain.hours.instant import InstantUs, format_instant
from monitor.domain.promises.promise import Kind, Promise
from monitor.domain.work.directory import Directory


class AttendObligation(Obligation):
    """Who comes to one meeting. Past its due instant, until which it was to be told, it is not known who came."""

    __slots__ = ()

    def judge(self, now: InstantUs, coverage: Coverage) -> tuple[Verdict, InstantUs | None]:  # noqa: ARG002  who came was seen, whatever else was not
        """As of any other."""
        if self.void_reason is not None:
            verdict = VOID
        elif self.conclusion is not None:
            verdict = self._concluded(self.conclusion.verdict, now, FULL)
        else:
            verdict = UNKNOWN if self.is_late_at(now) else RUNNING
        return verdict, self.due

    def void(self, event: Event, reason: str) -> None:
        """Nobody can be accused of what was not told in time: it is void, however late."""
        self.expect_nothing()
        super().void(event, reason)

    def is_to_be_told(self, at: InstantUs) -> None:
        """The meeting is to be held at this instant."""
        target = self.promise.target
        assert target is not None
        self.promise_until(target.due(at, self.promise.hours))


class Arranged(NamedTuple):
    """A meeting that is to be held; the obligation is None where nobody was promised."""

    meeting: str | None
    at: InstantUs
    number: int
    invited: tuple[str, ...]
    obligation: AttendObligation | None


class MeetingWatch(Watch):
    """Follows the meetings of one case."""

    __slots__ = ("_arranged", "_directory", "_held", "_names", "_number")

    heeds: ClassVar[frozenset[type]] = frozenset({Contact, MeetingScheduled, MeetingMoved, MeetingCancelled})

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._arranged: list[Arranged] = []
        self._held: set[str] = set()
        """The names of meetings that were held: a second report of one says nothing new."""
        self._names: list[str] = []
        """The occasions of this case so far."""
        self._number = 0

    def take(
        self, case: CaseState, event: Event, fact: Contact | MeetingScheduled | MeetingMoved | MeetingCancelled
    ) -> None:
        if type(fact) is Contact:
            if fact.meeting is not None:
                self._hold(case, event, fact, fact.meeting)
        elif type(fact) is MeetingScheduled:
            self._schedule(case, event, fact)
        elif type(fact) is MeetingMoved:
            self._move(case, event, self._found(fact.meeting), fact.at)
        elif type(fact) is MeetingCancelled:
            self._cancel(case, event, fact)

    def owed(self) -> Iterable[AttendObligation]:
        found = (arranged.obligation for arranged in self._arranged)
        return [each for each in found if each is not None and each.is_open]

    def join(self, other: MeetingWatch) -> None:
        for arranged in sorted(other._arranged, key=lambda arranged: arranged.number):
            self._arrange(arranged.meeting, arranged.at, arranged.invited, arranged.obligation)
        self._held |= other._held

    # Arranging

    def _schedule(self, case: CaseState, event: Event, fact: MeetingScheduled) -> None:
        known = None if fact.meeting is None else self._found(fact.meeting)
        if known is not None:
            self._move(case, event, known, fact.at, fact.invited)
        elif case.phase is not Phase.DELETED:
            obligation = self._open(case, event, fact.meeting)
            if obligation is not None:
                obligation.is_to_be_told(fact.at)
                put(case, obligation)
            self._arrange(fact.meeting, fact.at, fact.invited, obligation)

    def _arrange(
        self, meeting: str | None, at: InstantUs, invited: tuple[str, ...], obligation: AttendObligation | None
    ) -> None:
        self._number += 1
        self._arranged.append(Arranged(meeting, at, self._number, invited, obligation))

    def _move(
        self,
        case: CaseState,
        event: Event,
        known: Arranged | None,
        at: InstantUs,
        invited: tuple[str, ...] | None = None,
    ) -> None:
        if known is None:
            return
        moved = known._replace(at=at, invited=known.invited if invited is None else invited)
        self._arranged[self._arranged.index(known)] = moved
        obligation = known.obligation
        if obligation is not None and obligation.is_open and at != known.at:
            obligation.note(event.time, f"moved from {format_instant(known.at)} to {format_instant(at)}")
            obligation.is_to_be_told(at)
            settle(case, obligation)

    def _cancel(self, case: CaseState, event: Event, fact: MeetingCancelled) -> None:
        known = self._found(fact.meeting)
        if known is None:
            return
        self._arranged.remove(known)
        whose = "the client" if fact.by_client else "the firm"
        self._void(case, event, known, f"{whose} cancelled the meeting{f': {fact.reason}' if fact.reason else ''}")

    def _found(self, meeting: str | None) -> Arranged | None:
        """The meeting of this name that is to be held first."""
        named = (arranged for arranged in self._arranged if arranged.meeting == meeting)
        return min(named, key=lambda arranged: (arranged.at, arranged.number), default=None)

    # Holding

    def _hold(self, case: CaseState, event: Event, fact: Contact, meeting: Meeting) -> None:
        known = self._found(meeting.name)
        if known is not None:
            self._arranged.remove(known)
        if not meeting.client_came:
            if known is not None:
                self._void(case, event, known, "the client did not come")
            return
        is_new = known is None and meeting.name not in self._held and case.phase is not Phase.DELETED
        if meeting.name is not None:
            self._held.add(meeting.name)
        obligation = self._open(case, event, meeting.name) if is_new else known and known.obligation
        if obligation is None or not obligation.is_open:
            return
        if is_new:
            put(case, obligation)
        came = [person for person in (fact.author, *fact.others) if person is not None]
        here = list(dict.fromkeys(person for person in came if is_by_person(case, event, person)))
        invited = () if known is None else [each for each in known.invited if not case.book.is_robot(each)]
        self._judge(event, obligation, here if meeting.tells_who else None, invited)
        settle(case, obligation)

    def _judge(
        self, event: Event, obligation: AttendObligation, came: Sequence[str] | None, invited: Sequence[str]
    ) -> None:
        terms = obligation.promise.attend
        assert terms is not None
        conclusion = attendance(terms, came, invited, at=event.time, directory=self._directory)
        obligation.conclude(event, conclusion)

    def _void(self, case: CaseState, event: Event, known: Arranged, reason: str) -> None:
        if known.obligation is not None and known.obligation.is_open:
            known.obligation.void(event, reason)
            settle(case, known.obligation)

    def _open(self, case: CaseState, event: Event, meeting: str | None) -> AttendObligation | None:
        promise: Promise | None = case.terms(event.time).attend
        if promise is None:
            case.unpromised |= {Kind.ATTEND}
            return None
        obligation = AttendObligation(case.id, promise, event.time, event)
        taken = self._names
        obligation.occasion = occasion_at(event.time, taken) if meeting is None else free_name(meeting, taken)
        self._names.append(occasion_of(obligation))
        return obligation
