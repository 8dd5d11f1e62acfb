"""What commands share that go on until they are told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, TypeAlias

import typer
import uvloop

from monitor.adapters.machine.logs import LogFormat

LogFormatOption: TypeAlias = Annotated[LogFormat, typer.Option("--log-format", help="How the log is written.")]


def run_to_its_end(process: Coroutine[Any, Any, None]) -> None:
    """Runs a process on an event loop in C; raises what the process raises."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(process)
