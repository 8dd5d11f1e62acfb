"""`kept explain`: the timeline of one case, from files of events, from a database, or as a running Kept tells it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from monitor.commands.credentials import TokenFile
from monitor.commands.judge import AsOfOption, instant_option, read_judgement
from monitor.commands.place_options import DatabaseOption, UrlOption, Where, where
from monitor.commands.reading import RejectsOption
from monitor.domain.hours.instant import InstantUs
from monitor.errors import ConfigError, Fault
from monitor.wire.answers.explanations import explain_matter
from monitor.wire.shown.printable import printable


def explain(
    case: Annotated[str, typer.Option("--case", help="The case to explain.")],
    events: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files of events, JSON Lines, also .gz and .xz; - reads standard input.", show_default=False
        ),
    ] = None,
    book: Annotated[Path | None, typer.Option("--book", help="The promise book, with files of events.")] = None,
    database: DatabaseOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    as_of: AsOfOption = None,
    rejects: RejectsOption = None,
) -> None:
    """Tell one case from beginning to end: what happened, what was promised, and why each hour counted or did not."""
    if events and book is not None and database is None and url is None:
        lines = _from_files(events, book, case, instant_option(as_of), rejects)
    elif not events and book is None and rejects is None:
        lines = _from_journal(where(database, url, token_file), case, None if as_of is None else instant_option(as_of))
    else:
        raise typer.BadParameter("expected files of events with --book BOOK, or --database FILE, or --url URL")
    for line in lines:
        typer.echo(printable(line))


def _from_files(events: list[Path], book: Path, case: str, now: InstantUs, rejects: Path | None) -> Iterable[str]:
    judgement = read_judgement(events, book, now, rejects)
    matter = judgement.matter_of(case)
    if matter is None:
        raise _unknown(", ".join(map(str, events)), case)
    return explain_matter(matter, judgement)


def _from_journal(place: Where, case: str, as_of: InstantUs | None) -> Iterable[str]:
    from monitor.commands.places import asked  # noqa: PLC0415  a database takes longer to import than files to read

    with asked(place) as answering:
        found = answering.explanation(case, as_of)
    if found is None:
        raise _unknown(str(place), case)
    lines: list[str] = found["lines"]
    return lines


def _unknown(place: str, case: str) -> ConfigError:
    return ConfigError([Fault(place, 0, "--case", repr(case), "a case that an event names")])
