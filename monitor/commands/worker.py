"""`kept worker`: one of several processes that judge what is in Kafka, together on one database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from monitor.adapters.journal.location import Location
from monitor.adapters.machine.logs import LogFormat, set_up_logging
from monitor.commands.database_option import database_option
from monitor.commands.door_options import MetricsOption, OpenMetricsPlaceOption, address_url, metrics_address
from monitor.commands.kafka_options import AuthorityOption, PasswordOption, TlsOption, UserOption, access_of
from monitor.commands.processes import LogFormatOption, run_to_its_end
from monitor.commands.retention import KeepOption, policy_option
from monitor.config import WorkerSettings
from monitor.conventions.topics import DEAD_LETTERS_TOPIC, EVENTS_TOPIC, REPLAYS_TOPIC, WORKER_GROUP

if TYPE_CHECKING:  # its drivers take long to import
    from monitor.adapters.kafka.access import KafkaAccess

DEFAULT_METRICS: Final = "127.0.0.1:8323"


def worker(
    database: Annotated[Location, database_option("postgresql://USER@HOST/DATABASE, the same for all workers.")],
    kafka: Annotated[str, typer.Option("--kafka", metavar="HOST:PORT", help="The brokers.")] = "127.0.0.1:9092",
    book: Annotated[
        Path | None, typer.Option("--book", help="The promise book; default: the one in the database.")
    ] = None,
    topic: Annotated[str, typer.Option("--topic", help="The topic of events.")] = EVENTS_TOPIC,
    dead_letters: Annotated[
        str, typer.Option("--dead-letters", help="The topic of dead letters.")
    ] = DEAD_LETTERS_TOPIC,
    replays: Annotated[
        str, typer.Option("--replays", help="The topic in which edges are asked to read records again.")
    ] = REPLAYS_TOPIC,
    gap_after_seconds: Annotated[
        int,
        typer.Option(
            "--gap-after-seconds",
            min=1,
            max=3_600,
            help="A record of the firm's topics that left no trace for so long is asked about.",
        ),
    ] = 60,
    group: Annotated[
        str, typer.Option("--group", help="The consumer group: workers of one group share the partitions.")
    ] = WORKER_GROUP,
    instance: Annotated[
        str | None,
        typer.Option(
            "--instance", help="A name of its own, by which a worker that comes back soon gets its share again."
        ),
    ] = None,
    session_seconds: Annotated[
        int,
        typer.Option(
            "--session-seconds", min=6, max=300, help="A worker not heard of for so long loses its partitions."
        ),
    ] = 20,
    keep: KeepOption = None,
    metrics: MetricsOption = DEFAULT_METRICS,
    open_metrics: OpenMetricsPlaceOption = False,
    accept_loss: Annotated[
        bool,
        typer.Option("--accept-loss", help="Go on where the topic no longer has what was to be read next."),
    ] = False,
    log_format: LogFormatOption = LogFormat.CONSOLE,
    user: UserOption = None,
    password_file: PasswordOption = None,
    tls: TlsOption = False,
    authority: AuthorityOption = None,
) -> None:
    """Judge the events in Kafka, beside other workers: start as many as there is work for."""
    set_up_logging(log_format)
    host, port = metrics_address(metrics)
    settings = WorkerSettings(
        book=book,
        database=database,
        topic=topic,
        dead_letters=dead_letters,
        replays=replays,
        group=group,
        instance=instance,
        session_seconds=session_seconds,
        gap_after_seconds=gap_after_seconds,
        metrics_host=host,
        metrics_port=port,
        has_open_metrics=open_metrics,
        accepts_loss=accept_loss,
        keep=None if keep is None else policy_option(keep),
    )
    access = access_of(kafka, user=user, password_file=password_file, tls=tls, authority=authority)
    run_to_its_end(_run(settings, access))


async def _run(settings: WorkerSettings, access: KafkaAccess) -> None:
    from monitor.bootstrap.worker import WorkerProcess  # noqa: PLC0415  only who runs one needs all of it

    running = WorkerProcess(settings, access)
    url = address_url(running.metrics_address)
    await running.run(
        lambda: typer.echo(f"Kept judges {settings.topic} as one of {settings.group}.\n  metrics  {url}/metrics")
    )
