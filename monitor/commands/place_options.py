"""The options by which a command is told where to ask, and who asks; apart from what answers, which takes long to import."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, NamedTuple, TypeAlias

import typer

from monitor.adapters.journal.location import Location
from monitor.commands.database_option import database_option

DatabaseOption: TypeAlias = Annotated[Location | None, database_option("The database, in use or not.")]
StoppedOption: TypeAlias = Annotated[Location | None, database_option("The database of a Kept that does not run.")]
JudgedOption: TypeAlias = Annotated[
    Location | None, database_option("The database of a Kept that does not run, or of workers, running or not.")
]
UrlOption: TypeAlias = Annotated[
    str | None, typer.Option("--url", help="A Kept that runs, e.g. http://127.0.0.1:8321.")
]
AuthorOption: TypeAlias = Annotated[str | None, typer.Option("--author", help="Who does it; default: your login name.")]


class Where(NamedTuple):
    """Where a command asks or acts: a database, or a Kept that runs, with the file of the token that is shown to it."""

    database: Location | None
    url: str | None
    token_file: Path | None

    def __str__(self) -> str:
        return str(self.database or self.url)


def where(database: Location | None, url: str | None, token_file: Path | None) -> Where:
    """The place that the options name; raises BadParameter unless it is exactly one."""
    if (database is None) == (url is None):
        raise typer.BadParameter("expected either --database FILE|URL or --url URL")
    return Where(database, url, token_file)


def author_or_self(author: str | None) -> str:
    """Who does it."""
    return author or getpass.getuser()
