"""A bare Starlette endpoint that answers after the commit of what it was sent: the peer of the intake in `http.py`.

Many senders share a commit as Kept's do: while one transaction is under way, the rows of all who came meanwhile wait for
the next. A row is what Kept's table of events has; nothing is judged.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

ROWS_A_COMMIT = 1_000


class GroupCommit:
    """Writes rows, those that wait together in one transaction."""

    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        for setting in ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 8000"):
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.execute(
            "CREATE TABLE events (position INTEGER PRIMARY KEY, source TEXT, id TEXT, type TEXT, subject TEXT,"
            " client TEXT, time TEXT, content BLOB, UNIQUE (source, id))"
        )
        self._thread = ThreadPoolExecutor(1)
        self._waiting: list[tuple[tuple[Any, ...], asyncio.Future[None]]] = []
        self._filled = asyncio.Event()

    async def add(self, row: tuple[Any, ...]) -> None:
        """Returns once the row is committed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, done))
        self._filled.set()
        await done

    async def run(self) -> None:
        """Commits for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await self._filled.wait()
            batch, self._waiting = self._waiting[:ROWS_A_COMMIT], self._waiting[ROWS_A_COMMIT:]
            if not self._waiting:
                self._filled.clear()
            await loop.run_in_executor(self._thread, self._write, [row for row, _ in batch])
            for _, done in batch:
                done.set_result(None)

    def _write(self, rows: list[tuple[Any, ...]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO events VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._connection.execute("COMMIT")


def application(file: str) -> Starlette:
    """One route."""
    commits = GroupCommit(file)

    async def take(request: Request) -> Response:
        body = await request.body()
        event = orjson.loads(body)
        names = ("source", "id", "type", "subject", "client", "time")
        await commits.add((*(event.get(name) for name in names), body))
        return Response(b'{"accepted":1}', media_type="application/json")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        committing = asyncio.create_task(commits.run())
        yield
        committing.cancel()

    return Starlette(routes=[Route("/v1/events", take, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    database, port, loop, http = sys.argv[1:]
    uvicorn.run(
        application(database),
        host="127.0.0.1",
        port=int(port),
        loop=loop,
        http=http,
        access_log=False,
        log_level="error",
    )
