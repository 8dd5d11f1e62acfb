"""What tests need in the place of the world: a clock moved by hand, a store that fails where it is told to, events and a
small book to begin with. Only tests import it."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import IO, Any, Final, Self, TypeAlias, TypeVar, cast

import httpx
import orjson
from sqlalchemy import select

from monitor.adapters.answers.reader import Reader
from monitor.adapters.journal.database import engine_for
from monitor.adapters.journal.database_lock import locked_database
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
from monitor.conventions import CLOUDEVENT, JSON_LINES
from monitor.domain.hours.instant import InstantUs, format_instant, parse_instant
from monitor.domain.promises.promise import Book
from monitor.errors import TransientError
from monitor.service.admission import Admission
from monitor.service.agenda import Agenda
from monitor.service.arrivals import Arrival
from monitor.service.commit_point import CommitPoint
from monitor.service.pipeline import Pipeline
from monitor.service.ports import Store, Transaction
from monitor.service.records import Changes, EditionRecord, Resumption
from monitor.service.shelf import BookText
from monitor.service.token_watch import TokenWatch
from monitor.wire.book import read_book
from monitor.wire.events import decode_event, recall_event

T = TypeVar("T")
Start: TypeAlias = Callable[..., subprocess.Popen[str]]
"""Starts a module with arguments, and options as for a `Popen`."""

MONDAY: Final = parse_instant("2026-03-02T09:00:00+00:00")
"""A Monday at nine, in a month without clock changes."""

BOOK: Final = """
book: Test & Sons
from: 2020-01-01
zone: UTC
hours: always
tiers: [gold, silver]
statuses:
  waiting: {pauses: client}
clients:
  acme: {tier: gold, contacts: ["@acme.example"]}
  umbra: {tier: silver}
promises:
  - {id: first, kind: first_response, within: 1h, warn: [50%]}
  - {id: next, kind: next_response, within: 2h}
  - {id: gold-resolve, kind: resolve, for: {tier: gold}, within: 8h}
  - {id: resolve, kind: resolve, within: 24h}
"""
"""Promises around the clock, so that due instants can be told by heart."""

OWNING_BOOK: Final = (
    BOOK
    + """
breaches:
  currency: GBP
  causes: [overlooked, too few people]
  owed:
    - id: own-up
      of: first_response
      acknowledge: 30m
      explain: 2h
      tell: 1h
      apologise: 4h
      remedy: 24h
      despite_excuse: tell
      credit: {amount: 40, at_most: 100}
"""
)
"""The same, and what is owed where a first response was late."""


def small_book(text: str = BOOK) -> Book:
    """The book in a text."""
    return read_book(text, "test-book.yaml")


def cloud_event(event_type: str, case: str | None, at: InstantUs, event_id: str, /, **more: Any) -> bytes:
    """A CloudEvent; keywords that are no attribute of the envelope are its data."""
    envelope: dict[str, Any] = {key: more.pop(key) for key in ("client", "sequence", "source") if key in more}
    event: dict[str, Any] = {"specversion": "1.0", "type": event_type, "source": "/test", "id": event_id}
    event |= {"time": format_instant(at), "data": more}
    event |= envelope
    if case is not None:
        event["subject"] = case
    return orjson.dumps(event)


def arrivals(contents: Iterable[bytes], *, catching_up: bool = False) -> list[Arrival]:
    """Bytes as they arrive."""
    return [Arrival(content, "test", catching_up) for content in contents]


class ManualClock:
    """A clock that stands still until somebody moves it, in either direction."""

    def __init__(self, now: InstantUs = MONDAY) -> None:
        self._now = now
        self._moved: set[asyncio.Future[None]] = set()

    def now(self) -> InstantUs:
        return self._now

    def set(self, now: InstantUs) -> None:
        """It is `now`, and whoever waits looks again."""
        self._now = now
        for waiter in list(self._moved):
            _set(waiter)

    async def wait(self, nudge: asyncio.Event, until: InstantUs) -> None:
        if self._now >= until or nudge.is_set():
            return
        moved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._moved.add(moved)
        nudged = asyncio.ensure_future(nudge.wait())
        nudged.add_done_callback(lambda _: _set(moved))
        try:
            await moved
        finally:
            self._moved.discard(moved)
            nudged.cancel()


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class InlineWorker:
    """Does the work where it is asked for it."""

    async def run(self, work: Callable[[], T]) -> T:
        return work()


class Crash(BaseException):
    """The process ends here."""


STEPS: Final = ("begin", "read", "write", "written", "committed")
"""The labelled steps of a commit at which a `FaultyStore` can fail."""


class FaultyStore:
    """A store that tells a script at each labelled step of a commit; what the script raises happens there."""

    def __init__(self, store: Store, script: Callable[[str], None]) -> None:
        self._store = store
        self._script = script

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        self._script("begin")
        with self._store.begin() as transaction:
            self._script("read")
            yield cast("Transaction", _FaultyTransaction(transaction, self._script))
        self._script("committed")

    def resumption(self) -> Resumption:
        return self._store.resumption()

    def note(self, key: str) -> str | None:
        return self._store.note(key)

    def reading(self) -> AbstractContextManager[Transaction]:
        return self._store.reading()

    def editions(self) -> list[EditionRecord]:
        return self._store.editions()

    def client_changes(self) -> Iterable[bytes]:
        return self._store.client_changes()

    def staff_changes(self) -> Iterable[bytes]:
        return self._store.staff_changes()

    def heard_from(self, source: str, *, numbers: bool) -> Iterable[tuple[InstantUs, int]]:
        return self._store.heard_from(source, numbers=numbers)


class _FaultyTransaction:
    def __init__(self, transaction: Transaction, script: Callable[[str], None]) -> None:
        self._transaction = transaction
        self._script = script

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transaction, name)

    def write(self, changes: Changes) -> None:
        self._script("write")
        self._transaction.write(changes)
        self._script("written")


class Script:
    """Raises at the n-th time a step is reached; steps are counted together."""

    def __init__(self, error: Callable[[], BaseException]) -> None:
        self._error = error
        self._left: int | None = None
        self.seen: list[str] = []

    def fail_in(self, steps: int) -> None:
        """Raises at the step that comes after this many."""
        self._left = steps

    def disarm(self) -> None:
        """Nothing fails any more."""
        self._left = None

    def __call__(self, step: str) -> None:
        self.seen.append(step)
        if self._left is None:
            return
        self._left -= 1
        if self._left < 0:
            self._left = None
            raise self._error()


def no_space() -> TransientError:
    """What a full disk says."""
    return TransientError("the database does not work: database or disk is full")


def store_at(database: Location) -> SqlStore:
    """A store that has its database to itself, made or brought up to date."""
    return SqlStore(*locked_database(database))


def sqlite_store(file: Path) -> SqlStore:
    """The store on a file."""
    return store_at(Location(file))


def commit_point(store: Store, book: str = BOOK, now: InstantUs = MONDAY) -> CommitPoint:
    """A commit point that has taken up its journal with the book in a text."""
    point = CommitPoint(store, read_book, decode_event, recall_event)
    point.start(BookText(book, "test-book.yaml"), now)
    return point


def judge_what_is_left(point: CommitPoint, now: InstantUs) -> None:
    """Judges all that a new edition of the book concerns."""
    while point.rejudge(now):
        pass


# A Kept over HTTP, without a network


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


# A Kept in a process of its own, as somebody would start it

_ROOT: Final = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS: Final = 120
"""How long a condition may take on a busy machine before a test gives up."""


def _start(module: str, arguments: Sequence[str], **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-W", "error", "-m", module, *arguments], **options)  # noqa: S603  under test


_start_by: Start = _start


@contextmanager
def starting_by(start: Start) -> Iterator[None]:
    """Within it, processes are started by something else than the interpreter."""
    global _start_by  # noqa: PLW0603  of this process
    before, _start_by = _start_by, start
    try:
        yield
    finally:
        _start_by = before


def kept(
    *arguments: str | Path, module: str = "monitor", settings: Mapping[str, str] | None = None, **options: Any
) -> subprocess.Popen[str]:
    """Starts the command, or a module that stands in for it, with more in its environment; what it prints is kept."""
    start = _start if options.keys() - {"stdout", "stderr"} else _start_by
    return start(
        module,
        [str(word) for word in arguments],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1", **(settings or {})},
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=options.pop("stderr", subprocess.PIPE),
        text=True,
        **options,
    )


def run_kept(*arguments: str | Path) -> tuple[int, str, str]:
    """Runs the command to its end: exit code, output, errors."""
    process = kept(*arguments)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, out, err


def eventually(is_so: Callable[[], Any], what: str) -> Any:
    """Waits until a condition holds, and returns what it said."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not (found := is_so()):
        assert time.monotonic() < give_up_at, f"still not so: {what}"
        time.sleep(0.02)
    return found


class Daemon:
    """`kept run`."""

    health = "/readyz"
    """What answers 200 once it is there."""

    def __init__(
        self,
        book: Path | None,
        database: Path | str,
        *options: str,
        port: int = 0,
        errors: IO[str] | None = None,
        **how: Any,
    ) -> None:
        said: tuple[str | Path, ...] = () if book is None else ("--book", book)
        words: tuple[str | Path, ...] = ("run", *said, "--database", database, "--port", str(port), *options)
        if errors is not None:
            how["stderr"] = errors
        self._start(words, r"POST (http://\S+)/v1/events", how)

    def _start(self, words: tuple[str | Path, ...], announced: str, how: dict[str, Any]) -> None:
        """Starts a command and waits until it answers where it said, by a pattern, that it is."""
        self.process = kept(*words, **how)
        assert self.process.stdout is not None
        line = ""
        while not (found := re.search(announced, line)):
            line = self.process.stdout.readline()
            assert line, f"Kept ended: {self.process.communicate()}"
        self.url = found[1]
        self.port = int(self.url.rpartition(":")[2])
        eventually(self._answers, "Kept answers")

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            return True  # it was made to end before it was ready
        try:
            return self.ask(self.health)[0] == 200
        except OSError:
            return False

    def connect(self) -> http.client.HTTPConnection:
        """A connection of one's own."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """The status and body of an answer; raises OSError where there is none."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(self.connect()) as connection:
            connection.request("GET" if body is None else "POST", path, body, named)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def post(self, *events: bytes) -> dict[str, Any]:
        """Sends events and returns the receipt."""
        status, body = self.ask("/v1/events", b"\n".join(events), content_type="application/x-ndjson")
        receipt: dict[str, Any] = json.loads(body)
        return {"status": status, **receipt}

    def metrics(self) -> dict[str, float]:
        """Every series by its name and labels, as /metrics spells them."""
        _, text = self.ask("/metrics")
        lines = (line.rpartition(" ") for line in text.decode().splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the series that have these labels."""
        found = [
            value
            for key, value in self.metrics().items()
            if key.partition("{")[0] == name and labels.items() <= dict(re.findall(r'(\w+)="([^"]*)"', key)).items()
        ]
        assert found, f"no series {name} {labels}"
        return sum(found)

    def kill(self) -> None:
        """kill -9"""
        self.process.kill()
        self._end()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self._end()

    def ended_with(self) -> int:
        """The exit code, once it has ended by itself: below 0 the signal."""
        return self._end()

    def _end(self) -> int:
        self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode
