"""`kept book` and `kept restate`: the promise book in force, its editions, and what another one would change."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from monitor.adapters.answers.letters import newest_edition
from monitor.adapters.journal.database_lock import NoLock
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.row_shapes import edition_row
from monitor.adapters.journal.store import SqlStore
from monitor.adapters.machine.clock import SystemClock
from monitor.commands.credentials import TokenFile
from monitor.commands.judge import FormatOption
from monitor.commands.output import Format, chosen_format, print_table, write_rows
from monitor.commands.place_options import (
    AuthorOption,
    DatabaseOption,
    StoppedOption,
    UrlOption,
    author_or_self,
    one_of,
)
from monitor.commands.places import running
from monitor.commands.questions import command_of
from monitor.domain.hours.instant import FOREVER_US, InstantUs, format_instant
from monitor.domain.promises.editions import FROM_THE_BEGINNING
from monitor.errors import ConfigError, Fault
from monitor.opening import Journal, opened_for_reading, opened_journal, read_offered
from monitor.service.book_changes import listed
from monitor.service.preview import preview as previewed
from monitor.service.shelf import BookText, Shelf
from monitor.wire.book import read_book
from monitor.wire.change_rows import preview_body
from monitor.wire.events import recall_event
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
    one_of(database, url)
    if database is not None:
        with opened_for_reading(database) as engine, engine.connect() as connection:
            edition = newest_edition(connection, FOREVER_US)
        text = None if edition is None else edition.text
    else:
        with running(str(url), token_file) as kept:
            text = (kept.ask("/v1/book") or {}).get("text")
    if text is None:
        raise ConfigError([Fault(str(database or url), 0, "", "no promise book", "one in it")])
    sys.stdout.write(text)


@app.command()
def apply(
    file: BookArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    database: StoppedOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    author: AuthorOption = None,
    output_format: FormatOption = None,
) -> None:
    """Check a book and apply it: it governs what opens from now on, and leaves alone what opened before."""
    one_of(database, url)
    offered, by = read_offered(file), author_or_self(author)
    if database is not None:
        with opened_journal(database, None) as journal:
            row = _applied(journal, offered, by, reason, None)
    else:
        with running(str(url), token_file) as kept:
            row = kept.tell("/v1/book", {"text": offered.text, "author": by, "reason": reason})["edition"]
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
    _show(_preview(read_offered(file), database, url, token_file, _instant(since)), chosen_format(output_format))


def restate(
    book: Annotated[Path, typer.Option("--book", help="The promise book to judge by.")],
    database: StoppedOption = None,
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
    offered, instant = read_offered(book), _instant(since)
    _show(_preview(offered, database, url, token_file, instant), chosen_format(output_format))
    if not dry_run:
        row = _restated(offered, database, url, token_file, author_or_self(author), str(reason), instant)
        typer.echo(f"edition {row['edition']} is applied; it governs since {row['since'] or 'the beginning'}", err=True)


def _restated(
    offered: BookText,
    database: Location | None,
    url: str | None,
    token_file: Path | None,
    author: str,
    reason: str,
    since: InstantUs,
) -> dict[str, Any]:
    if database is not None:
        with opened_journal(database, None) as journal:
            return _applied(journal, offered, author, reason, since)
    said = {"text": offered.text, "author": author, "reason": reason, **_said(since)}
    with running(str(url), token_file) as kept:
        edition: dict[str, Any] = kept.tell("/v1/restatements", said)["edition"]
    return edition


def _applied(journal: Journal, offered: BookText, author: str, reason: str, since: InstantUs | None) -> dict[str, Any]:
    now, point = SystemClock().now(), journal.commit_point
    edition = point.apply(offered, now, author=author, reason=reason, since=since)
    while point.rejudge(now):
        pass
    return edition_row(edition)


def _preview(
    offered: BookText, database: Location | None, url: str | None, token_file: Path | None, since: InstantUs
) -> dict[str, Any]:
    one_of(database, url)
    if database is None:
        with running(str(url), token_file) as kept:
            return kept.tell("/v1/book/preview", {"text": offered.text, "limit": MOST_ROWS, **_said(since)})
    with opened_for_reading(database) as engine:
        store = SqlStore(engine, NoLock())
        book = Shelf(store.editions(), read_book).book_with(offered, since)
        return preview_body(listed(previewed(store, book, recall_event, SystemClock().now())))


def _show(found: dict[str, Any], rows_format: Format) -> None:
    """Counts and then the cases as tables; as lines for programs: the cases, with the counts on standard error."""
    is_table = rows_format is Format.TABLE
    out = sys.stdout if is_table else sys.stderr
    print_table(found["counts"], _COUNTS, file=out, title=f"{found['changed']} obligations would be different")
    if is_table:
        print()
    write_rows(found["changes"], _CHANGES, rows_format)
    if found["left_out"]:
        print(f"{found['left_out']} more are counted and not listed", file=sys.stderr)


def _said(since: InstantUs) -> dict[str, str]:
    return {} if since == FROM_THE_BEGINNING else {"since": format_instant(since)}


def _instant(text: str | None) -> InstantUs:
    if text is None:
        return FROM_THE_BEGINNING
    try:
        return read_instant(text)
    except ValueError:
        expected = "a date, or an instant such as 2026-07-01T10:00:00+01:00"
        raise typer.BadParameter(f"found --since {text!r}, expected {expected}") from None
