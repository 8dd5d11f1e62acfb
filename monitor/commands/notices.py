"""`kept notices`: what somebody outside is told of, what did not arrive, and whether receivers can be reached at all."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from monitor.adapters.answers.notice_lists import retry_given_up
from monitor.adapters.journal.location import Location
from monitor.adapters.machine.clock import SystemClock
from monitor.adapters.outbound.senders import AnySender, senders_of
from monitor.bootstrap.opening import opened_for_reading
from monitor.commands.database_option import database_option
from monitor.commands.questions import command_of
from monitor.domain.hours.instant import InstantUs
from monitor.domain.number import number_of
from monitor.errors import TransientError
from monitor.service.notices.courier import Message
from monitor.service.notices.notice import DeliveryRecord, DeliveryState, Phase, trial_notice
from monitor.wire.notices.loading import load_notice_settings
from monitor.wire.questions import table

app = typer.Typer(help="What somebody outside is told of.", no_args_is_help=True)
app.command("list")(command_of(table.NOTICES))

Database = Annotated[Location, database_option("The database, in use or not.")]


@app.command()
def retry(database: Database) -> None:
    """Try again what was given up. A running Kept sends it at once, another one when it is started."""
    with opened_for_reading(database) as engine:
        count = retry_given_up(engine, SystemClock().now())
    typer.echo(f"{number_of(count, 'message is', 'messages are')} tried again", err=True)


@app.command()
def test(settings: Annotated[Path, typer.Argument(metavar="NOTICES", help="The settings of notices.")]) -> None:
    """Send a test to every receiver, from here and without a database; ends with 1 where one did not take it."""
    now = SystemClock().now()
    faults = {sender.receiver.name: _tried(sender, now) for sender in senders_of(load_notice_settings(settings))}
    for name, fault in faults.items():
        typer.echo(f"{name}: {fault or 'took it'}")
    failed = [name for name, fault in faults.items() if fault]
    if failed:
        raise TransientError(f"found {len(failed)} of {len(faults)} receivers that did not take a test, expected none")


def _tried(sender: AnySender, now: InstantUs) -> str:
    notice = trial_notice(uuid4().hex, now)
    name = sender.receiver.name
    state = DeliveryState.WAITING.value
    delivery = DeliveryRecord(notice.key, name, Phase.OPENED.value, 0, None, notice.kind, state, now, 0, now, None, "")
    return sender.send([Message(delivery, notice)], now)[0]
