"""`kept breach`: what was broken and how far it is owned, and the acts by which somebody owns it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import quote

import typer
from pydantic import ValidationError

from monitor.adapters.breach_acts import RefusedAct, breach_named, prepared
from monitor.adapters.clock import SystemClock
from monitor.adapters.location import Location
from monitor.bootstrap import Journal, opened_journal
from monitor.commands.credentials import TokenFile
from monitor.commands.judge import FormatOption
from monitor.commands.output import chosen_format, write_rows
from monitor.commands.place_options import StoppedOption, UrlOption, author_or_self, one_of
from monitor.commands.places import running
from monitor.commands.questions import FOR_PEOPLE, command_of
from monitor.errors import ConfigError, Fault
from monitor.service.arrivals import Arrival, Rejection
from monitor.wire.breach_acts import DEEDS, Deed
from monitor.wire.plain_words import describe_error
from monitor.wire.questions import table

app = typer.Typer(help="Broken promises: which there are, and owning up to them.", no_args_is_help=True)
app.command("list")(command_of(table.BREACHES))

ObligationArgument: TypeAlias = Annotated[str, typer.Argument(help="The obligation, as `kept breach list` names it.")]
ByOption: TypeAlias = Annotated[str | None, typer.Option("--by", help="Who does it; default: your login name.")]
WordsOption: TypeAlias = Annotated[str | None, typer.Option("--words", help="In their own words.")]
SaidOption: TypeAlias = Annotated[str, typer.Option("--words", help="What happened.")]
WhyOption: TypeAlias = Annotated[str, typer.Option("--reason", help="Why.")]
AtOption: TypeAlias = Annotated[
    str | None, typer.Option("--at", help="When it was done, an instant with an offset; default: now.")
]


@app.command()
def acknowledge(
    obligation: ObligationArgument,
    by: ByOption = None,
    words: WordsOption = None,
    at: AtOption = None,
    database: StoppedOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    output_format: FormatOption = None,
) -> None:
    """Acknowledge a broken promise: somebody by name owns up to it."""
    _act(
        "acknowledge",
        obligation,
        {"by": by, "words": words, "at": at},
        _place(database, url, token_file),
        output_format,
    )


@app.command()
def explain(
    obligation: ObligationArgument,
    cause: Annotated[str, typer.Option("--cause", help="One of the causes that the book lists.")],
    words: SaidOption,
    by: ByOption = None,
    at: AtOption = None,
    database: StoppedOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    output_format: FormatOption = None,
) -> None:
    """Say why a promise was broken."""
    said = {"cause": cause, "words": words, "by": by, "at": at}
    _act("explain", obligation, said, _place(database, url, token_file), output_format)


@app.command()
def tell(
    obligation: ObligationArgument,
    by: ByOption = None,
    words: WordsOption = None,
    at: AtOption = None,
    database: StoppedOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    output_format: FormatOption = None,
) -> None:
    """Say that the client was told of it."""
    _act("tell", obligation, {"by": by, "words": words, "at": at}, _place(database, url, token_file), output_format)


@app.command()
def apologise(
    obligation: ObligationArgument,
    by: ByOption = None,
    words: WordsOption = None,
    at: AtOption = None,
    database: StoppedOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    output_format: FormatOption = None,
) -> None:
    """Say that the firm apologised."""
    _act(
        "apologise", obligation, {"by": by, "words": words, "at": at}, _place(database, url, token_file), output_format
    )


@app.command()
def remedy(
    obligation: ObligationArgument,
    amount: Annotated[str | None, typer.Option("--amount", help="The sum of a credit, e.g. 50.")] = None,
    currency: Annotated[str | None, typer.Option("--currency", help="Its currency; default: that of the book.")] = None,
    approved_by: Annotated[str | None, typer.Option("--approved-by", help="Who approved the credit.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why there is no credit.")] = None,
    by: ByOption = None,
    words: WordsOption = None,
    at: AtOption = None,
    database: StoppedOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    output_format: FormatOption = None,
) -> None:
    """Give a credit that somebody approved, or say why there is none."""
    said = {"amount": amount, "currency": currency, "approved_by": approved_by, "reason": reason}
    said |= {"by": by, "words": words, "at": at}
    _act("remedy", obligation, said, _place(database, url, token_file), output_format)


@app.command()
def excuse(
    obligation: ObligationArgument,
    reason: WhyOption,
    by: ByOption = None,
    at: AtOption = None,
    database: StoppedOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    output_format: FormatOption = None,
) -> None:
    """Decide that a breach is not the firm's."""
    _act("excuse", obligation, {"reason": reason, "by": by, "at": at}, _place(database, url, token_file), output_format)


@app.command()
def close(
    obligation: ObligationArgument,
    reason: WhyOption,
    by: ByOption = None,
    at: AtOption = None,
    database: StoppedOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    output_format: FormatOption = None,
) -> None:
    """Decide that nothing more will be done about a breach."""
    _act("close", obligation, {"reason": reason, "by": by, "at": at}, _place(database, url, token_file), output_format)


# Where it is done

_Doing: TypeAlias = Callable[[Deed, str, dict[str, Any]], dict[str, Any]]
"""Does an act about an obligation, with what is said; gives the answer."""


def _place(database: Location | None, url: str | None, token_file: Path | None) -> _Doing:
    one_of(database, url)

    def doing(deed: Deed, obligation: str, said: dict[str, Any]) -> dict[str, Any]:
        if database is None:
            with running(str(url), token_file) as kept:
                return kept.tell(f"/v1/breaches/{quote(obligation, safe='')}/{deed.step}", said)
        with opened_journal(database, None) as journal:
            return _done_in(journal, deed, obligation, said, str(database))

    return doing


def _act(step: str, obligation: str, said: dict[str, str | None], doing: _Doing, output_format: Any) -> None:
    deed = DEEDS[step]
    given = {key: value for key, value in said.items() if value is not None}
    answer = doing(deed, obligation, given | {"by": author_or_self(said["by"])})
    write_rows([answer["breach"]], FOR_PEOPLE[table.BREACHES.name], chosen_format(output_format))


def _done_in(journal: Journal, deed: Deed, obligation: str, said: dict[str, Any], place: str) -> dict[str, Any]:
    try:
        model = deed.said.model_validate(said)
    except ValidationError as error:
        faults = (describe_error(detail) for detail in error.errors())
        raise ConfigError(
            [Fault(f"--{key.replace('_', '-')}", 0, "", found, expected) for found, expected, key in faults]
        ) from None
    now = SystemClock().now()
    try:
        with journal.engine.connect() as connection:
            act = prepared(connection, deed, obligation, model, now, told_by=None)
    except RefusedAct as error:
        raise ConfigError([Fault(place, 0, "", error.found, error.expected)]) from None
    (outcome,) = journal.commit_point.take([Arrival(act.content, _ORIGIN)], now)
    if isinstance(outcome, Rejection):
        raise ConfigError([Fault(_ORIGIN, 0, outcome.key, outcome.found, outcome.expected)])
    with journal.engine.connect() as connection:
        return {"breach": breach_named(connection, obligation, now)}


_ORIGIN: Final = "kept breach"
