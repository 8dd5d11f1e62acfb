"""`kept deadletters`: what arrived and could not be read: shown, tried again, or dropped. Nothing is deleted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.adapters.answers.letters import Letter, letter_of
from monitor.adapters.journal.location import Location
from monitor.adapters.machine.clock import SystemClock
from monitor.commands.credentials import TokenFile
from monitor.commands.judge import FormatOption
from monitor.commands.output import chosen_format, write_rows
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
from monitor.errors import ConfigError, Fault
from monitor.opening import Journal, opened_for_reading, opened_journal
from monitor.service.arrivals import Arrival, Rejection
from monitor.service.records import LetterEnding, LetterState
from monitor.wire.questions import table

app = typer.Typer(help="What arrived and was no event Kept understands.", no_args_is_help=True)
app.command("list")(command_of(table.DEAD_LETTERS))

LetterArgument = Annotated[int, typer.Argument(min=1, help="The number of the letter.")]


@app.command()
def show(
    letter: LetterArgument, database: DatabaseOption = None, url: UrlOption = None, token_file: TokenFile = None
) -> None:
    """Print the original bytes of a dead letter, as they arrived."""
    one_of(database, url)
    if database is not None:
        with opened_for_reading(database) as engine, engine.connect() as connection:
            content = _found(letter_of(connection, letter), letter, str(database)).content
    else:
        with running(str(url), token_file) as kept:
            content = kept.octets(f"/v1/deadletters/{letter}")
    sys.stdout.buffer.write(content)


@app.command()
def retry(
    letter: LetterArgument,
    database: StoppedOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    author: AuthorOption = None,
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "tried again",
    output_format: FormatOption = None,
) -> None:
    """Send the bytes on their way again; where they are taken now, the letter is done."""
    _end(
        letter, "retry", database, url, token_file, {"author": author_or_self(author), "reason": reason}, output_format
    )


@app.command()
def drop(
    letter: LetterArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    database: StoppedOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    author: AuthorOption = None,
    output_format: FormatOption = None,
) -> None:
    """Drop a dead letter; it is kept, with who dropped it and why."""
    _end(letter, "drop", database, url, token_file, {"author": author_or_self(author), "reason": reason}, output_format)


def _end(
    letter: int,
    what: str,
    database: Location | None,
    url: str | None,
    token_file: Path | None,
    said: dict[str, str],
    output_format: Any,
) -> None:
    one_of(database, url)
    if database is not None:
        with opened_journal(database, None) as journal:
            row = _ended_in(journal, letter, what, said, str(database))
    else:
        with running(str(url), token_file) as kept:
            row = kept.tell(f"/v1/deadletters/{letter}/{what}", said)
    write_rows([row], table.DEAD_LETTERS.columns, chosen_format(output_format))


def _ended_in(journal: Journal, letter: int, what: str, said: dict[str, str], place: str) -> dict[str, Any]:
    found = _read(journal, letter, place)
    if not found.is_open:
        raise ConfigError([Fault(place, 0, "", f"dead letter {letter} {found.row['state']} already", "an open one")])
    now = SystemClock().now()
    if what == "retry":
        _take_again(journal, found, now)
    state = LetterState.RETRIED if what == "retry" else LetterState.DROPPED
    journal.commit_point.end_letter(LetterEnding(letter, now, state, said["author"], said["reason"]))
    return _read(journal, letter, place).row


def _take_again(journal: Journal, letter: Letter, now: int) -> None:
    origin = f"dead letter {letter.row['letter']}"
    (outcome,) = journal.commit_point.take([Arrival(letter.content, origin)], now)
    if isinstance(outcome, Rejection):
        raise ConfigError([Fault(origin, 0, outcome.key, outcome.found, outcome.expected)])


def _read(journal: Journal, letter: int, place: str) -> Letter:
    with journal.engine.connect() as connection:
        return _found(letter_of(connection, letter), letter, place)


def _found(letter: Letter | None, number: int, place: str) -> Letter:
    if letter is None:
        raise ConfigError([Fault(place, 0, "", f"no dead letter {number}", "the number of one")])
    return letter
