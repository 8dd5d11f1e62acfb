"""`kept hours`: asks a calendar how much working time lies between two instants, or when some of it is used up."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final

import orjson
import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from monitor.domain.hours.instant import SECOND_US, DurationUs, InstantUs, format_instant, parse_instant, seconds
from monitor.domain.hours.target import describe_length, parse_target
from monitor.domain.hours.working_hours import WorkingHours
from monitor.wire.written.calendars import COMPILED_CALENDARS, CalendarModel
from monitor.wire.written.plain_words import describe_error

_STANDARD_INPUT = "-"
_JSONL = "--jsonl"

_KEYS: Final = {
    "between": frozenset({"id", "calendar", "op", "start", "end"}),
    "after": frozenset({"id", "calendar", "op", "start", "seconds", "roll_to_opening"}),
}
"""What a line of each operation may say."""


class _HoursGroup(TyperGroup):
    """Lets `--jsonl` stand without a file, which typer's options cannot."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if _JSONL in args:
            after = args.index(_JSONL) + 1
            if after == len(args) or args[after].startswith("--"):
                args = [*args[:after], _STANDARD_INPUT, *args[after:]]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_HoursGroup, help="Working time between two instants, and the instant after some of it.")

BookOption = Annotated[Path, typer.Option("--book", help="The promise book.")]
CalendarOption = Annotated[str, typer.Option("--calendar", help="A calendar of the book, by name.")]
StartArgument = Annotated[str, typer.Argument(help="ISO 8601 with an offset, e.g. 2026-07-01T10:00:00+01:00.")]


@app.callback(invoke_without_command=True)
def hours(
    context: typer.Context,
    jsonl: Annotated[
        typer.FileBinaryRead | None,
        typer.Option(_JSONL, metavar="[FILE|-]", help="Answer many questions, one JSON object a line."),
    ] = None,
) -> None:
    """Asks calendars about working time.

    With --jsonl each line of the file (or of standard input) is a question: {"id", "calendar", "op": "between",
    "start", "end"} or {"id", "calendar", "op": "after", "start", "seconds", "roll_to_opening"}. Each gets one line of
    output, in the same order: {"id", "seconds"}, {"id", "end"} or {"id", "error"}. Errors are part of the output; the
    exit code is 0.
    """
    if context.invoked_subcommand is not None:
        if jsonl is not None:
            raise typer.BadParameter(f"found {_JSONL} and {context.invoked_subcommand}, expected one of them")
    elif jsonl is None:
        raise typer.BadParameter(f"found no question, expected between, after or {_JSONL}")
    else:
        answer_lines(jsonl, sys.stdout.buffer)


@app.command()
def between(
    start: StartArgument,
    end: Annotated[str, typer.Argument(help="As START.")],
    book: BookOption,
    calendar: CalendarOption,
) -> None:
    """Print the working time from START to END, in seconds and for people."""
    try:
        work = _calendar_of(book, calendar).between(parse_instant(start), parse_instant(end))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(f"{seconds(work)} s ({describe_length(work)})")


@app.command()
def after(
    start: StartArgument,
    target: Annotated[str, typer.Argument(help="4h, 1h 30m, 3 business days, 3 days, 72 calendar hours.")],
    book: BookOption,
    calendar: CalendarOption,
    *,
    roll_to_opening: Annotated[bool, typer.Option(help="What ends at closing time ends at the next opening.")] = False,
) -> None:
    """Print the instant at which TARGET is used up from START on, in UTC and in the calendar's zone."""
    try:
        known = _calendar_of(book, calendar)
        due = parse_target(target, roll_to_opening=roll_to_opening).due(parse_instant(start), known)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(format_instant(due))
    typer.echo(f"{known.to_local_datetime(due).isoformat()} {known.zone}")


def _calendar_of(path: Path, name: str) -> WorkingHours:
    """A calendar of a book; raises ValueError for one it does not have, ConfigError for a faulty book."""
    from monitor.wire.book import load_book  # noqa: PLC0415  --jsonl needs no book, nor the time to import it

    book = load_book(path)
    if name not in book.calendars:
        raise ValueError(f"found the calendar {name!r}, expected one of {', '.join(book.calendars)}")
    return book.calendars[name]


# Many questions


def answer_lines(questions: Iterable[bytes], answers: BinaryIO) -> None:
    """One line of answer for each line that is not blank, in order; holds one line at a time."""
    for line in questions:
        if line.strip():
            answers.write(orjson.dumps(answer_line(line), option=orjson.OPT_APPEND_NEWLINE))
    answers.flush()


def answer_line(line: bytes) -> dict[str, Any]:
    """`{"id", "seconds"}`, `{"id", "end"}` or `{"id", "error"}`; the id is null where the line has none to repeat."""
    try:
        question = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return {"id": None, "error": f"found no JSON ({error}), expected a JSON object"}
    if not isinstance(question, dict):
        return {"id": None, "error": f"found {_shown(question)}, expected a JSON object"}
    try:
        return {"id": question.get("id"), **_answer(question)}
    except (ValueError, OverflowError) as error:
        return {"id": question.get("id"), "error": str(error)}


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    operation = question.get("op")
    keys = _KEYS.get(operation) if isinstance(operation, str) else None
    if keys is None:
        raise ValueError(f"op: found {_shown(operation)}, expected {' or '.join(_KEYS)}")
    _refuse_other_keys(question, keys)
    calendar = _compiled(orjson.dumps(question["calendar"]))
    start = _instant(question, "start")
    if operation == "between":
        return {"seconds": seconds(calendar.between(start, _instant(question, "end")))}
    end = calendar.after(start, _work(question), roll_to_opening=_roll_to_opening(question))
    return {"end": format_instant(end)}


def _refuse_other_keys(question: dict[str, Any], keys: frozenset[str]) -> None:
    if question.keys() == keys:
        return
    for key in question:
        if key not in keys:
            raise ValueError(f"found the key {_shown(key)}, expected only {', '.join(sorted(keys))}")
    for key in sorted(keys - {"roll_to_opening"}):
        if key not in question:
            raise ValueError(f"{key}: found nothing, expected a value")


@lru_cache(maxsize=COMPILED_CALENDARS)
def _compiled(raw: bytes) -> WorkingHours:
    """The calendar of a JSON text; the same text is read once. Raises ValueError that names every fault."""
    try:
        return CalendarModel.model_validate_json(raw).compile()
    except ValidationError as error:
        raise ValueError("; ".join(map(_calendar_fault, error.errors(include_url=False)))) from None


def _calendar_fault(detail: Any) -> str:
    found, expected, key = describe_error(detail)
    place = f"calendar.{key}" if key else "calendar"
    own_words = "expected " in expected
    return f"{place}: {expected}" if own_words else f"{place}: found {found}, expected {expected}"


def _instant(question: dict[str, Any], key: str) -> InstantUs:
    text = question[key]
    if not isinstance(text, str):
        raise ValueError(f"{key}: found {_shown(text)}, expected an ISO 8601 instant such as 2026-07-01T10:00:00+01:00")
    try:
        return parse_instant(text)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _work(question: dict[str, Any]) -> DurationUs:
    """`seconds` as microseconds, by way of the decimal number that was written."""
    number = question["seconds"]
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < float("inf"):
        raise ValueError(f"seconds: found {_shown(number)}, expected a number of 0 or more")
    return number * SECOND_US if isinstance(number, int) else round(Decimal(repr(number)) * SECOND_US)


def _roll_to_opening(question: dict[str, Any]) -> bool:
    roll = question.get("roll_to_opening", False)
    if not isinstance(roll, bool):
        raise ValueError(f"roll_to_opening: found {_shown(roll)}, expected true or false")
    return roll


def _shown(value: object) -> str:
    """A found value as JSON, short enough for an error."""
    text = orjson.dumps(value).decode()
    return text if len(text) <= 80 else f"{text[:80]}..."
