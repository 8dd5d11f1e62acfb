"""The rules of ARCHITECTURE.md a second time: naive, slow, and in another style than the engine.

The engine takes in one event after the other and keeps what it needs. The oracle keeps nothing: it is handed all
events, sorts them, gives each case its story, and answers every question by reading that story from the beginning
again: "what was the status after the fifth event?", "since when does the client wait?". Each kind of obligation is
worked out by a scan of its own. Working time is read off lists of windows, made with `zoneinfo` day by day, and a
due instant is found by walking along them, around every pause.

Where a function implements a rule, its docstring begins with the rule's heading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from monitor.domain.cases.coverage import FULL, Coverage
from monitor.domain.cases.joining import THREAD
from monitor.domain.facts.events import (
    OWN_SOURCE,
    UNIDENTIFIED,
    Amended,
    Assigned,
    Call,
    CallbackPromised,
    CallStep,
    Changed,
    ClientChanged,
    ClientTold,
    Contact,
    Ended,
    Ending,
    Event,
    Excused,
    Linked,
    MeetingCancelled,
    MeetingMoved,
    MeetingScheduled,
    Merged,
    Opened,
    Promised,
    Reopened,
    Side,
    Split,
    StaffChanged,
    StepTaken,
    Withdrawn,
    Worked,
)
from monitor.domain.hours.target import BusinessDays, CalendarDays, CalendarDuration, DayRule, WorkingDuration
from monitor.domain.hours.timetable import ALL_DAY, HoursSpec
from monitor.domain.hours.working_hours import ALWAYS
from monitor.domain.promises.clock_rules import BeforeFirstReply, MeasuredFrom, OnChange, PauseCount, Reopen
from monitor.domain.promises.knowledge import Party
from monitor.domain.promises.promise import Answer, Book, Kind, Promise
from monitor.domain.promises.promised_amends import BreachRule
from monitor.domain.promises.promised_calls import CallTerms, Formula, RungAgain
from monitor.domain.promises.promised_people import AttendTerms, HandoffLimits, Measure, SeniorityTerms

Span = tuple[int, int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_DAY_US = 86_400_000_000

ALWAYS_OPEN = HoursSpec(zone="UTC", weekly=(ALL_DAY,) * 7)


# --- Time -----------------------------------------------------------------------------------------------------------


def _us(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


class Calendar:
    """Opening hours, read off the written ones each time anew."""

    def __init__(self, spec: HoursSpec) -> None:
        self.spec = spec
        self.zone = ZoneInfo(spec.zone)

    def local(self, at: int) -> datetime:
        return (_EPOCH + timedelta(microseconds=at)).astimezone(self.zone).replace(tzinfo=None)

    def instant(self, local: datetime) -> int:
        """A time in the gap is shifted forward by it, of two the first counts: `zoneinfo` with fold 0 does both."""
        return _us(local.replace(tzinfo=self.zone, fold=0).astimezone(UTC))

    def windows(self, day: date) -> list[Span]:
        """The open spans that belong to a local date, with the closed spans cut out."""
        spec = self.spec
        if day in spec.dates:
            written = spec.dates[day]
        else:
            written = () if day in spec.holidays(day.year) else spec.weekly[day.weekday()]
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  local time, its zone is the calendar's
        spans = [
            (
                self.instant(midnight + timedelta(microseconds=opens)),
                self.instant(midnight + timedelta(microseconds=closes)),
            )
            for opens, closes in written
        ]
        closed = [(self.instant(start), self.instant(end)) for start, end in spec.closed]
        return without([span for span in spans if span[0] < span[1]], closed)

    def open_spans(self, start: int, end: int) -> list[Span]:
        """The open time in [start, end): sorted, windows that touch or overlap joined."""
        if end <= start:
            return []
        day, last = self.local(start).date() - 2 * _DAY, self.local(end).date() + _DAY
        spans: list[Span] = []
        while day <= last:
            spans += self.windows(day)
            day += _DAY
        return [(max(a, start), min(b, end)) for a, b in joined(spans) if max(a, start) < min(b, end)]

    def work_between(self, start: int, end: int) -> int:
        return total(self.open_spans(start, end))

    def is_open(self, at: int) -> bool:
        return bool(self.open_spans(at, at + 1))

    def opening_from(self, at: int) -> int:
        """The first open instant from `at` on."""
        days = 4
        while not (spans := self.open_spans(at, at + days * _DAY_US)):
            days *= 4
        return spans[0][0]

    def work_after(self, start: int, work: int, holes: Sequence[Span] = ()) -> int:
        """Where `work` of open time outside the holes is used up; none at all at the first open instant."""
        if work == 0:
            return self.opening_from(start)
        days = 4
        while True:
            left = work
            for opens, closes in without(self.open_spans(start, start + days * _DAY_US), holes):
                if left <= closes - opens:
                    return opens + left
                left -= closes - opens
            days *= 4

    def working_date_after(self, day: date, count: int) -> date:
        while count:
            day += _DAY
            count -= bool(self.windows(day))
        return day


def joined(spans: Iterable[Span]) -> list[Span]:
    """Sorted, and apart: spans that touch or overlap become one."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def without(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """The parts of the spans outside all holes."""
    result = list(spans)
    for start, end in holes:
        cut = [[(a, min(b, start)), (max(a, end), b)] for a, b in result]
        result = [span for pair in cut for span in pair if span[0] < span[1]]
    return result


def total(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)


# --- Stories --------------------------------------------------------------------------------------------------------


class Beat(NamedTuple):
    """One event in the story of a case. A merging is in two stories: the one it leaves and the one it arrives in."""

    place: int
    """Which of all events it is."""
    event: Event
    leaves: bool = False
    arrives_from: str | None = None


class World(NamedTuple):
    """All there is to judge: the book, the hours as they were written, all events in order."""

    book: Book
    specs: Mapping[str, HoursSpec]
    events: tuple[Event, ...]
    stories: Mapping[str, tuple[Beat, ...]]

    def calendar(self, promise: Promise) -> Calendar:
        return Calendar(self.specs.get(promise.hours_name, ALWAYS_OPEN))

    def case(self, name: str) -> Case:
        return Case(self, name, self.stories[name])


def world_of(book: Book, specs: Mapping[str, HoursSpec], events: Iterable[Event]) -> World:
    """Order: by (time, source, sequence, id), each (source, id) once."""
    unique = {event.identity: event for event in events}
    ordered = tuple(sorted(unique.values(), key=lambda event: event[:4]))
    return World(book, specs, ordered, _stories(book, ordered))


def _stories(book: Book, events: Sequence[Event]) -> dict[str, tuple[Beat, ...]]:
    """Linked: the events from the beginning; merged: the later events, are those of the other case."""
    goes_on_in: dict[str, str] = {}

    def standing(name: str) -> str:
        while name in goes_on_in:
            name = goes_on_in[name]
        return name

    for event in events:
        if isinstance(event.fact, Linked) and event.case is not None:
            one, other = standing(event.case), standing(event.fact.to)
            if one != other:
                goes_on_in[one] = other
    _join_by_messages(book, events, goes_on_in, standing)
    names = {standing(name) for event in events for name in _names(event)}
    stories: dict[str, list[Beat]] = {name: [] for name in names}
    for index, event in enumerate(events):
        if event.case is None:
            for story in stories.values():
                story.append(Beat(index, event))
            continue
        name = standing(event.case)
        if isinstance(event.fact, Merged) and (into := standing(event.fact.into)) != name:
            stories[name].append(Beat(index, event, leaves=True))
            stories[into].append(Beat(index, event, arrives_from=name))
            goes_on_in[name] = into
        else:
            stories[name].append(Beat(index, event))
    return {name: tuple(story) for name, story in stories.items()}


def _join_by_messages(
    book: Book, events: Sequence[Event], goes_on_in: dict[str, str], standing: Callable[[str], str]
) -> None:
    """Joined by messages: a case named in a message, or a message named in two cases, where nothing speaks against it."""

    def client(case: str) -> str | None:
        named = [event.client or book.client_of(event.address) for event in events if event.case == case]
        return next((name for name in named if name != UNIDENTIFIED), None)

    def has(case: str, fact: type) -> bool:
        return any(isinstance(event.fact, fact) and event.case == case for event in events)

    def is_ticket(root: str) -> bool:
        return any(
            event.case is not None and standing(event.case) == root and has(event.case, Opened) for event in events
        )

    for place, event in enumerate(events):
        for name in _shown(event, book) if event.case is not None else ():
            before = [other.case for other in events[:place] if name in _shown(other, book) and other.case is not None]
            for other in dict.fromkeys(before) if name.startswith(THREAD) else [name]:
                assert event.case is not None
                is_split = has(event.case, Split) or has(other, Split)
                if client(event.case) is None or client(event.case) != client(other) or is_split:
                    continue
                one, root = standing(event.case), standing(other)
                if one == root or (is_ticket(one) and is_ticket(root)):
                    continue
                if is_ticket(one):
                    one, root = root, one
                goes_on_in[one] = root


def _shown(event: Event, book: Book) -> list[str]:
    """Joined by messages: what a message names, or failing a case in that what its title does, by the first pattern in it."""
    names = list(event.references)
    if event.title is not None and all(name.startswith(THREAD) for name in names):
        found = [match for text in book.references.texts if (match := re.search(text, event.title[:200])) is not None]
        if found:
            case = found[0].groupdict().get("case") if "case" in found[0].re.groupindex else found[0].group(1)
            names = ([case] if case and len(case) <= 100 else []) + names
    return names


def _names(event: Event) -> list[str]:
    named = [event.case] if event.case is not None else []
    return named + ([event.fact.into] if isinstance(event.fact, Merged) else [])


class Subject(NamedTuple):
    """What decides which promises cover a case."""

    client: str
    tier: str | None
    priority: str | None
    channel: str | None
    service: str | None
    tags: frozenset[str]


class Opening(NamedTuple):
    """Where in the story a case opens, and since when it is open."""

    k: int
    at: int
    channel: str


class Case(NamedTuple):
    """Questions about a case; `k` always means: after the k-th beat of its story."""

    world: World
    name: str
    story: tuple[Beat, ...]

    def beats(self, k: int) -> list[Event]:
        """The case's own events up to the k-th beat."""
        return [beat.event for beat in self.story[: k + 1] if beat.arrives_from is None]

    def at(self, k: int) -> int:
        return self.story[k].event.time

    # Opening

    def opening(self) -> Opening | None:
        """Opening: the first opening fact; a split at `started_at` where that is earlier."""
        for k, beat in enumerate(self.story):
            event = beat.event
            if beat.arrives_from is not None:
                if (since := self.arriving_wait(k)) is not None:
                    return Opening(k, since, "ticket")
                if (
                    _arriving_dates(self, k)
                    or _arriving_callbacks(self, k).open()
                    or _arriving_meetings(self, k).open()
                ):
                    return Opening(k, event.time, "ticket")
            elif (channel := self.opens_on(event)) is not None:
                started_at = event.fact.started_at if isinstance(event.fact, Split) else None
                return Opening(k, min(event.time, event.time if started_at is None else started_at), channel)
        return None

    def opens_on(self, event: Event) -> str | None:
        """Opening: the channel of an opening fact, None where it is none."""
        match event.fact:
            case Opened(channel=channel):
                return channel
            case Contact(channel=channel) as contact:
                return channel if self.is_genuine(event, contact) else None
            case Call(step=CallStep.OFFERED):
                return "call"
            case Call(step=CallStep.ANSWERED) as call:
                return "call" if self.is_genuine(event, call) else None
            case Call(step=CallStep.VOICEMAIL, inbound=True):
                return "call"
            case Promised() | Split():
                return "ticket"
            case CallbackPromised():
                return "call"
            case MeetingScheduled(visit=is_visit):
                return "visit" if is_visit else "remote"
            case _:
                return None

    def phase(self, k: int) -> str:
        """Where the case stands: unopened, open, resolved, closed, deleted or merged."""
        opening = self.opening()
        if opening is None or k < opening.k:
            return "unopened"
        phase = "open"
        for beat in self.story[opening.k : k + 1]:
            fact = beat.event.fact
            if phase in {"deleted", "merged"} or beat.arrives_from is not None:
                continue
            if beat.leaves:
                phase = "merged"
            elif isinstance(fact, Ended):
                stays = phase == "closed" and fact.ending is Ending.RESOLVED
                phase = phase if stays else fact.ending.value
            elif isinstance(fact, Reopened):
                phase = "open"
        return phase

    # What is known of the case

    def client(self, k: int) -> str:
        """Opening: the first client that an event of the case names, or whose address the book knows; Merged: else
        that of a case merged into it."""
        for beat in self.story[: k + 1]:
            event = beat.event
            if event.case is None or (isinstance(event.fact, Merged) and beat.arrives_from is None):
                continue
            if beat.arrives_from is not None:
                other = self.world.case(beat.arrives_from)
                client = other.client(other.leaving(beat.place) - 1)
            else:
                client = event.client or self.world.book.client_of(event.address)
            if client != UNIDENTIFIED:
                return client
        return UNIDENTIFIED

    def leaving(self, place: int) -> int:
        """Where in this story the event at this place of all takes the case away."""
        return next(k for k, beat in enumerate(self.story) if beat.place == place)

    def tier(self, k: int) -> str | None:
        client = self.client(k)
        tier = self.world.book.tier_of(client)
        for event in self.beats(k):
            if isinstance(event.fact, ClientChanged) and event.client == client and event.fact.tier is not None:
                spelled = {name.casefold(): name for name in self.world.book.tier_names.values()}
                tier = spelled.get(event.fact.tier.casefold(), event.fact.tier)
        return tier

    def subject(self, k: int) -> Subject:
        priority = service = None
        tags: frozenset[str] = frozenset()
        for event in self.beats(k):
            fact = event.fact
            if isinstance(fact, Opened | Changed):
                priority = fact.priority or priority
                service = fact.service or service
                said_without = isinstance(fact, Opened) and not fact.tags
                tags = tags if fact.tags is None or said_without else fact.tags
        opening = self.opening()
        channel = None if opening is None else opening.channel
        return Subject(
            self.client(k),
            self.tier(k),
            _folded(priority),
            _folded(channel),
            _folded(service),
            frozenset(tag.casefold() for tag in tags),
        )

    def status(self, k: int) -> str | None:
        status = None
        for event in self.beats(k):
            if isinstance(event.fact, Opened | Changed) and event.fact.status is not None:
                status = event.fact.status.casefold()
        return status

    def holders(self, k: int) -> tuple[str | None, str | None]:
        """Who holds the case, the person and the team; a robot is nobody."""
        person = team = None
        for event in self.beats(k):
            if (given := self.assignment(event)) is not None:
                person, team = given
        return person, team

    def assignment(self, event: Event) -> tuple[str | None, str | None] | None:
        """To whom an event gives the case; None where it says nothing of that."""
        fact = event.fact
        if isinstance(fact, Assigned) or (isinstance(fact, Opened) and (fact.holder or fact.team)):
            return (None if fact.holder in self.world.book.robots else fact.holder), fact.team
        return None

    # Contacts

    def is_genuine(self, event: Event, fact: Contact | Call) -> bool:
        """Contacts: neither automatic, internal, by a robot of the event or of the book, nor from Kept itself."""
        named = {fact.author, *fact.others} if isinstance(fact, Contact) else {fact.agent}
        return fact.genuine and not named <= self.world.book.robots and event.source != OWN_SOURCE

    def client_speaks(self, k: int) -> bool:
        """Contacts: by a message, an inbound voicemail, an inbound call answered; a split that opens a case stands
        for its first message. (`ticket.opened`: see the waits.)"""
        event = self.story[k].event
        match event.fact:
            case Contact(side=Side.CLIENT) as contact:
                return self.is_genuine(event, contact)
            case Call(step=CallStep.ANSWERED, inbound=True) as call:
                return self.is_genuine(event, call)
            case Call(step=CallStep.VOICEMAIL, inbound=True):
                return True
            case Split(started_at=int()):
                opening = self.opening()
                return opening is not None and opening.k == k
            case _:
                return False

    def firm_contact(self, k: int) -> Contact | None:
        """Contacts: by a message sent, a callback, a meeting, a call answered by a person in either direction."""
        event = self.story[k].event
        match event.fact:
            case Contact(side=Side.FIRM) as contact if self.is_genuine(event, contact):
                return contact
            case Call(step=CallStep.ANSWERED) as call if self.is_genuine(event, call):
                return Contact(Side.FIRM, "call", call.agent, genuine=True)
            case _:
                return None

    def other_answers(self, k: int) -> set[Answer]:
        """What happened that is no contact, but may answer where a promise says so."""
        answers = set()
        event = self.story[k].event
        before, after = self.status(k - 1) if k else None, self.status(k)
        if before is not None and before != after:
            answers.add(Answer.STATUS_CHANGE)
        if isinstance(event.fact, Ended) and event.fact.ending is not Ending.DELETED:
            answers.add(Answer.STATUS_CHANGE)
        person, team = self.assignment(event) or (None, None)
        answers |= {Answer.ASSIGNMENT} if person else set()
        answers |= {Answer.TEAM_ASSIGNMENT} if team else set()
        return answers

    # Promises

    def promise(self, kind: Kind, at: int, k: int) -> Promise | None:
        """Which promise: of those in force at `at` that cover the case the most specific, then the first in the book."""
        subject = self.subject(k)
        covering = [
            promise
            for promise in self.world.book.promises
            if promise.kind is kind and promise.starts_at <= at < promise.ends_at and _covers(promise, subject)
        ]
        to_the_client = [promise for promise in covering if promise.client is not None]
        to_its_tier = [promise for promise in covering if promise.client is None and promise.tier is not None]
        found = next(iter([*to_the_client, *to_its_tier, *covering]), None)
        # seniority: a share over periods is nothing in a case, and stands in the place of what would be.
        is_over_periods = found is not None and found.seniority is not None and found.seniority.over is not None
        return None if is_over_periods else found

    def changes(self, k: int) -> bool:
        """Change: of priority, service, tags or tier, or the client becoming known, while the case is open; one while it
        is resolved counts at the reopening."""
        if k == 0 or not (self.phase(k - 1) == "open" or _is_reopening(self, k)):
            return False
        last_open = next(j for j in range(k - 1, -1, -1) if self.phase(j) == "open")
        return self.subject(k) != self.subject(last_open)

    def pauses(self, promise: Promise, k: int) -> bool:
        return self.status(k) in promise.pauses_in

    # Merging

    def arriving_wait(self, k: int) -> int | None:
        """Merged: since when the client of the case that arrives with the k-th beat waits."""
        beat = self.story[k]
        assert beat.arrives_from is not None
        other = self.world.case(beat.arrives_from)
        return responses(other, other.leaving(beat.place)).waiting_since


def _folded(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _covers(promise: Promise, subject: Subject) -> bool:
    """Canary: the book promises it nothing."""
    when = promise.when
    return all(
        [
            subject.client != CANARY_CLIENT,
            promise.client in {None, subject.client},
            promise.tier in {None, subject.tier},
            when.priority is None or subject.priority in when.priority,
            when.channel is None or subject.channel in when.channel,
            when.service is None or subject.service in when.service,
            when.tags is None or bool(when.tags & subject.tags),
        ]
    )


# --- Clocks ---------------------------------------------------------------------------------------------------------


@dataclass
class Clock:
    """One obligation: where its clock started, its pauses, its end."""

    case: Case
    promise: Promise
    opened: int
    start: int
    occasion: str | None = None
    by: int | None = None
    by_resolving: bool = False
    given_in: str | None = None
    pauses: list[Span] = field(default_factory=list)
    paused_since: int | None = None
    ended: int | None = None
    ended_in_pause: bool = False
    voided: int | None = None
    reopened: int | None = None
    is_released: bool = False
    is_dropped: bool = False
    dropped_at: int = 0
    excuse: Event | None = None
    """The first one."""
    made: int = 0
    """After which beat it was there."""

    @property
    def is_open(self) -> bool:
        return self.ended is None and self.voided is None

    def due(self) -> int | None:
        """Due: the target from the start, around the pauses."""
        if self.paused_since is not None:
            return None
        calendar = self.case.world.calendar(self.promise)
        pauses = joined((max(start, self.start), end) for start, end in self.pauses if end > self.start)
        target, counts = self.promise.target, self.promise.pause_count
        if self.by is None and isinstance(target, WorkingDuration) and counts is PauseCount.BUSINESS:
            due = _walk(calendar, self.start, target, pauses)
            if all(start <= due for start, _ in pauses):
                return due
            # A shorter target since the pause: the rule's letter still moves the due instant back by it.
            work = target.length + sum(calendar.work_between(start, end) for start, end in pauses)
            return _walk(calendar, self.start, WorkingDuration(work, target.roll_to_opening), ())
        due = self.by if self.by is not None else _unpaused_due(calendar, self.start, self.promise)
        in_working_time = counts is PauseCount.BUSINESS and isinstance(target, WorkingDuration | BusinessDays)
        for start, end in pauses if counts is not PauseCount.HIDE else []:
            if in_working_time:
                worked = calendar.work_between(start, end)
                due = calendar.work_after(due, worked) if worked else due
            else:
                due += end - start
        return due

    def is_late(self, at: int) -> bool:
        """Due: late at an instant where due lies strictly before it, never while paused."""
        due = self.due()
        return due is not None and due < at

    # What may happen

    def follow_status(self, k: int, at: int) -> None:
        """Pauses: a running clock that is not late pauses, a paused one resumes, as the status says."""
        should_pause = self.case.pauses(self.promise, k)
        if self.is_open and should_pause and self.paused_since is None and not self.is_late(at):
            self.paused_since = at
        elif self.is_open and not should_pause:
            self._resume(at)

    def _resume(self, at: int) -> None:
        if self.paused_since is not None:
            self.pauses.append((self.paused_since, at))
            self.paused_since = None

    def end(self, at: int) -> None:
        # Its end may turn out to lie in the past: what was paused later is no pause of its own.
        self.ended_in_pause = self.paused_since is not None and self.paused_since <= at
        self._resume(max(at, self.paused_since or at))
        self.pauses = [(start, min(end, at)) for start, end in self.pauses if start < at]
        self.ended = at

    def lapse(self, at: int) -> None:
        """Void unless late; then broken and ended."""
        if self.is_late(at):
            self.end(at)
        else:
            self._resume(at)
            self.voided = at

    def release(self, at: int) -> None:
        """Resolution: void ("resolved first") if not late, else broken and ended at that instant."""
        self.lapse(at)
        self.is_released = True

    def restart(self, at: int, k: int) -> None:
        self.start, self.pauses, self.paused_since = at, [], None
        self.follow_status(k, at)

    def govern(self, promise: Promise | None, k: int, at: int) -> None:
        """Change: by the present promise's `on_change`; where none applies any more it is void."""
        rule = self.promise.on_change
        if not self.is_open or self.is_late(at) or promise is self.promise or rule is OnChange.KEEP:
            return
        if promise is None:
            self.lapse(at)
            self.is_dropped = True
            self.dropped_at = k
            return
        self.promise = promise
        if rule is OnChange.FROM_CHANGE:
            self.restart(at, k)
            return
        if rule is OnChange.FROM_ASSIGNMENT:
            self.start = max([self.start, *_assignments(self.case, k)])
        self.follow_status(k, at)

    def take_up(self, promise: Promise, k: int) -> None:
        """Change: an obligation that was void for want of a promise stands again with the one that applies now, and
        has stood still in every status since that pauses it."""
        self.voided, self.is_dropped, self.promise = None, False, promise
        for j in range(self.dropped_at, k + 1):
            self.follow_status(j, self.case.at(j))

    def turn_kept(self, at: int) -> None:
        """Resolution: a contact that counts and comes not later than due turns a released response into kept."""
        due = self.due()
        if self.is_released and self.voided is not None and due is not None and at <= due:
            self.voided, self.ended, self.is_released = None, at, False

    def reopen(self, k: int, at: int) -> Clock | None:
        """Reopening, by the promise's `reopen`; returns the new obligation of a new cycle."""
        was_late = self.voided is None and not self.was_kept()
        over_since = self.voided if self.voided is not None else self.ended
        assert over_since is not None
        rule = self.promise.reopen
        if rule is Reopen.STAY:
            return None
        if rule is Reopen.NEW_CYCLE or (rule is Reopen.RESTART and was_late):
            promise = self.case.promise(self.promise.kind, at, k)
            return None if promise is None else opened_at(self.case, promise, at, k)
        self.ended = self.voided = None
        self.reopened = at
        self.is_released = self.ended_in_pause = False
        if rule is Reopen.RESTART:
            self.restart(at, k)
        elif not was_late:
            self.pauses.append((over_since, at))
            self.follow_status(k, at)
        return None

    # What it comes to

    def was_kept(self) -> bool:
        due = self.due()
        return self.ended is not None and due is not None and (self.ended_in_pause or self.ended <= due)

    def verdict(self, now: int, coverage: Coverage) -> str:
        if self.voided is not None:
            return "void"
        if self.paused_since is not None:
            return "paused"
        if self.ended is not None and self.was_kept():
            return "kept"
        due = self.due()
        assert due is not None
        if self.ended is None and now <= due:
            return "running"
        if self.excuse is not None:
            return "excused"
        return "unknown" if _unheard(coverage, self.start, due, self.promise.channels) else "broken"

    def own_time(self, spans: Iterable[Span]) -> int:
        """The length of spans in the promise's own time: working time, or by the clock."""
        if not isinstance(self.promise.target, WorkingDuration | BusinessDays):
            return total(joined(spans))
        calendar = self.case.world.calendar(self.promise)
        return sum(calendar.work_between(start, end) for start, end in joined(spans))

    def elapsed_and_paused(self, now: int) -> tuple[int, int]:
        finish = self.ended if self.ended is not None else now
        pauses = [*self.pauses, *([(self.paused_since, finish)] if self.paused_since is not None else [])]
        inside = joined((max(a, self.start), min(b, finish)) for a, b in pauses if max(a, self.start) < min(b, finish))
        left_out = [] if self.promise.pause_count is PauseCount.HIDE else inside
        return self.own_time(without([(self.start, max(finish, self.start))], left_out)), self.own_time(inside)


def _walk(calendar: Calendar, start: int, target: WorkingDuration, pauses: Sequence[Span]) -> int:
    """Along the open time outside the pauses until the target is used up. A pause that begins at that very instant
    still counts (it was not late then): the end is then the last open instant in it."""
    due = calendar.work_after(start, target.length, pauses)
    if target.length == 0:
        due = calendar.opening_from(start)
    for _ in range(len(pauses) + 1):
        for pause_start, pause_end in pauses:
            if pause_start <= due < pause_end and (spans := calendar.open_spans(due, pause_end)):
                due = spans[-1][1]
        if target.roll_to_opening:
            due = calendar.opening_from(due)
    return due


def _unpaused_due(calendar: Calendar, start: int, promise: Promise) -> int:
    """Where the target lies from the start, with no pause at all."""
    match promise.target:
        case WorkingDuration() as target:
            return _walk(calendar, start, target, ())
        case CalendarDuration(length=length):
            return start + length
        case CalendarDays(count=count):
            return calendar.instant(calendar.local(start) + count * _DAY)
        case BusinessDays(count=count, rule=rule):
            return _business_due(calendar, start, count, rule)
        case _:
            raise AssertionError(promise)


def _business_due(calendar: Calendar, start: int, count: int, rule: DayRule) -> int:
    """semantics.md, "business day" in a target."""
    local = calendar.local(start)
    starts_closed = not calendar.windows(local.date()) and not calendar.is_open(start)
    if rule is DayRule.FROM_OPENING and starts_closed:
        local = calendar.local(calendar.windows(calendar.working_date_after(local.date(), 1))[0][0])
    if rule is DayRule.SNAP_THEN_ADD:
        if starts_closed:
            local = datetime.combine(calendar.working_date_after(local.date(), 1), local.time())
        local = calendar.local(calendar.opening_from(calendar.instant(local)))
    day = calendar.working_date_after(local.date(), count)
    if rule is DayRule.END_OF_DAY:
        return max(closes for _, closes in calendar.windows(day))
    return calendar.opening_from(calendar.instant(datetime.combine(day, local.time())))


def _unheard(coverage: Coverage, start: int, due: int, channels: frozenset[str] | None) -> bool:
    """Unknown: a gap, in which a contact that counts may have been lost, meets [start, due]."""
    return any(
        gap.starts_at <= due
        and gap.ends_at > start
        and channels != frozenset()
        and (gap.channels is None or channels is None or bool(gap.channels & channels))
        for gap in coverage.gaps
    )


def _assignments(case: Case, k: int) -> list[int]:
    """When the case came to another person or team."""
    held = [(case.at(j), case.holders(j), case.holders(j - 1) if j else (None, None)) for j in range(k + 1)]
    return [at for at, now, before in held if now not in (before, (None, None))]


def opened_at(case: Case, promise: Promise, since: int, k: int) -> Clock:
    """A new obligation. Pauses: it starts paused if it opens in a status that pauses it; one that opens from a
    beginning in the past has stood still in every such status since."""
    clock = Clock(case, promise, since, since, made=k)
    for j in range(k + 1):
        if case.at(j) > since or j == k or case.at(j + 1) > since:
            clock.follow_status(j, max(case.at(j), since))
    return clock


def _ends_now(case: Case, k: int, clocks: Iterable[Clock]) -> bool:
    """Merged away or deleted: what is open is void unless late. Says whether the story of these clocks ends here."""
    fact = case.story[k].event.fact
    is_deleted = isinstance(fact, Ended) and fact.ending is Ending.DELETED
    is_over = case.story[k].leaves or (is_deleted and (k == 0 or case.phase(k - 1) != "deleted"))
    for clock in clocks if is_over else ():
        if clock.is_open:
            clock.lapse(case.at(k))
    return is_over


def _excuse(case: Case, k: int, kind: Kind, clocks: Sequence[Clock]) -> None:
    """Excused: the obligation named, or the latest of the kind at that instant; the first excuse counts."""
    event = case.story[k].event
    fact = event.fact
    if not isinstance(fact, Excused):
        return
    if fact.obligation is not None:
        for clock in clocks:
            if name_of(clock.given_in or case.name, kind, clock.opened, clock.occasion) == fact.obligation:
                clock.excuse = clock.excuse or event
    elif fact.kind == kind.value and clocks:
        clocks[-1].excuse = clocks[-1].excuse or event


def name_of(case: str, kind: Kind, opened: int, occasion: str | None) -> str:
    """How events name an obligation: case, kind and occasion."""
    return f"{case}/{kind}/{occasion or _instant(opened)}"


def _instant(at: int) -> str:
    return (_EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")


def _is_resolution(case: Case, k: int) -> bool:
    fact = case.story[k].event.fact
    return isinstance(fact, Ended) and fact.ending is not Ending.DELETED and (k == 0 or case.phase(k - 1) != "deleted")


def _is_reopening(case: Case, k: int) -> bool:
    return isinstance(case.story[k].event.fact, Reopened) and case.phase(k - 1) in {"resolved", "closed"}


def _lives(case: Case, until: int | None = None) -> range:
    """The beats from the opening on."""
    opening = case.opening()
    return range(0) if opening is None else range(opening.k, len(case.story) if until is None else until)


# --- The kinds ------------------------------------------------------------------------------------------------------


@dataclass
class Responses:
    """first_response and next_response, and the wait that they are about."""

    case: Case
    first: list[Clock] = field(default_factory=list)
    following: list[Clock] = field(default_factory=list)
    waiting_since: int | None = None
    answered: bool = False
    asked: dict[Kind, Clock] = field(default_factory=dict)
    """The obligations of the present wait."""

    def clocks(self) -> list[Clock]:
        return self.first[-1:] + self.following[-1:]

    def awaited(self) -> list[Clock]:
        return [clock for clock in self.clocks() if clock.is_open]

    def add(self, clock: Clock) -> None:
        (self.first if clock.promise.kind is Kind.FIRST_RESPONSE else self.following).append(clock)
        self.asked[clock.promise.kind] = clock

    def owed(self, k: int) -> list[Promise]:
        """first_response, next_response: which of them a wait calls for."""
        assert self.waiting_since is not None
        first = self.case.promise(Kind.FIRST_RESPONSE, self.waiting_since, k)
        following = self.case.promise(Kind.NEXT_RESPONSE, self.waiting_since, k)
        if self.answered:
            first = None
        elif following is not None:
            runs = {BeforeFirstReply.RUN: True, BeforeFirstReply.WAIT: False, None: first is None}
            following = following if runs[following.before_first_reply] else None
        return [promise for promise in (first, following) if promise is not None]

    def hears_client(self, k: int) -> bool:
        """Opening: `ticket.opened` is the client's message if it is by the client, who neither waits nor was ever answered."""
        fact = self.case.story[k].event.fact
        never_heard = self.waiting_since is None and not self.answered
        return self.case.client_speaks(k) or (isinstance(fact, Opened) and fact.by_client and never_heard)

    def wait(self, since: int, k: int) -> None:
        """Waiting: from the first message that is not answered. A resolved case starts the wait, but no clock."""
        self.waiting_since, self.asked = since, {}
        if self.case.phase(k) == "open":
            for promise in self.owed(k):
                self.add(opened_at(self.case, promise, since, k))

    def hear_client(self, k: int, at: int) -> None:
        """each_message: each further message, while not late, restarts the clock of next_response."""
        if self.waiting_since is None:
            self.wait(at, k)
            return
        for clock in self.following[-1:]:
            if clock.is_open and clock.promise.each_message and not clock.is_late(at) and self.case.phase(k) == "open":
                clock.restart(at, k)

    def hear_firm(self, contact: Contact, at: int) -> None:
        """Waiting: a contact of the firm ends the wait unless an open response obligation does not count it."""
        for clock in self.clocks():
            if _counts(clock.promise, contact):
                if clock.is_open:
                    clock.end(at)
                else:
                    clock.turn_kept(at)
        self.stop_waiting()

    def hear_other(self, answers: set[Answer], at: int) -> None:
        """answered_by: what is no contact, where the promise counts it; the wait is then over as well."""
        ended = [clock for clock in self.awaited() if answers & clock.promise.answered_by]
        for clock in ended:
            clock.end(at)
        if ended:
            self.stop_waiting()

    def stop_waiting(self) -> None:
        if self.waiting_since is not None and not self.awaited():
            self.waiting_since, self.answered, self.asked = None, True, {}
            for clock in self.clocks():
                clock.is_released = False

    def change(self, k: int, at: int) -> None:
        """Change, and: where none applied when the client began to wait, and one does now, it opens from there."""
        for clock in self.awaited():
            clock.govern(self.case.promise(clock.promise.kind, clock.opened, k), k, at)
        if self.waiting_since is not None:
            for promise in self.owed(k):
                asked = self.asked.get(promise.kind)
                if asked is None:
                    self.add(opened_at(self.case, promise, self.waiting_since, k))
                elif asked.is_dropped:
                    asked.take_up(promise, k)

    def reopen(self, k: int, at: int) -> None:
        """Reopening: the released ones as they say; then a client who waits and has none gets the obligation, from
        the message."""
        for clock in self.clocks():
            if clock.is_released and (new := clock.reopen(k, at)) is not None:
                self.add(new)
        if self.waiting_since is not None:
            for promise in self.owed(k):
                if promise.kind not in self.asked:
                    self.add(opened_at(self.case, promise, self.waiting_since, k))

    def arrive(self, since: int, k: int, at: int) -> None:
        """Merged: the wait begins at A's message; if it began later, open responses that are not late start there."""
        if self.waiting_since is None:
            self.wait(since, k)
        elif since < self.waiting_since:
            self.waiting_since = since
            for clock in self.awaited():
                if not clock.is_late(at):
                    clock.start = min(clock.start, since)


def responses(case: Case, until: int | None = None) -> Responses:
    """first_response and next_response of a case, from its story up to (not including) the beat `until`."""
    state = Responses(case)
    opening = case.opening()
    for k in _lives(case, until):
        assert opening is not None
        at = opening.at if k == opening.k else case.at(k)
        if k > opening.k and case.changes(k) and not _is_reopening(case, k):
            state.change(k, at)
        if _ends_now(case, k, state.awaited()):
            continue
        if case.story[k].arrives_from is None:
            _respond(state, k, at, is_opening=k == opening.k)
        elif (since := case.arriving_wait(k)) is not None:
            state.arrive(since, k, at)
    return state


def _respond(state: Responses, k: int, at: int, *, is_opening: bool) -> None:
    """What one event of the case itself means for who waits, and for what."""
    case = state.case
    if not is_opening:
        for clock in state.awaited():
            clock.follow_status(k, at)
        state.hear_other(case.other_answers(k), at)
    if state.hears_client(k):
        state.hear_client(k, at)
    if (contact := case.firm_contact(k)) is not None:
        state.hear_firm(contact, at)
    if _is_resolution(case, k):
        for clock in state.awaited():
            clock.release(at)
    if _is_reopening(case, k):
        state.reopen(k, at)
        if case.changes(k):
            state.change(k, at)
    _excuse(case, k, Kind.FIRST_RESPONSE, state.first)
    _excuse(case, k, Kind.NEXT_RESPONSE, state.following)


def _counts(promise: Promise, contact: Contact) -> bool:
    """answered_by, channels, authors."""
    return (
        Answer.CONTACT in promise.answered_by
        and (promise.channels is None or contact.channel in promise.channels)
        and (promise.authors is None or bool(promise.authors & {contact.author, *contact.others}))
    )


Step = Callable[[Case, int, int, list[Clock]], None]


def _from_opening(case: Case, kind: Kind, step: Step) -> list[Clock]:
    """A kind whose obligation opens with the case: what is common to resolve, own and update_every."""
    clocks: list[Clock] = []
    opening = case.opening()
    for k in _lives(case):
        assert opening is not None
        at = opening.at if k == opening.k else case.at(k)
        if k > opening.k and case.phase(k - 1) in {"deleted", "merged"}:
            _excuse(case, k, kind, clocks)
            continue
        if k > opening.k and case.changes(k) and not _is_reopening(case, k):
            _change(case, kind, clocks, k)
        if _ends_now(case, k, clocks[-1:]):
            continue
        if case.story[k].arrives_from is not None and k > opening.k:
            continue
        for clock in clocks[-1:] if k > opening.k else []:
            clock.follow_status(k, at)
        step(case, k, at, clocks)
        if k > opening.k and case.changes(k) and _is_reopening(case, k):
            _change(case, kind, clocks, k)
        _excuse(case, k, kind, clocks)
    return clocks


def _starts_with_case(promise: Promise | None) -> bool:
    """update_every: after_first_contact, while_not_waiting: none opens with the case."""
    return promise is not None and (
        promise.kind is not Kind.UPDATE_EVERY
        or promise.measured_from in {MeasuredFrom.FIRM_CONTACT, MeasuredFrom.ANY_CONTACT}
    )


def _change(case: Case, kind: Kind, clocks: list[Clock], k: int) -> None:
    """Change, and: where none applied when the case opened, and one does now, it opens from there."""
    opening, at = case.opening(), case.at(k)
    assert opening is not None
    latest = clocks[-1] if clocks else None
    if latest is None and any(
        case.promise(kind, opening.at, j) for j in range(opening.k, k) if case.phase(j) == "open"
    ):
        return
    promise = case.promise(kind, opening.at if latest is None else latest.opened, k)
    if latest is not None and not latest.is_dropped:
        latest.govern(promise, k, at)
    elif promise is not None and kind is Kind.UPDATE_EVERY:
        _open_update_late(case, clocks, k)
    elif promise is not None and latest is not None:
        latest.take_up(promise, k)
    elif promise is not None:
        clocks.append(opened_at(case, promise, opening.at, k))


def _open_update_late(case: Case, clocks: list[Clock], k: int) -> None:
    """update_every, where one applies only now: from the last contact that counts, else as from the opening."""
    opening = case.opening()
    assert opening is not None
    latest = clocks[-1] if clocks else None
    for j in range(k - 1, opening.k - 1, -1):
        contact, promise = case.firm_contact(j), case.promise(Kind.UPDATE_EVERY, case.at(j), k)
        if contact and promise and _counts(promise, contact) and (latest is None or case.at(j) > latest.start):
            clocks.append(opened_at(case, promise, case.at(j), k))
            return
    promise = case.promise(Kind.UPDATE_EVERY, opening.at if latest is None else latest.opened, k)
    assert promise is not None
    if latest is not None:
        latest.take_up(promise, k)
    elif _starts_with_case(promise):
        clocks.append(opened_at(case, promise, opening.at, k))


def _open_with_case(case: Case, kind: Kind, k: int, clocks: list[Clock]) -> None:
    opening = case.opening()
    if opening is None or k != opening.k:
        return
    promise = case.promise(kind, opening.at, k)
    if promise is not None and _starts_with_case(promise):
        clocks.append(opened_at(case, promise, opening.at, k))


def resolves(case: Case) -> list[Clock]:
    """resolve: ends at `ticket.resolved` or `.closed`, with `ends_at: closed` only at the latter."""

    def step(case: Case, k: int, at: int, clocks: list[Clock]) -> None:
        _open_with_case(case, Kind.RESOLVE, k, clocks)
        fact = case.story[k].event.fact
        for clock in clocks[-1:]:
            closing = isinstance(fact, Ended) and fact.ending is Ending.CLOSED
            if _is_resolution(case, k) and clock.is_open and (closing or not clock.promise.until_closed):
                clock.end(at)
            if _is_reopening(case, k) and clock.ended is not None and (new := clock.reopen(k, at)) is not None:
                clocks.append(new)

    return _from_opening(case, Kind.RESOLVE, step)


def owns(case: Case) -> list[Clock]:
    """own: ends with the first assignment to a person, at once if somebody holds it already."""

    def step(case: Case, k: int, at: int, clocks: list[Clock]) -> None:
        _open_with_case(case, Kind.OWN, k, clocks)
        for clock in clocks[-1:]:
            new = clock.reopen(k, at) if _is_reopening(case, k) and clock.is_released else None
            clocks += [new] if new is not None else []
        for clock in clocks[-1:]:
            held = _held_at(case, k, clock)
            if clock.is_open and held is not None:
                clock.end(held)
            if _is_resolution(case, k) and clock.is_open:
                clock.release(at)

    return _from_opening(case, Kind.OWN, step)


def _held_at(case: Case, k: int, clock: Clock) -> int | None:
    """own: the first instant since it opened, or opened again, at which a person, or if it says so a team, holds the case."""
    since = max(clock.opened, clock.reopened or 0)
    for j in range(k + 1):
        person, team = case.holders(j)
        is_held = person is not None or (Answer.TEAM_ASSIGNMENT in clock.promise.answered_by and team is not None)
        if is_held and (j == k or case.at(j + 1) > since):
            return max(case.at(j), since)
    return None


def updates(case: Case) -> list[Clock]:
    """update_every: each contact of the firm ends the running one, if any, and opens the next at that contact."""

    def step(case: Case, k: int, at: int, clocks: list[Clock]) -> None:
        _open_with_case(case, Kind.UPDATE_EVERY, k, clocks)
        if clocks and clocks[-1].is_open and responses(case, k).hears_client(k):
            _client_wrote(clocks[-1], k, at)
        if (contact := case.firm_contact(k)) is not None and case.phase(k) == "open":
            _update(case, k, contact, clocks)
        if _is_resolution(case, k) and clocks and clocks[-1].is_open:
            clocks[-1].release(at)
        if _is_reopening(case, k):
            _reopen_update(case, k, at, clocks)

    return _from_opening(case, Kind.UPDATE_EVERY, step)


def _client_wrote(running: Clock, k: int, at: int) -> None:
    """update_every, `measured_from`: the client's message restarts the running clock, or makes it void, unless late."""
    if running.is_late(at):
        return
    if running.promise.measured_from is MeasuredFrom.ANY_CONTACT:
        running.restart(at, k)
    elif running.promise.measured_from is MeasuredFrom.WHILE_NOT_WAITING:
        running.lapse(at)


def _update(case: Case, k: int, contact: Contact, clocks: list[Clock]) -> None:
    """update_every: a contact that counts; at the very instant of the opening it changes nothing."""
    at = case.at(k)
    following = case.promise(Kind.UPDATE_EVERY, at, k)
    running = clocks[-1] if clocks and clocks[-1].is_open else None
    judge = following if running is None else running.promise
    if judge is None or not _counts(judge, contact) or (running is not None and running.opened == at):
        return
    if running is not None:
        running.end(at)
    if following is not None:
        clocks.append(opened_at(case, following, at, k))


def _reopen_update(case: Case, k: int, at: int, clocks: list[Clock]) -> None:
    """Reopening: one that starts with the case opens if the latest one has ended, or none was."""
    if clocks and clocks[-1].is_released and (new := clocks[-1].reopen(k, at)) is not None:
        clocks.append(new)
    promise = case.promise(Kind.UPDATE_EVERY, at, k)
    if promise is not None and _starts_with_case(promise) and (not clocks or clocks[-1].ended is not None):
        clocks.append(opened_at(case, promise, at, k))


DATE_GIVEN = Promise(
    id="date-given", version=1, kind=Kind.BY, starts_at=0, ends_at=2**62, hours=ALWAYS, hours_name="always"
)
CANARY_CLIENT = "kept-canary"
CANARY_DATE = replace(DATE_GIVEN, id="canary", channels=frozenset())


def dates(case: Case, until: int | None = None) -> list[Clock]:
    """by: opens at `promise.made`; ends at the first contact after it that counts, or at the resolution."""
    clocks: list[Clock] = []
    for k in _lives(case, until):
        at, beat = case.at(k), case.story[k]
        if beat.leaves:
            return [clock for clock in clocks if not clock.is_open]
        if _ends_now(case, k, clocks):
            continue
        if beat.arrives_from is not None:
            clocks += _arriving_dates(case, k)
            continue
        for clock in clocks:
            clock.follow_status(k, at)
        _date_facts(case, k, clocks)
        for clock in clocks:
            if clock.is_open and _keeps_date(case, k, clock):
                clock.end(at)
        _excuse(case, k, Kind.BY, clocks)
    return clocks


def _keeps_date(case: Case, k: int, clock: Clock) -> bool:
    """by: the first contact after (strictly) the promise that counts, or `kept_by: resolution`."""
    if clock.by_resolving:
        return _is_resolution(case, k)
    contact = case.firm_contact(k)
    return contact is not None and _counts(clock.promise, contact) and case.at(k) > clock.opened


def _date_facts(case: Case, k: int, clocks: list[Clock]) -> None:
    """by: made, once under each name; amended with the client's agreement; withdrawn."""
    at, event = case.at(k), case.story[k].event
    fact = event.fact
    if isinstance(fact, Promised):
        if not any(clock.occasion == fact.promise and clock.given_in == case.name for clock in clocks):
            is_canary = case.subject(k).client == CANARY_CLIENT
            promise = CANARY_DATE if is_canary else case.promise(Kind.BY, at, k) or DATE_GIVEN
            clocks.append(
                Clock(case, promise, at, at, fact.promise, fact.by, fact.kept_by_resolving, given_in=case.name, made=k)
            )
    elif isinstance(fact, Amended | Withdrawn):
        named = [clock for clock in clocks if clock.occasion == fact.promise]
        # Two of one name after a merge: the one given in the case that the event names, then the survivor's.
        named.sort(key=lambda clock: (clock.given_in != event.case, clock.given_in != case.name))
        for clock in [clock for clock in named[:1] if clock.is_open]:
            if isinstance(fact, Withdrawn):
                clock.lapse(at)
            elif fact.agreed and not clock.is_late(at):
                clock.by = fact.by


def _arriving_dates(case: Case, k: int) -> list[Clock]:
    """Merged: open dates given move to B."""
    beat = case.story[k]
    assert beat.arrives_from is not None
    other = case.world.case(beat.arrives_from)
    moved = [clock for clock in dates(other, other.leaving(beat.place)) if clock.is_open]
    for clock in moved:
        clock.case, clock.made = case, k
    return moved


# --- People ---------------------------------------------------------------------------------------------------------


def last_said(world: World, person: str, at: int, what: str) -> Any:
    """Staff: what was last said of a person at or before an instant, by the book or by an event; None where nobody did."""
    entry = world.book.staff.get(person)
    said: list[tuple[int, int, Any]] = []
    if entry is not None:
        first_day = -(2**62) if entry.joined_at is None else entry.joined_at
        of_book = {"grade": entry.grade, "team": entry.team, "joined": entry.joined_at}
        said.append((first_day, -1, of_book[what]))
    for place, event in enumerate(world.events):
        if isinstance(event.fact, StaffChanged) and event.fact.person == person:
            said.append((event.time, place, getattr(event.fact, what)))
    words = [value for when, _, value in sorted(said, key=lambda word: word[:2]) if when <= at and value is not None]
    return words[-1] if words else None


class Grip(NamedTuple):
    """Who has the case from an instant on; the team is the person's own where the event gives none."""

    at: int
    person: str | None
    team: str | None
    k: int


def grips(case: Case, until: int) -> list[Grip]:
    """Conduct: who had the case when, from the opening on, while it was open; once more at each reopening."""
    opening = case.opening()
    found: list[Grip] = []
    last: tuple[str | None, str | None] | None = None
    for k in _lives(case, until + 1):
        assert opening is not None
        if case.phase(k) == "open" and (last != case.holders(k) or _is_reopening(case, k)):
            last = person, team = case.holders(k)
            at = opening.at if k == opening.k else case.at(k)
            found.append(Grip(at, person, team or (person and last_said(case.world, person, at, "team")), k))
    return found


class Handing(NamedTuple):
    """A hand-off; `inside` where it is not known to go from team to team."""

    inside: bool
    returns: bool


def handing(trail: Sequence[Grip]) -> Handing | None:
    """handoffs: whether the last of these grips is a hand-off, and which."""
    grip, before = trail[-1], trail[:-1]
    teams = [other.team for other in before if other.team is not None]
    if teams and grip.team is not None and grip.team != teams[-1]:
        return Handing(inside=False, returns=grip.team in teams)
    giver = _giver(before)
    if grip.person is None or giver is None or giver == grip.person:
        return None
    return Handing(inside=True, returns=grip.person in [other.person for other in before])


def _giver(before: Sequence[Grip]) -> str | None:
    """The last person who had it since it came to the present team."""
    for place in range(len(before) - 1, -1, -1):
        earlier = [other.team for other in before[:place] if other.team is not None]
        has_come = before[place].team is not None and bool(earlier) and earlier[-1] != before[place].team
        if before[place].person is not None or has_come:
            return before[place].person
    return None


class Found(NamedTuple):
    """What the deeds so far come to: broken by a deed or done late at `ended`, or lying about until `due`."""

    ended: int | None = None
    due: int | None = None
    is_broken: bool = False


def _settlings(case: Case, until: int) -> list[int]:
    return [k for k in _lives(case, until + 1) if k and case.phase(k - 1) == "open" and _is_resolution(case, k)]


def weigh_handoffs(case: Case, promise: Promise, until: int) -> Found:
    """handoffs: everything done in the case until a beat, from the opening, against what was promised."""
    limits = promise.handoffs
    assert limits is not None
    held = grips(case, until)
    puts = [k for k in _lives(case, until + 1) if _is_transfer(case, k)]
    due: int | None = None
    for k in sorted({grip.k for grip in held} | set(puts) | set(_settlings(case, until))):
        trail = [grip for grip in held if grip.k <= k]
        now = [grip for grip in held if grip.k == k]
        at = now[0].at if now else case.at(k)
        if due is not None and due < at:
            if k in _settlings(case, until) or (now and (now[0].person or now[0].team)):
                return Found(at, due)
            continue
        if now:
            due = _lies_until(case, promise, case.holders(k), at)
            if _breaks_by_hand(limits, trail):
                return Found(at, is_broken=True)
        if k in _settlings(case, until):
            due = None
        if k in puts and limits.transfers is not None and _times_put_through(case, puts, k) > limits.transfers:
            return Found(at, is_broken=True)
    return Found(due=due)


def _lies_until(case: Case, promise: Promise, holders: tuple[str | None, str | None], at: int) -> int | None:
    """without_holder: until when somebody must take it."""
    assert promise.handoffs is not None
    limit = promise.handoffs.without_holder
    return None if limit is None or any(holders) else case.world.calendar(promise).work_after(at, limit.length)


def _breaks_by_hand(limits: HandoffLimits, trail: Sequence[Grip]) -> bool:
    """at_most, returns, one_owner: whether the last grip is one too many."""
    handings = [handing(trail[: place + 1]) for place in range(len(trail))]
    counted = [each for each in handings if each and (limits.counts_inside_team or not each.inside)]
    owners = {grip.person for grip in trail if grip.person}
    is_counted = handings[-1] in counted and handings[-1] is not None
    return (
        (limits.one_owner and len(owners) > 1)
        or (is_counted and limits.at_most is not None and len(counted) > limits.at_most)
        or (
            is_counted
            and limits.returns is not None
            and handings[-1] is not None
            and handings[-1].returns
            and sum(each.returns for each in counted) > limits.returns
        )
    )


def _is_transfer(case: Case, k: int) -> bool:
    fact = case.story[k].event.fact
    return isinstance(fact, Call) and fact.step is CallStep.TRANSFERRED and case.phase(k) == "open"


def _times_put_through(case: Case, puts: Sequence[int], k: int) -> int:
    def call(j: int) -> tuple[str, str]:
        event = case.story[j].event
        assert isinstance(event.fact, Call)
        return event.source, event.fact.call

    return sum(call(j) == call(k) for j in puts if j <= k)


@dataclass
class Bond:
    """A promise about the people of a case, over its whole life."""

    case: Case
    promise: Promise
    opened: int
    stands: str = "running"
    """`running`, or what came of it: `kept`, `broken`, `late` (broken by its due instant), `void`."""
    due: int | None = None
    ended: int | None = None
    is_dropped: bool = False
    excuse: Event | None = None
    """The first one."""

    def is_late(self, at: int) -> bool:
        return self.due is not None and self.due < at

    def stop(self, at: int) -> None:
        """Deleted, merged away, covered by no promise any more: void unless late."""
        if self.is_late(at):
            self.stands, self.ended = "late", at
        else:
            self.stands, self.ended = "void", None

    def verdict(self, now: int, coverage: Coverage) -> str:
        if self.stands in {"void", "unknown"}:
            return self.stands
        if self.stands == "kept":
            assert self.ended is not None
            return "unknown" if _unheard(coverage, self.opened, self.ended, None) else "kept"
        if self.stands == "running" and not self.is_late(now):
            return "running"
        if self.excuse is not None:
            return "excused"
        if self.stands == "broken" or self.due is None:
            return "broken"
        return "unknown" if _unheard(coverage, self.opened, self.due, None) else "broken"


Weigh = Callable[[Case, Promise, int], Found]
Settle = Callable[[Case, Promise, int], str]


def conduct(case: Case, kind: Kind, weigh: Weigh, settle: Settle) -> list[Bond]:
    """Conduct: what is common to the promises about people. There is one for a case, or none."""
    opening = case.opening()
    bonds: list[Bond] = []
    for k in _lives(case):
        assert opening is not None
        at = opening.at if k == opening.k else case.at(k)
        for bond in bonds:
            if _excuses(case, k, kind, bond):
                bond.excuse = bond.excuse or case.story[k].event
        was_open = k > opening.k and case.phase(k - 1) == "open"
        if case.phase(k) == "open":
            _live(case, kind, k, at, bonds, weigh)
        for bond in [bond for bond in bonds if was_open and bond.stands == "running"]:
            if case.phase(k) in {"deleted", "merged"}:
                bond.stop(at)
            elif case.phase(k) != "open":
                _settle(bond, k, at, settle)
    return bonds


def _excuses(case: Case, k: int, kind: Kind, bond: Bond) -> bool:
    """Excused: the obligation named, or the latest of the kind, which is the only one."""
    fact = case.story[k].event.fact
    if not isinstance(fact, Excused):
        return False
    is_named = fact.obligation == name_of(case.name, kind, bond.opened, None)
    return is_named if fact.obligation is not None else fact.kind == kind.value


def _live(case: Case, kind: Kind, k: int, at: int, bonds: list[Bond], weigh: Weigh) -> None:
    """Reopening, Change, then what was done."""
    opening = case.opening()
    assert opening is not None
    wanted = case.promise(kind, opening.at, k)
    if not bonds and wanted is not None:
        bonds.append(Bond(case, wanted, opening.at))
    for bond in bonds:
        if _is_reopening(case, k) and (bond.stands in {"kept", "unknown"} or _is_empty(bond)):
            bond.stands, bond.ended = "running", None
        if bond.is_dropped and wanted is not None:
            bond.stands, bond.is_dropped, bond.promise = "running", False, wanted
        elif bond.stands == "running" and not bond.is_late(at):
            if wanted is None:
                bond.stop(at)
                bond.is_dropped = True
            else:
                bond.promise = wanted
        if bond.stands == "running":
            found = weigh(case, bond.promise, k)
            bond.due, bond.ended = found.due, found.ended
            if found.ended is not None:
                bond.stands = "broken" if found.is_broken else "late"


def _is_empty(bond: Bond) -> bool:
    """Void because nothing was known of the work, not for want of a promise."""
    return bond.stands == "void" and bond.ended is not None


def _settle(bond: Bond, k: int, at: int, settle: Settle) -> None:
    """Resolution: kept, where nothing broke it."""
    if bond.is_late(at):
        bond.stands, bond.ended = "late", at
    else:
        bond.stands, bond.due, bond.ended = settle(bond.case, bond.promise, k), None, at


class Work(NamedTuple):
    """Something that somebody did, for so long; `is_touch` is false for the time of a call, told when it is known."""

    at: int
    person: str
    length: int
    is_touch: bool
    k: int


_SOMEBODY: Final = ""
"""Touches: who is not named, of whom nothing is known."""


def work(case: Case, until: int) -> list[Work]:
    """Touches: everything done in a case while it was open, from the opening to a beat."""
    opening = case.opening()
    held = grips(case, until)
    takings = {
        grip.k: grip
        for before, grip in pairwise([None, *held])
        if grip is not None and grip.person is not None and (before is None or before.person != grip.person)
    }
    found: list[Work] = []
    for k in _lives(case, until + 1):
        assert opening is not None
        if case.phase(k) == "open":
            if k in takings:
                found.append(Work(takings[k].at, str(takings[k].person), 0, is_touch=True, k=k))
            found += _done(case, k)
    return [each for each in found if each.person not in case.world.book.robots]


def _done(case: Case, k: int) -> list[Work]:
    event = case.story[k].event
    match event.fact:
        case Worked(person=person, length=length):
            return [Work(event.time, person, length, is_touch=True, k=k)]
        case Contact(side=Side.FIRM) as contact if contact.genuine and event.source != OWN_SOURCE:
            author = contact.author or _SOMEBODY
            people = [author, *contact.others] if contact.channel in {"visit", "remote"} else [author]
            return [
                Work(event.time, person, contact.length or 0, is_touch=True, k=k) for person in dict.fromkeys(people)
            ]
        case Call(step=CallStep.ANSWERED | CallStep.ENDED) as call:
            talk = _talk_before(case, k)
            spoke = call.step is CallStep.ANSWERED and case.is_genuine(event, call)
            return talk + ([Work(event.time, call.agent or _SOMEBODY, 0, is_touch=True, k=k)] if spoke else [])
        case _:
            return []


def _talk_before(case: Case, k: int) -> list[Work]:
    """Touches: the length of a call runs from answering to the next answering or the end of the same call."""
    opening, event = case.opening(), case.story[k].event
    assert opening is not None
    for j in range(k - 1, opening.k - 1, -1):
        other = case.story[j].event
        if case.story[j].arrives_from is not None or not isinstance(other.fact, Call):
            continue
        assert isinstance(event.fact, Call)
        is_same = (other.source, other.fact.call) == (event.source, event.fact.call)
        if is_same and other.fact.step in {CallStep.ANSWERED, CallStep.ENDED}:
            is_talk = other.fact.step is CallStep.ANSWERED and case.is_genuine(other, other.fact)
            length = event.time - other.time
            return [Work(other.time, other.fact.agent or _SOMEBODY, length, is_touch=False, k=k)] if is_talk else []
    return []


def fits(case: Case, terms: SeniorityTerms, person: str, at: int, *, is_told: bool) -> bool | None:
    """seniority: whether somebody is who was promised; None where that is not known."""
    world, scale = case.world, list(case.world.book.grades)

    def rank(name: str) -> int | None:
        grade = last_said(world, name, at, "grade")
        return scale.index(grade) if grade in scale else None

    def reaches(one: int | None, least: int | None) -> bool | None:
        return None if one is None or least is None else one >= least

    promised = scale.index(terms.at_least) if terms.at_least in scale else None
    is_one_of_them = None if person == _SOMEBODY else person in (terms.people or ())
    verdicts: list[bool | None] = [True if terms.people is None else is_one_of_them]
    verdicts += [] if terms.at_least is None else [reaches(rank(person), promised)]
    verdicts += [] if terms.tenure is None else [_has_been_there(world, terms, person, at)]
    found = False if False in verdicts else None if None in verdicts else True
    rule = terms.substitution
    if found or rule is None or not (rule.told_first or rule.equal_grade):
        return found
    known = [each for each in map(rank, terms.people or ()) if each is not None]
    equal = reaches(rank(person), promised if terms.people is None else min(known, default=None))
    conditions = [is_told] * rule.told_first + [equal] * rule.equal_grade
    decisive = rule.is_one_enough
    may = decisive if decisive in conditions else None if None in conditions else not decisive
    return found if may is False else may


def _has_been_there(world: World, terms: SeniorityTerms, person: str, at: int) -> bool | None:
    """seniority: by local dates; a month that is too short ends the time with its last day."""
    joined = last_said(world, person, at, "joined")
    if joined is None or joined > at:
        return None
    assert terms.tenure is not None
    place = Calendar(HoursSpec(zone=terms.zone, weekly=((),) * 7))
    day, number = place.local(joined).date(), terms.tenure.number
    if terms.tenure.unit in {"day", "week"}:
        day += number * (7 if terms.tenure.unit == "week" else 1) * _DAY
    else:
        month = day.month - 1 + number * (12 if terms.tenure.unit == "year" else 1)
        wanted = day.day
        day = date(day.year + month // 12, month % 12 + 1, 1)
        while (day + _DAY).day != 1 and day.day < wanted:
            day += _DAY
    return place.local(at).date() >= day


def _weighed(case: Case, promise: Promise, until: int) -> list[tuple[Work, bool | None]]:
    terms = promise.seniority
    assert terms is not None
    weighed = []
    for each in work(case, until):
        told = [k for k in _lives(case, each.k) if _is_told(case, k)]
        weighed.append((each, fits(case, terms, each.person, each.at, is_told=bool(told))))
    return weighed


def _is_told(case: Case, k: int) -> bool:
    fact = case.story[k].event.fact
    return isinstance(fact, ClientTold) and fact.kind in {None, "seniority"}


def weigh_seniority(case: Case, promise: Promise, until: int) -> Found:
    """seniority: of all the work, the first touch below what was promised."""
    assert promise.seniority is not None
    if promise.seniority.share_millionths == 1_000_000:
        for each, is_fit in _weighed(case, promise, until):
            if each.is_touch and is_fit is False:
                return Found(each.at, is_broken=True)
    return Found()


def settle_seniority(case: Case, promise: Promise, until: int) -> str:
    """seniority: at the settling; in doubt it is unknown."""
    weighed, terms = _weighed(case, promise, until), promise.seniority
    assert terms is not None
    if terms.share_millionths == 1_000_000:
        return "unknown" if any(fit is None for each, fit in weighed if each.is_touch) else "kept"
    if terms.measure is Measure.MINUTES:
        amounts = [(each.length, fit) for each, fit in weighed]
    else:
        amounts = [(int(each.is_touch), fit) for each, fit in weighed]
    whole = sum(amount for amount, _ in amounts)
    if whole == 0:
        return "void"
    least = sum(amount for amount, fit in amounts if fit)
    most = least + sum(amount for amount, fit in amounts if fit is None)
    promised = Fraction(terms.share_millionths, 1_000_000) * whole
    return "kept" if least >= promised else "broken" if most < promised else "unknown"


def bonds(case: Case) -> list[tuple[Kind, Bond]]:
    """Every promise about the people of a case."""
    kept: Settle = lambda _case, _promise, _k: "kept"  # noqa: E731  the rule of a kind whose deeds say it all
    handed = [(Kind.HANDOFFS, bond) for bond in conduct(case, Kind.HANDOFFS, weigh_handoffs, kept)]
    senior = conduct(case, Kind.SENIORITY, weigh_seniority, settle_seniority)
    return [*handed, *((Kind.SENIORITY, bond) for bond in senior)]


def _judged_bond(name: str, kind: Kind, bond: Bond, now: int, coverage: Coverage) -> Judged:
    verdict = bond.verdict(now, coverage)
    is_void = verdict == "void"
    finish = now if bond.ended is None else bond.ended
    return Judged(
        case=name,
        kind=kind.value,
        opened=bond.opened,
        occasion=None,
        promise=bond.promise.id,
        version=bond.promise.version,
        start=bond.opened,
        due=None if is_void else bond.due,
        verdict=verdict,
        ended=None if is_void else bond.ended,
        elapsed=None if is_void else max(0, finish - bond.opened),
        paused=None if is_void else 0,
    )


def hand_downs(world: World, name: str) -> list[tuple[int, str, str]]:
    """Hand-downs: when, from whom, to whom, wherever a case passes from a person to one of a lower grade."""
    case = world.case(name)
    scale = list(world.book.grades)
    held = [(grip.at, grip.person) for grip in grips(case, len(case.story) - 1) if grip.person is not None]
    found = []
    for (_, giver), (at, taker) in pairwise(held):
        higher, lower = (last_said(world, person, at, "grade") for person in (giver, taker))
        if higher in scale and lower in scale and scale.index(lower) < scale.index(higher):
            found.append((at, giver, taker))
    return found


# --- Calls ----------------------------------------------------------------------------------------------------------


@dataclass
class CallClock(Clock):
    """answer_call: one call that is to be answered. `fate` is `waiting`, or how the wait ended."""

    fate: str = "waiting"

    def due(self) -> int | None:
        is_timed = self.terms.formula not in _WITHOUT_ABANDONED or self.fate == "answered"
        return super().due() if is_timed and self.fate not in {"met", "missed"} else None

    @property
    def terms(self) -> CallTerms:
        assert self.promise.calls is not None
        return self.promise.calls

    def verdict(self, now: int, coverage: Coverage) -> str:
        if self.voided is not None:
            return "void"
        if self.fate == "missed":
            return "excused" if self.excuse is not None else "broken"
        if self.fate == "met":
            assert self.ended is not None
            return "unknown" if _unheard(coverage, self.opened, self.ended, None) else "kept"
        return "running" if self.due() is None else super().verdict(now, coverage)

    def stop(self, how: str, at: int) -> None:
        """answer_call: what ends the wait; one missed that is late already is broken as of its due instant."""
        is_late = self.is_late(at)
        credit = how if how == "answered" else self._credit(how, at - self.opened, is_late=is_late)
        if credit == "excluded":
            self.voided = at
        else:
            self.fate = "late" if is_late and credit == "missed" else credit
            self.ended = at

    def _credit(self, how: str, wait: int, *, is_late: bool) -> str:
        """The table of formulas."""
        formula = self.terms.formula
        if how == "abandoned":
            short = formula is Formula.WITHOUT_SHORT_ABANDONS and wait < self.terms.short_abandon
            if formula in _WITHOUT_ABANDONED or short:
                return "excluded"
            return "met" if formula is Formula.ABANDONS_WITHIN_MET and not is_late else "missed"
        if self.terms.neither is not None:
            return self.terms.neither.value
        return "excluded" if formula in {Formula.ANSWERED, Formula.WITHOUT_SHORT_ABANDONS} else "missed"


_WITHOUT_ABANDONED = {Formula.ANSWERED, Formula.WITHOUT_ABANDONS}


def calls(case: Case) -> list[Clock]:
    """answer_call: from joining the queue, or answered at once, to the first step that ends the wait."""
    found: dict[tuple[str, str], CallClock | None] = {}
    for k in _lives(case):
        at, event = case.at(k), case.story[k].event
        clocks = [clock for clock in found.values() if clock is not None]
        if _ends_now(case, k, clocks):
            continue
        _excuse(case, k, Kind.ANSWER_CALL, clocks)
        fact = event.fact
        if not isinstance(fact, Call):
            continue
        name = (event.source, fact.call)
        is_answer = fact.step is CallStep.ANSWERED and case.is_genuine(event, fact)
        joins = fact.inbound and (is_answer or (fact.step is CallStep.OFFERED and fact.queue is not None))
        if joins and name not in found and case.phase(k) != "deleted":
            promise = case.promise(Kind.ANSWER_CALL, at, k)
            taken = any(call == fact.call for _, call in found)
            occasion = f"{event.source} {fact.call}" if taken else fact.call
            found[name] = None if promise is None else CallClock(case, promise, at, at, occasion, given_in=case.name)
        clock = found.get(name)
        ends = {CallStep.ABANDONED: "abandoned", CallStep.VOICEMAIL: "neither", CallStep.ENDED: "neither"}
        how = "answered" if is_answer else ends.get(fact.step)
        if clock is not None and clock.is_open and how is not None:
            clock.stop(how, at)
    return [clock for clock in found.values() if clock is not None]


@dataclass
class Callbacks:
    """callback: what a case owes, and the calls that asked for it."""

    clocks: list[Clock] = field(default_factory=list)
    by_calls: list[Clock] = field(default_factory=list)
    """Those that a call asked for."""
    asked: set[tuple[str, str]] = field(default_factory=set)

    def open(self) -> list[Clock]:
        return [clock for clock in self.clocks if clock.is_open]

    def arrive(self, other: Callbacks, case: Case) -> None:
        """Merged: what is open moves to B."""
        for clock in other.open():
            clock.case = case
        self.clocks += other.open()
        self.by_calls += other.by_calls
        self.asked |= other.asked


CALLBACK_GIVEN = Promise(
    id="callback-given",
    version=1,
    kind=Kind.CALLBACK,
    starts_at=0,
    ends_at=2**62,
    hours=ALWAYS,
    hours_name="always",
    channels=frozenset({"call"}),
)


def callbacks(case: Case, until: int | None = None) -> Callbacks:
    """callback: owed by word, by a voicemail, by hanging up; kept by reaching the client."""
    state = Callbacks()
    for k in _lives(case, until):
        at, beat = case.at(k), case.story[k]
        fact = beat.event.fact
        if beat.leaves:
            return Callbacks([clock for clock in state.clocks if not clock.is_open])
        if _ends_now(case, k, state.clocks):
            continue
        if beat.arrives_from is not None:
            state.arrive(_arriving_callbacks(case, k), case)
            continue
        _excuse(case, k, Kind.CALLBACK, state.clocks)
        for clock in state.open():
            if clock.opened < at:
                _call_back(case, k, clock)
        if case.phase(k) == "deleted":
            continue
        if isinstance(fact, CallbackPromised):
            promise = case.promise(Kind.CALLBACK, at, k) or CALLBACK_GIVEN
            instant = _instant(at)
            name = _unused(state.clocks, case, instant)
            occasion = None if name == instant else name
            state.clocks.append(Clock(case, promise, at, at, occasion, by=fact.by, given_in=case.name))
        elif isinstance(fact, Call):
            _ask_for_callback(case, k, fact, state)
    return state


def _call_back(case: Case, k: int, clock: Clock) -> None:
    """callback: the first answer of a call, or a contact that counts."""
    at, event = case.at(k), case.story[k].event
    contact = case.firm_contact(k)
    if contact is None:
        return
    if isinstance(event.fact, Call):
        earlier = [other for other in _calls_heard(case, k - 1) if _same_call(other, event)]
        if any(_answers(case, other) for other in earlier):
            return
        if event.fact.inbound:
            terms = clock.promise.callback
            rule = RungAgain.RELEASED if terms is None else terms.rung_again
            if rule is RungAgain.RELEASED:
                clock.lapse(at)
            elif rule is RungAgain.KEPT:
                clock.end(at)
            return
    if _counts(clock.promise, contact):
        clock.end(at)


def _ask_for_callback(case: Case, k: int, fact: Call, state: Callbacks) -> None:
    """callback: an inbound voicemail, or hanging up in a queue without an answer; a call asks once."""
    at, event = case.at(k), case.story[k].event
    call = (event.source, fact.call)
    promise = case.promise(Kind.CALLBACK, at, k)
    if not fact.inbound or call in state.asked or promise is None or promise.callback is None:
        return
    heard = [other for other in _calls_heard(case, k) if _same_call(other, event)]
    queued = [other.time for other in heard if _queues(other)]
    if fact.step is CallStep.VOICEMAIL:
        asks = promise.callback.voicemail
    elif (
        fact.step is CallStep.ABANDONED and (queued or fact.queue) and not any(_answers(case, other) for other in heard)
    ):
        is_short = bool(queued) and at - min(queued) < promise.callback.short_abandon
        asks = promise.callback.abandoned and not is_short
    else:
        asks = False
    if not asks:
        return
    state.asked.add(call)
    if any(clock.is_open for clock in state.by_calls):
        return
    own = [clock.occasion for clock in state.clocks if clock.given_in == case.name]
    occasion = fact.call if fact.call not in own else _unused(state.clocks, case, f"{event.source} {fact.call}")
    state.clocks.append(Clock(case, promise, at, at, occasion, given_in=case.name))
    state.by_calls.append(state.clocks[-1])


def _unused(clocks: Sequence[Clock], case: Case, wanted: str) -> str:
    """A name that no other occasion of the case has: with +2, +3 behind it where need be."""
    taken = {clock.occasion or _instant(clock.opened) for clock in clocks if clock.given_in == case.name}
    return next(name for n in range(1, len(taken) + 2) if (name := wanted if n == 1 else f"{wanted}+{n}") not in taken)


def _calls_heard(case: Case, k: int) -> list[Event]:
    """The steps of calls in a case since its opening, those of cases merged into it included."""
    heard = []
    for j in _lives(case, k + 1):
        beat = case.story[j]
        if beat.arrives_from is not None:
            other = case.world.case(beat.arrives_from)
            heard += _calls_heard(other, other.leaving(beat.place) - 1)
        elif isinstance(beat.event.fact, Call):
            heard.append(beat.event)
    return heard


def _same_call(one: Event, other: Event) -> bool:
    assert isinstance(one.fact, Call)
    assert isinstance(other.fact, Call)
    return (one.source, one.fact.call) == (other.source, other.fact.call)


def _answers(case: Case, event: Event) -> bool:
    assert isinstance(event.fact, Call)
    return event.fact.step is CallStep.ANSWERED and case.is_genuine(event, event.fact)


def _queues(event: Event) -> bool:
    assert isinstance(event.fact, Call)
    return event.fact.step is CallStep.OFFERED and event.fact.queue is not None


def _arriving_callbacks(case: Case, k: int) -> Callbacks:
    beat = case.story[k]
    assert beat.arrives_from is not None
    other = case.world.case(beat.arrives_from)
    return callbacks(other, other.leaving(beat.place))


# --- Meetings -------------------------------------------------------------------------------------------------------


@dataclass
class MeetingClock(Clock):
    """attend: one meeting. `fate` is what came of it, `meet_at` when it is to be held."""

    meet_at: int = 0
    fate: str | None = None

    def due(self) -> int | None:
        return None if self.fate else _unpaused_due(self.case.world.calendar(self.promise), self.meet_at, self.promise)

    def lapse(self, at: int) -> None:
        self.voided = at

    def verdict(self, now: int, coverage: Coverage) -> str:
        if self.voided is not None:
            return "void"
        if self.fate is not None:
            return "excused" if self.fate == "broken" and self.excuse is not None else self.fate
        return "unknown" if self.is_late(now) else "running"


@dataclass
class Meeting:
    """One meeting that is to be held; no clock where nobody was promised."""

    name: str | None
    at: int
    invited: tuple[str, ...]
    clock: MeetingClock | None


@dataclass
class Meetings:
    """attend: the meetings of a case."""

    clocks: list[Clock] = field(default_factory=list)
    arranged: list[Meeting] = field(default_factory=list)
    held: set[str | None] = field(default_factory=set)

    def open(self) -> list[Clock]:
        return [clock for clock in self.clocks if clock.is_open]

    def next(self, name: str | None) -> Meeting | None:
        """attend: of those arranged under a name the one that is to be held first."""
        named = sorted((each for each in self.arranged if each.name == name), key=lambda each: each.at)
        return named[0] if named else None

    def arrive(self, other: Meetings, case: Case) -> None:
        """Merged: what is open moves to B."""
        for clock in other.open():
            clock.case = case
        self.clocks += other.open()
        self.arranged += other.arranged
        self.held |= other.held


def meetings(case: Case, until: int | None = None) -> Meetings:
    """attend: from arranging, or from holding what nobody arranged, to who came."""
    state = Meetings()
    for k in _lives(case, until):
        at, beat = case.at(k), case.story[k]
        fact = beat.event.fact
        if beat.leaves:
            return Meetings([clock for clock in state.clocks if not clock.is_open])
        if _ends_now(case, k, state.clocks):
            continue
        if beat.arrives_from is not None:
            state.arrive(_arriving_meetings(case, k), case)
            continue
        _excuse(case, k, Kind.ATTEND, state.clocks)
        if isinstance(fact, MeetingScheduled):
            _arrange(case, k, fact, state)
        elif isinstance(fact, MeetingMoved) and (known := state.next(fact.meeting)) is not None:
            _put_off(known, fact.at)
        elif isinstance(fact, MeetingCancelled):
            _call_off(state, fact.meeting, at)
        elif isinstance(fact, Contact) and fact.meeting is not None:
            _meet(case, k, fact, state)
    return state


def _arrange(case: Case, k: int, fact: MeetingScheduled, state: Meetings) -> None:
    """attend: a meeting is arranged, or moved where one of its name is."""
    known = None if fact.meeting is None else state.next(fact.meeting)
    if known is None and case.phase(k) != "deleted":
        known = Meeting(fact.meeting, fact.at, fact.invited, _meeting_clock(case, k, fact.meeting, state))
        state.arranged.append(known)
    if known is not None:
        known.invited = fact.invited
        _put_off(known, fact.at)


def _call_off(state: Meetings, name: str | None, at: int) -> None:
    """attend: nobody met: void."""
    known = state.next(name)
    if known is not None:
        state.arranged.remove(known)
        if known.clock is not None and known.clock.is_open:
            known.clock.lapse(at)


def _put_off(meeting: Meeting, at: int) -> None:
    meeting.at = at
    if meeting.clock is not None:
        meeting.clock.meet_at = at


def _meeting_clock(case: Case, k: int, name: str | None, state: Meetings) -> MeetingClock | None:
    at = case.at(k)
    promise = case.promise(Kind.ATTEND, at, k)
    if promise is None:
        return None
    instant = _instant(at)
    wanted = _unused(state.clocks, case, name or instant)
    occasion = None if name is None and wanted == instant else wanted
    clock = MeetingClock(case, promise, at, at, occasion, given_in=case.name)
    state.clocks.append(clock)
    return clock


def _meet(case: Case, k: int, fact: Contact, state: Meetings) -> None:
    """attend: a meeting was held, or would have been had the client come."""
    at, event = case.at(k), case.story[k].event
    assert fact.meeting is not None
    name = fact.meeting.name
    known = state.next(name)
    if not fact.meeting.client_came:
        _call_off(state, name, at)
        return
    if known is not None:
        state.arranged.remove(known)
    clock = None if known is None else known.clock
    if known is None and (name is None or name not in state.held) and case.phase(k) != "deleted":
        clock = _meeting_clock(case, k, name, state)
    state.held.add(name)
    if clock is None or not clock.is_open:
        return
    people = [person for person in [fact.author, *fact.others] if person and person not in case.world.book.robots]
    came = people if event.source != OWN_SOURCE else []
    assert clock.promise.attend is not None
    invited = () if known is None else known.invited
    clock.fate = _who_came(case, clock.promise.attend, came, invited, at) if fact.meeting.tells_who else "unknown"
    clock.ended = at


def _who_came(case: Case, terms: AttendTerms, came: Sequence[str], invited: Sequence[str], at: int) -> str:
    """attend: broken where one condition surely does not hold, else unknown where one is not known, else kept."""
    holds: list[bool | None] = [bool(came)]
    if terms.people is not None:
        present = [person in came for person in terms.people]
        holds.append(any(present) if terms.is_one_enough else all(present))
    if terms.as_invited:
        holds.append(set(invited) - set(case.world.book.robots) <= set(came))
    if terms.at_least is not None and came:
        scale = list(case.world.book.grades)
        grades = [last_said(case.world, person, at, "grade") for person in came]
        ranks = [
            None
            if grade not in scale or terms.at_least not in scale
            else scale.index(grade) >= scale.index(terms.at_least)
            for grade in grades
        ]
        if terms.is_one_grade_enough:
            holds.append(True if True in ranks else None if None in ranks else False)
        else:
            holds.append(False if False in ranks else None if None in ranks else True)
    return "broken" if False in holds else "unknown" if None in holds else "kept"


def _arriving_meetings(case: Case, k: int) -> Meetings:
    beat = case.story[k]
    assert beat.arrives_from is not None
    other = case.world.case(beat.arrives_from)
    return meetings(other, other.leaving(beat.place))


# --- The answer -----------------------------------------------------------------------------------------------------


class Judged(NamedTuple):
    """What is held true of one obligation. `due` is None while paused, and where it is void."""

    case: str
    kind: str
    opened: int
    occasion: str | None
    promise: str
    version: int
    start: int
    due: int | None
    verdict: str
    ended: int | None
    elapsed: int | None
    paused: int | None


def judge(world: World, now: int, coverage: Coverage = FULL) -> list[Judged]:
    """Every obligation of every case, and what is owed for breaches."""
    found: list[Known] = []
    for name in world.stories:
        case = world.case(name)
        answered = responses(case)
        for kind, clocks in (
            (Kind.FIRST_RESPONSE, answered.first),
            (Kind.NEXT_RESPONSE, answered.following),
            (Kind.UPDATE_EVERY, updates(case)),
            (Kind.OWN, owns(case)),
            (Kind.RESOLVE, resolves(case)),
            (Kind.BY, dates(case)),
            (Kind.ANSWER_CALL, calls(case)),
            (Kind.CALLBACK, callbacks(case).clocks),
            (Kind.ATTEND, meetings(case).clocks),
        ):
            _number(clocks)
            for clock in clocks:
                given_in = clock.given_in or name
                full_name = name_of(given_in, kind, clock.opened, clock.occasion)
                clock.excuse = clock.excuse or _excused_after_merging(world, name, full_name)
                found.append(Known(_judged(name, kind, clock, now, coverage), given_in, full_name, clock.excuse))
        for kind, bond in bonds(case):
            full_name = name_of(name, kind, bond.opened, None)
            bond.excuse = bond.excuse or _excused_after_merging(world, name, full_name)
            found.append(Known(_judged_bond(name, kind, bond, now, coverage), name, full_name, bond.excuse))
    steps = owed_for_breaches(world, found, now, coverage)
    return sorted([*(each.judged for each in found), *steps], key=repr)


# --- Breaches -------------------------------------------------------------------------------------------------------


class Known(NamedTuple):
    """An obligation with what is not compared: the case it is named after, its name, and its excuse."""

    judged: Judged
    given_in: str
    name: str
    excuse: Event | None

    @property
    def broken_at(self) -> int:
        """Breaches: its due instant, or, where it has none, the deed."""
        at = self.judged.ended if self.judged.due is None else self.judged.due
        assert at is not None
        return at


def _goes_on_in(world: World, name: str) -> list[tuple[str, int]]:
    """The cases that a case goes on in by merging, one after the other, and since which of all events it does."""
    found: list[tuple[str, int]] = []
    while leaving := [beat.place for beat in world.stories[name] if beat.leaves]:
        (place,) = leaving
        arrivals = ((other, beat) for other, story in world.stories.items() for beat in story if beat.arrives_from)
        name = next(other for other, beat in arrivals if beat.place == place)
        found.append((name, place))
    return found


def _excused_after_merging(world: World, case: str, name: str) -> Event | None:
    """Excused: by name, in a case that the obligation's own was merged into."""
    excuses = [
        (beat.place, beat.event)
        for survivor, since in _goes_on_in(world, case)
        for beat in world.stories[survivor]
        if beat.place > since and isinstance(beat.event.fact, Excused) and beat.event.fact.obligation == name
    ]
    return min(excuses)[1] if excuses else None


def owed_for_breaches(world: World, found: Sequence[Known], now: int, coverage: Coverage) -> list[Judged]:
    """Breaches: the steps owed for everything that is broken or excused."""
    broken = [each for each in found if each.judged.verdict in {"broken", "excused"}]
    return [
        _judged(breach.judged.case, step.promise.kind, step, now, coverage)
        for breach in broken
        for step in _steps_of(world, breach, broken)
    ]


def _steps_of(world: World, breach: Known, broken: Sequence[Known]) -> list[Clock]:
    case, at = world.case(breach.judged.case), breach.broken_at
    opening = case.opening()
    assert opening is not None
    subject = case.subject(max([opening.k, *(k for k in range(len(case.story)) if case.at(k) <= at)]))
    entries = [
        rule
        for rule in world.book.breach_rules
        if (rule.kinds is None or breach.judged.kind in rule.kinds)
        and all(step.starts_at <= at < step.ends_at and _covers(step, subject) for step in rule.steps.values())
    ]
    to_the_client = [rule for rule in entries if any(step.client for step in rule.steps.values())]
    to_its_tier = [rule for rule in entries if any(step.tier for step in rule.steps.values())]
    rule = next(iter([*to_the_client, *to_its_tier, *entries]), None)
    if rule is None:
        return []
    about = [event for event in world.events if _is_about(world, event, breach, broken)]
    return [
        _lived(
            Clock(case, promise, at, at, breach.name[len(breach.given_in) + 1 :], given_in=breach.given_in),
            rule,
            breach,
            about,
        )
        for kind, promise in rule.steps.items()
        if kind in rule.despite_excuse or breach.excuse is None or breach.excuse.time > at
    ]


def _lived(step: Clock, rule: BreachRule, breach: Known, about: Sequence[Event]) -> Clock:
    """Breaches: a step after everything that was said and done about its breach."""
    world, kind = step.case.world, step.promise.kind
    own_name = name_of(breach.given_in, kind, step.opened, step.occasion)
    for event in world.events:
        if event.case is not None and isinstance(event.fact, Excused) and event.fact.obligation == own_name:
            step.excuse = step.excuse or event
    for event in about:
        how = _how(event, rule, step, breach)
        if step.is_open and how == "done":
            step.ended = max(event.time, step.opened)
        elif step.is_open and how == "over":
            step.lapse(event.time)
    return step


def _how(event: Event, rule: BreachRule, step: Clock, breach: Known) -> str:
    """What an event about a breach is to one of its steps: `done`, `over` or `nothing`."""
    fact, kind = event.fact, step.promise.kind.value
    if isinstance(fact, Excused):
        return "nothing" if step.promise.kind in rule.despite_excuse else "over"
    assert isinstance(fact, StepTaken | ClientTold)
    if step.case.world.book.is_robot(fact.by):
        return "nothing"
    if isinstance(fact, ClientTold):
        return "done" if kind == "tell" and event.time >= breach.judged.opened else "nothing"
    if event.time < step.opened:
        return "nothing"
    if fact.step == "close":
        return "over" if fact.by and fact.reason else "nothing"
    needs: dict[str, list[Any]] = {
        "acknowledge": [fact.by],
        "explain": [fact.words, fact.cause and (not rule.causes or fact.cause.casefold() in rule.causes)],
        "apologise": [],
        "remedy": [fact.reason] if fact.amount is None else [fact.currency, fact.approved_by],
    }
    return "done" if fact.step == kind and all(needs[kind]) else "nothing"


def _is_about(world: World, event: Event, breach: Known, broken: Sequence[Known]) -> bool:
    """Breaches: the one an event names; else the last of its case, and of its kind, by then. An excuse: its own."""
    fact = event.fact
    if isinstance(fact, Excused):
        return breach.excuse is not None and breach.excuse.identity == event.identity
    if not isinstance(fact, StepTaken | ClientTold) or event.case is None:
        return False
    if fact.obligation is not None:
        return fact.obligation == breach.name
    heard_in = next(
        name
        for name, story in world.stories.items()
        for beat in story
        if beat.event.identity == event.identity and beat.arrives_from is None
    )
    possible = [
        each
        for each in broken
        if each.broken_at <= event.time
        and fact.kind in {None, each.judged.kind}
        and heard_in in {each.judged.case, *(name for name, _ in _goes_on_in(world, each.judged.case))}
    ]
    return breach in possible and breach.broken_at == max(each.broken_at for each in possible)


def _number(clocks: Sequence[Clock]) -> None:
    """Several obligations of a kind that open at one instant are numbered, so that each has a name of its own."""
    for clock in clocks:
        same = [other for other in clocks if other.opened == clock.opened and other.given_in is None]
        if clock.given_in is None and clock is not same[0]:
            clock.occasion = f"{_instant(clock.opened)}+{same.index(clock) + 1}"


def _judged(name: str, kind: Kind, clock: Clock, now: int, coverage: Coverage) -> Judged:
    verdict = clock.verdict(now, coverage)
    is_void = verdict == "void"
    elapsed, paused = clock.elapsed_and_paused(now)
    return Judged(
        case=name,
        kind=kind.value,
        opened=clock.opened,
        occasion=clock.occasion,
        promise=clock.promise.id,
        version=clock.promise.version,
        start=clock.start,
        due=None if is_void else clock.due(),
        verdict=verdict,
        ended=None if is_void else clock.ended,
        elapsed=None if is_void else elapsed,
        paused=None if is_void else paused,
    )


# --- The ledger -----------------------------------------------------------------------------------------------------


def ledger(world: World, name: str, now: int) -> dict[str, int]:
    """The ledger: each moment from opening to the final closing (or now) to the first account that applies."""
    case = world.case(name)
    opening = case.opening()
    if opening is None:
        return {}
    end = _ledger_end(case, now)
    calendar = _case_calendar(case)
    edges = {opening.at, end} | {edge for span in calendar.open_spans(opening.at, end) for edge in span}
    # A split case begins before some of what is known of it.
    edges |= {case.at(k) for k in range(len(case.story))}
    moments = sorted(edge for edge in edges if opening.at <= edge <= end)
    accounts: dict[str, int] = {}
    for start, stop in pairwise(moments):
        k = max((k for k in range(len(case.story)) if case.at(k) <= start), default=-1)
        account = _account(case, k, is_open=calendar.is_open(start))
        accounts[account] = accounts.get(account, 0) + stop - start
    return accounts


def _ledger_end(case: Case, now: int) -> int:
    last = case.phase(len(case.story) - 1)
    if last not in {"closed", "deleted", "merged"}:
        return now
    k = len(case.story) - 1
    while k > 0 and case.phase(k - 1) == last:
        k -= 1
    return case.at(k)


def _case_calendar(case: Case) -> Calendar:
    """The calendar of the case: that of its resolve promise, else of its first obligation with a target, else the book's `hours`."""
    found = resolves(case)[-1:]
    if not found:
        answered = responses(case)
        everything = [*owns(case), *updates(case), *answered.first, *answered.following]
        found = sorted(everything, key=lambda clock: (clock.made, clock.given_in == case.name))
    if found:
        return case.world.calendar(found[0].promise)
    return Calendar(case.world.specs["london"])


def _account(case: Case, k: int, *, is_open: bool) -> str:
    rule = case.world.book.statuses.get(case.status(k) or "")
    if case.phase(k) in {"resolved", "closed"} or (rule is not None and rule.party is Party.CLIENT):
        return "client"
    if rule is not None and rule.party is Party.THIRD_PARTY:
        return "third party"
    if not is_open:
        return "closed hours"
    person, team = case.holders(k)
    return person or team or "nobody"
