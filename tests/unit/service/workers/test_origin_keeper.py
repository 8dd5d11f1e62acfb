"""The keeper's look at origins: on which positions it goes on, and when it rests."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import pytest

from monitor.domain.facts.offsets import Ask, OffsetRange
from monitor.domain.hours.instant import SECOND_US
from monitor.errors import TransientError
from monitor.service.origins.accounts import Positions, Traces
from monitor.service.origins.sightings import Sighting, see
from monitor.service.ports.machine import Machine
from monitor.service.ports.origin_records import OriginPlace
from monitor.service.workers.origin_keeper import NOTE, OriginKeeper, read_positions, written
from monitor.service.workers.share import KEEPER, Share
from monitor.testing import MONDAY, InlineWorker, ManualClock
from tests.unit.service.origins.test_accounts import Rows

LETTERS = OriginPlace("kept.dead-letters", 0)
GRACE_US = 60 * SECOND_US


class Journal(Rows):
    """A store with one transaction; what is written in one that fails stays away."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: dict[str, str] = {}
        self.epoch = 1
        self.fails = False

    @contextmanager
    def begin(self) -> Iterator[Journal]:
        if self.fails:
            raise TransientError("the database does not work")
        yield self

    def take_turn(self) -> None:
        """Nobody else writes."""

    def lost(self, epochs: Mapping[int, int], written: Mapping[int, int]) -> set[int]:
        return {number for number, epoch in epochs.items() if epoch != self.epoch}

    def remember(self, key: str, value: str) -> None:
        self.notes[key] = value

    def note(self, key: str) -> str | None:
        return self.notes.get(key)


class Letters:
    """Topics beside that of events in which nothing ever comes; each look reads one record more."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.begun_at: list[Positions] = []
        self.asked: list[Ask] = []
        self.is_closed = False
        self.is_away = False

    async def read(self, positions: Positions) -> Traces:
        if self.is_away:
            raise TransientError("no broker answers")
        self.begun_at.append(positions)
        return Traces([], [], {LETTERS: positions.get(LETTERS, 0) + 1}, self._clock.now())

    async def ask(self, asks: Sequence[Ask]) -> None:
        self.asked += asks

    async def close(self) -> None:
        self.is_closed = True


class Watch:
    """A keeper with all around it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.journal = Journal()
        self.letters = Letters(self.clock)
        self.share = Share("this one", epochs={KEEPER: 1})
        self.keeper = self.another()

    def another(self) -> OriginKeeper:
        machine = Machine(self.clock, InlineWorker())
        return OriginKeeper(cast("Any", self.journal), self.share, self.letters, machine, GRACE_US)

    async def look(self, seconds: int = 10) -> None:
        self.clock.set(self.clock.now() + seconds * SECOND_US)
        self.share.all_read_until = self.clock.now()
        await self.keeper.look()

    def see(self, offsets: Collection[int]) -> None:
        see([Sighting("firm.tickets", 0, offset, MONDAY) for offset in offsets], {}, self.journal)


@pytest.fixture
def watch() -> Watch:
    return Watch()


async def test_each_look_goes_on_where_the_one_before_was_and_so_does_the_next_keeper(watch: Watch) -> None:
    await watch.look()
    await watch.look()
    watch.keeper = watch.another()
    await watch.look()
    assert watch.letters.begun_at == [{}, {LETTERS: 1}, {LETTERS: 2}]


async def test_what_is_missing_is_asked(watch: Watch) -> None:
    watch.see([1, 2, 5])
    for _ in range(10):
        await watch.look()
    assert watch.letters.asked[0] == Ask("firm.tickets", 0, [OffsetRange(3, 5)])


async def test_whoever_is_not_the_keeper_looks_at_nothing(watch: Watch) -> None:
    watch.share.epochs.clear()
    await watch.look()
    assert watch.letters.begun_at == []
    assert watch.keeper.last_look is None


async def test_whoever_is_the_keeper_no_more_writes_nothing_and_gives_the_topics_up(watch: Watch) -> None:
    await watch.look()
    note = watch.journal.notes[NOTE]
    watch.journal.epoch = 2
    await watch.look()
    assert (watch.journal.notes[NOTE], watch.letters.is_closed, watch.keeper.last_look) == (note, True, None)


async def test_where_the_journal_did_not_take_it_the_same_is_read_again(watch: Watch) -> None:
    await watch.look()
    watch.journal.fails = True
    with pytest.raises(TransientError):
        await watch.look()
    watch.journal.fails = False
    await watch.look()
    assert watch.letters.begun_at == [{}, {LETTERS: 1}, {LETTERS: 1}]


async def test_where_topics_are_away_what_was_noted_stays(watch: Watch) -> None:
    watch.see([1, 2, 5])
    await watch.look()
    watch.letters.is_away = True
    with pytest.raises(TransientError):
        await watch.look(60)
    watch.letters.is_away = False
    await watch.look()
    # Seventy seconds after the first look, which saw the hole.
    assert watch.letters.asked == [Ask("firm.tickets", 0, [OffsetRange(3, 5)])]


def test_positions_are_read_as_they_were_written() -> None:
    positions = {LETTERS: 17, OriginPlace("kept.replays", 3): 0}
    assert read_positions(written(positions)) == positions
    assert read_positions("") == {}
