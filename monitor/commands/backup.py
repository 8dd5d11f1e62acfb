"""`kept backup`: a copy of the database, also while a Kept runs on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.adapters.journal.backup import back_up
from monitor.adapters.journal.location import Location
from monitor.commands.database_option import database_option
from monitor.commands.progress import progress
from monitor.domain.number import number_of
from monitor.errors import ConfigError


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes; a file that is there is never overwritten.")],
    database: Annotated[Location, database_option("The database, in use or not.")],
) -> None:
    """Copy the database as it is at this instant and check the copy. `kept run` takes it up as it took the original."""
    if database.file is None:
        found, expected = "a database of PostgreSQL", "a file of SQLite; a server is backed up by pg_dump"
        raise ConfigError.of("--database", found, expected)
    with progress("copying") as report:
        size = back_up(database.file, file, report)
    typer.echo(f"{file}: {number_of(size, 'byte')}, checked", err=True)
