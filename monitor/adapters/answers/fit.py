"""Whether the firm and one client fit: what the client wants by when, held against what the firm's own past shows.

What the client wants is read off its events, once. What others had is read from the history; of whose service a case was only its
events tell, so of everybody's occasions a part is looked at and their cases are read again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Final, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, select

from monitor.adapters.answers.attainability import YEAR_US, UnknownHours, hours_of
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.known_clients import known_client
from monitor.adapters.answers.pages import Row
from monitor.adapters.answers.past_occasions import Comparable, PastOccasion, told_occasions
from monitor.adapters.answers.proposals import CLIENT_THEN
from monitor.adapters.answers.retelling import Retelling, Scope
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.row_shapes import decision_row
from monitor.domain.cases.case import Case
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import Promised
from monitor.domain.figures.evidence import Circle, CircleKind, Lengths
from monitor.domain.figures.fit import (
    Answered,
    Compared,
    Dues,
    Fitness,
    Ladder,
    Way,
    Wish,
    fitness,
    is_within,
    spans_of,
)
from monitor.domain.figures.occasion import Measure, Measured
from monitor.domain.figures.shares import COUNTED_AS
from monitor.domain.hours.instant import InstantUs
from monitor.domain.hours.target import WorkingDuration
from monitor.domain.hours.working_hours import WorkingHours
from monitor.domain.promises.promise import JUDGED_KINDS, Book, Kind
from monitor.service.ports.portions import portions
from monitor.wire.answers.fit import FitQuestion, Told, fit_body
from monitor.wire.answers.proposals import Unasked, read_proposal, terms_of
from monitor.wire.events.event_data import PromiseProposed
from monitor.wire.questions.fit_rows import FitParameters

MOST_OTHERS: Final = 15_000
"""Decisions looked at of everybody's, of 2 to 3 for each occasion: of 5,000 a bound at 95 % lies half a per cent below the share."""
MOST_LISTED: Final = 200
"""Wishes and late obligations listed one by one: a sheet is read by people."""
_CASES_AT_ONCE: Final = 500
_D: Final = t.DECISIONS.c


class _About(NamedTuple):
    """What a case was about, as of then."""

    client: str
    service: str | None
    priority: str | None
    opened_at: InstantUs | None


class _Given(NamedTuple):
    """A date that was given in a case, and when."""

    case: str
    said_in: str
    at: InstantUs
    said: Promised


class _Heard(NamedTuple):
    """The client's wishes with what is said of each, how many were left out for want of time, of which kind one decision in how
    many was looked at, what the client's cases and all that were looked at were about, how many occasions are approximated."""

    answered: list[Answered]
    without_time: int
    one_in: dict[Kind, int]
    cases: dict[str, _About]
    about: dict[str, _About]
    approximated: int


def fit(connection: Connection, asked: FitParameters) -> Row:
    """All that is told of one client; raises NothingKnown and UnknownHours."""
    question, reading = _begun(connection, asked)
    return fit_body(question, reading.told())


def fitness_of(connection: Connection, asked: FitParameters) -> Fitness:
    """Only how many wishes there are, how many could have been met, and what became of them; raises the same."""
    return fitness(_begun(connection, asked)[1].heard().answered)


def _begun(connection: Connection, asked: FitParameters) -> tuple[FitQuestion, _Reading]:
    known = Known.by(connection, asked.as_of)
    as_of = known.as_of
    book, name = known_client(known, asked.client)
    hours_name, hours = hours_of(book, asked.hours)
    until = as_of + 1 if asked.until is None else min(asked.until, as_of + 1)
    since = asked.since if asked.since is not None else _newest(connection, asked.client, until) - YEAR_US
    question = FitQuestion(
        asked.client, name, book.name, book.tier_of(asked.client), since, until, as_of, hours_name, asked.share
    )
    return question, _Reading(known, question, book=book, hours=hours)


def _newest(connection: Connection, client: str, until: InstantUs) -> InstantUs:
    """When something last opened for a client."""
    newest = select(_D.opened).where(_D.client == client, _D.opened < until, _D.recorded < until)
    return connection.scalar(newest.order_by(_D.opened.desc()).limit(1)) or until


def _given_in(matter: Matter, client: str) -> Iterator[_Given]:
    """The dates that were given to a client."""
    for event in matter.events:
        if isinstance(event.fact, Promised) and event.case is not None:
            case = matter.case_named(event.case)
            if case.client == client:
                yield _Given(case.id, event.case, event.time, event.fact)


class _Reading:
    """Reads all that one answer takes."""

    def __init__(self, known: Known, question: FitQuestion, *, book: Book, hours: WorkingHours) -> None:
        self._known = known
        self._connection = known.connection
        self._asked = question
        self._book = book
        self._hours = hours
        self._retelling = Retelling(known)
        self._unread = 0
        """Proposals that don't say by when, or not in words that are read."""

    def heard(self) -> _Heard:
        """What the client wants, and whether it could have been met."""
        asked = self._asked
        cases, given = self._client_cases()
        own = {kind: self._of_client(kind) for kind in (Kind.BY, Kind.RESOLVE)}
        wishes = [*self._given(given, cases, own[Kind.BY]), *self._proposed(cases)]
        wishes += self._urgent(cases, own[Kind.RESOLVE])
        with_time = [wish for wish in wishes if wish.lead > 0]
        kinds = sorted({wish.kind for wish in with_time})
        own |= {kind: self._of_client(kind) for kind in kinds if kind not in own}
        everybodys = {
            kind: self._occasions(kind, Circle(CircleKind.EVERYBODY, None), most=MOST_OTHERS) for kind in kinds
        }
        about = self._about({each.case for _, found in everybodys.values() for each in found}) | cases
        ladders = {
            kind: _Ladders(
                self._measured(own[kind]), self._measured(everybodys[kind][1]), about=about, share=asked.share
            )
            for kind in kinds
        }
        return _Heard(
            [Answered(wish, ladders[wish.kind].of(wish).judged(wish.lead)) for wish in with_time],
            len(wishes) - len(with_time),
            {kind: one_in for kind, (one_in, _) in everybodys.items()},
            cases,
            about,
            sum(each.approximated for each in ladders.values()),
        )

    def told(self) -> Told:
        """All of it, and what was due to others meanwhile."""
        asked, heard = self._asked, self.heard()
        dues, late = self._dues()
        tight = [each.wish for each in heard.answered if each.is_too_tight]
        return Told(
            heard.answered,
            heard.without_time,
            self._unread,
            heard.one_in,
            dues,
            tight,
            self._late_then(late, tight),
            Counter(each.priority for each in heard.cases.values() if self._is_in(each.opened_at)),
            Counter(each.priority for each in heard.about.values() if each.client != asked.client),
            heard.approximated,
            MOST_LISTED,
        )

    def _is_in(self, at: InstantUs | None) -> bool:
        return at is not None and self._asked.since <= at < self._asked.until

    # What the client wants

    def _client_cases(self) -> tuple[dict[str, _About], list[_Given]]:
        """The client's cases in which something happened in the period, and the dates that were given in them."""
        asked = self._asked
        cases: dict[str, _About] = {}
        given: list[_Given] = []
        scope = Scope(client=asked.client, since=asked.since, until=asked.until)
        with closing(self._retelling.matters(scope)) as matters:
            for matter in matters:
                cases |= {case.id: _about(case) for case in matter.cases.values() if case.client == asked.client}
                given += _given_in(matter, asked.client)
        return cases, given

    def _given(
        self, given: Iterable[_Given], cases: Mapping[str, _About], owed: Iterable[PastOccasion]
    ) -> Iterator[Wish]:
        """Dates that were given: of a name in a case the first counts, as it does where it is judged."""
        verdicts = {(each.case, each.name): COUNTED_AS[each.verdict.value] for each in owed}
        seen = set()
        for case, said_in, at, said in given:
            if (case, said.promise) in seen:
                continue
            seen.add((case, said.promise))
            about = cases[case]
            since = at if about.opened_at is None or not said.kept_by_resolving else about.opened_at
            became = verdicts.get((case, said.promise)) or verdicts.get((said_in, said.promise))
            if self._is_in(since):
                kind = Kind.RESOLVE if said.kept_by_resolving else Kind.BY
                yield self._wish(
                    case, about, way=Way.GIVEN, kind=kind, since=since, wanted=said.by, became=became, said=said
                )

    def _proposed(self, cases: Mapping[str, _About]) -> Iterator[Wish]:
        """What was proposed with a date or a time, of a kind that takes a time."""
        asked, event = self._asked, t.EVENTS.c
        told = select(event.case_id, event.time, event.content).where(
            t.PROPOSED,
            t.STILL_THERE,
            CLIENT_THEN.in_([asked.client]),
            event.recorded <= asked.as_of,
            event.time >= asked.since,
            event.time < asked.until,
        )
        for case, at, content in self._connection.execute(told.order_by(event.position)):
            said = read_proposal(bytes(content))
            try:
                hours = hours_of(self._book, said.hours)[1]
                terms = terms_of(said, int(at), hours)
            except (Unasked, UnknownHours):
                self._unread += 1
                continue
            about = cases.get(case or "", _NOTHING)
            wanted = terms.target.due(int(at), hours)
            yield self._wish(case, about, way=Way.ASKED, kind=terms.kind, since=int(at), wanted=wanted, said=said)

    def _urgent(self, cases: Mapping[str, _About], owed: Iterable[PastOccasion]) -> Iterator[Wish]:
        """What the promise for its priority leaves to resolve each case."""
        for case, _, verdict, occasion in owed:
            promise = occasion.promise
            if promise is not None and promise.target is not None:
                wanted = promise.target.due(occasion.opened, promise.hours)
                yield self._wish(
                    case,
                    cases.get(case, _NOTHING),
                    way=Way.URGENCY,
                    kind=Kind.RESOLVE,
                    since=occasion.opened,
                    wanted=wanted,
                    became=COUNTED_AS[verdict.value],
                )

    def _wish(
        self,
        case: str | None,
        about: _About,
        *,
        way: Way,
        kind: Kind,
        since: InstantUs,
        wanted: InstantUs,
        became: str | None = None,
        said: Promised | PromiseProposed | None = None,
    ) -> Wish:
        lead = self._hours.between(since, wanted) if wanted > since else 0
        speaker, words = (None, None) if said is None else (said.speaker, said.words)
        return Wish(case, about.service, about.priority, way, kind, since, wanted, lead, became, speaker, words)

    # What the firm achieves

    def _of_client(self, kind: Kind) -> list[PastOccasion]:
        return self._occasions(kind, Circle(CircleKind.CLIENT, self._asked.client))[1]

    def _occasions(self, kind: Kind, circle: Circle, *, most: int | None = None) -> tuple[int, list[PastOccasion]]:
        wanted = Comparable(kind, self._asked.since, self._asked.until, circle)
        return told_occasions(self._known, wanted, self._book, most=most)

    def _about(self, names: set[str]) -> dict[str, _About]:
        """What these cases were about."""
        row = t.CASES.c
        matters: dict[str, None] = {}
        for portion in portions(sorted(names), _CASES_AT_ONCE):
            matters |= dict.fromkeys(self._connection.scalars(select(row.matter).where(row.id.in_(portion))))
        with closing(self._retelling.told(list(matters))) as told:
            return {case.id: _about(case) for matter in told for case in matter.cases.values()}

    def _measured(self, found: Sequence[PastOccasion]) -> list[_Took]:
        """Each occasion's case, and the time it took in the hours asked about."""
        first = min((each.occasion.opened for each in found), default=0)
        last = max((each.occasion.until for each in found), default=0)
        measure = Measure(WorkingDuration(1), self._hours, first, last)
        return [(each.case, measure.of(each.occasion)) for each in found]

    # What was due to others

    def _dues(self) -> tuple[Dues, list[tuple[InstantUs, int]]]:
        """What opened for others in the period and was due, and of what was late when and at which position."""
        asked = self._asked
        conditions: list[ColumnElement[bool]] = [
            *self._known.held(),
            _D.kind.in_([kind.value for kind in JUDGED_KINDS]),
            _D.client != asked.client,
            _D.opened >= asked.since,
            _D.opened < asked.until,
            _D.due.is_not(None),
            _D.verdict.in_(["kept", "broken"]),
        ]
        in_time: list[InstantUs] = []
        late: list[tuple[InstantUs, int]] = []
        for due, verdict, position in self._connection.execute(
            select(_D.due, _D.verdict, _D.position).where(*conditions)
        ):
            if verdict == "broken":
                late.append((int(due), int(position)))
            else:
                in_time.append(int(due))
        return Dues(in_time, (due for due, _ in late)), sorted(late)

    def _late_then(self, late: Iterable[tuple[InstantUs, int]], tight: Sequence[Wish]) -> list[Row]:
        """The first of what was late in the hours of some wishes."""
        spans = spans_of(tight)
        positions = [position for due, position in late if is_within(due, spans)][:MOST_LISTED]
        rows = self._connection.execute(
            select(t.DECISIONS).where(_D.position.in_(positions)).order_by(_D.due, _D.position)
        )
        return [decision_row(row) for row in rows]


_Took: TypeAlias = tuple[str, Measured]
"""An occasion's case, and the time it took."""
_NOTHING: Final = _About("", None, None, None)


def _about(case: Case) -> _About:
    return _About(case.client, case.service, case.priority, case.opened_at)


class _Ladders:
    """The circles of one kind's occasions, by the service and priority that are asked about."""

    def __init__(
        self, own: Sequence[_Took], everybodys: Sequence[_Took], *, about: Mapping[str, _About], share: float
    ) -> None:
        self._share = share
        self._own, self._alike, self._as_urgent = (
            _lengths(own, about, lambda case: (case.service, case.priority)),
            _lengths(everybodys, about, lambda case: (case.service, case.priority)),
            _lengths(everybodys, about, lambda case: case.priority),
        )
        self._all = Lengths(took for _, took in everybodys)
        self.approximated = sum(took.is_approximated for _, took in everybodys)

    def of(self, wish: Wish) -> Ladder:
        """The circles for a wish."""
        none, alike = Lengths(()), (wish.service, wish.priority)
        circles = (
            (Compared.CLIENT, self._own.get(alike, none)),
            (Compared.SERVICE, self._alike.get(alike, none)),
            (Compared.PRIORITY, self._as_urgent.get(wish.priority, none)),
            (Compared.EVERYBODY, self._all),
        )
        return Ladder(circles, self._share)


def _lengths(
    took: Iterable[_Took], about: Mapping[str, _About], key: Callable[[_About], Hashable]
) -> dict[Hashable, Lengths]:
    found: dict[Hashable, list[Measured]] = defaultdict(list)
    for case, occasion in took:
        found[key(about.get(case, _NOTHING))].append(occasion)
    return {name: Lengths(each) for name, each in found.items()}
