"""`kept serve`: the questions of a Kept whose workers judge elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.adapters.journal.location import Location
from monitor.adapters.kafka.forwarding import WayOn
from monitor.adapters.machine.logs import LogFormat, set_up_logging
from monitor.bootstrap.serving import Serving
from monitor.commands.database_option import database_option
from monitor.commands.door_options import (
    CANARY_HELP,
    AllowOpenOption,
    HostOption,
    OpenMetricsOption,
    PortOption,
    address_url,
)
from monitor.commands.kafka_options import AuthorityOption, PasswordOption, TlsOption, UserOption, access_of
from monitor.commands.processes import LogFormatOption, run_to_its_end
from monitor.config import DEFAULT_HOST, DEFAULT_PORT, DoorSettings
from monitor.conventions.topics import DEAD_LETTERS_TOPIC, EVENTS_TOPIC


def serve(
    database: Annotated[Location, database_option("The database that others write: it is only read.")],
    *,
    kafka: Annotated[
        str | None,
        typer.Option("--kafka", metavar="HOST:PORT", help="The brokers that events over HTTP are handed on to."),
    ] = None,
    events_topic: Annotated[str, typer.Option("--events-topic", help="Where events go.")] = EVENTS_TOPIC,
    dead_letters_topic: Annotated[
        str, typer.Option("--dead-letters-topic", help="Where what can't be read goes.")
    ] = DEAD_LETTERS_TOPIC,
    host: HostOption = DEFAULT_HOST,
    port: PortOption = DEFAULT_PORT,
    allow_open: AllowOpenOption = False,
    open_metrics: OpenMetricsOption = False,
    canary: Annotated[bool, typer.Option("--canary", help=CANARY_HELP)] = False,
    user: UserOption = None,
    password_file: PasswordOption = None,
    tls: TlsOption = False,
    authority: AuthorityOption = None,
    log_format: LogFormatOption = LogFormat.CONSOLE,
) -> None:
    """Answer questions over HTTP from a database that workers write; hand events on to Kafka where brokers are named."""
    set_up_logging(log_format)
    settings = DoorSettings(
        database=database,
        host=host,
        port=port,
        is_open=allow_open,
        has_open_metrics=open_metrics,
        has_canary=canary,
    )
    way_on = None
    if canary and kafka is None:
        raise typer.BadParameter("found --canary and no brokers, expected --kafka HOST:PORT to send its events to")
    if kafka is not None:
        access = access_of(kafka, user=user, password_file=password_file, tls=tls, authority=authority)
        way_on = WayOn(access, events_topic, dead_letters_topic)
    serving = Serving(settings, way_on)
    run_to_its_end(serving.run(lambda: _announce(serving, database, kafka)))


def _announce(serving: Serving, database: Location, kafka: str | None) -> None:
    url = address_url(serving.address)
    events = "are not taken: no broker was named" if kafka is None else f"POST {url}/v1/events, handed on to {kafka}"
    typer.echo(
        f"Kept answers. Database: {database}\n"
        f"  questions    {url}/v1/openapi.json\n"
        f"  board        {url}/\n"
        f"  metrics      {url}/metrics\n"
        f"  health       {url}/healthz  {url}/readyz\n"
        f"  events       {events}"
    )
