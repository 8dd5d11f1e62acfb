"""Whether a promise can be kept, as far as the firm's own past says: asked before it is made.

Looked at are the cases of the client; where they are too few to say anything, those of its tier; then everybody's. Which were
used is said, and what was found in the narrower circles, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.past_occasions import Comparable, newest_opening, occasions
from monitor.adapters.journal import tables as t
from monitor.domain.figures.evidence import Evidence, Finding, circles_of, weigh
from monitor.domain.figures.occasion import TIMED_KINDS, Measure, Occasion
from monitor.domain.hours.instant import DAY_US, InstantUs
from monitor.domain.hours.target import Target, parse_target
from monitor.domain.hours.working_hours import WorkingHours
from monitor.domain.promises.promise import Book, Conditions, Kind, Promise
from monitor.domain.promises.promised_people import MILLION
from monitor.wire.answers.attainability import Question, Weighed, attainable_body
from monitor.wire.questions.parameters import USUAL_SHARE, AttainableParameters

YEAR_US: Final = 365 * DAY_US
"""The past that counts where nobody says which: a year up to the last case there was."""


class UnknownHours(ValueError):
    """A calendar that the book does not have."""

    def __init__(self, name: str, book: Book) -> None:
        self.found = repr(name)
        self.expected = f"a calendar of the book: {', '.join(sorted(book.calendars))}"
        super().__init__(f"found {self.found}, expected {self.expected}")


class Offered(NamedTuple):
    """A promise that somebody thinks of making, in hours of a book. With `when` it is held against what promises with the same
    conditions governed, not against everything of its kind."""

    kind: Kind
    target: Target
    hours: WorkingHours
    hours_name: str
    share: float
    client: str | None
    tier: str | None
    since: InstantUs | None = None
    until: InstantUs | None = None
    when: Conditions | None = None


def share_of(promise: Promise | None) -> int:
    """In how many of a million cases a promise is to be kept: in all, where nothing is said."""
    return MILLION if promise is None or promise.share is None else promise.share.millionths


def offer_of(
    known: Known, promise: Promise, book: Book, *, client: str | None = None, until: InstantUs | None = None
) -> Offered | None:
    """A promise of a book as if it were to be made, to a client or, where none is named, to whom it is made to.

    None of one that is of no time that could have been another one.
    """
    if promise.target is None or promise.kind not in TIMED_KINDS:
        return None
    share = share_of(promise) / MILLION
    whom = client or promise.client
    return Offered(
        promise.kind,
        promise.target,
        promise.hours,
        promise.hours_name,
        share if share < 1 else USUAL_SHARE,  # no number of cases shows that every one will be kept
        whom,
        promise.tier if whom is None else tier_of(known, whom, book),
        until=until,
        when=promise.when,
    )


def attainable(connection: Connection, asked: AttainableParameters) -> dict[str, Any] | None:
    """What the past says; None where there was no book by then. Raises UnknownHours."""
    known = Known.by(connection, asked.as_of)
    book = known.book
    if book is None:
        return None
    name, hours = hours_of(book, asked.hours)
    offered = Offered(
        asked.kind,
        parse_target(asked.within),
        hours,
        name,
        asked.share,
        asked.client,
        _tier_asked(known, asked, book),
        asked.since,
        asked.until,
    )
    return attainable_body(*judged(known, offered, book))


def hours_of(book: Book, name: str | None) -> tuple[str, WorkingHours]:
    """A calendar of the book, the book's own where none is named; raises UnknownHours."""
    if name is None:
        found = next((known for known, hours in book.calendars.items() if hours is book.hours), "")
        return found, book.hours
    if name not in book.calendars:
        raise UnknownHours(name, book)
    return name, book.calendars[name]


def _tier_asked(known: Known, asked: AttainableParameters, book: Book) -> str | None:
    """That of the client asked about, else the one asked about, in whatever capitals."""
    if asked.client is not None:
        return tier_of(known, asked.client, book)
    return None if asked.tier is None else book.tier_named(asked.tier)


def tier_of(known: Known, client: str, book: Book) -> str | None:
    """The tier of a client: the one its newest case had, failing one what the book says."""
    row = t.DECISIONS.c
    newest = select(row.tier).where(row.client == client, row.opened <= known.as_of, row.position < known.end)
    found = known.connection.execute(newest.order_by(row.opened.desc()).limit(1)).first()
    return book.tier_of(client) if found is None else found.tier


def judged(known: Known, offered: Offered, book: Book) -> tuple[Question, list[Weighed]]:
    """What is asked, and the circles that were looked at: up to the first that says something, or all."""
    newest = newest_opening(known, offered.kind, offered.until)
    since = offered.since if offered.since is not None or newest is None else newest - YEAR_US
    question = Question(
        offered.kind, offered.target, offered.hours_name, offered.share, since, offered.until, known.as_of
    )
    weighed: list[Weighed] = []
    for circle in circles_of(offered.client, offered.tier):
        one_in, found = occasions(known, Comparable(offered.kind, since or 0, offered.until, circle), book)
        weighed.append(Weighed(circle, _evidence(offered, found), one_in))
        if weighed[-1].evidence.finding is not Finding.TOO_FEW:
            break
    return question, weighed


def _evidence(offered: Offered, found: Sequence[Occasion]) -> Evidence:
    if offered.when is not None:
        found = [each for each in found if each.promise is not None and each.promise.when == offered.when]
    first = min((occasion.opened for occasion in found), default=0)
    last = max((occasion.until for occasion in found), default=0)
    measure = Measure(offered.target, offered.hours, first, last)
    return weigh([measure.of(each) for each in found], offered.share, offered.hours)
