"""`kept publish`: every decision to a topic of Kafka."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from monitor.adapters.journal.location import Location
from monitor.adapters.machine.logs import LogFormat, set_up_logging
from monitor.bootstrap.publishing import Publishing
from monitor.commands.database_option import database_option, refuse_files
from monitor.commands.door_options import MetricsOption, OpenMetricsPlaceOption, address_url, metrics_address
from monitor.commands.kafka_options import AuthorityOption, PasswordOption, TlsOption, UserOption, access_of
from monitor.commands.processes import LogFormatOption, run_to_its_end
from monitor.config import refuse_strangers
from monitor.conventions.topics import DECISIONS_TOPIC

DEFAULT_METRICS: Final = "127.0.0.1:8324"


def publish(
    database: Annotated[Location, database_option("The database with the decisions: postgresql://USER@HOST/DATABASE.")],
    *,
    kafka: Annotated[str, typer.Option("--kafka", metavar="HOST:PORT", help="The brokers.")] = "127.0.0.1:9092",
    topic: Annotated[str, typer.Option("--topic", help="Where decisions go.")] = DECISIONS_TOPIC,
    metrics: MetricsOption = DEFAULT_METRICS,
    open_metrics: OpenMetricsPlaceOption = False,
    user: UserOption = None,
    password_file: PasswordOption = None,
    tls: TlsOption = False,
    authority: AuthorityOption = None,
    log_format: LogFormatOption = LogFormat.CONSOLE,
) -> None:
    """Tell Kafka every decision, in order, at least once. Of several that run one publishes, the others stand by."""
    set_up_logging(log_format)
    refuse_files(database, "a database of PostgreSQL: of a file /v1/decisions is the feed")
    address = metrics_address(metrics)
    refuse_strangers("--metrics", address[0], is_open=open_metrics)
    access = access_of(kafka, user=user, password_file=password_file, tls=tls, authority=authority)
    publishing = Publishing(database, access, topic, address)
    run_to_its_end(publishing.run(lambda: _announce(publishing, database, topic)))


def _announce(publishing: Publishing, database: Location, topic: str) -> None:
    typer.echo(
        f"Kept tells {topic} what is decided. Database: {database}\n"
        f"  metrics  {address_url(publishing.metrics_address)}/metrics"
    )
