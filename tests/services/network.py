"""Ways between processes and servers, each through a proxy of its own that can be cut: connections are dropped, or fall silent."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final, Self

from monitor.testing import PATIENCE_SECONDS
from tests.services.processes import free_ports

_CHUNK_BYTES: Final = 262_144


class Way:
    """A port of this machine that leads to another one, unless it is cut."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._leads_to = 0
        self._open = asyncio.Event()
        self._open.set()
        self._refuses = False
        self._ends: set[asyncio.StreamWriter] = set()
        (self.port,) = free_ports(1)
        self.address = f"127.0.0.1:{self.port}"

    def lead_to(self, port: int) -> None:
        """From now on it leads there."""
        self._leads_to = port
        self._network.run(self._listen())

    def drop(self) -> None:
        """Every connection is reset, and so is each new one, until it is mended."""
        self._refuses = True
        self._network.run(self._reset())

    def silence(self) -> None:
        """Nothing passes any more and nobody is told, until it is mended."""
        self._network.run(self._close())

    def mend(self) -> None:
        """It can be used again. Connections that were silent are reset."""
        self._refuses = False
        self._network.run(self._reset())

    async def _listen(self) -> None:
        self._network.servers.append(await asyncio.start_server(self._join, "127.0.0.1", self.port))

    async def _close(self) -> None:
        self._open.clear()

    async def _reset(self) -> None:
        for end in list(self._ends):
            end.transport.abort()
        self._open.set()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._leads_to)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, far_writer}
        self._ends |= pair
        try:
            await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        finally:
            self._ends -= pair
            for end in pair:
                end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(_CHUNK_BYTES):
                await self._open.wait()
                writer.write(chunk)
                await writer.drain()
        with suppress(OSError, RuntimeError):
            writer.write_eof()


class Network:
    """The ways, kept going by a thread of their own."""

    def __init__(self) -> None:
        self.servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def way(self) -> Way:
        """A new one, which leads nowhere yet."""
        return Way(self)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Has the thread do something, and waits for it."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    async def _end(self) -> None:
        for server in self.servers:
            server.close()
        joins = asyncio.all_tasks() - {asyncio.current_task()}
        for task in joins:
            task.cancel()
        await asyncio.gather(*joins, return_exceptions=True)
