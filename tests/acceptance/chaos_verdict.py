"""What came of it: delays from the log to the journal around each fault, and breaches that should never have been told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from monitor.domain.instant import InstantUs
from monitor.domain.obligation import Verdict
from monitor.domain.promise import Book
from tests.acceptance.chaos import Happened
from tests.acceptance.journals import rows
from tests.acceptance.judged import verdicts_of

AFTER_SECONDS: Final = 12.0
"""So long after a fault what happens is taken for its consequence: two sessions."""

_TAKEN_BACK: Final = """
    SELECT told.obligation, cases.matter, told.due, told.recorded FROM decisions AS told
    JOIN decisions AS later ON later.replaces = told.position
    JOIN cases ON cases.id = told.case_id
    WHERE told.verdict = 'broken' AND told.due IS NOT NULL AND later.verdict <> 'broken'"""
_EVENTS: Final = """
    SELECT cases.matter, events.origin, events.recorded, events.content
    FROM events LEFT JOIN cases ON cases.id = events.case_id"""
_DELAYS: Final = """
    SELECT recorded - due FROM decisions WHERE type = 'broken' AND due IS NOT NULL AND due < recorded"""


class Logged(NamedTuple):
    """An event with when the broker had it and when it was in the journal, in microseconds since the epoch."""

    matter: str | None
    appended: InstantUs
    recorded: InstantUs
    content: bytes


def logged(database: str, records: Iterable[Any]) -> list[Logged]:
    """The events of the journal with what the topic says of them; the topic must stamp records as they come."""
    appended = {f"{record.topic}/{record.partition}/{record.offset}": record.timestamp * 1_000 for record in records}
    return [
        Logged(matter, appended[origin], recorded, bytes(content))
        for matter, origin, recorded, content in rows(database, _EVENTS)
    ]


class TakenBack(NamedTuple):
    """A breach that was told and taken back."""

    obligation: str
    due: InstantUs
    recorded: InstantUs


def taken_back(database: str, events: Sequence[Logged], book: Book) -> tuple[int, list[TakenBack]]:
    """How many breaches were told and taken back, and which of them were false when they were told.

    It was false if it is none by what was in the journal and what was in the log by its due instant. What came to the log
    only later (it waited at an edge, or with a broker that was away) nobody could know.
    """
    by_matter: defaultdict[str | None, list[Logged]] = defaultdict(list)
    for event in events:
        by_matter[event.matter].append(event)
    found = rows(database, _TAKEN_BACK)
    false = []
    for obligation, matter, due, recorded in found:
        known = [
            event.content
            for event in (*by_matter[matter], *by_matter[None])
            if event.recorded <= recorded or event.appended <= due
        ]
        verdict, *_ = verdicts_of(known, book, due + 1).get(obligation, (None,))
        if verdict != Verdict.BROKEN.value:
            false.append(TakenBack(obligation, due, recorded))
    return len(found), false


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
