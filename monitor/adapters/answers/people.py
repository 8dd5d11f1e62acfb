"""Who did the work, answered from the events: each touch, and the shares of it by grade and time with the firm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.pages import Row, Told
from monitor.adapters.answers.retelling import Retelling, Scope
from monitor.domain.cases.conduct import Conduct
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.seniority import Fitness
from monitor.domain.figures.acquaintance import Acquaintances, WorkByPerson
from monitor.domain.figures.delivered import Work, followed_in, with_lengths, work_in, work_of
from monitor.domain.hours.instant import DurationUs, InstantUs, format_instant, seconds
from monitor.domain.promises.promise import Book, Promise
from monitor.domain.promises.promised_people import MILLION, Measure
from monitor.wire.questions import parameters as p
from monitor.wire.shown.optional import seconds_or_none

_FITNESS: Final = {Fitness.FIT: "yes", Fitness.BELOW: "no", Fitness.UNKNOWN: "unknown", None: None}


def touches(known: Known, asked: p.TouchParameters) -> Told:
    """Each touch, by its instant, then by case."""
    found: list[tuple[InstantUs, str, Row]] = []
    scope = Scope(case=asked.case, client=asked.client, since=asked.since, until=asked.until)
    with closing(Retelling(known).matters(scope)) as matters:
        for matter in matters:
            wanted = (done for done in _touches_in(matter) if _is_wanted(done, asked))
            found += ((done.touch.at, done.case, _touch_row(done)) for done in wanted)
    found.sort(key=lambda each: each[:2])
    return Told([row for _, _, row in found])


def _touches_in(matter: Matter) -> Iterator[Work]:
    for case, conduct in followed_in(matter):
        yield from with_lengths(work_of(case, conduct, matter.directory))


def _is_wanted(done: Work, asked: p.OfWork) -> bool:
    return (
        asked.has(done.touch.at)
        and asked.client in (None, done.client)
        and asked.case in (None, done.case)
        and asked.grade in (None, done.grade)
        and asked.tenure in (None, done.tenure)
        and asked.person in (None, done.touch.person)
    )


def _touch_row(done: Work) -> Row:
    touch, promise = done.touch, done.promise
    return {
        "at": format_instant(touch.at),
        "client": done.client,
        "case": done.case,
        "person": touch.person or None,
        "grade": done.grade,
        "tenure": done.tenure,
        "way": touch.way.value,
        "seconds": seconds_or_none(touch.length),
        "promise": None if promise is None else promise.id,
        "promised": _words(promise),
        "as_promised": _FITNESS[done.fitness],
        "source": touch.event.source,
        "id": touch.event.id,
    }


def _words(promise: Promise | None) -> str | None:
    return None if promise is None or promise.seniority is None else promise.seniority.words


# Shares


_Bound: TypeAlias = tuple[str, str | None, int]
"""A client and what is promised to them: (client, promise, version); None and 0 where nothing is."""


class _Line(NamedTuple):
    """What one row counts."""

    client: str
    promise: str | None
    version: int
    grade: str
    tenure: str
    person: str | None

    @property
    def bound(self) -> _Bound:
        return self[:3]


@dataclass(slots=True)
class _Sum:
    """Touches and their lengths, in all and by whether they are by who was promised."""

    touches: int = 0
    unmeasured: int = 0
    time: DurationUs = 0
    touches_by: dict[Fitness | None, int] = field(default_factory=dict)
    time_by: dict[Fitness | None, DurationUs] = field(default_factory=dict)
    cases: set[str] = field(default_factory=set)
    by_person: WorkByPerson = field(default_factory=WorkByPerson)

    def add(self, done: Work) -> None:
        """Counts a touch; one whose length is told apart is unmeasured until then."""
        length = done.touch.length
        self.cases.add(done.case)
        self.by_person.add(done)
        if done.is_touch:
            self.touches += 1
            self.touches_by[done.fitness] = self.touches_by.get(done.fitness, 0) + 1
        self.unmeasured += (length is None) - (not done.is_touch)
        if length is not None:
            self.time += length
            self.time_by[done.fitness] = self.time_by.get(done.fitness, 0) + length

    def by(self, measure: Measure) -> tuple[dict[Fitness | None, int], int]:
        """What a promise measures, by whose it is, and all of it."""
        return (self.touches_by, self.touches) if measure is Measure.TOUCHES else (self.time_by, self.time)


@dataclass(slots=True)
class _Hands:
    """Through how many hands the cases of a client went."""

    handoffs: int = 0
    returns: int = 0
    hand_downs: int = 0

    def add(self, conduct: Conduct, asked: p.InPeriod) -> None:
        """Counts what was handed on in a case in the period asked about."""
        moves = [each.move for each in conduct.holdings if each.move is not None and asked.has(each.at)]
        self.handoffs += len(moves)
        self.returns += sum(move.is_return for move in moves)
        self.hand_downs += sum(asked.has(found.at) for found in conduct.hand_downs)


class _Counting:
    """The work of the period asked about, as it adds up matter by matter."""

    def __init__(self, asked: p.PeopleParameters) -> None:
        self._asked = asked
        self._lines: dict[_Line, _Sum] = {}
        self._bounds: dict[_Bound, _Sum] = {}
        self._promises: dict[_Bound, Promise | None] = {}
        self._clients: dict[str, WorkByPerson] = {}
        self._hands: dict[str, _Hands] = {}
        self._acquaintances = Acquaintances(asked.until)

    def take(self, matter: Matter) -> None:
        """Counts what was done in a matter, through how many hands it went and whom its client met."""
        asked, work = self._asked, list(work_in(matter))
        self._acquaintances.take_work(work)
        self._acquaintances.take_untold(matter)
        for case, conduct in followed_in(matter):
            self._hands.setdefault(case.client, _Hands()).add(conduct, asked)
        for done in work:
            if asked.has(done.touch.at) and asked.client in (None, done.client):
                self._add(done)

    def _add(self, done: Work) -> None:
        line = _line_of(done, self._asked)
        self._lines.setdefault(line, _Sum()).add(done)
        self._bounds.setdefault(line.bound, _Sum()).add(done)
        self._promises[line.bound] = done.promise
        self._clients.setdefault(line.client, WorkByPerson()).add(done)

    def rows(self, book: Book) -> list[Row]:
        """A row for each line that is asked for, in order."""
        met = {client: _met_share(client, work, self._acquaintances) for client, work in self._clients.items()}
        shown = [line for line in self._lines if _is_shown(line, self._asked)]
        shown.sort(key=lambda line: _place_of(line, book))
        return [self._row(line, met[line.client]) for line in shown]

    def _row(self, line: _Line, met_share: Row) -> Row:
        total, of_all, promise = self._lines[line], self._bounds[line.bound], self._promises[line.bound]
        return (
            _people_row(line, total, of_all=of_all, promise=promise)
            | met_share
            | _met(line.client, total.by_person, self._acquaintances)
            | asdict(self._hands[line.client])
        )


def people(known: Known, asked: p.PeopleParameters) -> Told:
    """The shares of the work, by client, promise, grade and time with the firm, and by person where that is asked."""
    retelling, counting = Retelling(known), _Counting(asked)
    if retelling.book is None:
        return Told([])
    scope = Scope(client=asked.client, since=asked.since, until=asked.until, with_meetings=True)
    with closing(retelling.matters(scope)) as matters:
        for matter in matters:
            counting.take(matter)
    return Told(counting.rows(retelling.book))


def _line_of(done: Work, asked: p.PeopleParameters) -> _Line:
    promise = done.promise
    name, version = (None, 0) if promise is None else (promise.id, promise.version)
    is_by_person = asked.by == "person" or asked.person is not None
    person = done.touch.person or None if is_by_person else None
    return _Line(done.client, name, version, done.grade, done.tenure, person)


def _is_shown(line: _Line, asked: p.PeopleParameters) -> bool:
    """Shares are of all the work, whichever rows are shown."""
    wanted = ((asked.grade, line.grade), (asked.tenure, line.tenure), (asked.person, line.person))
    return all(said in (None, found) for said, found in wanted)


def _place_of(line: _Line, book: Book) -> tuple[Any, ...]:
    """By client and promise, from the lowest grade and the shortest time up; what is not known comes last."""
    grades, bands = book.grades, book.tenure_bands.names
    grade = grades.index(line.grade) if line.grade in grades else len(grades)
    promise = (line.promise is None, line.promise or "", line.version)
    return line.client, *promise, grade, bands.index(line.tenure), line.person or ""


def _people_row(line: _Line, total: _Sum, *, of_all: _Sum, promise: Promise | None) -> Row:
    fit, below, unknown = Fitness
    return {
        "client": line.client,
        "promise": line.promise,
        "version": line.version or None,
        "promised": _words(promise),
        **_promised_beside_delivered(of_all, promise),
        "grade": line.grade,
        "tenure": line.tenure,
        "person": line.person,
        "cases": len(total.cases),
        "touches": total.touches,
        "touches_share": _share(total.touches, of_all.touches),
        "touches_as_promised": total.touches_by.get(fit, 0),
        "touches_below": total.touches_by.get(below, 0),
        "touches_in_doubt": total.touches_by.get(unknown, 0),
        "touches_unmeasured": total.unmeasured,
        "seconds": seconds(total.time),
        "seconds_share": _share(total.time, of_all.time),
        "seconds_as_promised": seconds(total.time_by.get(fit, 0)),
        "seconds_below": seconds(total.time_by.get(below, 0)),
        "seconds_in_doubt": seconds(total.time_by.get(unknown, 0)),
    }


def _met_share(client: str, work: WorkByPerson, acquaintances: Acquaintances) -> Row:
    """The share of all work for a client that people do whom the client has met, at least and at most."""
    found = work.by_acquaintance(client, acquaintances)
    touches, time = (sum(getattr(amount, name) for amount in found.values()) for name in ("touches", "time"))
    met, in_doubt = found[True], found[None]
    return {
        "met_touches_share": _share(met.touches, touches),
        "met_touches_share_at_most": _share(met.touches + in_doubt.touches, touches),
        "met_seconds_share": _share(met.time, time),
        "met_seconds_share_at_most": _share(met.time + in_doubt.time, time),
    }


def _met(client: str, work: WorkByPerson, acquaintances: Acquaintances) -> Row:
    """The work of one row by whether the client has met whoever did it."""
    found = work.by_acquaintance(client, acquaintances)
    row: Row = {}
    for is_met, name in ((True, "met"), (False, "unmet"), (None, "met_in_doubt")):
        row |= {f"touches_{name}": found[is_met].touches, f"seconds_{name}": seconds(found[is_met].time)}
    return row


def _promised_beside_delivered(of_all: _Sum, promise: Promise | None) -> Row:
    """The share promised of the work, and that which was delivered at least and at most: in between is what is not known."""
    if promise is None or promise.seniority is None:
        return {"measure": None, "promised_share": None, "delivered_share": None, "delivered_share_at_most": None}
    terms = promise.seniority
    # Where all of it is promised, each touch counts, however long.
    measure = Measure.TOUCHES if terms.is_of_everything else terms.measure
    amounts, whole = of_all.by(measure)
    fit, unknown = amounts.get(Fitness.FIT, 0), amounts.get(Fitness.UNKNOWN, 0)
    return {
        "measure": measure.value,
        "promised_share": terms.share_millionths / MILLION,
        "delivered_share": _share(fit, whole),
        "delivered_share_at_most": _share(fit + unknown, whole),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
