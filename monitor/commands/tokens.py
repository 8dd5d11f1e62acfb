"""`kept token`: who may send events, ask questions, or do everything; while a Kept runs on the database, or before."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final

import typer

from monitor.adapters.journal.location import Location
from monitor.adapters.machine.clock import SystemClock
from monitor.bootstrap.opening import opened_tokens, prepare
from monitor.commands.database_option import database_option
from monitor.commands.output import FormatOption, chosen_format, write_rows
from monitor.domain.hours.instant import DAY_US, InstantUs, format_instant, parse_instant
from monitor.service.doors.tokens import Scope, TokenRecord, new_token

COLUMNS: Final = ("id", "name", "scopes", "state", "created", "expires", "revoked")
LONGEST_NAME: Final = 64

_DAYS: Final = re.compile(r"([1-9]\d{0,4})d")

app = typer.Typer(help="Make, list and revoke the tokens that a Kept asks for.", no_args_is_help=True)

Database = Annotated[Location, database_option("The database, in use or not.")]


@app.command("new")
def make(
    database: Database,
    name: Annotated[str, typer.Option("--name", help="Whose it is, for whoever lists and revokes it.")],
    scope: Annotated[list[Scope], typer.Option("--scope", help="What it may be used for; may be said several times.")],
    expires: Annotated[
        str | None, typer.Option("--expires", help="How long it is valid, e.g. 90d, or up to which date.")
    ] = None,
) -> None:
    """Make a token and print it. It is shown this once: what is kept of it is enough to know it again, not to tell it.

    A running Kept knows it within two seconds. From the first token on Kept asks for one at every door.
    """
    now = SystemClock().now()
    token = new_token(_checked_name(name), scope, now, _expiry(expires, now))
    prepare(database)
    with opened_tokens(database) as table:
        table.add(token.record)
    typer.echo(token.text)
    typer.echo(f"token {token.record.id} for {name}: {_told(token.record)}; it is not shown again", err=True)


@app.command("list")
def show(
    database: Database,
    output_format: FormatOption = None,
) -> None:
    """List every token ever made, the oldest first: whose it is and what it may be used for, never the token."""
    now = SystemClock().now()
    with opened_tokens(database) as table:
        rows = [_row(record, now) for record in table.records()]
    write_rows(rows, COLUMNS, chosen_format(output_format))


@app.command("revoke")
def revoke(
    database: Database, name: Annotated[str, typer.Argument(metavar="NAME|ID", help="As `kept token list` shows it.")]
) -> None:
    """End a token. A running Kept refuses it within two seconds; it stays on the list."""
    with opened_tokens(database) as table:
        record = table.revoke(name, SystemClock().now())
    typer.echo(f"token {record.id} for {record.name} is revoked", err=True)


def _checked_name(name: str) -> str:
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise typer.BadParameter(
            f"found {name!r}, expected 1 to {LONGEST_NAME} printable characters", param_hint="--name"
        )
    return name


def _expiry(text: str | None, now: InstantUs) -> InstantUs | None:
    """`90d` from now on, or the beginning of a date (UTC), or an instant; raises BadParameter."""
    if text is None:
        return None
    try:
        days = _DAYS.fullmatch(text)
        expires = now + int(days[1]) * DAY_US if days else parse_instant(_as_instant(text))
    except ValueError:
        expected = "days such as 90d, or a date such as 2027-01-31"
        raise typer.BadParameter(f"found {text!r}, expected {expected}", param_hint="--expires") from None
    if expires <= now:
        raise typer.BadParameter(f"found {text!r}, which is past, expected a later date", param_hint="--expires")
    return expires


def _as_instant(text: str) -> str:
    return f"{date.fromisoformat(text)}T00:00:00Z" if len(text) == len("2027-01-31") else text


def _told(record: TokenRecord) -> str:
    until = "" if record.expires is None else f", until {format_instant(record.expires)}"
    return f"{record.scopes}{until}"


def _row(record: TokenRecord, now: InstantUs) -> dict[str, str | None]:
    instants = {name: getattr(record, name) for name in ("created", "expires", "revoked")}
    told = {name: None if at is None else format_instant(at) for name, at in instants.items()}
    return {"id": record.id, "name": record.name, "scopes": record.scopes, "state": record.state(now), **told}
