"""A database with many open cases, written by SQL alone: as if each had been taken in and judged, in a minute instead of an hour.

Case `i` was opened by the firm at `opened[i]`; its only promise is that it is resolved within thirty days, so it is due
then. Rows are those that Kept itself writes, so that any of the cases can be made again from them. Instants are microseconds.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from monitor.adapters.journal.database import engine_for, migrate
from monitor.adapters.journal.location import Location

CLIENTS: Final = 500
WITHIN_SECONDS: Final = 30 * 86_400

BOOK: Final = "\n".join(
    [
        "book: Many clients",
        "from: 2020-01-01",
        "zone: UTC",
        "hours: always",
        "tiers: [gold, silver, bronze]",
        "promises:",
        "  - {id: resolve, kind: resolve, within: 30 days}",
        "clients:",
        *(f"  client{number}: {{tier: {('gold', 'silver', 'bronze')[number % 3]}}}" for number in range(CLIENTS)),
        "",
    ]
)

_NUMBERS: Final = """
CREATE TEMP TABLE opening AS
    WITH RECURSIVE number(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM number WHERE i + 1 < :cases),
    numbered AS (
        SELECT i,
            'case' || i AS case_id,
            'client' || (i % :clients) AS client,
            CASE i % :clients % 3 WHEN 0 THEN 'gold' WHEN 1 THEN 'silver' ELSE 'bronze' END AS tier,
            CASE WHEN i < :soon THEN (:now + :lead) * 1000000 + i * :span * 1000000 / :soon - :within
                ELSE (:now - 86400 - i % (19 * 86400)) * 1000000 END AS at
        FROM number
    )
    SELECT *, strftime('%Y-%m-%dT%H:%M:%S', at / 1000000, 'unixepoch')
        || CASE at % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', at % 1000000) END || 'Z' AS instant
    FROM numbered
"""
_SENTENCES: Final = (
    """INSERT INTO events SELECT 2 * i + 1, '/stock', 'e' || i, 'ticket.opened', case_id, client, at, -1,
        at + i, 'stock', CAST('{"specversion":"1.0","id":"e' || i || '","source":"/stock","type":"ticket.opened",'
        || '"time":"' || instant || '","subject":"' || case_id
        || '","client":"' || client || '","data":{"by":"staff"}}' AS BLOB) FROM opening""",
    "INSERT INTO matters SELECT case_id, at + :within + 1, 0, 0 FROM opening",
    """INSERT INTO cases SELECT case_id, case_id, client, 'open', NULL, NULL, 'ticket', NULL, tier, at
        FROM opening""",
    """INSERT INTO decisions (position, id, recorded, revision, replaces, type, obligation, case_id, client, promise, version,
        kind, occasion, channel, tier, holder, grade, opened, at, verdict, previous, restated, due, ended, is_open, warnings,
        elapsed, margin, ratio, cause_source, cause_id, reason) SELECT 2 * i + 2, 'd' || i, at + i, 1, NULL, 'opened',
        case_id || '/resolve/' || instant, case_id, client, 'resolve', 1,
        'resolve', NULL, 'ticket', tier, NULL, NULL, at, at, 'running', NULL, 0, at + :within,
        NULL, 1, 0, NULL, NULL, NULL, '/stock', 'e' || i, '' FROM opening""",
    """INSERT INTO obligations SELECT obligation, case_id, client, promise, version, kind, occasion, channel, tier, opened,
        due, verdict, ended, warnings, is_open, 0, reason, revision, position FROM decisions""",
    """INSERT INTO decision_counts SELECT type, verdict, restated, kind, client, coalesce(channel, ''),
        coalesce(tier, ''), 0, count(*) FROM decisions GROUP BY 1, 2, 3, 4, 5, 6, 7""",
    """INSERT INTO obligation_counts SELECT kind, client, coalesce(tier, ''), 'running', 1, 0, count(*) FROM obligations
        GROUP BY 1, 2, 3""",
    "INSERT INTO running_counts SELECT due / 60000000, kind, count(*) FROM obligations GROUP BY 1, 2",
    "INSERT INTO intake_counts VALUES ('accepted', 0, :cases)",
    "INSERT INTO clients SELECT 'client' || i, i FROM opening WHERE i < :clients",
)


def build(database: Path, *, cases: int, now: int, soon: int = 0, lead: int = 0, span: int = 1) -> None:
    """Writes the database. `soon` of the cases fall due between `lead` and `lead + span` seconds after `now`, evenly; the
    others have at least ten days left."""
    engine = engine_for(Location(database))
    migrate(engine, Location(database))
    engine.dispose()
    named = {"cases": cases, "clients": CLIENTS, "within": WITHIN_SECONDS * 1_000_000, "now": now}
    named |= {"soon": soon, "lead": lead, "span": span}
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(_NUMBERS, named)
        connection.execute("BEGIN")
        for sentence in _SENTENCES:
            connection.execute(sentence, named)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # What was written without waiting for the disk is on it before anything is measured.
    with database.open("rb") as file:
        os.fsync(file.fileno())
