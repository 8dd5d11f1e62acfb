"""A Kept that only answers: without a network, and in a process of its own, as somebody would start it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from monitor.adapters.answers.reader import Reader
from monitor.adapters.journal.database import engine_for
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.token_table import TokenTable
from monitor.adapters.web.gate import Gate
from monitor.bootstrap.serving import Desk
from monitor.conventions.media_types import JSON
from monitor.service.doors.admission import Admission
from monitor.service.doors.token_watch import TokenWatch
from monitor.service.doors.tokens import TokenRecord
from monitor.testing import Daemon, InlineWorker, ManualClock


class ServeProcess(Daemon):
    """`kept serve`."""

    def __init__(self, database: Path | str, *options: str | Path, port: int = 0, **how: Any) -> None:
        words = ("serve", "--database", database, "--port", str(port), *options)
        self._start(words, r"questions +(http://\S+)/v1/openapi.json", how)


class PublishProcess(Daemon):
    """`kept publish`."""

    health = "/healthz"

    def __init__(self, database: Path | str, *options: str | Path, **how: Any) -> None:
        words = ("publish", "--database", database, "--metrics", "127.0.0.1:0", *options)
        self._start(words, r"metrics +(http://\S+)/metrics", how)


class NotifyProcess(Daemon):
    """`kept notify`."""

    health = "/healthz"

    def __init__(self, database: Path | str, settings: Path, *options: str | Path, **how: Any) -> None:
        words = ("notify", "--database", database, "--notices", settings, "--metrics", "127.0.0.1:0", *options)
        self._start(words, r"metrics +(http://\S+)/metrics", how)


class Served:
    """The application, asked from a thread that does nothing else."""

    def __init__(self, database: Location, clock: ManualClock) -> None:
        self.engine = engine_for(database)
        self._reader = Reader(self.engine)
        self._tokens = TokenTable(self.engine)
        self._watch = TokenWatch(self._tokens.records, clock)
        gate = Gate(Admission(is_own=True), self._watch, clock)
        application = Desk(database, self.engine, self._reader, InlineWorker(), clock).application(gate)
        self._runner = asyncio.Runner()
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        self._http = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    def get(
        self, path: str, parameters: Mapping[str, Any] | None = None, form: str = JSON, **headers: str
    ) -> httpx.Response:
        """An answer in a form."""
        return self._runner.run(self._http.get(path, params=parameters, headers={"accept": form, **headers}))

    def post(self, path: str, content: bytes, content_type: str) -> httpx.Response:
        """What is answered to bytes."""
        return self._runner.run(self._http.post(path, content=content, headers={"content-type": content_type}))

    def tell(self, path: str, **body: str | bool) -> httpx.Response:
        """What is answered to an object."""
        return self._runner.run(self._http.post(path, json=body))

    def add_token(self, record: TokenRecord) -> None:
        """A token is made elsewhere, and a moment passes."""
        self._tokens.add(record)
        self._runner.run(self._watch.look())

    def close(self) -> None:
        """Ends it."""
        self._runner.run(self._http.aclose())
        self._runner.close()
        self._reader.close()
        self.engine.dispose()
