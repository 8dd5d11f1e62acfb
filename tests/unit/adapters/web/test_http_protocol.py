"""Answers that nobody takes, on a connection of the machine's own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
import uvicorn
import uvloop
from uvicorn.server import ServerState

from monitor.adapters.web import http_protocol
from monitor.adapters.web.http_protocol import BoundedProtocol

LONG: Final = b"x" * 16_777_216
"""More than the buffers of a connection take."""
REQUEST: Final = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"


async def _answer_at_length(_: Any, __: Any, send: Any) -> None:
    headers = [(b"content-length", b"%d" % len(LONG))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": LONG})


@asynccontextmanager
async def _connected(requests: int = 1) -> AsyncIterator[tuple[asyncio.Event, socket.socket]]:
    """A connection that asked a server which answers at length, and whether that has lost it."""
    config = uvicorn.Config(_answer_at_length, http=BoundedProtocol, lifespan="off", log_config=None)
    config.load()
    loop, lost = asyncio.get_running_loop(), asyncio.Event()

    class Told(BoundedProtocol):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            lost.set()

    options = {"config": config, "server_state": ServerState(), "app_state": {}}
    server = await loop.create_server(lambda: Told(**options), "127.0.0.1", 0)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.setblocking(False)
        await loop.sock_connect(connection, server.sockets[0].getsockname())
        await loop.sock_sendall(connection, REQUEST * requests)
        yield lost, connection
    server.close()


async def test_who_takes_nothing_of_an_answer_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "UNREAD_SECONDS", 0.2)
    async with _connected() as (lost, _):
        async with asyncio.timeout(20):
            await lost.wait()


async def test_who_reads_slowly_gets_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "UNREAD_SECONDS", 0.2)
    monkeypatch.setattr(http_protocol, "LEAST_READ_BYTES", 1)
    loop = asyncio.get_running_loop()
    async with _connected() as (_, connection):
        received = 0
        while received < len(LONG):
            piece = await loop.sock_recv(connection, 1_048_576)
            assert piece, received
            received += len(piece)


def test_who_leaves_with_requests_in_a_row_unanswered_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    """On the loop that Kept has: it refuses to write to a connection that is gone."""

    async def leave() -> None:
        async with _connected(requests=5) as (lost, connection):
            await asyncio.get_running_loop().sock_recv(connection, 1)
            connection.close()
            async with asyncio.timeout(20):
                await lost.wait()
                await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(leave())
    assert caplog.messages == []
