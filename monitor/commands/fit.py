"""`kept fit`: whether the firm and a client fit, on one sheet for the talk about it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from monitor.commands.output import Format, print_table
from monitor.commands.places import Place
from monitor.commands.questions import asking_command
from monitor.commands.said_options import unknown_client
from monitor.conventions.media_types import CSV, HTML, JSON_LINES
from monitor.domain.hours.instant import SECOND_US
from monitor.domain.hours.target import describe_length
from monitor.domain.number import grouped
from monitor.errors import ConfigError
from monitor.wire.questions.fit_rows import FitParameters
from monitor.wire.report.forms import FIT_WRITERS
from monitor.wire.shown.printable import printable

_WANTED: Final = (
    *("service", "way", "kind", "priority", "wishes", "lead", "compared_kept", "compared_of", "half", "tightest"),
    *("could", "could_not", "too_few", "kept", "broken", "late_share", "late_share_outside"),
)
_PRIORITIES: Final = ("priority", "cases", "of", "share", "others_share", "others_of")
_TIGHT: Final = ("wanted", "case", "service", "way", "lead", "compared_kept", "compared_of", "became", "words")
_LATE: Final = ("due", "client", "case", "kind", "promise")
_MOST_SHOWN: Final = 20
"""Rows of a list on a terminal; all that are listed are in the other forms."""


def _answer(place: Place, said: dict[str, Any], rows_format: Format) -> None:
    page = said.pop("page", None)
    found = place.fit(said)
    if found is None:
        raise ConfigError([unknown_client(said["client"])])
    if page is not None:
        Path(page).write_bytes(FIT_WRITERS[HTML](found))
    elif rows_format is Format.TABLE:
        _tell(found)
    else:
        media = CSV if rows_format is Format.CSV else JSON_LINES[0]
        sys.stdout.buffer.write(FIT_WRITERS[media](found))


def _tell(found: dict[str, Any]) -> None:
    """The sheet for people."""
    for says in found["says"]:
        typer.echo(printable(says))
    typer.echo(printable(f"  from {found['since']} on, as of {found['as_of']}, hours {found['hours']!r}"))
    looked_at = [f"{kind} {grouped(number)}" for kind, number in found["one_in"].items() if number > 1]
    if looked_at:
        typer.echo(f"  of everybody's decisions one in so many was looked at: {', '.join(looked_at)}")
    if found["without_time"] or found["unread"]:
        typer.echo(
            f"  left out: {grouped(found['without_time'])} without any time, {grouped(found['unread'])} that don't say by when"
        )
    wanted = [_with_lengths(row) for row in found["rows"]]
    _list("What is wanted", wanted, _WANTED)
    if any(row["priority"] for row in found["priorities"]):
        _list("Priorities", found["priorities"], _PRIORITIES)
    tight, cost = found["tight"], found["cost"]
    _list("Could not have been met", [_with_lengths(row) for row in tight["rows"]], _TIGHT, tight["total"])
    _list("Late for others in those hours", cost["rows"], _LATE, cost["others_late"])


def _list(title: str, rows: list[dict[str, Any]], columns: tuple[str, ...], total: int | None = None) -> None:
    """A table; of a list of `total` rows the first, with how many there are."""
    if not rows:
        return
    typer.echo("")
    if total is not None:
        rows = rows[:_MOST_SHOWN]
    if total is not None and total > len(rows):
        title += f", the first {grouped(len(rows))} of {grouped(total)}"
    print_table(rows, columns, file=sys.stdout, title=title)


def _with_lengths(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its lengths in words."""
    named = {"lead": "lead_seconds", "half": "half_seconds", "tightest": "tightest_seconds"}
    return row | {name: _length(row[column]) for name, column in named.items() if column in row}


def _length(length: float | None) -> str | None:
    return None if length is None else describe_length(round(length * SECOND_US))


PageOption = Annotated[Path | None, typer.Option("--page", help="Write the sheet as a page (HTML) here.")]

fit = asking_command(
    "Whether the firm and a client fit: what they want by when, against what is achieved, and at what cost to others.",
    FitParameters,
    _answer,
    {},
    {"page": PageOption},
)
