"""The options of whoever opens doors over HTTP, as each command spells them."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from monitor.wire.edge.model import listener

HostOption: TypeAlias = Annotated[str, typer.Option("--host", help="The address to listen on.")]
PortOption: TypeAlias = Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes any that is free.")]
AllowOpenOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--allow-open",
        help="Allow an address that others can reach though no token was made: nobody is asked then.",
    ),
]
OpenMetricsOption: TypeAlias = Annotated[
    bool, typer.Option("--open-metrics", help="Show /metrics to whoever asks, also where tokens are asked for.")
]

MetricsOption: TypeAlias = Annotated[
    str,
    typer.Option("--metrics", metavar="HOST:PORT", help="Where metrics are served; port 0 takes any that is free."),
]
OpenMetricsPlaceOption: TypeAlias = Annotated[
    bool, typer.Option("--open-metrics", help="Allow an address that others can reach: nobody is asked there.")
]


def metrics_address(text: str) -> tuple[str, int]:
    """Host and port of the option --metrics; raises BadParameter."""
    try:
        host, _, port = listener(text).rpartition(":")
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--metrics") from error
    return host.strip("[]"), int(port)


def address_url(address: tuple[str, int]) -> str:
    """The URL of an address that is listened on."""
    host, port = address
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
