"""`kept attainable`: what the firm's own past says of a promise, before it is made."""

from __future__ import annotations

import sys
from typing import Any, Final

import typer

from monitor.commands.output import Format, print_table, write_rows
from monitor.commands.places import Place
from monitor.commands.questions import asking_command
from monitor.domain.number import grouped
from monitor.errors import ConfigError
from monitor.wire.questions.parameters import AttainableParameters
from monitor.wire.shown.printable import printable

_MONTHS: Final = ("month", "kept", "of", "lower_bound")
_LEFT_OUT: Final = ("not_due", "void", "unknown", "excused")


def _answer(place: Place, said: dict[str, Any], rows_format: Format) -> None:
    found = place.attainable(said)
    if found is None:
        raise ConfigError.of("--as-of", "no promise book recorded by then", "one")
    if rows_format is Format.TABLE:
        _tell(found)
    elif rows_format is Format.CSV:
        write_rows(found["months"], _MONTHS, rows_format)
    else:
        write_rows([found], tuple(found), rows_format)


def _tell(found: dict[str, Any]) -> None:
    """The answer for people: the finding, what stands behind it, month by month."""
    typer.echo(printable(f"{found['finding'].replace('_', ' ')}: {found['reason']}"))
    typer.echo(printable(f"  asked      {found['kind']} within {found['within']}, hours {found['hours']!r}"))
    typer.echo(f"  cases      opened from {found['since']} on, as of {found['as_of']}")
    for each in found["narrower"]:
        typer.echo(
            printable(
                f"  too few    kept {grouped(each['kept'])} of {grouped(each['of'])} for {each['circle']} {each['name']}"
            )
        )
    typer.echo(f"  tightest   {found['tightest'] or 'none'}")
    left_out = ", ".join(f"{grouped(found[name])} {name.replace('_', ' ')}" for name in _LEFT_OUT)
    typer.echo(f"  left out   {left_out}; open and late: {grouped(found['open_late'])}")
    if found["approximated"]:
        typer.echo(
            f"  paused     {grouped(found['approximated'])} in other hours: their pauses are taken to be spread evenly"
        )
    if found["one_in"] > 1:
        typer.echo(f"  looked at  one decision in {grouped(found['one_in'])}")
    if found["months"]:
        typer.echo("")
        print_table(found["months"], _MONTHS, file=sys.stdout)


attainable = asking_command(
    "What the firm's own past says of a promise, before it is made.", AttainableParameters, _answer, {}
)
