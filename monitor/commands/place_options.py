"""The options by which a command is told where to ask, and who asks; apart from what answers, which takes long to import."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

DatabaseOption: TypeAlias = Annotated[Path | None, typer.Option("--database", help="The database, in use or not.")]
StoppedOption: TypeAlias = Annotated[
    Path | None, typer.Option("--database", help="The database of a Kept that does not run.")
]
UrlOption: TypeAlias = Annotated[
    str | None, typer.Option("--url", help="A Kept that runs, e.g. http://127.0.0.1:8321.")
]
AuthorOption: TypeAlias = Annotated[str | None, typer.Option("--author", help="Who does it; default: your login name.")]


def one_of(database: Path | None, url: str | None) -> None:
    """Raises BadParameter unless exactly one place is named."""
    if (database is None) == (url is None):
        raise typer.BadParameter("expected either --database FILE or --url URL")


def author_or_self(author: str | None) -> str:
    """Who does it."""
    return author or getpass.getuser()
