"""The option `--database`, as every command that has one spells it."""

from __future__ import annotations

from typing import Any

import typer

from monitor.adapters.location import Location


def database_option(description: str, name: str = "--database", metavar: str = "FILE|URL") -> Any:
    """A file, or the address of a PostgreSQL server."""
    return typer.Option(name, parser=Location.parse, metavar=metavar, help=description)
