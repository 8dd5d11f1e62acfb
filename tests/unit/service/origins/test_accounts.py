"""What is missing of a firm's topic: found, asked about, closed; held against plain sets of offsets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

import pytest

from monitor.domain.cases.coverage import Gap
from monitor.domain.facts.offsets import BLOCK, Answer, Ask, OffsetRange, ranges_of
from monitor.domain.hours.instant import MINUTE_US, SECOND_US, InstantUs
from monitor.service.origins.accounts import ASK_AGAIN_US, OriginAccounts, Traces
from monitor.service.origins.sightings import Sighting, gaps_in, oldest_kept, see
from monitor.service.ports.origin_records import (
    BlockKey,
    LostOriginsRecord,
    OriginBlockRecord,
    OriginPlace,
    OriginRecord,
)
from monitor.testing import MONDAY

GRACE = MINUTE_US
PLACE = OriginPlace("firm.tickets", 0)
HOLE = [OffsetRange(5, 8)]


class Rows:
    """The tables, in memory."""

    def __init__(self) -> None:
        self.of_origins: dict[OriginPlace, OriginRecord] = {}
        self.blocks: dict[BlockKey, OriginBlockRecord] = {}
        self.gone: list[LostOriginsRecord] = []

    def origins(self) -> list[OriginRecord]:
        return list(self.of_origins.values())

    def origin_blocks(self, keys: Iterable[BlockKey]) -> list[OriginBlockRecord]:
        return [self.blocks[key] for key in keys if key in self.blocks]

    def all_origin_blocks(self) -> list[OriginBlockRecord]:
        return list(self.blocks.values())

    def lost_origins(self) -> list[LostOriginsRecord]:
        return self.gone

    def put_origins(self, rows: list[OriginRecord]) -> None:
        self.of_origins |= {row.place: row for row in rows}

    def put_origin_blocks(self, rows: list[OriginBlockRecord]) -> None:
        self.blocks |= {(row.topic, row.partition, row.number): row for row in rows}

    def drop_origin_blocks(self, place: OriginPlace, below: int) -> None:
        self.blocks = {key: row for key, row in self.blocks.items() if key[:2] != place or key[2] >= below}

    def put_lost_origins(self, rows: list[LostOriginsRecord]) -> None:
        self.gone += rows


class Story:
    """A keeper that looks every ten seconds, and what it sees: offset n tells of something n seconds after the start."""

    def __init__(self) -> None:
        self.rows = Rows()
        self.accounts = OriginAccounts(GRACE)
        self.now: InstantUs = MONDAY
        self.answers: list[Answer] = []
        self.letters: list[Sighting] = []
        self.read_until: InstantUs | None = None

    def see(self, *offsets: int) -> None:
        see([_sighting(offset) for offset in offsets], self.rows.of_origins, self.rows)

    def look(self, seconds: int = 10) -> list[Ask]:
        self.now += seconds * SECOND_US
        until = self.now if self.read_until is None else self.read_until
        traces = Traces(self.letters, self.answers, {}, until)
        self.answers, self.letters = [], []
        return self.accounts.make_up(self.rows, traces, until, self.now)

    def look_on(self, seconds: int) -> list[Ask]:
        """Looks until so much time has passed; says all that was asked."""
        return [ask for _ in range(seconds // 10) for ask in self.look()]

    def answer(self, **said: Sequence[OffsetRange]) -> None:
        self.answers.append(Answer(*PLACE, said.get("read", []), said.get("empty", []), said.get("gone", [])))

    @property
    def row(self) -> OriginRecord:
        return self.rows.of_origins[PLACE]

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return gaps_in(self.rows.origins(), self.rows.gone)


def _sighting(offset: int) -> Sighting:
    return Sighting(*PLACE, offset, MONDAY + offset * SECOND_US)


@pytest.fixture
def story() -> Story:
    """Offsets 0 to 9 without 5, 6 and 7."""
    made = Story()
    made.see(*range(5), 8, 9)
    return made


def test_what_is_missing_is_asked_about_once_the_grace_is_over(story: Story) -> None:
    assert story.look_on(60) == []
    assert story.look_on(20) == [Ask(*PLACE, HOLE)]
    assert story.gaps == ()


def test_what_came_in_the_meantime_is_not_asked_about(story: Story) -> None:
    story.look_on(50)
    story.see(7, 5, 6)
    assert story.look_on(200) == []
    assert story.row[3:] == (10, 10, 10, 0, 0, 0, 0, 0, 0, 0)


def test_a_dead_letter_is_a_trace(story: Story) -> None:
    story.letters = [_sighting(offset) for offset in (5, 6, 7)]
    assert story.look_on(200) == []


def test_a_dead_letter_begins_no_account() -> None:
    story = Story()
    story.letters = [_sighting(3)]
    story.look()
    assert story.rows.origins() == []


def test_nothing_is_missing_while_what_may_hold_it_is_not_read(story: Story) -> None:
    story.read_until = MONDAY + 30 * SECOND_US
    assert story.look_on(600) == []
    story.read_until = None
    assert story.look() == [Ask(*PLACE, HOLE)]


def test_what_was_read_again_is_no_gap_any_more_once_it_came(story: Story) -> None:
    story.look_on(80)
    story.answer(read=HOLE)
    story.look()
    story.see(5, 6, 7)
    assert story.look_on(300) == []
    assert (story.row.accounted, story.row.gaps, story.row.read_again, story.row.open_records) == (10, 1, 3, 0)
    assert story.gaps == ()


def test_offsets_that_hold_no_record_are_no_gap(story: Story) -> None:
    story.look_on(80)
    story.answer(empty=HOLE)
    assert story.look_on(300) == []
    assert (story.row.accounted, story.row.gaps, story.row.empty, story.row.open_records) == (10, 0, 3, 0)
    assert story.gaps == ()


def test_what_is_gone_is_lost_and_its_time_unknown_for_good(story: Story) -> None:
    story.look_on(80)
    story.answer(empty=[OffsetRange(5, 6)], gone=[OffsetRange(6, 8)])
    assert story.look_on(300) == []
    assert (story.row.accounted, story.row.gaps, story.row.lost, story.row.empty) == (10, 1, 2, 1)
    # All of it is in one block, which is of the time of offsets 0 to 9.
    (gap,) = story.gaps
    assert (gap.starts_at, gap.ends_at) == (MONDAY, MONDAY + 9 * SECOND_US + 1)
    assert gap.why == "firm.tickets partition 0 lost records"


def test_nothing_is_believed_that_was_not_asked(story: Story) -> None:
    story.answer(empty=HOLE, gone=[OffsetRange(0, 100)])
    story.look()
    assert (story.row.accounted, story.row.empty, story.row.lost) == (5, 0, 0)


def test_what_nobody_answers_is_an_open_gap_and_asked_again(story: Story) -> None:
    # Asked at 70 s, and again 30 s, 60 s and 120 s after the one before.
    asked = [story.now - MONDAY for _ in range(30) if story.look()]
    assert [at // SECOND_US for at in asked] == [70, 100, 160, 280]
    assert story.row.open_records == 3
    (gap,) = story.gaps
    assert (gap.starts_at, gap.ends_at) == (MONDAY, MONDAY + 9 * SECOND_US + 1)
    assert gap.why == "firm.tickets partition 0 misses records"


def test_a_keeper_that_comes_late_asks_before_it_calls_a_gap_open(story: Story) -> None:
    story.look()
    assert story.look(600) == [Ask(*PLACE, HOLE)]
    assert story.row.open_records == 0
    story.answer(empty=HOLE)
    story.look(600)
    assert (story.row.empty, story.row.open_records, story.gaps) == (3, 0, ())


def test_an_open_gap_closes_once_it_came_and_its_time_is_certain_again(story: Story) -> None:
    story.look_on(150)
    assert story.row.open_records == 3
    story.see(5, 7)
    story.look()
    assert story.row.open_records == 1
    story.see(6)
    story.look()
    assert (story.row.open_records, story.gaps) == (0, ())


def test_what_was_sent_on_again_and_does_not_come_is_asked_again(story: Story) -> None:
    story.look_on(70)
    story.answer(read=HOLE)
    assert story.look_on(ASK_AGAIN_US // SECOND_US) == []
    assert story.look() == [Ask(*PLACE, HOLE)]


def test_the_rest_of_a_long_answer_is_asked_at_once(story: Story) -> None:
    story.look_on(70)
    story.answer(read=[OffsetRange(5, 6)])
    assert story.look() == [Ask(*PLACE, [OffsetRange(6, 8)])]


def test_the_next_keeper_goes_on_where_the_one_before_was(story: Story) -> None:
    story.look_on(70)
    story.accounts = OriginAccounts(GRACE)
    assert story.look() == [Ask(*PLACE, HOLE)]
    assert story.row.open_records == 0
    story.look_on(60)
    assert story.row.open_records == 3
    story.accounts = OriginAccounts(GRACE)
    story.look()
    assert story.row.open_records == 3


def test_accounts_begin_with_what_is_seen_first() -> None:
    story = Story()
    story.see(2_000, 2_001)
    story.see(10)
    assert story.look_on(300) == []
    assert story.row.begins_at == 2_000


def test_a_log_with_millions_of_holes_is_closed_step_by_step() -> None:
    story = Story()
    story.see(0, 1, 50_000_000, 50_000_001, 90_000_000)
    story.look_on(70)
    holes = [OffsetRange(2, 50_000_000), OffsetRange(50_000_002, 90_000_000)]
    story.answer(empty=holes)
    story.look()
    # The first is behind what is accounted for, and so the second is now.
    assert (story.row.accounted, story.row.empty) == (90_000_001, 89_999_996)
    assert len(story.rows.blocks) <= 3


def test_a_huge_hole_behind_a_missing_record_waits_for_it() -> None:
    story = Story()
    story.see(0, 2, 50_000_000)
    story.look_on(70)
    story.answer(read=[OffsetRange(1, 2)], empty=[OffsetRange(3, 50_000_000)])
    story.look()
    assert (story.row.accounted, story.row.empty) == (1, 0)
    story.see(1)
    (ask,) = story.look_on(30)
    assert ask.ranges == [OffsetRange(3, 50_000_000)]
    story.answer(empty=ask.ranges)
    story.look()
    assert (story.row.accounted, story.row.empty) == (50_000_001, 49_999_997)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_comes_how_often_all_offsets_are_accounted_for(seed: int) -> None:
    dice = Random(seed)
    last = dice.randrange(100, 3 * BLOCK)
    records = {offset for offset in range(last) if dice.random() < 0.95} | {0, last}
    dropped = {offset for offset in records if dice.random() < 0.1} - {0, last}
    way = [offset for offset in records - dropped for _ in range(1 + (dice.random() < 0.2))]
    dice.shuffle(way)
    story, seen, told = Story(), {0}, set[int]()
    story.see(0)
    for _ in range(500):
        portion, way = way[:50], way[50:]
        story.see(*portion)
        seen |= set(portion)
        if dice.random() < 0.1:
            story.accounts = OriginAccounts(GRACE)
        asks = story.look()
        assert story.row.accounted == min(set(range(last + 2)) - seen - told)
        for ask in asks:
            offsets = {offset for each in ask.ranges for offset in range(each.first, each.end)}
            # Only what is missing is asked about, and nothing beyond what was seen.
            assert offsets.isdisjoint(seen | told)
            assert max(offsets) < max(seen)
            if dice.random() < 0.7:
                read = sorted(offsets & records)[: dice.randrange(1, 200)]
                story.answer(read=ranges_of(read), empty=ranges_of(offsets - records))
                told |= offsets - records
                if dice.random() < 0.8:
                    story.see(*read)
                    seen |= set(read)
        if not way and story.row.accounted > last:
            break
    assert story.row.accounted == last + 1
    assert story.row.empty == last + 1 - len(records)
    assert (story.row.lost, story.row.open_records, story.gaps) == (0, 0, ())
    assert all(number >= oldest_kept(last + 1) for *_, number in story.rows.blocks)
