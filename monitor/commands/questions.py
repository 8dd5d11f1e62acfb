"""One command for each question: its options are the question's parameters, its rows are the question's rows."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import chain
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, get_args, get_origin

import typer
from pydantic import WithJsonSchema
from pydantic.fields import FieldInfo

from monitor.commands.credentials import TokenFile
from monitor.commands.output import Format, FormatOption, chosen_format, write_rows
from monitor.commands.place_options import DatabaseOption, UrlOption, where
from monitor.commands.places import Place, asked
from monitor.commands.unknown_names import unknown_names
from monitor.domain.hours.instant import SECOND_US, describe_duration
from monitor.errors import Fault
from monitor.wire.questions import Question, table
from monitor.wire.questions.parameters import Parameters
from monitor.wire.shown.printable import printable

FOR_PEOPLE: Final[dict[str, tuple[str, ...]]] = {
    table.OBLIGATIONS.name: (
        "left",
        "due",
        "verdict",
        "client",
        "case",
        "kind",
        "promise",
        "holder",
    ),
    table.VERDICTS.name: ("client", "case", "kind", "promise", "verdict", "opened", "due", "ended", "left", "reason"),
    table.SHARES.name: (
        "client",
        "promise",
        "version",
        "period",
        "state",
        "promised",
        "measure",
        "share",
        "fit",
        "below",
        "in_doubt",
        "kept",
        "broken",
        "unknown",
        "waiting",
        "left",
        "left_by_end",
        "pace",
    ),
    table.NUMBERS.name: (
        *("client", "promise", "version", "period", "state", "promised", "expected", "attainable"),
        *("median_seconds", "percentile_95_seconds", "kept", "of", "share", "within_expected", "expected_share"),
    ),
    table.DECISIONS.name: ("position", "recorded", "type", "client", "case", "kind", "verdict", "due", "reason"),
    table.BREACHES.name: (
        *("since", "state", "client", "kind", "tier", "holder"),
        *("acknowledge_by", "explain_by", "cause", "tell_by", "apologise_by", "remedy_by"),
        *("credit_owed", "credit_given", "excused_by", "obligation"),
    ),
    table.HISTORY.name: ("revision", "recorded", "type", "verdict", "restated", "due", "ended", "left", "reason"),
    table.PEOPLE.name: (
        "client",
        "promise",
        "promised_share",
        "delivered_share",
        "grade",
        "tenure",
        "person",
        "touches",
        "touches_share",
        "seconds",
        "seconds_share",
        "met_seconds_share",
        "touches_unmeasured",
        "handoffs",
        "returns",
        "hand_downs",
    ),
    table.TOUCHES.name: ("at", "client", "case", "person", "grade", "tenure", "way", "seconds", "as_promised"),
    table.CALLS.name: (
        "client",
        "queue",
        "starts",
        "offered",
        "answered",
        "within",
        "abandoned",
        "voicemail",
        "cut_off",
        "average_wait_seconds",
        "longest_wait_seconds",
        "share_without_short_abandons",
    ),
    table.PERCEPTION.name: (
        *("client", "case", "disagreement", "scores", "score", "score_lower", "score_upper", "in_words"),
        *("kept", "broken", "share", "share_lower", "share_upper", "handoffs", "hand_downs", "grades"),
    ),
    table.DEAD_LETTERS.name: ("letter", "recorded", "origin", "key", "found", "expected", "bytes", "state", "reason"),
    table.NOTICES.name: (
        *("notice", "kind", "client", "case", "promise", "holder", "due", "opened", "state"),
        *("storm", "folded", "left", "told", "undelivered", "fault"),
    ),
    table.PROPOSALS.name: ("time", "client", "speaker", "words", "finding", "kept", "of", "lower_bound", "reason"),
    table.REGISTER.name: (
        *("promise", "version", "case", "kind", "client", "tier", "target", "due", "since", "until", "state"),
        *("said_by", "said_words", "obligations", "findings"),
    ),
    table.EDITIONS.name: ("edition", "recorded", "since", "restates", "author", "reason"),
}
"""The columns of a table on a terminal, where those of the question are too many."""

_NONE_BY_THEN: Final = (
    "--as-of: found nothing that Kept had recorded by then; what had happened by then, whenever it was recorded, "
    "is told by `kept judge --as-of` from files of events"
)
_OWN_OPTIONS: Final[dict[str, Any]] = {
    "database": DatabaseOption,
    "url": UrlOption,
    "token_file": TokenFile,
    "output_format": FormatOption,
}


def command_of(question: Question) -> Callable[..., None]:
    """The command that asks a question."""

    def answer(place: Place, said: dict[str, Any], rows_format: Format) -> None:
        subject = None if question.subject is None else said.pop(question.subject)
        rows = place.rows(question, said, subject)
        faults = (
            ()
            if subject is None
            else (Fault(str(question.subject), 0, "", f"no {subject!r}", "one that an answer names"),)
        )
        _write(
            _told_if_none(rows, chain(faults, unknown_names(place, said)), is_as_of="as_of" in said),
            question,
            rows_format,
        )

    subjects = {} if question.subject is None else {question.subject: f"The {question.subject}."}
    return asking_command(f"{question.says}: {question.order}.", question.parameters, answer, subjects)


def asking_command(
    says: str,
    parameters: type[Parameters],
    answer: Callable[[Place, dict[str, Any], Format], None],
    subjects: Mapping[str, str],
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Callable[..., None]:
    """A command with an option for each parameter and an argument for each subject, with what it is; `more` options by name.

    `answer` is called with who answers, what was given as it is said in an address, and how rows are to be written.
    """
    options = {name: _option(name, field) for name, field in parameters.model_fields.items() if name != "cursor"}
    annotations = {name: annotation for name, (annotation, _) in options.items()} | _OWN_OPTIONS
    defaults = {name: default for name, (_, default) in options.items()} | dict.fromkeys(_OWN_OPTIONS)
    annotations |= {name: Annotated[str, typer.Argument(help=what)] for name, what in subjects.items()}
    annotations |= more
    defaults |= dict.fromkeys(more)

    def command(**given: Any) -> None:
        database, url, token_file, output_format = (given.pop(name) for name in _OWN_OPTIONS)
        said = {name: _plain(value) for name, value in given.items() if value is not None}
        with asked(where(database, url, token_file)) as place:
            answer(place, said, chosen_format(output_format))

    command.__doc__ = says
    sign(command, annotations, defaults)
    return command


def _option(name: str, field: FieldInfo) -> tuple[Any, Any]:
    """The annotation and the default of an option; what it may be is checked with all the others."""
    words = _words(field)
    choice = str if words else next(filter(_is_choice, _kinds(field)), str)
    says = f"{field.description} One of {', '.join(words)}." if words else field.description
    said = typer.Option(f"--{name.replace('_', '-')}", help=_HELP.get(name, says))
    if field.is_required():
        return Annotated[choice, said], inspect.Parameter.empty
    # A number that stands for a text (a share) is told by the description.
    return Annotated[choice | None, said], None if isinstance(field.default, float) else field.default


def _kinds(field: FieldInfo) -> tuple[Any, ...]:
    """What a parameter may be, nothing at all besides."""
    return (field.annotation, *get_args(field.annotation))


def _words(field: FieldInfo) -> list[str]:
    """The words that a parameter may be, where they are said one by one: in a literal, or as a part of a choice."""
    parts = [(each.json_schema or {}).get("enum", ()) for each in field.metadata if isinstance(each, WithJsonSchema)]
    literals = [get_args(kind) for kind in _kinds(field) if get_origin(kind) is Literal]
    return [str(word) for words in (*parts, *literals) for word in words]


_HELP: Final = {"limit": "Rows at most; default: all there are."}
"""What an option says otherwise than the parameter: a command reads page after page."""


def _is_choice(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value


def sign(command: Any, annotations: dict[str, Any], defaults: dict[str, Any]) -> None:
    """Gives a function the signature that typer reads its options from."""
    command.__annotations__ = annotations
    empty = inspect.Parameter.empty
    parameters = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=defaults.get(name, empty), annotation=annotation
        )
        for name, annotation in annotations.items()
    ]
    command.__signature__ = inspect.Signature(parameters)


def _write(rows: Iterator[dict[str, Any]], question: Question, rows_format: Format) -> None:
    if rows_format is Format.TABLE:
        columns = FOR_PEOPLE.get(question.name, question.columns)
        write_rows((_for_people(row) for row in rows), columns, rows_format)
    else:
        write_rows(rows, question.columns, rows_format)


def _told_if_none(
    rows: Iterator[dict[str, Any]], faults: Iterable[Fault], *, is_as_of: bool
) -> Iterator[dict[str, Any]]:
    """The rows; where there are none, what may be wrong with the question, else what an instant means here, for a past that was
    imported is recorded today."""
    row = None
    for row in rows:
        yield row
    if row is not None:
        return
    said = [str(fault) for fault in faults] or [_NONE_BY_THEN] * is_as_of
    for line in said:
        typer.echo(printable(line), err=True)


def _for_people(row: dict[str, Any]) -> dict[str, Any]:
    """Instants to the second; the time left in words, `late` before what has passed; shares have a number of breaches left."""
    row = {name: _to_the_second(value) for name, value in row.items()}
    if "left" in row:
        return row
    left = row.get("left_seconds", row.get("margin_seconds"))
    if left is None:
        return {**row, "left": "paused" if row.get("verdict") == "paused" else None}
    words = describe_duration(abs(round(left * SECOND_US)))
    return {**row, "left": words if left >= 0 else f"late {words}"}


_FINE_INSTANT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z")


def _to_the_second(value: Any) -> Any:
    fine = _FINE_INSTANT.fullmatch(value) if isinstance(value, str) else None
    return value if fine is None else f"{fine[1]}Z"


clients = command_of(table.CLIENTS)
cases = command_of(table.CASES)
obligations = command_of(table.OBLIGATIONS)
verdicts = command_of(table.VERDICTS)
shares = command_of(table.SHARES)
numbers = command_of(table.NUMBERS)
reports = command_of(table.REPORTS)
decisions = command_of(table.DECISIONS)
history = command_of(table.HISTORY)
proposals = command_of(table.PROPOSALS)
register = command_of(table.REGISTER)
people = command_of(table.PEOPLE)
touches = command_of(table.TOUCHES)
ledger = command_of(table.LEDGER)
calls = command_of(table.CALLS)
perception = command_of(table.PERCEPTION)
relations = command_of(table.RELATIONS)
