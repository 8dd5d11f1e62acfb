"""`kept move`: an embedded installation to a database of a server, with its history and its counters."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from monitor.adapters.journal.database import engine_for
from monitor.adapters.journal.database_lock import SqliteLock, locked_database
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.moving import Moved, analyze, contents_of, move_all, refuse_unless_empty
from monitor.bootstrap.opening import opened_for_reading
from monitor.commands.database_option import database_option
from monitor.commands.progress import progress
from monitor.domain.hours.instant import format_instant
from monitor.domain.number import number_of
from monitor.errors import ConfigError


def move(
    source: Annotated[Location, database_option("The database of a Kept that does not run.", "--from", "FILE")],
    target: Annotated[Location, database_option("An empty database: postgresql://USER@HOST/DATABASE.", "--to", "URL")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be moved.")] = False,
) -> None:
    """Move everything from a file to a PostgreSQL server: all of it, checked, or nothing. The file stays as it is."""
    if source.file is None:
        raise ConfigError.of("--from", f"the server {source}", "a file")
    if target.file is not None:
        raise ConfigError.of("--to", f"the file {target}", "postgresql://USER@HOST/DATABASE")
    with opened_for_reading(source) as engine:
        _refuse_unless_empty(target)
        if dry_run:
            _tell_contents(engine, source.file)
            return
        lock = SqliteLock(source.file, engine)
        lock.take()
        try:
            moved = _moved(engine, target)
        finally:
            lock.release()
    for table in moved:
        if table.rows:
            typer.echo(f"{_row(table.table, table.rows)}  sha256 {table.digest}")
    typer.echo(
        f"Moved to {target}, and checked there. Start what judges on it, and keep {source} as it was: not to run."
    )


def _refuse_unless_empty(target: Location) -> None:
    engine = engine_for(target)
    try:
        refuse_unless_empty(engine, target)
    finally:
        engine.dispose()


def _moved(source: Engine, target: Location) -> list[Moved]:
    with ExitStack() as stack:
        engine, lock = locked_database(target)
        stack.callback(lock.release)
        stack.callback(engine.dispose)
        # Now that nobody else writes it.
        refuse_unless_empty(engine, target)
        with progress("moving") as report:
            moved = move_all(source, lock, report)
        analyze(engine)
    return moved


def _tell_contents(engine: Engine, file: Path) -> None:
    found = contents_of(engine, file)
    for table, rows in found.rows.items():
        if rows:
            typer.echo(_row(table, rows))
    last = "there is none" if found.last_event is None else format_instant(found.last_event)
    typer.echo(
        f"{number_of(sum(found.rows.values()), 'row')}, {number_of(found.bytes, 'byte')}; the last event: {last}. Nothing was moved."
    )


def _row(table: str, rows: int) -> str:
    return f"{table:24} {number_of(rows, 'row'):>17}"
