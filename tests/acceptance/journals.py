"""What a journal says, read past Kept with SQL of the tests' own, and when two say the same.

A journal is named as for `--database`: a file, or the address of a server.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from monitor.adapters.journal.database import engine_for
from monitor.adapters.journal.location import Location

EVENTS: Final = "SELECT source, id FROM events ORDER BY 1, 2"
VERDICTS: Final = "SELECT id, client, promise, version, verdict, due, ended, is_open FROM obligations ORDER BY id"
DECISIONS: Final = "SELECT type, obligation, verdict, restated, due, ended FROM decisions ORDER BY 1, 2, 3, 4, 5, 6"
COUNTS: Final = """SELECT type, verdict, restated, kind, client, channel, tier, sum(count) FROM decision_counts
    GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7"""
FIGURES: Final = """SELECT figure, tier, subject, detail, counted - withdrawn FROM figure_counts
    WHERE counted <> withdrawn ORDER BY 1, 2, 3, 4"""
RECOUNT: Final = """SELECT type, verdict, restated, kind, client, coalesce(channel, ''), coalesce(tier, ''), count(*)
    FROM decisions GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7"""


def rows(database: Path | str, question: str) -> list[Any]:
    """The rows that answer a question in SQL."""
    engine = engine_for(Location.parse(str(database)))
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sql(question))]
    finally:
        engine.dispose()


def count_events(database: Path | str) -> int:
    """How many events are in the journal; 0 before there is one, and while its server is away."""
    try:
        return int(rows(database, "SELECT count(*) FROM events")[0][0])
    except DBAPIError:
        return 0


def assert_whole(database: Path | str) -> None:
    """The file, if it is one, is sound, and the counters are a recount of the rows."""
    if Location.parse(str(database)).file is not None:
        assert rows(database, "PRAGMA integrity_check") == [("ok",)]
    assert rows(database, RECOUNT) == rows(database, COUNTS)
    figures: Counter[tuple[str, ...]] = Counter()
    for (text,) in rows(database, "SELECT figures FROM matter_figures"):
        figures.update({tuple(key): amount for *key, amount in json.loads(text)})
    assert sorted((*key, amount) for key, amount in figures.items() if amount) == rows(database, FIGURES)
    accepted = rows(database, "SELECT sum(count) FROM intake_counts WHERE outcome = 'accepted'")
    assert accepted == rows(database, "SELECT count(*) FROM events")


def assert_same(database: Path | str, other: Path | str) -> None:
    """Events, verdicts, decisions and counters of two journals are equal, and the first is whole."""
    for question in (EVENTS, VERDICTS, DECISIONS, COUNTS, FIGURES):
        assert rows(database, question) == rows(other, question)
    assert_whole(database)
