"""`kept breach`: what was broken and how far it is owned, and the acts by which somebody owns it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import quote

import typer
from pydantic.fields import FieldInfo

from monitor.adapters.answers.breach_acts import RefusedAct, breach_named, prepared
from monitor.adapters.machine.clock import SystemClock
from monitor.bootstrap.opening import opened_journal
from monitor.commands.credentials import TokenFile
from monitor.commands.output import FormatOption, chosen_format, write_rows
from monitor.commands.own_acts import take_own
from monitor.commands.place_options import StoppedOption, UrlOption, Where, author_or_self, where
from monitor.commands.questions import FOR_PEOPLE, command_of, sign
from monitor.commands.running import running
from monitor.commands.said_options import checked
from monitor.errors import ConfigError
from monitor.wire.acts.breach_acts import DEEDS, Deed
from monitor.wire.questions import table

app = typer.Typer(help="Broken promises: which there are, and owning up to them.", no_args_is_help=True)
app.command("list")(command_of(table.BREACHES))

_ObligationArgument: TypeAlias = Annotated[str, typer.Argument(help="The obligation, as `kept breach list` names it.")]
_OWN_OPTIONS: Final[dict[str, Any]] = {
    "database": StoppedOption,
    "url": UrlOption,
    "token_file": TokenFile,
    "output_format": FormatOption,
}
_HELP: Final = {"by": "Who does it; default: your login name."}
"""What an option says otherwise than the request: a command knows who calls it."""


def _command_of(deed: Deed) -> Callable[..., None]:
    """The command that does an act: its options are what the act may say."""
    fields = deed.said.model_fields
    said = {name: _option(name, field) for name, field in fields.items()}
    optional = dict.fromkeys([*(name for name, field in fields.items() if not field.is_required()), *_OWN_OPTIONS])

    def command(**given: Any) -> None:
        obligation = given.pop("obligation")
        database, url, token_file, output_format = (given.pop(name) for name in _OWN_OPTIONS)
        told = {name: value for name, value in given.items() if value is not None} | {"by": author_or_self(given["by"])}
        answer = _done(where(database, url, token_file), deed, obligation, told)
        write_rows([answer["breach"]], FOR_PEOPLE[table.BREACHES.name], chosen_format(output_format))

    command.__doc__ = f"{deed.says}."
    sign(command, {"obligation": _ObligationArgument, **said, **_OWN_OPTIONS}, optional)
    return command


def _option(name: str, field: FieldInfo) -> Any:
    """The option for one thing that may be said; what it may be is checked with all the others."""
    option = typer.Option(f"--{name.replace('_', '-')}", help=_HELP.get(name, field.description))
    return Annotated[str, option] if field.is_required() else Annotated[str | None, option]


def _done(place: Where, deed: Deed, obligation: str, said: dict[str, Any]) -> dict[str, Any]:
    """Does an act about an obligation, with what is said; gives the answer."""
    if place.database is None:
        with running(place) as kept:
            return kept.tell(f"/v1/breaches/{quote(obligation, safe='')}/{deed.step}", said)
    model, now = checked(deed.said, said), SystemClock().now()
    with opened_journal(place.database, None) as journal:
        try:
            with journal.engine.connect() as connection:
                act = prepared(connection, deed, model, obligation=obligation, now=now, told_by=None)
        except RefusedAct as error:
            raise ConfigError.of(place, error.found, error.expected) from None
        take_own(journal, act.content, now, "kept breach")
        with journal.engine.connect() as connection:
            return {"breach": breach_named(connection, obligation, now)}


for _deed in DEEDS.values():
    app.command(_deed.step)(_command_of(_deed))
