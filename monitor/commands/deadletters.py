"""`kept deadletters`: what arrived and could not be read: shown, tried again, or dropped. Nothing is deleted."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from monitor.adapters.answers.letters import Letter, letter_of
from monitor.adapters.machine.clock import SystemClock
from monitor.bootstrap.opening import Journal, opened_for_reading, opened_journal
from monitor.commands.credentials import TokenFile
from monitor.commands.output import FormatOption, chosen_format, write_rows
from monitor.commands.own_acts import take_own
from monitor.commands.place_options import (
    AuthorOption,
    DatabaseOption,
    StoppedOption,
    UrlOption,
    Where,
    author_or_self,
    where,
)
from monitor.commands.questions import command_of
from monitor.commands.running import running
from monitor.errors import ConfigError
from monitor.service.ports.records import LetterEnding, LetterState
from monitor.wire.questions import table

app = typer.Typer(help="What arrived and was no event Kept understands.", no_args_is_help=True)
app.command("list")(command_of(table.DEAD_LETTERS))

LetterArgument = Annotated[int, typer.Argument(min=1, help="The number of the letter.")]


@app.command()
def show(
    letter: LetterArgument, database: DatabaseOption = None, url: UrlOption = None, token_file: TokenFile = None
) -> None:
    """Print the original bytes of a dead letter, as they arrived."""
    sys.stdout.buffer.write(_content_at(where(database, url, token_file), letter))


def _content_at(place: Where, letter: int) -> bytes:
    if place.database is None:
        with running(place) as kept:
            return kept.octets(f"/v1/deadletters/{letter}")
    with opened_for_reading(place.database) as engine, engine.connect() as connection:
        return _found(letter_of(connection, letter), letter, place).content


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
    said = {"author": author_or_self(author), "reason": reason}
    row = _ended(where(database, url, token_file), letter, "retry", said)
    write_rows([row], table.DEAD_LETTERS.columns, chosen_format(output_format))


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
    said = {"author": author_or_self(author), "reason": reason}
    row = _ended(where(database, url, token_file), letter, "drop", said)
    write_rows([row], table.DEAD_LETTERS.columns, chosen_format(output_format))


def _ended(place: Where, number: int, what: str, said: dict[str, str]) -> dict[str, Any]:
    if place.database is None:
        with running(place) as kept:
            return kept.tell(f"/v1/deadletters/{number}/{what}", said)
    with opened_journal(place.database, None) as journal:
        letter = _read(journal, number, place)
        if not letter.is_open:
            found = f"dead letter {number} {letter.row['state']} already"
            raise ConfigError.of(place, found, "an open one")
        _end(journal, letter, what, said)
        return _read(journal, number, place).row


def _end(journal: Journal, letter: Letter, what: str, said: dict[str, str]) -> None:
    number, now = letter.row["letter"], SystemClock().now()
    if what == "retry":
        take_own(journal, letter.content, now, f"dead letter {number}")
    state = LetterState.RETRIED if what == "retry" else LetterState.DROPPED
    journal.commit_point.end_letter(LetterEnding(number, now, state, said["author"], said["reason"]))


def _read(journal: Journal, number: int, place: Where) -> Letter:
    with journal.engine.connect() as connection:
        return _found(letter_of(connection, number), number, place)


def _found(letter: Letter | None, number: int, place: Where) -> Letter:
    if letter is None:
        raise ConfigError.of(place, f"no dead letter {number}", "the number of one")
    return letter
