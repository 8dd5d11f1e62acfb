"""How fast `kept import` is beside a bare loop that writes the very same rows.

The rows of an imported database are read back and written again into an empty one with the same tables, indexes and
settings by sqlite3's `executemany`, a thousand events and their share of the other rows in a transaction. The import is
timed as a whole process, reading the file and judging included; the two are run in turns, and the best of each counts.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

from monitor.adapters.journal.database import engine_for, migrate
from monitor.adapters.journal.location import Location
from monitor.demo.load import load_events

BOOK: Final = Path(__file__).with_name("three_promises.yaml")
EVENTS: Final = 100_000
BATCH: Final = 1_000
ROUNDS: Final = 2
TABLES: Final = ("events", "matters", "cases", "obligations", "decisions")
SETTINGS: Final = ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 8000", "cache_size = -65536")

LEAST_RATE: Final = 0.2


def run() -> list[dict[str, Any]]:
    """One entry."""
    imports, bare = [], []
    with TemporaryDirectory() as name:
        folder = Path(name)
        events = folder / "events.jsonl"
        with events.open("wb") as file:
            file.writelines(line + b"\n" for line in load_events(1, EVENTS))
        for turn in range(ROUNDS):
            database = folder / f"import{turn}.db"
            imports.append(import_seconds(events, database))
            bare.append(bare_seconds(database, folder / f"bare{turn}.db"))
    return [
        {
            "bench": "kept import, whole process",
            "value": round(EVENTS / min(imports)),
            "unit": "events/s",
            "peer": f"bare inserts of the same rows, {BATCH:,} events a transaction",
            "ratio": round(min(bare) / min(imports), 3),
            "target": LEAST_RATE,
        }
    ]


def import_seconds(events: Path, database: Path) -> float:
    command = (sys.executable, "-m", "monitor", "import", events, "--database", database, "--book", BOOK)
    began = perf_counter()
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - began


def bare_seconds(source: Path, target: Path) -> float:
    """Writes what `source` holds into `target`."""
    rows = rows_of(source)
    engine = engine_for(Location(target))
    migrate(engine, Location(target))
    engine.dispose()
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        for setting in SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        began = perf_counter()
        for batch in range(EVENTS // BATCH):
            connection.execute("BEGIN IMMEDIATE")
            for table, written in rows.items():
                share = written[batch * len(written) * BATCH // EVENTS : (batch + 1) * len(written) * BATCH // EVENTS]
                if share:
                    holes = ",".join("?" * len(share[0]))
                    connection.executemany(f"INSERT INTO {table} VALUES ({holes})", share)
            connection.execute("COMMIT")
        return perf_counter() - began


def rows_of(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(database)) as connection:
        return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
