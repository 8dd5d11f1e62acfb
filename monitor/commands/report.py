"""`kept report`: what was promised to a client and what was done, on one page; issued, it is kept as it is."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from monitor.commands.credentials import TokenFile
from monitor.commands.place_options import DatabaseOption, UrlOption, where
from monitor.commands.places import Place, asked
from monitor.commands.said_options import unknown_client
from monitor.conventions.media_types import CSV, HTML, JSON, JSON_LINES
from monitor.errors import ConfigError
from monitor.wire.report.forms import WRITERS
from monitor.wire.shown.printable import printable


class Form(StrEnum):
    """How a report is written."""

    HTML = "html"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


_MEDIA: Final = {Form.HTML: HTML, Form.JSON: JSON, Form.JSONL: JSON_LINES[0], Form.CSV: CSV}


def report(
    database: DatabaseOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    client: Annotated[str | None, typer.Option("--client", help="To which client.")] = None,
    period: Annotated[
        str | None, typer.Option("--period", help="On which period, e.g. 2026-Q3, 2026-07, 2026-W31, 2026.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="A draft as it would have been at this instant.")] = None,
    issue_by: Annotated[
        str | None, typer.Option("--issue-by", help="Issue it in this name: it gets a number and is kept as it is.")
    ] = None,
    number: Annotated[int | None, typer.Option("--number", min=1, help="An issued report, by its number.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file; default: standard output.")] = None,
    form: Annotated[Form, typer.Option("--format", help="A page for people, or a form for programs.")] = Form.HTML,
) -> None:
    """A client's period on one page: promise by promise what was promised, expected, attainable and delivered; every breach."""
    if (number is None) == (client is None or period is None) or (number is not None and (as_of or issue_by)):
        raise typer.BadParameter("expected --client and --period, or --number of an issued report alone")
    if as_of and issue_by:
        raise typer.BadParameter(
            "found --as-of beside --issue-by, expected one of them: what is issued is what is known now"
        )
    said = {name: value for name, value in (("client", client), ("period", period), ("as_of", as_of)) if value}
    with asked(where(database, url, token_file)) as place:
        body = _body(place, said, number, issue_by)
    content = WRITERS[_MEDIA[form]](body)
    if output is None:
        sys.stdout.buffer.write(content)
        return
    output.write_bytes(content)


def _body(place: Place, said: dict[str, Any], number: int | None, issue_by: str | None) -> dict[str, Any]:
    if issue_by is not None:
        kept = place.issue_report({**said, "author": issue_by})
        typer.echo(printable(f"report {kept['report']} to {kept['client']} on {kept['period']} is issued"), err=True)
        number = kept["report"]
    body = place.draft_report(said) if number is None else place.issued_report(number)
    if body is None:
        if number is not None:
            raise ConfigError.of("--number", f"no report {number}", "one that `kept reports` shows")
        raise ConfigError([unknown_client(said["client"])])
    return body
