"""An installation of many processes under load, in which one thing after the other goes wrong, chosen by dice."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple, Self

from aiokafka import AIOKafkaProducer

from monitor.testing import PATIENCE_SECONDS, eventually, run_kept
from tests.acceptance.journals import count_events
from tests.acceptance.live_cases import BOOK, MAPPING, STRICTER_BOOK, Sent, Stories
from tests.services.edges import EdgeProcess
from tests.services.kafka_broker import PARTITIONS, KafkaBroker
from tests.services.network import Network, Way
from tests.services.postgres import PostgresByWays
from tests.services.supervised import Supervised
from tests.services.watched import WatchedProcess
from tests.services.workers import Worker

WORKERS: Final = 3
EDGES: Final = 2
TICK_SECONDS: Final = 0.02
AFFAIRS_EVERY_SECONDS: Final = 5
"""How often something happens that concerns many cases: each is judged again by whoever has it."""
RUBBISH_EVERY: Final = 40
CUT_SECONDS: Final = (1.0, 9.0)
"""The shortest and the longest cut of a way: from what nobody notices to beyond a session, which is 6 s here."""


class Topics(NamedTuple):
    """The topics of one installation."""

    desk: str
    ready_made: str
    events: str
    dead_letters: str
    replays: str
    decisions: str


class Happened(NamedTuple):
    """A fault: what it was, to whom, and from when until when it lasted, in seconds since the epoch."""

    kind: str
    victim: str
    began: float
    ended: float


class Load(threading.Thread):
    """Opens so many cases a second until it is told to stop, and sends at least so many records."""

    def __init__(self, broker: KafkaBroker, topics: Topics, stories: Stories, *, cases_a_second: int) -> None:
        super().__init__(name="load")
        self._address, self._topics, self._stories = broker.address, topics, stories
        self._cases_a_second = cases_a_second
        self._enough = threading.Event()
        self._failed: BaseException | None = None
        self.sent: list[Sent] = []

    def stop(self) -> None:
        """Opens no more; returns when the last event of the last case is in the log."""
        self._enough.set()
        self.join()
        assert self._failed is None, repr(self._failed)

    def run(self) -> None:
        try:
            asyncio.run(self._send())
        except BaseException as error:  # noqa: BLE001  the test tells of it
            self._failed = error

    async def _send(self) -> None:
        # The broker may be away for a while.
        producer = AIOKafkaProducer(
            bootstrap_servers=self._address, enable_idempotence=True, request_timeout_ms=PATIENCE_SECONDS * 1_000
        )
        await producer.start()
        try:
            opened, began = 0, time.time()
            while not self._enough.is_set():
                now = time.time()
                batch: list[Sent] = []
                while opened < (now - began) * self._cases_a_second:
                    opened += 1
                    self._stories.open_case(now)
                    batch += (
                        [self._stories.affair(now)]
                        if opened % (AFFAIRS_EVERY_SECONDS * self._cases_a_second) == 0
                        else []
                    )
                    batch += [self._stories.rubbish()] if opened % RUBBISH_EVERY == 0 else []
                await self._all(producer, [*batch, *self._stories.happened(now)])
                await asyncio.sleep(TICK_SECONDS)
        finally:
            await producer.stop()

    async def _all(self, producer: Any, batch: list[Sent]) -> None:
        sent = [
            await producer.send(self._topics.desk if each.by_desk else self._topics.ready_made, each.content, each.key)
            for each in batch
        ]
        await asyncio.gather(*sent)
        self.sent += batch


class Installation:
    """Workers, edges and a publisher, each reached by ways of its own, with the load on them."""

    def __init__(self, broker: KafkaBroker, postgres: PostgresByWays, ways: list[Way], folder: Path) -> None:
        self.broker, self.postgres = broker, postgres
        self.topics = Topics(
            broker.topic(),
            broker.topic(),
            broker.topic(message_timestamp_type="LogAppendTime"),
            broker.topic(partitions=1),
            broker.topic(partitions=1),
            broker.topic(),
        )
        self.database = postgres.database()
        self.to_broker = dict(zip(["worker 1", "worker 2", "worker 3", "edge 1", "edge 2"], ways, strict=False))
        self.to_database = dict(zip(["worker 1", "worker 2", "worker 3"], ways[len(self.to_broker) :], strict=True))
        for way in self.to_database.values():
            postgres.add(way)
        self._folder = folder
        (folder / "book.yaml").write_text(BOOK)
        self._next_books = [BOOK, STRICTER_BOOK]
        (folder / "desk.yaml").write_text(MAPPING)
        self.members: dict[str, Supervised] = {}

    def __enter__(self) -> Self:
        for name in self.to_broker:
            start = self._worker if name.startswith("worker") else self._edge
            self.members[name] = Supervised(name, partial(start, name))
        self.members["publisher"] = Supervised("publisher", self._publisher)
        return self

    def __exit__(self, *_: object) -> None:
        for way in self.ways():
            way.mend()
        with ExitStack() as stack:
            for member in self.members.values():
                stack.callback(member.end)

    def ways(self) -> list[Way]:
        """All that can be cut."""
        return [*self.to_broker.values(), *self.to_database.values()]

    def workers(self) -> list[Supervised]:
        """The workers, whatever state they are in."""
        return [member for name, member in self.members.items() if name.startswith("worker")]

    def edges(self) -> list[Supervised]:
        """The edges."""
        return [member for name, member in self.members.items() if name.startswith("edge")]

    def restate(self) -> None:
        """Somebody judges the past by another book, beside the workers: by the stricter one and the first one in turn."""
        self._next_books.reverse()
        file = self._folder / "restated.yaml"
        file.write_text(self._next_books[0])
        code, _, said = run_kept("restate", "--book", file, "--reason", "chaos", "--database", self.database)
        assert code == 0, said

    def _worker(self, name: str) -> WatchedProcess:
        # The first has a name in its group, by which it keeps its partitions when it is back soon; the others have none.
        named = ("--instance", "one") if name == "worker 1" else ()
        database = self.postgres.url_by(self.to_database[name], self.database)
        by = ("--kafka", self.to_broker[name].address)
        book, beside = self._folder / "book.yaml", (self.topics.dead_letters, self.topics.replays)
        return Worker(
            self.broker, self.topics.events, database, book, self._folder, *by, *named, name=name, beside=beside
        )

    def _edge(self, name: str) -> WatchedProcess:
        file = self._folder / f"{name}.yaml"
        topics = self.topics
        file.write_text(
            f"edge: {name}\n"
            f"book: {self._folder / 'book.yaml'}\n"
            f"kafka: {{servers: '{self.to_broker[name].address}'}}\n"
            f"group: group-{topics.desk}\n"
            f"session_seconds: 6\n"
            f"sources: [{{topic: {topics.desk}, mapping: desk.yaml}}, {topics.ready_made}]\n"
            f"events: {topics.events}\n"
            f"dead_letters: {topics.dead_letters}\n"
            f"replays: {topics.replays}\n"
            f"metrics: 127.0.0.1:0\n"
        )
        return EdgeProcess(file)

    def _publisher(self) -> WatchedProcess:
        where = ("--database", self.database, "--kafka", self.broker.address, "--topic", self.topics.decisions)
        return WatchedProcess("publish", *where, "--metrics", "127.0.0.1:0", log=self._folder / "publisher.log")


class Chaos:
    """What goes wrong, one thing after the other."""

    def __init__(self, installation: Installation, dice: Random) -> None:
        self._there = installation
        self._dice = dice
        self.happened: list[Happened] = []
        self._seen = 0
        self._kinds: dict[str, Callable[[], str]] = {
            "worker killed": lambda: self._kill("worker"),
            "worker held up beyond its session": lambda: self._hold("worker", "kept_worker_partitions", PARTITIONS),
            "worker stopped in good order": lambda: self._stop_one("worker"),
            "edge killed": lambda: self._kill("edge"),
            "edge held up beyond its session": lambda: self._hold("edge", "kept_edge_partitions", 2 * PARTITIONS),
            "publisher killed": lambda: self._kill("publisher"),
            "broker killed": self._kill_broker,
            "broker started again in good order": self._restart_broker,
            "database crashed": self._crash_database,
            "worker cut off from the broker": lambda: self._cut(installation.to_broker, "worker"),
            "edge cut off from the broker": lambda: self._cut(installation.to_broker, "edge"),
            "worker cut off from the database": lambda: self._cut(installation.to_database, "worker"),
            "past restated": self._restate,
        }

    def plan(self, faults: int) -> list[str]:
        """So many faults in an order by chance: each kind as often as any other, or once more."""
        plan: list[str] = []
        while len(plan) < faults:
            kinds = list(self._kinds)
            self._dice.shuffle(kinds)
            plan += kinds
        return plan[:faults]

    def bring(self, kind: str) -> None:
        """One fault, over when this returns; what it did to others may last longer."""
        began = time.time()
        victim = self._kinds[kind]()
        self.happened.append(Happened(kind, victim, began, time.time()))

    def await_moving(self) -> None:
        """Waits until events get to the journal, after whatever has happened."""
        self._seen = await_more(self._there.database, self._seen)

    def counts(self) -> dict[str, int]:
        """How often each kind of fault has happened."""
        return dict(sorted(Counter(each.kind for each in self.happened).items()))

    def _one_of(self, kind: str) -> Supervised:
        return self._dice.choice([each for name, each in self._there.members.items() if name.startswith(kind)])

    def _kill(self, kind: str) -> str:
        victim = self._one_of(kind)
        victim.signal(signal.SIGKILL)
        return victim.name

    def _stop_one(self, kind: str) -> str:
        victim = self._one_of(kind)
        victim.signal(signal.SIGTERM)
        return victim.name

    def _hold(self, kind: str, metric: str, all_partitions: int) -> str:
        victim = self._one_of(kind)
        others = [each for name, each in self._there.members.items() if name.startswith(kind) and each is not victim]
        process = victim.process()
        process.signal(signal.SIGSTOP)
        try:
            eventually(
                lambda: sum(each.total(metric) for each in others) == all_partitions,
                f"the others have the partitions of {victim.name}",
            )
            time.sleep(self._dice.uniform(0, 2))  # how long it goes on being dead is a part of the fault
        finally:
            process.signal(signal.SIGCONT)
        return victim.name

    def _kill_broker(self) -> str:
        self._there.broker.crash()
        self._there.broker.start()
        return "broker"

    def _restart_broker(self) -> str:
        self._there.broker.stop()
        self._there.broker.start()
        return "broker"

    def _crash_database(self) -> str:
        self._there.postgres.crash()
        self._there.postgres.start()
        return "database"

    def _restate(self) -> str:
        self._there.restate()
        return "book"

    def _cut(self, ways: dict[str, Way], kind: str) -> str:
        victim = self._dice.choice([name for name in ways if name.startswith(kind)])
        way, is_silent = ways[victim], self._dice.random() < 0.5
        if is_silent:
            way.silence()
        else:
            way.drop()
        time.sleep(self._dice.uniform(*CUT_SECONDS))  # the fault's own length
        way.mend()
        return f"{victim}, {'silent' if is_silent else 'reset'}"


def await_more(database: str, before: int) -> int:
    """Waits until there are more events in the journal than before; says how many."""

    def more() -> int:
        count = count_events(database)
        return count if count > before else 0

    return int(eventually(more, f"more than {before} events are in the journal"))


def new_ways(network: Network) -> list[Way]:
    """One to the broker for each worker and edge, and one to the database for each worker."""
    return [network.way() for _ in range(2 * WORKERS + EDGES)]
