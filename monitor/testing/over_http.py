"""A Kept over HTTP, without a network and without a process of its own."""

from __future__ import annotations

import asyncio
from typing import Any, Self, cast

import httpx
from sqlalchemy import select

from monitor.adapters.answers.reader import Reader
from monitor.adapters.journal.database import engine_for
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.store import SqlStore
from monitor.adapters.journal.tables import DEAD_LETTERS
from monitor.adapters.journal.token_table import TokenTable
from monitor.adapters.metrics.beside import Beside
from monitor.adapters.metrics.exposition import Exposition
from monitor.adapters.metrics.notice_status import NoticeStatus, notice_status
from monitor.adapters.metrics.prometheus import KeptCollector, Watched
from monitor.adapters.web.admin import Hands
from monitor.adapters.web.app import Application, Doors
from monitor.adapters.web.gate import Gate
from monitor.conventions.media_types import CLOUDEVENT, JSON_LINES
from monitor.service.doors.admission import Admission
from monitor.service.doors.token_watch import TokenWatch
from monitor.service.intake.agenda import Agenda
from monitor.service.intake.pipeline import Pipeline
from monitor.testing.doubles import FaultyStore, InlineWorker, ManualClock, Script, no_space
from monitor.testing.journals import commit_point, store_at
from monitor.testing.samples import BOOK
from monitor.wire.events.cloud_events import recall_event


class HttpKept:
    """The application with everything behind it, its clock moved by hand; entered, it commits what it is sent."""

    def __init__(self, database: Location, book: str = BOOK) -> None:
        self.store: SqlStore = store_at(database)
        self.engine = engine_for(database)
        self.script = Script(no_space)
        self.clock = ManualClock()
        self.is_writable = True
        self.point = commit_point(FaultyStore(self.store, self.script), book)
        self.pipeline = Pipeline(self.point, self.clock, InlineWorker())
        self.agenda = Agenda(self.point, self.clock, InlineWorker())
        self.reader = Reader(self.engine)
        self.tokens = TokenTable(self.engine)
        self.watch = TokenWatch(self.tokens.records, self.clock)
        self.app = Application(self._doors()).starlette()
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    def _notice_status(self) -> NoticeStatus:
        return notice_status(self.engine, self.clock.now())

    def _doors(self) -> Doors:
        watched = Watched(
            self.point,
            self.pipeline,
            self.agenda,
            Beside(self.engine, self.engine.connect, lambda: self.point.book, self.clock),
            self._notice_status,
            "1.0",
        )
        hands = Hands(self.point, InlineWorker(), self.pipeline, self.store, recall_event, self.clock)
        exposition = Exposition([KeptCollector(watched)])
        gate = Gate(Admission(is_own=True), self.watch, self.clock)
        checks = {"store": self._writable, "agenda": self._is_agenda_alive}
        return Doors(hands, self.agenda, exposition, self.reader, checks, gate)

    async def __aenter__(self) -> Self:
        self._committing = asyncio.ensure_future(self.pipeline.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.pipeline.close()
        await self._committing
        await self.http.aclose()
        self.reader.close()
        self.engine.dispose()
        self.store.close()

    async def _writable(self) -> bool:
        return self.is_writable

    async def _is_agenda_alive(self) -> bool:
        return self.agenda.is_alive()

    async def post(self, body: bytes, content_type: str = CLOUDEVENT, **headers: str) -> httpx.Response:
        """Sends events."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post("/v1/events", content=body, headers={"content-type": content_type, **named})

    async def take(self, *events: bytes) -> None:
        """Sends events that are taken."""
        answer = await self.post(b"\n".join(events), JSON_LINES[0])
        assert answer.status_code == 200, answer.text

    async def tell(self, path: str, **body: Any) -> httpx.Response:
        """Sends an object."""
        return await self.http.post(path, json=body)

    async def rows(self, question: str, **parameters: Any) -> list[dict[str, Any]]:
        """The rows of one page."""
        answer = await self.http.get(f"/v1/{question}", params=parameters)
        assert answer.status_code == 200, answer.text
        (rows,) = (value for value in answer.json().values() if isinstance(value, list))
        return cast("list[dict[str, Any]]", rows)

    def letters(self) -> list[bytes]:
        """The bytes of the dead letters."""
        with self.engine.connect() as connection:
            return list(connection.scalars(select(DEAD_LETTERS.c.content)))

    async def metrics(self) -> str:
        """What /metrics says."""
        return (await self.http.get("/metrics")).text
