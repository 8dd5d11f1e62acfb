"""What a journal says, read past Kept with SQL of the tests' own, and when two say the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

EVENTS: Final = "SELECT source, id FROM events ORDER BY 1, 2"
VERDICTS: Final = "SELECT id, client, promise, version, verdict, due, ended, is_open FROM obligations ORDER BY id"
DECISIONS: Final = "SELECT type, obligation, verdict, restated, due, ended FROM decisions ORDER BY 1, 2, 3, 4, 5, 6"
COUNTS: Final = "SELECT * FROM decision_counts ORDER BY 1, 2, 3, 4, 5, 6, 7"
RECOUNT: Final = """SELECT type, verdict, restated, kind, client, coalesce(channel, ''), coalesce(tier, ''), count(*)
    FROM decisions GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7"""


def rows(database: Path, question: str) -> list[Any]:
    """The rows that answer a question in SQL."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(question).fetchall()


def count_events(database: Path) -> int:
    """How many events are in the journal; 0 before there is one."""
    try:
        return int(rows(database, "SELECT count(*) FROM events")[0][0])
    except sqlite3.OperationalError:
        return 0


def assert_whole(database: Path) -> None:
    """The file is sound, and its counters are a recount of its rows."""
    assert rows(database, "PRAGMA integrity_check") == [("ok",)]
    assert rows(database, RECOUNT) == rows(database, COUNTS)
    accepted = rows(database, "SELECT count FROM intake_counts WHERE outcome = 'accepted'")
    assert accepted == rows(database, "SELECT count(*) FROM events")


def assert_same(database: Path, other: Path) -> None:
    """Events, verdicts, decisions and counters of two journals are equal, and the first is whole."""
    for question in (EVENTS, VERDICTS, DECISIONS, COUNTS):
        assert rows(database, question) == rows(other, question)
    assert_whole(database)
