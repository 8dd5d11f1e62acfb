"""Several workers on one real PostgreSQL and a log held in memory: partitions change hands, workers are killed, go on as
zombies, and see the database fail between any two steps; events come late, twice, by the wrong partition, or not at all
until they are read again from where they come from; and somebody restates the book beside them.

In the end the journal says what a judgement of all events at once says (`kept judge`), numbers have no gap, counts are a
recount, and no answer given on the way has changed. KEPT_SEEDS says how many stories are told, KEPT_SEED tells one again.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from random import Random
from typing import Any, Final, cast

import pytest
from sqlalchemy import func, select, text

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.database_lock import joined_database, shared_database
from monitor.adapters.journal.location import Location
from monitor.adapters.journal.shared_store import SharedStore, SharedTransaction
from monitor.domain.cases.obligation import Verdict
from monitor.domain.facts import offsets
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, InstantUs
from monitor.domain.promises.editions import FROM_THE_BEGINNING
from monitor.errors import KeptError
from monitor.service.doors.arrivals import Arrival
from monitor.service.editions.shelf import BookText, Offer
from monitor.service.judging.judgement import Judgement
from monitor.service.origins.accounts import Positions, Traces
from monitor.service.ports import shared_journal
from monitor.service.ports.event_log import Bounds, LogRecord
from monitor.service.ports.machine import Machine
from monitor.service.ports.origin_records import OriginPlace
from monitor.service.workers.log_intake import LogIntake
from monitor.service.workers.origin_keeper import OriginKeeper
from monitor.service.workers.shared_commit_point import SharedCommitPoint
from monitor.testing import (
    BOOK,
    MONDAY,
    Crash,
    FaultyStore,
    InlineWorker,
    ManualClock,
    PassingClock,
    Script,
    cloud_event,
    no_space,
)
from monitor.wire.book import read_book
from monitor.wire.events.cloud_events import decode_event, recall_event
from tests.simulation.test_daemon import LISTENING_BOOK, PEOPLE_BOOK, Story

SEEDS: Final = (
    [int(os.environ["KEPT_SEED"])]
    if "KEPT_SEED" in os.environ
    else list(range(max(1, int(os.environ.get("KEPT_SEEDS", "25")) // 5)))
)
PARTITIONS: Final = 3
FIRM: Final = OriginPlace("firm.tickets", 0)
ANSWERS: Final = OriginPlace("kept.replays", 0)
GRACE_US: Final = 20 * SECOND_US
TURNS: Final = 45
"""More than it takes to read everything to its end once nothing fails any more."""

Answer = list[tuple[Any, ...]]


class SharedFaultyStore(FaultyStore):
    """A store of one of several that fails where it is told to."""

    def __init__(self, store: SharedStore, script: Script) -> None:
        super().__init__(store, script)
        self._shared = store

    @property
    def homes(self) -> frozenset[int]:
        return self._shared.homes

    @homes.setter
    def homes(self, homes: frozenset[int]) -> None:
        self._shared.homes = homes


class Topic:
    """What was sent, by partition; and the one partition of the firm's topic that it comes from, by way of an edge."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self.source: list[bytes] = []
        self.partitions: list[list[tuple[bytes, int]]] = [[] for _ in range(PARTITIONS)]
        self.answers: list[offsets.Answer] = []
        self.dropped = 0
        self.has_edge = True

    def send(self, content: bytes, *, drop: bool) -> None:
        """An edge takes it and hands it on, or loses it."""
        self.source.append(content)
        self.dropped += drop
        if not drop:
            self._hand_on(len(self.source) - 1)

    def put(self, partition: int, *contents: bytes) -> None:
        """An edge takes them and hands them on to this partition."""
        for content in contents:
            self.partitions[partition].append((content, len(self.source)))
            self.source.append(content)

    def _hand_on(self, offset: int) -> None:
        """To the partition of its case, and now and then to any."""
        dice, content = self._dice, self.source[offset]
        event = decode_event(content)
        number = sum(event.case.encode()) % PARTITIONS if event.case else dice.randrange(PARTITIONS)
        self.partitions[dice.randrange(PARTITIONS) if dice.random() < 0.05 else number].append((content, offset))

    def ask(self, ask: offsets.Ask) -> None:
        """An edge reads it again, where there is one; it may be killed before it has answered."""
        if not self.has_edge:
            return
        for each in ask.ranges:
            for offset in range(each.first, each.end):
                self._hand_on(offset)
        if self._dice.random() < 0.8:
            self.answers.append(offsets.Answer(ask.topic, ask.partition, ask.ranges, [], []))


class MemoryTraces:
    """The answers, as one keeper reads them."""

    def __init__(self, topic: Topic, clock: ManualClock) -> None:
        self._topic = topic
        self._clock = clock

    async def read(self, positions: Positions) -> Traces:
        begin = positions.get(ANSWERS, 0)
        return Traces(
            [], self._topic.answers[begin:], {ANSWERS: len(self._topic.answers)}, read_until=self._clock.now()
        )

    async def ask(self, asks: Sequence[offsets.Ask]) -> None:
        for ask in asks:
            self._topic.ask(ask)

    async def close(self) -> None:
        """There is nothing to close."""


class MemoryLog:
    """The topic as one member of a group reads it."""

    topic = "memory"

    def __init__(self, topic: Topic, dice: Random) -> None:
        self._topic = topic
        self._dice = dice
        self.positions: dict[int, int] = {}

    def read_on(self, start: Mapping[int, int]) -> None:
        self.positions |= start

    async def fetch(self, until: InstantUs) -> Mapping[int, Sequence[LogRecord]]:
        fetched = {}
        for number, position in self.positions.items():
            contents = self._topic.partitions[number][position : position + self._dice.randrange(6)]
            if contents:
                fetched[number] = [
                    LogRecord(position + place, content, (*FIRM, offset))
                    for place, (content, offset) in enumerate(contents)
                ]
                self.positions[number] += len(contents)
        return fetched

    async def bounds(self, partitions: Collection[int]) -> dict[int, Bounds]:
        return {number: Bounds(0, len(self._topic.partitions[number])) for number in partitions}

    async def identity(self) -> None:
        """It is this one for ever."""

    async def position(self, partition: int) -> int:
        return self.positions[partition]

    async def show(self, next_offsets: Mapping[int, int]) -> None:
        """Nobody looks."""


class Member:
    """A worker."""

    def __init__(self, world: World, name: str) -> None:
        self.store = SharedStore(*shared_database(world.location))
        self.script = Script(lambda: Crash() if world.dice.random() < 0.3 else no_space())
        faulty = cast("shared_journal.SharedStore", SharedFaultyStore(self.store, self.script))
        self.point = SharedCommitPoint(faulty, read_book, decode_event, recall_event, name)
        self.point.start(BookText(world.book, "book.yaml"), world.clock.now())
        self.log = MemoryLog(world.topic, world.dice)
        machine = Machine(world.clock, InlineWorker())
        self.intake = LogIntake(self.point, self.log, machine, PARTITIONS)
        traces = MemoryTraces(world.topic, world.clock)
        self.keeper = OriginKeeper(faulty, self.point.share, traces, machine, GRACE_US)

    async def get(self, partitions: Collection[int]) -> None:
        await self.intake.assigned(partitions)

    async def lose_all(self) -> None:
        self.log.positions.clear()
        await self.intake.revoked(range(PARTITIONS))


class World:
    """Some workers, a topic and a clock."""

    def __init__(self, location: Location, dice: Random, book: str) -> None:
        self.location, self.dice, self.book = location, dice, book
        self.clock = PassingClock()
        self.topic = Topic(dice)
        self.names = 0
        self.is_calm = False
        self.members = [self._member(), self._member()]
        self.answers: dict[InstantUs, Answer] = {}

    def _member(self) -> Member:
        self.names += 1
        return Member(self, f"worker {self.names}")

    def close(self) -> None:
        for member in self.members:
            member.store.close()

    async def share_out(self) -> None:
        """A rebalance: everything is given up and taken; now and then somebody is not told, and goes on as a zombie."""
        deaf = self.dice.randrange(len(self.members)) if self.dice.random() < 0.3 else None
        for place, member in enumerate(self.members):
            if place != deaf:
                await member.lose_all()
        hearing = [member for place, member in enumerate(self.members) if place != deaf]
        for number in range(PARTITIONS):
            await self.dice.choice(hearing).get([number])

    async def kill(self, member: Member) -> None:
        """It is gone in the middle of whatever it did, and another comes."""
        member.store.close()
        self.members[self.members.index(member)] = self._member()
        await (self.calm_down() if self.is_calm else self.share_out())

    def restate(self) -> None:
        """Somebody judges the past by another book, beside the workers, and perhaps it goes wrong."""
        store = SharedStore(*joined_database(self.location))
        script = Script(lambda: Crash() if self.dice.random() < 0.3 else no_space())
        faulty = cast("shared_journal.SharedStore", SharedFaultyStore(store, script))
        point = SharedCommitPoint(faulty, read_book, decode_event, recall_event, "an edition")
        promised = BookText(self.book.replace("within: 1h", f"within: {self.dice.randrange(10, 180)}m"), "new.yaml")
        since = self.dice.choice([FROM_THE_BEGINNING, self.clock.now() - self.dice.randrange(DAY_US)])
        if not self.is_calm and self.dice.random() < 0.3:
            script.fail_in(self.dice.randrange(12))
        with closing(store), suppress(Crash, KeptError):
            point.start(None, self.clock.now())
            point.apply(Offer(promised, "Ann", "r", since=since), self.clock.now())

    async def turn(self, member: Member) -> None:
        """Somebody does something, and perhaps it goes wrong."""
        if not self.is_calm and self.dice.random() < 0.2:
            member.script.fail_in(self.dice.randrange(8))
        try:
            await member.intake.turn()
            if self.is_calm or self.dice.random() < 0.3:
                await member.keeper.look()
        except (Crash, KeptError):
            await self.kill(member)
        finally:
            member.script.disarm()

    async def calm_down(self) -> None:
        """From here on nothing fails, and partitions stay where they are: nobody begins anew, and thereby comes to know what
        it had missed."""
        self.is_calm = True
        await self.share_out()
        for member in list(self.members):
            await member.lose_all()
        for number in range(PARTITIONS):
            await self.members[number % len(self.members)].get([number])

    async def settle(self) -> None:
        """Everything is read, and time has come to the present."""
        self.topic.has_edge = True
        for _ in range(TURNS):
            self.clock.set(self.clock.now() + 2 * SECOND_US)
            for member in list(self.members):
                await self.turn(member)

    def has_account(self) -> bool:
        """Whether anything that is lost from now on is missed: accounts begin with what was seen first."""
        return bool(self.ask(select(t.ORIGINS.c.topic)))

    def ask(self, question: Any) -> Answer:
        with self.members[0].store._engine.connect() as connection:
            return sorted((tuple(row) for row in connection.execute(question)), key=repr)

    def remember_answer(self) -> None:
        """Writes down what the journal says just now."""
        ((last,),) = self.ask(select(func.max(t.DECISIONS.c.recorded)))
        if last is not None:
            row = t.OBLIGATIONS.c
            self.answers[last] = self.ask(select(row.id, row.client, row.promise, row.due, row.verdict, row.ended))

    def answer_as_of(self, recorded: InstantUs) -> Answer:
        row, later = t.DECISIONS.c, t.DECISIONS.alias().c
        replaced = select(later.position).where(later.replaces == row.position, later.recorded <= recorded)
        asked = select(row.obligation, row.client, row.promise, row.due, row.verdict, row.ended)
        return self.ask(asked.where(row.recorded <= recorded, ~replaced.exists()))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("book", [BOOK, LISTENING_BOOK, PEOPLE_BOOK], ids=["all heard", "silences", "people"])
async def test_the_journal_of_several_workers_says_what_a_judgement_of_all_events_says(
    postgres_url: str, seed: int, book: str
) -> None:
    print(f"KEPT_SEED={seed}")
    dice = Random(seed)
    story = Story(dice, of_people=book == PEOPLE_BOOK).tell()
    world = World(Location.parse(postgres_url), dice, book)
    try:
        await _live(world, [sent.content for sent in story], [sent.arrives for sent in story])
        _assert_as_judged(world, {sent.content for sent in story})
        world.remember_answer()
        for recorded, answer in world.answers.items():
            assert world.answer_as_of(recorded) == answer
        _assert_sound(world)
        _assert_all_accounted_for(world)
    finally:
        world.close()


async def test_nothing_is_broken_while_the_case_that_was_named_may_lie_in_another_partition(postgres_url: str) -> None:
    world = World(Location.parse(postgres_url), Random(1), BOOK)
    quick, slow = world.members
    received = cloud_event("email.received", "B", MONDAY, "1", client="acme", author="Joe")
    linked = cloud_event("case.linked", "B", MONDAY + MINUTE_US, "2", to="A")
    opened = cloud_event("ticket.opened", "A", MONDAY, "3", client="acme")
    answered = cloud_event("email.sent", "A", MONDAY + 30 * MINUTE_US, "4", author="Ann")
    try:
        world.topic.put(0, received, linked)
        world.topic.put(1, opened, answered)
        await quick.get([0])
        await slow.get([1, 2])
        # A first response is owed within an hour.
        world.clock.set(MONDAY + 2 * HOUR_US)
        for _ in range(TURNS):
            await quick.intake.turn()
        assert world.ask(select(func.count()).select_from(t.EVENTS)) == [(2,)]
        for _ in range(TURNS):
            for member in world.members:
                world.clock.set(world.clock.now() + SECOND_US)
                await member.intake.turn()
        row = t.DECISIONS.c
        found = world.ask(select(row.verdict).where(row.kind == "first_response", row.verdict != "running").distinct())
        # The one of B alone, which began at its message, is void once it is a part of A.
        assert found == [("kept",), ("void",)]
    finally:
        world.close()


async def test_a_change_of_staff_that_comes_between_judging_and_the_turn_is_told_to_what_was_judged(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(Location.parse(postgres_url), Random(1), PEOPLE_BOOK)
    one, other = world.members
    # Work is promised to be done by an associate at least, which Ann is no more.
    demoted = cloud_event("staff.changed", None, MONDAY, "1", person="Ann", grade="trainee")
    promoted = cloud_event("staff.changed", None, MONDAY + SECOND_US, "6", person="Ann", grade="associate")
    contents = [
        cloud_event("ticket.opened", "A", MONDAY + MINUTE_US, "2", client="umbra"),
        cloud_event("work.logged", "A", MONDAY + 2 * MINUTE_US, "3", person="Ann", seconds=60),
        # Of another partition, perhaps: it is judged in turn.
        cloud_event("case.linked", "B", MONDAY + 2 * MINUTE_US, "4", to="C"),
    ]
    known = cloud_event("ticket.opened", "B", MONDAY, "5", client="umbra")
    take_turn, was_told = SharedTransaction.take_turn, False

    def after_another(transaction: SharedTransaction) -> Any:
        nonlocal was_told
        if not was_told:
            was_told = True
            other.point.take_records([Arrival(demoted, "", catching_up=True, partition=1)], {1: 2}, now)
        return take_turn(transaction)

    try:
        one.point.claim([0])
        other.point.claim([1])
        now = MONDAY + HOUR_US
        world.clock.set(now)
        other.point.take_records([Arrival(known, "", catching_up=True, partition=1)], {1: 1}, now)
        monkeypatch.setattr(SharedTransaction, "take_turn", after_another)
        arrivals = [Arrival(content, "", catching_up=True, partition=0) for content in contents]
        one.point.take_records(arrivals, {0: 3}, now)
        row = t.OBLIGATIONS.c
        asked = select(row.verdict).where(row.kind == "seniority", row.case_id == "A")
        assert world.ask(asked) == [("broken",)]
        # The next one concerns what is at home and what is judged in turn, and is found once.
        other.point.take_records([Arrival(promoted, "", catching_up=True, partition=1)], {1: 3}, now)
        one.point.take_records([], {0: 3}, now)
        assert world.ask(asked) == [("running",)]
    finally:
        world.close()


async def _live(world: World, contents: list[bytes], arrivals: list[InstantUs]) -> None:
    """Everything happens, and some days later it is over."""
    dice = world.dice
    await world.share_out()
    # Some stories are wild to the end, some calm from the beginning.
    calm_at = dice.randrange(len(contents) + 1)
    for place, (content, arrives) in enumerate(zip(contents, arrivals, strict=True)):
        world.clock.set(max(world.clock.now(), arrives))
        if place == calm_at:
            await world.calm_down()
        # The last one is there: what is lost behind the end is not missed before something comes behind it.
        may_drop = place < len(contents) - 1 and world.has_account()
        world.topic.send(content, drop=may_drop and dice.random() < 0.1)
        world.topic.has_edge = dice.random() < 0.7
        for _ in range(dice.randrange(4)):
            await world.turn(dice.choice(world.members))
        if not world.is_calm and dice.random() < 0.1:
            await world.share_out()
        if dice.random() < 0.05:
            world.restate()
        if dice.random() < 0.2:
            world.remember_answer()
    if not world.is_calm:
        await world.calm_down()
    world.clock.set(world.clock.now() + dice.randrange(3 * DAY_US) + HOUR_US)
    await world.settle()
    world.clock.set(world.clock.now() + MINUTE_US)
    await world.settle()


def _assert_as_judged(world: World, contents: set[bytes]) -> None:
    judgement = Judgement(world.members[0].point.book, world.members[0].point.share.all_read_until)
    judgement.gather(map(decode_event, contents))
    expected = {each.obligation: (each.verdict.value, each.due, each.client) for each in judgement.statements()}
    row = t.OBLIGATIONS.c
    asked = select(row.id, row.verdict, row.due, row.client).where(row.kind != "hand_down")
    found = {name: rest for name, *rest in world.ask(asked)}
    standing = {name: tuple(rest) for name, rest in found.items() if name in expected or rest[0] != Verdict.VOID}
    assert standing == expected
    assert world.ask(select(func.count()).select_from(t.EVENTS)) == [(len(contents),)]


def _assert_all_accounted_for(world: World) -> None:
    row = t.ORIGINS.c
    ((accounted, is_open, lost),) = world.ask(select(row.accounted, row.open_records, row.lost))
    assert (accounted, is_open, lost) == (len(world.topic.source), 0, 0)


def _assert_sound(world: World) -> None:
    rows = world.ask(
        text(
            "SELECT position, recorded FROM events UNION ALL SELECT position, recorded FROM decisions"
            " UNION ALL SELECT position, recorded FROM dead_letters"
        )
    )
    numbered = sorted(rows)
    assert [row[0] for row in numbered] == list(range(1, len(numbered) + 1))
    assert [row[1] for row in numbered] == sorted(row[1] for row in numbered)
    # Each edition has an instant of its own, behind those before it.
    row = t.EDITIONS.c
    recorded = [instant for _, instant in world.ask(select(row.number, row.recorded))]
    assert recorded == sorted(set(recorded))
    assert not {row[1] for row in rows} & set(recorded[1:])
    forks = text("SELECT replaces FROM decisions GROUP BY obligation, replaces HAVING count(*) > 1")
    assert world.ask(forks) == []
    decisions = text("SELECT type, verdict, restated, kind, client, count(*) FROM decisions GROUP BY 1, 2, 3, 4, 5")
    counted = text(
        "SELECT type, verdict, restated, kind, client, sum(count) FROM decision_counts GROUP BY 1, 2, 3, 4, 5"
    )
    assert _plain(world.ask(counted)) == _plain(world.ask(decisions))
    obligations = text(
        "SELECT kind, client, coalesce(tier, ''), is_open, count(*) FROM obligations GROUP BY 1, 2, 3, 4"
    )
    standing = text(
        "SELECT kind, client, tier, is_open, sum(count) FROM obligation_counts GROUP BY 1, 2, 3, 4 HAVING sum(count) <> 0"
    )
    assert _plain(world.ask(standing)) == _plain(world.ask(obligations))
    by_home = text(
        "SELECT m.home, o.kind, o.is_open, count(*) FROM obligations o JOIN cases c ON c.id = o.case_id"
        " JOIN matters m ON m.id = c.matter GROUP BY 1, 2, 3"
    )
    counted_by_home = text(
        "SELECT home, kind, is_open, sum(count) FROM obligation_counts GROUP BY 1, 2, 3 HAVING sum(count) <> 0"
    )
    assert _plain(world.ask(counted_by_home)) == _plain(world.ask(by_home))
    running = text("SELECT kind, due / 60000000, count(*) FROM obligations WHERE verdict = 'running' GROUP BY 1, 2")
    counted_by_minute = text("SELECT kind, minute, count FROM running_counts WHERE count <> 0 AND minute > 0")
    assert _plain(world.ask(counted_by_minute)) == _plain(row for row in world.ask(running) if row[1] is not None)


def _plain(answer: Iterable[tuple[Any, ...]]) -> Answer:
    """Sums are decimals on the server."""
    return sorted(((*row[:-1], int(row[-1])) for row in answer), key=repr)
