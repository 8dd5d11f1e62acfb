"""What came of it: delays from the log to the journal around each fault, and breaches that should never have been told."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple

import orjson

from monitor.domain.cases.obligation import Verdict
from monitor.domain.hours.instant import SECOND_US, InstantUs
from monitor.domain.promises.promise import Book
from monitor.wire.book import read_book
from tests.acceptance.chaos import Happened
from tests.acceptance.journals import rows
from tests.acceptance.judged import verdicts_of

AFTER_SECONDS: Final = 12.0
"""So long after a fault what happens is taken for its consequence: two sessions."""

LONGEST_COMMIT_US: Final = 10 * SECOND_US
"""On a machine that others keep busy."""

_TAKEN_BACK: Final = """
    SELECT told.obligation, told.case_id, cases.matter, told.due, told.recorded FROM decisions AS told
    JOIN decisions AS later ON later.replaces = told.position
    JOIN cases ON cases.id = told.case_id
    WHERE told.type = 'broken' AND told.due < told.recorded AND told.ended IS NULL AND later.verdict <> 'broken'
    AND coalesce(later.cause_id, '') NOT LIKE 'edition/%'"""
_EVENTS: Final = """
    SELECT events.case_id, cases.matter, events.origin, events.recorded, events.content
    FROM events LEFT JOIN cases ON cases.id = events.case_id"""
_DELAYS: Final = """
    SELECT recorded - due FROM decisions WHERE type = 'broken' AND due IS NOT NULL AND due < recorded
    AND coalesce(cause_id, '') NOT LIKE 'edition/%'"""
_EDITIONS: Final = "SELECT recorded, text FROM editions ORDER BY number"


class Logged(NamedTuple):
    """An event with when the broker had it and when it was in the journal, in microseconds since the epoch."""

    case: str | None
    matter: str | None
    partition: int
    appended: InstantUs
    recorded: InstantUs
    content: bytes


def logged(database: str, records: Iterable[Any]) -> list[Logged]:
    """The events of the journal with what the topic says of them; the topic must stamp records as they come."""
    appended = {f"{record.topic}/{record.partition}/{record.offset}": record.timestamp * 1_000 for record in records}
    return [
        Logged(case, matter, int(origin.split("/")[1]), appended[origin], recorded, bytes(content))
        for case, matter, origin, recorded, content in rows(database, _EVENTS)
    ]


class TakenBack(NamedTuple):
    """A breach that was told because of time alone, and taken back by something else than another book."""

    obligation: str
    due: InstantUs
    recorded: InstantUs


def books_of(database: str) -> list[tuple[InstantUs, Book]]:
    """The editions, each of which governs the past, too, and when each was recorded, in order."""
    return [(recorded, read_book(text, "edition")) for recorded, text in rows(database, _EDITIONS)]


def taken_back(database: str, events: Sequence[Logged]) -> tuple[int, list[TakenBack]]:
    """How many breaches were told and taken back, and which of them were false when they were told.

    It was false if it is none by the book of then and what was in the journal and what was, by its due instant, in the log of the partitions
    that its matter was known to come from: all of them, where it came from several or named a case that was still to come.
    What came to the log only later (it waited at an edge, or with a broker that was away) nobody could know, nor that an
    event in another partition joins one more case: what the commit that joins it tells of both is not counted as false.
    """
    by_matter: defaultdict[str | None, list[Logged]] = defaultdict(list)
    for event in events:
        by_matter[event.matter].append(event)
    found = [
        (TakenBack(obligation, due, recorded), case, matter)
        for obligation, case, matter, due, recorded in rows(database, _TAKEN_BACK)
    ]
    books = books_of(database)

    def is_false(told: TakenBack, case: str, matter: str) -> bool:
        _, book = books[bisect_right(books, told.recorded, key=itemgetter(0)) - 1]
        return _is_false(told, case, by_matter[matter], by_matter[None], book)

    return len(found), [told for told, case, matter in found if is_false(told, case, matter)]


def _is_false(told: TakenBack, case: str, events: Sequence[Logged], for_all: Sequence[Logged], book: Book) -> bool:
    # The commit that joins a case of another partition lets the time that has passed in one of them count for both.
    before = _joined_to(case, [event for event in events if event.recorded < told.recorded])
    if before != _joined_to(case, [event for event in events if event.recorded <= told.recorded]):
        return False
    return all(_is_none_by(told, case, until, events, for_all, book) for until in (told.recorded, told.recorded - 1))


def _is_none_by(
    told: TakenBack, case: str, until: InstantUs, events: Sequence[Logged], for_all: Sequence[Logged], book: Book
) -> bool:
    """Whether it is no breach by what was recorded until an instant and what was in the log by its due one."""
    written = [event for event in events if event.recorded <= until]
    joined = _joined_to(case, written)
    from_where = {event.partition for event in written if event.case in joined}
    is_spanning = len(from_where) > 1 or not joined <= {event.case for event in written}
    known = [
        event
        for event in events
        if event.recorded <= until or (event.appended <= told.due and (is_spanning or event.partition in from_where))
    ]
    # What concerns everybody may be written by another worker while this one judges.
    for margin in (0, LONGEST_COMMIT_US):
        affairs = [event for event in for_all if event.recorded <= until - margin]
        contents = [event.content for event in (*known, *affairs)]
        verdict, *_ = verdicts_of(contents, book, told.due + 1).get(told.obligation, (None,))
        if verdict == Verdict.BROKEN.value:
            return False
    return True


def _joined_to(case: str, events: Iterable[Logged]) -> set[str | None]:
    """The cases that are one with this one by these events."""
    pairs = [(event.case, orjson.loads(event.content)["data"].get("to")) for event in events]
    joined: set[str | None] = {case}
    while more := {name for pair in pairs if pair[1] and not joined.isdisjoint(pair) for name in pair} - joined:
        joined |= more
    return joined


def breach_delays(database: str) -> list[float]:
    """Seconds from due to recorded of each breach by time, in order of length."""
    return sorted(row[0] / 1e6 for row in rows(database, _DELAYS))


def waits_around(events: Iterable[Logged], happened: Iterable[Happened]) -> Mapping[str, list[float]]:
    """By kind of fault the longest time that an event waited in the log for its commit, of those that came from the
    beginning of a fault until shortly after its end; one figure for each fault, in order of length."""
    stamped = sorted((event.appended / 1e6, (event.recorded - event.appended) / 1e6) for event in events)
    longest: defaultdict[str, list[float]] = defaultdict(list)
    for fault in happened:
        until = fault.ended + AFTER_SECONDS
        longest[fault.kind].append(max((wait for at, wait in stamped if fault.began <= at <= until), default=0.0))
    return {kind: sorted(waits) for kind, waits in sorted(longest.items())}


def percentile(values: Sequence[float], share: float) -> float:
    """Of values in order; 0 where there are none."""
    return values[round(share * (len(values) - 1))] if values else 0.0
