"""`kept obligations`: what is owed now, soonest due first."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.adapters.clock import SystemClock
from monitor.adapters.location import Location
from monitor.adapters.open_obligations import COLUMNS, MOST_ROWS, open_obligations
from monitor.adapters.remote import RemoteKept
from monitor.bootstrap import opened_for_reading
from monitor.commands.credentials import TokenFile, read_token
from monitor.commands.database_option import database_option
from monitor.commands.output import Format, chosen_format, write_rows
from monitor.domain.instant import SECOND_US, describe_duration


def obligations(
    database: Annotated[Location | None, database_option("The database, in use or not.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="A Kept that runs, e.g. http://127.0.0.1:8321.")] = None,
    token_file: TokenFile = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST_ROWS, help="How many to show.")] = 1_000,
    output_format: Annotated[
        Format | None, typer.Option("--format", help="Default: a table on a terminal, JSON Lines elsewhere.")
    ] = None,
) -> None:
    """List the open obligations: late ones first, then the soonest due; those that are paused come last."""
    if (database is None) == (url is None):
        raise typer.BadParameter("expected either --database FILE|URL or --url URL")
    rows = _read(database, limit) if database is not None else _ask(str(url), token_file, limit)
    rows_format = chosen_format(output_format)
    if rows_format is Format.TABLE:
        write_rows([_for_people(row) for row in rows], ("left", *COLUMNS), rows_format)
    else:
        write_rows(rows, COLUMNS, rows_format)


def _ask(url: str, token_file: Path | None, limit: int) -> list[dict[str, Any]]:
    with closing(RemoteKept(url, token=read_token(token_file))) as kept:
        return kept.open_obligations(limit)


def _read(database: Location, limit: int) -> list[dict[str, Any]]:
    with opened_for_reading(database) as engine:
        return open_obligations(engine, SystemClock().now(), limit)


def _for_people(row: dict[str, Any]) -> dict[str, Any]:
    """The time left in words, `late` before what has passed."""
    left = row["left_seconds"]
    if left is None:
        return {**row, "left": "paused", "left_seconds": None}
    words = describe_duration(abs(round(left * SECOND_US)))
    return {**row, "left": words if left >= 0 else f"late {words}", "left_seconds": None}
