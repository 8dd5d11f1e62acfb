"""The option `--database`, as every command that has one spells it."""

from __future__ import annotations

from typing import Any

import typer

from monitor.adapters.journal.location import Location
from monitor.errors import ConfigError


def database_option(description: str, name: str = "--database", metavar: str = "FILE|URL") -> Any:
    """A file, or the address of a PostgreSQL server."""
    return typer.Option(name, parser=Location.parse, metavar=metavar, help=description)


def refuse_files(database: Location, expected: str) -> None:
    """Raises ConfigError where a database of a server is needed and a file is named."""
    if database.file is not None:
        raise ConfigError.of("--database", f"the file {database}", expected)
