"""`kept risk`: which clients are at risk, and clearing one by name and with a reason."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from monitor.adapters.answers.breach_acts import RefusedAct
from monitor.adapters.answers.risk_acts import outcome_of, prepared_clearance
from monitor.adapters.machine.clock import SystemClock
from monitor.bootstrap.opening import opened_journal
from monitor.commands.credentials import TokenFile
from monitor.commands.output import FormatOption, chosen_format, write_rows
from monitor.commands.own_acts import take_own
from monitor.commands.place_options import StoppedOption, UrlOption, Where, author_or_self, where
from monitor.commands.questions import command_of
from monitor.commands.running import running
from monitor.commands.said_options import checked
from monitor.errors import ConfigError
from monitor.wire.acts.risk_acts import ClearanceAnswer, RiskClearance
from monitor.wire.questions import table

app = typer.Typer(help="Clients at risk: by which facts, and clearing them.", no_args_is_help=True)
app.command("list")(command_of(table.RISK))


@app.command()
def clear(
    client: Annotated[str, typer.Argument(help="The client, as `kept risk list` names it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    by: Annotated[str | None, typer.Option("--by", help="Who decides so; default: your login name.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="When it was decided; now if left out.")] = None,
    database: StoppedOption = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    output_format: FormatOption = None,
) -> None:
    """Decide that a client is not at risk any more, by whatever happened up to then."""
    place = where(database, url, token_file)
    said = {"by": author_or_self(by), "reason": reason} | ({} if at is None else {"at": at})
    write_rows([_cleared(place, client, said)], tuple(ClearanceAnswer.model_fields), chosen_format(output_format))


def _cleared(place: Where, client: str, said: dict[str, Any]) -> dict[str, Any]:
    if place.database is None:
        with running(place) as kept:
            return kept.tell(f"/v1/risk/{quote(client, safe='')}/clear", said)
    model, now = checked(RiskClearance, said), SystemClock().now()
    with opened_journal(place.database, None) as journal:
        try:
            with journal.engine.connect() as connection:
                act = prepared_clearance(connection, client, model, now=now, told_by=None)
        except RefusedAct as error:
            raise ConfigError.of(place, error.found, error.expected) from None
        take_own(journal, act.content, now, "kept risk")
        with journal.engine.connect() as connection:
            return outcome_of(connection, client, act, at=now if model.at is None else model.at)
