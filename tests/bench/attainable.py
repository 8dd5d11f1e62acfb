"""How fast the past says whether a promise can be kept: first responses to everybody, in the big history of `history.py`.

Asked as the HTTP API does, of the year up to the last case and of all three years, in the hours of the promises and in other
ones; beside it bare SQL that counts in one statement how many were kept in the same time, which knows nothing of months,
pauses, other hours or the tightest target. The best of three tries counts; of all three years
the processor time, for what is waited for depends on what else the machine does.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from typing import Any, Final

from history import (  # type: ignore[import-not-found]  # run.py makes this folder importable
    DECISIONS,
    FILE,
    OBLIGATIONS,
    START,
    Timing,
    entry,
    prepare,
)

from monitor.adapters.answers.attainability import Offered, judged
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.reader import Reader
from monitor.adapters.journal.database import engine_for
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.recorded import standing
from monitor.domain.hours.instant import HOUR_US, InstantUs
from monitor.domain.hours.target import WorkingDuration
from monitor.domain.promises.promise import Kind
from monitor.wire.answers.attainability import attainable_body
from monitor.wire.book import read_book

BOOK: Final = """
book: History
from: 2020-01-01
calendars:
  london: {zone: Europe/London, weekly: {mon-fri: ["09:00-17:30"]}}
promises:
  - {id: gold-first-reply, kind: first_response, within: 4h, hours: always}
"""
MOST_SECONDS: Final = 1.0
TRIES: Final = 3

BARE: Final = """
    SELECT count(*), sum(d.elapsed <= ?) FROM decisions d
    WHERE d.kind = 'first_response' AND d.opened >= ? AND d.ended IS NOT NULL AND d.recorded <= ?
      AND NOT EXISTS (SELECT 1 FROM decisions n WHERE n.replaces = d.position AND n.recorded <= ?)
"""


def run() -> list[dict[str, Any]]:
    prepare()
    engine = engine_for(Location(FILE))
    reader = Reader(engine)
    book = read_book(BOOK, "history.yaml")
    with reader.connect() as connection:
        as_of = standing(connection, None)

    def ask(hours: str, since: InstantUs | None) -> dict[str, Any]:
        target = WorkingDuration(2 * HOUR_US)
        offered = Offered(Kind.FIRST_RESPONSE, target, book.calendars[hours], hours, 0.95, None, None, since)
        with reader.connect() as connection:
            return attainable_body(*judged(Known(connection, as_of), offered, book))

    name = f"attainable, among {DECISIONS:,} decisions about {OBLIGATIONS:,} obligations"
    entries = []
    for what, hours, since in (
        ("the year up to the last", "always", None),
        ("all three years", "always", START),
        ("all three years, other hours", "london", START),
    ):
        timing = Timing()
        for _ in range(TRIES):
            found = timing.take(lambda hours=hours, since=since: ask(hours, since))
        check(found)
        limit = f"{MOST_SECONDS * 1_000:.0f} ms"
        if since is None:
            entries.append(entry(f"{name}, {what}", timing.waited, limit, MOST_SECONDS / timing.waited, 1.0))
        worked = timing.worked
        entries.append(entry(f"{name}, {what}, processor time", worked, limit, MOST_SECONDS / worked, 1.0))
        if hours == "always":
            ours = worked
    bare = Timing()
    with closing(sqlite3.connect(FILE)) as database:
        said = (2 * HOUR_US, START, as_of, as_of)
        for _ in range(TRIES):
            counted, kept = bare.take(lambda: database.execute(BARE, said).fetchone())
    if (counted, kept) != (OBLIGATIONS, OBLIGATIONS):
        raise AssertionError(f"found {kept} of {counted}, expected all {OBLIGATIONS}")
    entries.append(
        entry(f"{name}, all three years, processor time", ours, "bare SQL that counts", bare.worked / ours, 1.0)
    )
    reader.close()
    engine.dispose()
    return entries


def check(found: dict[str, Any]) -> None:
    """Raises AssertionError where the answer is not about many cases."""
    if found["of"] < 5_000 or found["one_in"] < 2:
        raise AssertionError(f"found {found['of']} cases, one in {found['one_in']}, expected a sample of very many")


if __name__ == "__main__":
    for line in run():
        sys.stdout.write(json.dumps(line) + "\n")
