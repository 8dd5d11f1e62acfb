"""`kept book` and `kept restate`: the promise book in force, its editions, and what another one would change."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from monitor.adapters.journal.database_lock import NoLock
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.row_shapes import edition_row
from monitor.adapters.journal.store import SqlStore
from monitor.adapters.machine.clock import SystemClock
from monitor.bootstrap.joining import is_of_workers, joined_workers
from monitor.bootstrap.opening import Journal, opened_for_reading, opened_journal, read_offered
from monitor.commands.credentials import TokenFile
from monitor.commands.output import Format, FormatOption, chosen_format, print_table, write_rows
from monitor.commands.place_options import (
    AuthorOption,
    DatabaseOption,
    JudgedOption,
    UrlOption,
    Where,
    author_or_self,
    where,
)
from monitor.commands.places import asked
from monitor.commands.questions import command_of
from monitor.commands.running import running
from monitor.domain.hours.instant import InstantUs, format_instant
from monitor.domain.number import number_of
from monitor.domain.promises.editions import FROM_THE_BEGINNING
from monitor.errors import ConfigError
from monitor.service.commits.book_changes import listed
from monitor.service.commits.preview import preview as previewed
from monitor.service.editions.shelf import BookText, Offer, Shelf
from monitor.wire.answers.change_rows import preview_body
from monitor.wire.book import read_book
from monitor.wire.events.cloud_events import recall_event
from monitor.wire.questions import table
from monitor.wire.questions.parameters import MOST_ROWS
from monitor.wire.questions.rows import ChangeCountRow, ChangeRow
from monitor.wire.questions.values import read_instant

app = typer.Typer(help="The promise book a database is judged by.", no_args_is_help=True)
app.command("editions")(command_of(table.EDITIONS))

BookArgument = Annotated[Path, typer.Argument(help="The promise book.")]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", help="From this date or instant on, as if it had governed; default: all there is."),
]

_COUNTS: Final = tuple(ChangeCountRow.model_fields)
_CHANGES: Final = tuple(ChangeRow.model_fields)


@app.command()
def show(database: DatabaseOption = None, url: UrlOption = None, token_file: TokenFile = None) -> None:
    """Print the text of the book as it was applied last."""
    place = where(database, url, token_file)
    with asked(place) as kept:
        text = kept.book_text()
    if text is None:
        raise ConfigError.of(place, "no promise book", "one in it")
    sys.stdout.write(text)


@app.command()
def apply(
    file: BookArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    database: JudgedOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    author: AuthorOption = None,
    output_format: FormatOption = None,
) -> None:
    """Check a book and apply it: it governs what opens from now on, and leaves alone what opened before."""
    place, offered = where(database, url, token_file), read_offered(file)
    row = _applied(place, "/v1/book", Offer(offered, author_or_self(author), reason))
    write_rows([row], table.EDITIONS.columns, chosen_format(output_format))


@app.command()
def preview(
    file: BookArgument,
    database: DatabaseOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    since: SinceOption = None,
    output_format: FormatOption = None,
) -> None:
    """List what a book would change if it governed also what is over; nothing is changed."""
    place = where(database, url, token_file)
    _show(_preview(place, read_offered(file), _instant(since)), chosen_format(output_format))


def restate(
    book: Annotated[Path, typer.Option("--book", help="The promise book to judge by.")],
    database: JudgedOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; needed unless --dry-run.")] = None,
    author: AuthorOption = None,
    since: SinceOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would change.")] = False,
    output_format: FormatOption = None,
) -> None:
    """Judge also what is over by another book: first what that changes, by counts and case by case, then it is done.

    The verdicts given before stay on record: they are the answer as of before.
    """
    if reason is None and not dry_run:
        raise typer.BadParameter("found no reason, expected --reason TEXT, or --dry-run")
    place, offered, instant = where(database, url, token_file), read_offered(book), _instant(since)
    _show(_preview(place, offered, instant), chosen_format(output_format))
    if not dry_run:
        row = _applied(place, "/v1/restatements", Offer(offered, author_or_self(author), str(reason), instant))
        typer.echo(f"edition {row['edition']} is applied; it governs since {row['since'] or 'the beginning'}", err=True)


def _applied(place: Where, path: str, offer: Offer) -> dict[str, Any]:
    """Applies a book, over HTTP by `path`. Gives the row of the edition."""
    if place.database is not None:
        if is_of_workers(place.database):
            return _applied_beside_workers(place.database, offer)
        with opened_journal(place.database, None) as journal:
            return _applied_in(journal, offer)
    said = {"author": offer.author, "reason": offer.reason}
    with running(place) as kept:
        edition: dict[str, Any] = kept.tell(path, {"text": offer.book.text, **said, **_said(offer.since)})["edition"]
    return edition


def _applied_beside_workers(database: Location, offer: Offer) -> dict[str, Any]:
    now = SystemClock().now()
    with joined_workers(database, now) as point:
        edition = point.apply(offer, now)
    typer.echo(
        "the workers judge by it what it concerns, at once or when they run; until then kept_rejudging is 1", err=True
    )
    return edition_row(edition)


def _applied_in(journal: Journal, offer: Offer) -> dict[str, Any]:
    now, point = SystemClock().now(), journal.commit_point
    edition = point.apply(offer, now)
    while point.rejudge(now):
        pass
    return edition_row(edition)


def _preview(place: Where, offered: BookText, since: InstantUs) -> dict[str, Any]:
    if place.database is None:
        with running(place) as kept:
            return kept.tell("/v1/book/preview", {"text": offered.text, "limit": MOST_ROWS, **_said(since)})
    with opened_for_reading(place.database) as engine:
        store = SqlStore(engine, NoLock())
        book = Shelf(store.editions(), read_book).book_with(offered, since)
        return preview_body(listed(previewed(store, book, recall_event, SystemClock().now())))


def _show(found: dict[str, Any], rows_format: Format) -> None:
    """Counts and then the cases as tables; as lines for programs: the cases, with the counts on standard error."""
    is_table = rows_format is Format.TABLE
    out = sys.stdout if is_table else sys.stderr
    print_table(
        found["counts"], _COUNTS, file=out, title=f"{number_of(found['changed'], 'obligation')} would be different"
    )
    if is_table:
        print()
    write_rows(found["changes"], _CHANGES, rows_format)
    if found["left_out"]:
        print(f"{number_of(found['left_out'], 'more is', 'more are')} counted and not listed", file=sys.stderr)


def _said(since: InstantUs | None) -> dict[str, str]:
    return {} if since is None or since == FROM_THE_BEGINNING else {"since": format_instant(since)}


def _instant(text: str | None) -> InstantUs:
    if text is None:
        return FROM_THE_BEGINNING
    try:
        return read_instant(text)
    except ValueError:
        expected = "a date, or an instant such as 2026-07-01T10:00:00+01:00"
        raise typer.BadParameter(f"found --since {text!r}, expected {expected}") from None
