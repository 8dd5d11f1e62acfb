"""`kept run`: Kept as one process, on a promise book and a database; `--demo` brings its own firm along."""

from __future__ import annotations

import importlib
import shlex
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

from monitor.adapters.journal.location import Location
from monitor.adapters.machine.logs import LogFormat, set_up_logging
from monitor.bootstrap.daemon import Daemon
from monitor.commands.database_option import database_option
from monitor.commands.door_options import (
    CANARY_HELP,
    AllowOpenOption,
    HostOption,
    OpenMetricsOption,
    PortOption,
    address_url,
)
from monitor.commands.processes import LogFormatOption, run_to_its_end
from monitor.commands.retention import KeepOption, policy_option
from monitor.config import DEFAULT_HOST, DEFAULT_PORT, RunSettings
from monitor.domain.hours.instant import HOUR_US, InstantUs
from monitor.service.intake.feed import Feed

DEMO_FOLDER: Final = Path("build/demo")
DEMO_DATABASE: Final = DEMO_FOLDER / "kept.db"
DEMO_PAST_US: Final = 12 * HOUR_US
"""How much of a past the demonstration firm has when it is first started."""

_DEMO: Final = "monitor.demo"


def run(
    book: Annotated[
        Path | None, typer.Option("--book", help="The promise book; default: the one in the database.")
    ] = None,
    database: Annotated[
        Location | None,
        database_option("A file, made if it is not there, or postgresql://USER@HOST/DATABASE."),
    ] = None,
    host: HostOption = DEFAULT_HOST,
    port: PortOption = DEFAULT_PORT,
    allow_open: AllowOpenOption = False,
    open_metrics: OpenMetricsOption = False,
    keep: KeepOption = None,
    notices: Annotated[
        Path | None,
        typer.Option(
            "--notices", help="Who is told of breaches, e.g. notices.yaml. Else nobody, with --demo its Alertmanager."
        ),
    ] = None,
    canary: Annotated[
        bool | None, typer.Option("--canary/--no-canary", help=f"{CANARY_HELP} With --demo: unless told otherwise.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="A made-up firm with a book and events of its own.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="With --demo: another firm's luck.")] = 1,
    log_format: LogFormatOption = LogFormat.CONSOLE,
) -> None:
    """Watch promises: take events over HTTP, judge them by the clock, show counters and open obligations."""
    if demo:
        database = database or _demo_database()
        book = book or _demo_book()
    if database is None:
        raise typer.BadParameter("found no database, expected --database FILE|URL, or --demo")
    set_up_logging(log_format)
    alertmanager = _demo_module("onlookers").alertmanager_address() if demo else ""
    if demo and notices is None:
        is_known = (
            port and ":" not in host
        )  # any free port is not known yet, and an IPv6 address is not worth the brackets
        here = f"{host}:{port}" if is_known else None
        notices = _demo_module("onlookers").notices_for(alertmanager, DEMO_FOLDER, kept=here)
    settings = RunSettings(
        book=book,
        database=database,
        host=host,
        port=port,
        is_open=allow_open,
        has_open_metrics=open_metrics,
        keep=None if keep is None else policy_option(keep),
        notices=notices,
        has_canary=demo if canary is None else canary,
    )
    daemon = Daemon(settings)
    feed = _demo_feed(daemon, seed) if demo else None
    with ExitStack() as beside:

        def announce() -> None:
            _announce(daemon, database, _demo_onlookers(daemon, beside, alertmanager) if demo else [])

        run_to_its_end(daemon.run(announce, feed))


def _announce(daemon: Daemon, database: Location, more: Sequence[str]) -> None:
    url = address_url(daemon.address)
    typer.echo(
        f"Kept watches. Journal: {database}\n"
        f"  board        {url}/    what is due next, what is late, how clients are served\n"
        f"  events       POST {url}/v1/events\n"
        f"  metrics      {url}/metrics\n"
        f"  obligations  {url}/v1/obligations    kept obligations --database {shlex.quote(str(database))}\n"
        f"  questions    {url}/v1/openapi.json\n"
        f"  health       {url}/healthz  {url}/readyz"
    )
    for line in more:
        typer.echo(line)


def _demo_database() -> Location:
    DEMO_DATABASE.parent.mkdir(parents=True, exist_ok=True)
    return Location(DEMO_DATABASE)


def _demo_book() -> Path:
    package = importlib.import_module(_DEMO)
    return Path(package.__path__[0]) / "book.yaml"


def _demo_module(name: str) -> Any:
    return importlib.import_module(f"{_DEMO}.{name}")


def _demo_onlookers(daemon: Daemon, beside: ExitStack, alertmanager: str) -> list[str]:
    """Starts what watches the demonstration, until `beside` ends; says where it is."""
    kept = address_url(daemon.address).removeprefix("http://")
    started = _demo_module("onlookers").onlookers([kept], DEMO_FOLDER, alertmanager=alertmanager)
    lines: list[str] = beside.enter_context(started)
    return lines


def _demo_feed(daemon: Daemon, seed: int) -> Callable[[Feed], Awaitable[None]]:
    """The firm's events, from its first day on: started again, it goes on where it was, for its past is known."""
    first = daemon.clock.now() - DEMO_PAST_US
    known_seed, start = daemon.note("demonstration", lambda: f"{seed} {first}").split()
    return lambda feed: feed.run(_demo_events(int(known_seed), int(start)))


def _demo_events(seed: int, start: InstantUs) -> Iterator[tuple[InstantUs, bytes]]:
    for due, event in _demo_module("simulate").live_events(seed, start, 1.0):
        yield due, orjson.dumps(event)
