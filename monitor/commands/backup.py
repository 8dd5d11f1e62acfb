"""`kept backup`: a copy of the database, also while a Kept runs on it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from monitor.adapters.backup import Report, back_up
from monitor.adapters.location import Location
from monitor.commands.database_option import database_option
from monitor.errors import ConfigError, Fault


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes; a file that is there is never overwritten.")],
    database: Annotated[Location, database_option("The database, in use or not.")],
) -> None:
    """Copy the database as it is at this instant and check the copy. `kept run` takes it up as it took the original."""
    if database.file is None:
        found, expected = "a database of PostgreSQL", "a file of SQLite; a server is backed up by pg_dump"
        raise ConfigError([Fault("--database", 0, "", found, expected)])
    with _progress() as report:
        size = back_up(database.file, file, report)
    typer.echo(f"{file}: {size} bytes, checked", err=True)


@contextmanager
def _progress() -> Iterator[Report]:
    """A bar on the terminal's error stream; nothing where there is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _copied, _total: None
        return
    # rich takes longer to import than a small database takes to copy, and is for terminals only.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("copying", total=None)
        yield lambda copied, total: progress.update(task, completed=copied, total=total)
