"""`kept edge`: a firm's own topics of Kafka to the one topic of events that Kept judges."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.adapters.kafka.access import KafkaAccess, open_access
from monitor.adapters.machine.logs import LogFormat, set_up_logging
from monitor.bootstrap.version import own_version
from monitor.commands.door_options import address_url
from monitor.commands.processes import LogFormatOption, run_to_its_end
from monitor.wire.edge.loading import EdgeFile, load_edge


def edge(
    config: Annotated[Path, typer.Option("--config", help="The file that says which topics, and by which mappings.")],
    log_format: LogFormatOption = LogFormat.CONSOLE,
) -> None:
    """Take tickets, calls and emails from Kafka as their systems write them, and hand them on as events."""
    set_up_logging(log_format)
    file = load_edge(config)
    access = open_access(file.entry.kafka)
    run_to_its_end(_run(file, access))


async def _run(file: EdgeFile, access: KafkaAccess) -> None:
    from monitor.adapters.kafka.edge import Edge  # noqa: PLC0415  Faust takes a second to import: only for who runs it

    running = Edge(file, access, own_version())
    url = address_url(running.metrics_address)
    topics = ", ".join(source.topic for source in file.entry.sources)
    await running.run(lambda: typer.echo(f"Kept takes {topics} to {file.entry.events}.\n  metrics  {url}/metrics"))
