"""The web server: uvicorn on a socket that was bound before anything else began, stopped by whoever started it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Coroutine, Iterator, Mapping
from typing import Any

import uvicorn

from monitor.adapters.web.headers import SecurityHeaders
from monitor.adapters.web.http_protocol import BoundedProtocol
from monitor.errors import ConfigError

STOPPING_SECONDS = 3
"""How long requests under way may take once Kept is told to stop."""


def bind(host: str, port: int) -> socket.socket:
    """A socket on this address; raises ConfigError where it can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        found = error.strerror or str(error)
        raise ConfigError.of(f"{host}:{port}", found, "an address that nobody else listens on") from error
    return listener


class Server(uvicorn.Server):
    """Uvicorn without its own ideas about signals."""

    def __init__(self, app: Any) -> None:
        super().__init__(
            uvicorn.Config(
                SecurityHeaders(app),
                http=BoundedProtocol,
                log_config=None,
                access_log=False,
                lifespan="off",
                proxy_headers=False,  # who asks is who is connected: nobody may claim another address
                server_header=False,
                timeout_graceful_shutdown=STOPPING_SECONDS,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are for the whole process, not for its web server."""
        yield

    def stop(self) -> None:
        """Takes no new connections and ends when the requests under way are answered."""
        self.should_exit = True


async def serve_beside(server: Server, listener: socket.socket, works: Mapping[str, Coroutine[Any, Any, None]]) -> None:
    """Serves, with works beside it that have no end, until SIGTERM or SIGINT; raises what ended any of it otherwise."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="web server")
    tasks = [asyncio.create_task(work, name=name) for name, work in works.items()]
    await asyncio.wait([serving, *tasks], return_when=asyncio.FIRST_COMPLETED)
    server.stop()
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(serving, *tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result
