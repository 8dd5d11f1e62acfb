"""How fast shares are asked for: what was kept of a share, client by client, among the five million decisions of `history`.

A question about one client's quarter, and one about all clients' month, each as of an instant by chance, asked of Kept up to
the bytes of the answer and of bare SQL that counts the same by verdict, in turns; the best of three tries counts.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from functools import partial
from random import Random
from statistics import median, quantiles
from typing import Any, Final

import orjson

from monitor.adapters.answers.answering import Asked, ask
from monitor.adapters.answers.reader import Reader
from monitor.adapters.journal.database import engine_for
from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import DAY_US, InstantUs, format_instant
from monitor.domain.hours.period import Period, PeriodKind, period_of
from monitor.wire.questions import table
from tests.bench.history import CLIENTS, FILE, MONTH_US, MONTHS, START, TRIES, Timing, entry, prepare

BOOK: Final = """
book: Bench
from: 2020-01-01
promises:
  - {id: gold-first-reply, kind: first_response, within: 4h, share: 95%, each: month}
"""

OF_ONE: Final = 300
OF_ALL: Final = 6
MOST_SECONDS: Final = 0.050
"""What the slowest of a hundred questions about one client may take."""
MOST_TIMES_OF_ONE: Final = 4
MOST_TIMES_OF_ALL: Final = 2
"""What a question may take, in times of the bare SQL; of one client the book and the figures weigh more."""

BARE: Final = """
    SELECT d.client, d.verdict, count(*) FROM decisions d
    WHERE {chosen} d.opened >= ? AND d.opened < ? AND d.recorded <= ?
      AND NOT EXISTS (SELECT 1 FROM decisions n WHERE n.replaces = d.position AND n.recorded <= ?)
    GROUP BY d.client, d.verdict
"""


def run() -> list[dict[str, Any]]:
    prepare()
    put_book()
    waited, ours, bare = measure(OF_ONE, 3, of_one=True)
    slowest = quantiles(waited, n=100)[-1]
    _, all_ours, all_bare = measure(OF_ALL, 1, of_one=False)
    name = "shares of one client's quarter as of an instant, among five million decisions"
    limit = f"{MOST_SECONDS * 1_000:.0f} ms"
    whole = f"shares of {CLIENTS} clients' month as of an instant, processor time"
    return [
        entry(f"{name}, 99th percentile", slowest, limit, MOST_SECONDS / slowest, 1.0),
        entry(f"{name}, processor time", median(ours), "bare SQL", median(bare) / median(ours), 1 / MOST_TIMES_OF_ONE),
        entry(whole, median(all_ours), "bare SQL", median(all_bare) / median(all_ours), 1 / MOST_TIMES_OF_ALL),
    ]


def put_book() -> None:
    """The database of `history` has no book of its own."""
    with closing(sqlite3.connect(FILE)) as connection, connection:
        row = (1, START, -(2**62), False, "", "bench", "", BOOK)
        connection.execute("INSERT OR IGNORE INTO editions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def measure(questions: int, months: int, *, of_one: bool) -> tuple[list[float], list[float], list[float]]:
    """For each question the seconds it was waited for, those of the processor, and those of bare SQL."""
    random = Random(2)
    engine = engine_for(Location(FILE))
    reader = Reader(engine)
    timings: list[tuple[Timing, Timing]] = []
    with closing(sqlite3.connect(FILE)) as connection:
        for _ in range(questions):
            client = f"client-{random.randrange(CLIENTS):03}" if of_one else None
            first = period_of(PeriodKind.MONTH, START + random.randrange(MONTHS - months) * MONTH_US, "UTC")
            ends_at = period_of(PeriodKind.MONTH, first.starts_at + (months - 1) * 31 * DAY_US, "UTC").ends_at
            as_of = ends_at + random.randrange(MONTH_US)
            asked = Period(first.starts_at, ends_at, first.name)
            ours, bare = Timing(), Timing()
            for _ in range(TRIES):
                expected = bare.take(partial(fetched, connection, client, asked, as_of))
                answered = ours.take(partial(question, reader, client, asked, as_of))
            check(orjson.loads(answered), expected)
            timings.append((ours, bare))
    reader.close()
    engine.dispose()
    return (
        [ours.waited for ours, _ in timings],
        [ours.worked for ours, _ in timings],
        [bare.worked for _, bare in timings],
    )


def fetched(connection: sqlite3.Connection, client: str | None, asked: Period, as_of: InstantUs) -> list[Any]:
    statement = BARE.format(chosen="" if client is None else "d.client = ? AND")
    said = (asked.starts_at, asked.ends_at, as_of, as_of)
    return connection.execute(statement, said if client is None else (client, *said)).fetchall()


def check(rows: list[dict[str, Any]], expected: list[Any]) -> None:
    """Raises AssertionError where Kept counted otherwise."""
    for verdict in ("kept", "broken"):
        if sum(row[verdict] for row in rows) != sum(count for _, found, count in expected if found == verdict):
            raise AssertionError(f"found another number of {verdict} than the bare SQL, expected the same")


def question(reader: Reader, client: str | None, asked: Period, as_of: InstantUs) -> bytes:
    said = {"since": format_instant(asked.starts_at), "until": format_instant(asked.ends_at), "limit": 10_000}
    said |= {"as_of": format_instant(as_of)} | ({} if client is None else {"client": client})
    parameters = table.SHARES.parameters.model_validate(said)
    with reader.connect() as connection:
        return orjson.dumps(ask(connection, Asked(table.SHARES, parameters, as_of)).rows)


if __name__ == "__main__":
    for line in run():
        sys.stdout.write(json.dumps(line) + "\n")
