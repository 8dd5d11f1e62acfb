"""The way in from a log in partitions, on a commit point that only writes down what it is asked to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import pytest

from monitor.domain.hours.instant import HOUR_US, MINUTE_US, SECOND_US, InstantUs
from monitor.errors import ConfigError, KeptError, Superseded, TransientError
from monitor.service.doors.arrivals import Arrival
from monitor.service.ports.event_log import Bounds, LogRecord
from monitor.service.ports.machine import Machine
from monitor.service.ports.records import PartitionRecord
from monitor.service.workers.log_intake import SHOWN_EVERY_US, STUCK_US, LogIntake
from monitor.service.workers.share import Share
from monitor.testing import MONDAY, InlineWorker, PassingClock, small_book


class WrittenDown:
    """What is asked of a commit point, and answers as a test wants them."""

    def __init__(self, next_offset: int | None = None) -> None:
        self.share = Share("this one")
        self.book = small_book()
        self.is_rejudging = False
        self.is_listening = False
        self.next_offset = next_offset
        self.taken: list[tuple[list[bytes], dict[int, int]]] = []
        self.origins: list[str] = []
        self.passed: list[InstantUs] = []
        self.wake: InstantUs = MONDAY + HOUR_US
        self.faults: list[KeptError] = []
        self.tries = 0
        self.read_only_tries = 0
        """How often partitions can't be taken, before they can."""

    def claim(self, numbers: Collection[int]) -> dict[int, PartitionRecord]:
        self.tries += 1
        if self.tries <= self.read_only_tries:
            raise TransientError("the database is read-only")
        self.share.epochs |= dict.fromkeys(numbers, 1)
        return {number: PartitionRecord(number, 1, "this one", self.next_offset, 0, 0) for number in numbers}

    def give_up(self, numbers: Collection[int]) -> None:
        for number in numbers:
            self.share.epochs.pop(number, None)

    def take_records(self, arrivals: Sequence[Arrival], ahead: Mapping[int, int], now: InstantUs) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.taken.append(([arrival.content for arrival in arrivals], dict(ahead)))
        self.origins += [arrival.origin for arrival in arrivals]

    def earliest_in(self, homes: Collection[int]) -> InstantUs:
        return self.wake

    def let_pass(self, homes: Collection[int], until: InstantUs, now: InstantUs) -> int:
        self.passed.append(until)
        self.wake = until + HOUR_US
        return 1

    def look(self, read_until: Mapping[int, InstantUs], now: InstantUs) -> None:
        """Nobody else is there."""


class OnePartition:
    """A log with one partition; `begin` is its first record that is still there."""

    topic = "kept.events"

    def __init__(self, contents: list[bytes | None], begin: int = 0) -> None:
        self.contents, self.begin = contents, begin
        self.at = 0
        self.markers = 0
        """Offsets behind the last record that hold none."""
        self.known_as: str | None = None
        self.is_away = False
        self.is_stuck = False

    async def fetch(self, until: InstantUs) -> Mapping[int, Sequence[LogRecord]]:
        if self.is_stuck or self.at >= self._end:
            return {}
        found = range(self.at, self.begin + len(self.contents))
        records = [LogRecord(at, self.contents[at - self.begin]) for at in found]
        self.at = self._end
        return {0: records} if records else {}

    def read_on(self, start: Mapping[int, int]) -> None:
        self.at = start[0]

    @property
    def _end(self) -> int:
        return self.begin + len(self.contents) + self.markers

    async def bounds(self, partitions: Collection[int]) -> dict[int, Bounds]:
        if self.is_away:
            raise TransientError("no broker answers")
        return dict.fromkeys(partitions, Bounds(self.begin, self._end))

    async def identity(self) -> str | None:
        return self.known_as

    async def position(self, partition: int) -> int:
        return self.at

    async def show(self, next_offsets: Mapping[int, int]) -> None:
        """Nobody looks."""


class Reading:
    """An intake with all around it."""

    def __init__(
        self,
        contents: Sequence[bytes | None],
        next_offset: int | None = None,
        begin: int = 0,
        *,
        identity: str | None = None,
        accepts_loss: bool = False,
    ) -> None:
        self.clock = PassingClock()
        self.point = WrittenDown(next_offset)
        self.log = OnePartition(list(contents), begin)
        machine = Machine(self.clock, InlineWorker())
        said = {"identity": identity, "accepts_loss": accepts_loss}
        self.intake = LogIntake(cast("Any", self.point), self.log, machine, 1, **cast("Any", said))

    async def begin(self) -> None:
        await self.intake.assigned([0])


async def test_what_is_read_is_committed_with_the_offset_behind_it() -> None:
    reading = Reading([b"a", b"b", b"c"], next_offset=1)
    await reading.begin()
    await reading.intake.turn()
    assert reading.point.taken == [([b"b", b"c"], {0: 3})]
    assert reading.point.origins == ["kept.events/0/1", "kept.events/0/2"]


async def test_a_record_without_a_value_stops_nothing() -> None:
    reading = Reading([b"a", None])
    await reading.begin()
    await reading.intake.turn()
    assert reading.point.taken == [([b"a", b""], {0: 2})]


async def test_what_was_not_committed_is_tried_again_until_it_is() -> None:
    reading = Reading([b"a"])
    reading.point.faults = [TransientError("away"), TransientError("away")]
    await reading.begin()
    await reading.intake.turn()
    assert reading.point.taken == [([b"a"], {0: 1})]
    assert reading.clock.now() == MONDAY + 2 * SECOND_US


async def test_partitions_are_taken_once_a_second_until_that_works() -> None:
    reading = Reading([b"a"])
    reading.point.read_only_tries = 100
    await reading.begin()
    for _ in range(101):
        await reading.intake.turn()
    assert reading.point.taken == [([b"a"], {0: 1})]
    assert reading.clock.now() == MONDAY + 100 * SECOND_US


async def test_a_worker_that_can_not_take_its_partitions_for_two_minutes_says_so_and_ends() -> None:
    reading = Reading([b"a"])
    reading.point.read_only_tries = 1_000
    await reading.begin()
    for _ in range(121):
        await reading.intake.turn()
    assert not reading.intake.is_alive()
    said = r"found partitions that are not taken \(0\): the database is read-only for 120 s, expected to get on"
    with pytest.raises(KeptError, match=said):
        await reading.intake.turn()


async def test_partitions_that_went_before_they_could_be_taken_are_left_to_others() -> None:
    reading = Reading([b"a"])
    reading.point.read_only_tries = 1
    await reading.begin()
    await reading.intake.turn()
    await reading.intake.revoked([0])
    await reading.intake.turn()
    assert (reading.point.tries, reading.point.share.epochs, reading.point.taken) == (1, {}, [])


async def test_partitions_that_go_while_the_log_is_asked_for_its_ends_are_left_to_others() -> None:
    reading = Reading([b"a"])
    await reading.begin()
    bounds = reading.log.bounds

    async def bounds_while_it_goes(partitions: Collection[int]) -> dict[int, Bounds]:
        await reading.intake.revoked(partitions)
        return await bounds(partitions)

    reading.log.bounds = bounds_while_it_goes  # type: ignore[method-assign]
    await reading.intake.turn()
    assert (reading.point.tries, reading.point.share.epochs, dict(reading.intake.next_offsets)) == (0, {}, {})


async def test_what_takes_too_long_at_once_is_taken_in_portions() -> None:
    reading = Reading([b"%d" % number for number in range(10_000)])
    await reading.begin()
    reading.point.faults = [TransientError("the database does not work")] * 3
    await reading.intake.turn()
    # 8,000 at most, and after three failures an eighth of it; each success lets it be twice as much again.
    assert [len(contents) for contents, _ in reading.point.taken] == [1_000, 2_000, 4_000, 3_000]
    assert [ahead for _, ahead in reading.point.taken] == [{0: 1_000}, {0: 3_000}, {0: 7_000}, {0: 10_000}]
    taken = [content for contents, _ in reading.point.taken for content in contents]
    assert taken == [b"%d" % number for number in range(10_000)]


async def test_a_partition_that_another_worker_has_is_left_alone() -> None:
    reading = Reading([b"a"])
    reading.point.faults = [Superseded(frozenset([0]))]
    await reading.begin()
    await reading.intake.turn()
    assert (reading.point.taken, dict(reading.intake.next_offsets)) == ([], {})


async def test_a_worker_that_reads_what_another_one_writes_does_not_stay_so() -> None:
    reading = Reading([b"a"])
    reading.point.faults = [Superseded(frozenset([0]))]
    await reading.begin()
    await reading.intake.turn()
    reading.clock.set(MONDAY + STUCK_US + 2 * SECOND_US)
    with pytest.raises(KeptError, match="another worker writes it and this one is to"):
        await reading.intake.turn()


async def test_a_deadline_passes_only_once_the_log_is_read_to_an_end_behind_it() -> None:
    reading = Reading([b"a"])
    await reading.begin()
    await reading.intake.turn()
    due = reading.point.wake
    reading.log.contents.append(b"b")
    reading.log.is_stuck = True
    reading.clock.set(due + SECOND_US)
    await reading.intake.turn()
    assert reading.point.passed == []  # the answer may be in what waits
    reading.log.is_stuck = False
    await reading.intake.turn()
    assert reading.point.taken[-1] == ([b"b"], {0: 2})
    assert reading.point.passed == [due + SECOND_US]


async def test_an_idle_partition_is_read_to_its_end() -> None:
    reading = Reading([])
    await reading.begin()
    reading.clock.set(reading.point.wake)
    await reading.intake.turn()
    assert reading.point.passed == [MONDAY + HOUR_US]
    assert reading.point.share.read_until == {0: MONDAY + HOUR_US}


async def test_offsets_without_a_record_are_passed_over_in_the_journal_too() -> None:
    reading = Reading([b"a"])
    reading.log.markers = 2
    await reading.begin()
    await reading.intake.turn()
    # Once the end at 3 was asked for: cut there, the log has lost no record that was to be read.
    assert reading.point.taken == [([b"a"], {0: 1}), ([], {0: 3})]
    assert dict(reading.intake.next_offsets) == {0: 3}


async def test_a_log_that_was_cut_below_what_is_to_be_read_stops_the_worker() -> None:
    reading = Reading([b"e"], next_offset=3, begin=5)
    await reading.begin()
    with pytest.raises(
        ConfigError, match=r"begins at 5: 2 records were removed before .* the record 3, .*--accept-loss"
    ):
        await reading.intake.turn()


async def test_a_topic_that_was_made_anew_stops_the_worker() -> None:
    reading = Reading([b"a"], next_offset=7)
    await reading.begin()
    with pytest.raises(ConfigError, match="ends at 1: the topic was made anew, expected the record 7"):
        await reading.intake.turn()


async def test_a_topic_that_was_made_anew_and_has_grown_past_the_old_one_is_not_read_on() -> None:
    reading = Reading([b"a", b"b"], next_offset=1, identity="old")
    reading.log.known_as = "new"
    await reading.begin()
    with pytest.raises(ConfigError, match=r"id new: it was made anew, expected the one with the id old.*--accept-loss"):
        await reading.intake.turn()
    assert reading.point.share.epochs == {}  # nobody else is kept from them


@pytest.mark.parametrize("is_seen_to_be_gone", [False, True])
async def test_a_topic_that_is_made_anew_while_it_is_read_stops_the_worker(*, is_seen_to_be_gone: bool) -> None:
    reading = Reading([b"a", b"b"], next_offset=1, identity="old")
    reading.log.known_as = "old"
    await reading.begin()
    await reading.intake.turn()
    if is_seen_to_be_gone:
        await reading.intake.revoked([0])
    await reading.intake.turn()
    reading.log.known_as = "new"
    reading.clock.set(MONDAY + 2 * SHOWN_EVERY_US)
    with pytest.raises(ConfigError, match="id new: it was made anew"):
        await reading.intake.turn()


@pytest.mark.parametrize("identity", [None, "old"])
async def test_where_nobody_says_what_a_topic_is_it_is_read(identity: str | None) -> None:
    reading = Reading([b"a", b"b"], next_offset=1, identity=identity)
    await reading.begin()
    await reading.intake.turn()
    assert reading.point.taken == [([b"b"], {0: 2})]


async def test_a_loss_that_is_accepted_is_counted() -> None:
    reading = Reading([b"e"], next_offset=3, begin=5, accepts_loss=True)
    await reading.begin()
    await reading.intake.turn()
    assert reading.point.taken == [([b"e"], {0: 6})]
    assert reading.intake.lost_records == 2


async def test_a_worker_that_gets_nowhere_though_records_wait_ends() -> None:
    reading = Reading([b"a", b"b"])
    await reading.begin()
    reading.log.is_stuck = True
    await reading.intake.turn()
    assert reading.intake.lag() == 2
    reading.clock.set(MONDAY + STUCK_US + SECOND_US)
    with pytest.raises(KeptError, match="2 records that wait and no progress for 120 s"):
        await reading.intake.turn()


async def test_a_worker_without_a_broker_is_not_alive_and_ends() -> None:
    reading = Reading([])
    await reading.begin()
    await reading.intake.turn()
    assert reading.intake.is_alive()
    reading.log.is_away = True
    reading.clock.set(MONDAY + MINUTE_US)
    await reading.intake.turn()
    assert not reading.intake.is_alive()
    reading.clock.set(MONDAY + STUCK_US + 5 * SECOND_US)
    with pytest.raises(KeptError, match="no broker answers for 120 s"):
        await reading.intake.turn()


async def test_nothing_is_taken_of_a_partition_that_went_while_it_was_fetched() -> None:
    reading = Reading([b"a"])
    await reading.begin()
    await reading.intake._take_given()
    fetched = await reading.log.fetch(MONDAY)
    await reading.intake.revoked([0])
    await reading.intake._take(fetched)
    assert reading.point.taken == []


async def test_the_keeper_alone_keeps_house_and_only_while_nobody_lags_behind() -> None:
    reading, looked = Reading([b"a"]), []

    class House:
        async def step(self) -> bool:
            looked.append(reading.clock.now())
            return False

    machine = Machine(reading.clock, InlineWorker())
    point = cast("Any", reading.point)
    reading.intake = LogIntake(point, reading.log, machine, 1, housekeeping=cast("Any", House()))
    await reading.begin()
    await reading.intake.turn()
    assert looked == []
    reading.point.share.all_read_until = reading.clock.now()
    await reading.intake.turn()
    assert len(looked) == 1
    # Somebody else has partition 0 by now.
    reading.point.share.epochs = {1: 1}
    reading.point.share.all_read_until = reading.clock.now()
    await reading.intake.turn()
    assert len(looked) == 1
