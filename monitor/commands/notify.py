"""`kept notify`: tells receivers of breaches where workers judge."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from monitor.adapters.journal.location import Location
from monitor.adapters.machine.logs import LogFormat, set_up_logging
from monitor.bootstrap.notifying import Notifying
from monitor.commands.database_option import database_option, refuse_files
from monitor.commands.door_options import MetricsOption, OpenMetricsPlaceOption, address_url, metrics_address
from monitor.commands.processes import LogFormatOption, run_to_its_end
from monitor.config import refuse_strangers
from monitor.wire.notices.loading import load_notice_settings

DEFAULT_METRICS: Final = "127.0.0.1:8325"


def notify(
    database: Annotated[Location, database_option("The database that workers write: postgresql://USER@HOST/DATABASE.")],
    notices: Annotated[Path, typer.Option("--notices", help="Who is told of breaches, e.g. notices.yaml.")],
    *,
    metrics: MetricsOption = DEFAULT_METRICS,
    open_metrics: OpenMetricsPlaceOption = False,
    log_format: LogFormatOption = LogFormat.CONSOLE,
) -> None:
    """Tell receivers of breaches in a database that workers write. Of several that run one does it, the others stand by.

    A daemon does this itself: `kept run --notices notices.yaml`.
    """
    set_up_logging(log_format)
    refuse_files(database, "a database of PostgreSQL: `kept run --notices` tells of what is in a file")
    address = metrics_address(metrics)
    refuse_strangers("--metrics", address[0], is_open=open_metrics)
    notifying = Notifying(database, load_notice_settings(notices), address)
    run_to_its_end(notifying.run(lambda: _announce(notifying, database, notices)))


def _announce(notifying: Notifying, database: Location, notices: Path) -> None:
    typer.echo(
        f"Kept tells whom {notices} names of breaches. Database: {database}\n"
        f"  metrics  {address_url(notifying.metrics_address)}/metrics"
    )
