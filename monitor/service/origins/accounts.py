"""What is missing of the firm's own topics: found, asked about at its source, and closed.

Theory of operation. The keeper notes every few seconds how far each partition was seen. Once everything that was in the
topics of events and of dead letters is read up to `grace` after such a note, what is still missing below it had its time:
it is asked about. Whoever reads the firm's topics looks there, and answers: records, which it has sent on again under the
ids they had; offsets that hold no record (where a transaction ended, where a log was compacted), which are no loss; or
offsets that are gone. Only what is missing after another `grace` is an open gap, of whose time nothing is certain: a log
with holes of its own costs a question, and no doubt.

Asked again and answered twice, nothing changes but the counts of what was read again: offsets are accounted for or not.
"""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from monitor.domain.facts.offsets import (
    BLOCK,
    Answer,
    Ask,
    Block,
    OffsetRange,
    common,
    count_of,
    filled,
    merged,
    missing,
    next_offset,
    span_around,
    without,
)
from monitor.domain.hours.instant import MINUTE_US, SECOND_US, DurationUs, InstantUs
from monitor.domain.number import number_of
from monitor.service.origins.sightings import Sighting, block_in, block_row, oldest_kept, see
from monitor.service.ports.origin_records import LostOriginsRecord, OriginPlace, OriginRecord
from monitor.service.ports.shared_journal import OriginRows

ASKED_RANGES: Final = 2_000
"""In one question: some 30 kB."""
ASK_AGAIN_US: Final[DurationUs] = 30 * SECOND_US
ASK_AGAIN_AT_MOST_US: Final[DurationUs] = 2 * MINUTE_US
"""What nobody answers is asked again, each time after twice as long."""
_LARGEST: Final = 100 * BLOCK
"""Offsets without records that are written down one by one where something before them is missing; of more it is asked
again once nothing is."""
_NOTES: Final = 1_000

_log = logging.getLogger(__name__)

Positions = Mapping[OriginPlace, int]
"""Behind what was read of the partitions of other topics."""


class Traces(NamedTuple):
    """What was read beside the topic of events: dead letters, and answers. All that was there at `read_until` was read."""

    sightings: Sequence[Sighting]
    answers: Sequence[Answer]
    positions: Positions
    read_until: InstantUs


class _Notes:
    """How far partitions had come at some instants; it never is less than it was."""

    def __init__(self) -> None:
        self._notes: deque[tuple[InstantUs, Mapping[OriginPlace, int]]] = deque(maxlen=_NOTES)

    def add(self, at: InstantUs, offsets: Mapping[OriginPlace, int], apart: DurationUs) -> None:
        """Notes it, unless that was done less than `apart` ago."""
        if not self._notes or abs(at - self._notes[-1][0]) >= apart:
            self._notes.append((at, offsets))

    def by(self, instant: InstantUs) -> Mapping[OriginPlace, int]:
        """How far they had come at an instant, later than all that was asked for before."""
        while len(self._notes) > 1 and self._notes[1][0] <= instant:
            self._notes.popleft()
        return self._notes[0][1] if self._notes and self._notes[0][0] <= instant else {}


class _Asked(NamedTuple):
    """When something is asked again, and how long that was to wait."""

    again_at: InstantUs
    wait: DurationUs


class _UnderWay(NamedTuple):
    """What was sent on again, and by when it must have come."""

    until: InstantUs
    ranges: Sequence[OffsetRange]


_NOTHING: Final = _UnderWay(0, ())


class _Account:
    """One partition while its accounts are made up."""

    def __init__(self, row: OriginRecord, blocks: dict[int, Block]) -> None:
        self.before = self.row = row
        self.blocks = blocks
        self.changed: dict[int, Block] = {}
        self.lost: list[LostOriginsRecord] = []

    @property
    def seen(self) -> int:
        """Behind the last offset that was seen."""
        return max(next_offset(self.blocks), self.row.accounted)

    def missing_below(self, end: int) -> list[OffsetRange]:
        """What is missing before an offset."""
        return missing(self.blocks, self.row.accounted, end)

    def answer(self, answer: Answer) -> None:
        """Takes an answer; of what was not asked nothing is believed."""
        self._move_on()
        asked = self.missing_below(self.row.asked_below)
        gone, empty = common(answer.gone, asked), common(answer.empty, asked)
        for each in gone:
            self.lost.append(LostOriginsRecord(*self.row.place, *each, *span_around(self.blocks, [each])))
            _log.error("%s partition %s: found no record from %s to %s any more: lost", *self.row.place, *_ends(each))
        if answer.read:
            _log.warning("%s partition %s: %s records were read again", *self.row.place, count_of(answer.read))
        lost, closed = self._close(gone), self._close(empty)
        row = self.row
        self.row = row._replace(
            gaps=row.gaps + len(merged([*answer.read, *gone])),
            read_again=row.read_again + count_of(answer.read),
            empty=row.empty + closed,
            lost=row.lost + lost,
        )

    def _close(self, ranges: Iterable[OffsetRange]) -> int:
        """Accounts for offsets; says for how many."""
        closed = 0
        for each in ranges:
            if each.first == self.row.accounted:
                self.row = self.row._replace(accounted=each.end)
                self._move_on()
            elif each.length <= _LARGEST:
                changed = filled(self.blocks, [each])
                self.blocks |= changed
                self.changed |= changed
            else:
                continue
            closed += each.length
        return closed

    def _move_on(self) -> None:
        left = self.missing_below(self.seen)
        self.row = self.row._replace(accounted=left[0].first if left else self.seen)

    def settle(self, asked_below: int, open_below: int) -> None:
        """Moves up to what must have come by now, and by when something must have come of asking."""
        self._move_on()
        row = self.row
        asked_below, open_below = max(row.asked_below, asked_below), max(row.open_below, open_below)
        still_open = self.missing_below(open_below)
        self.row = row._replace(asked_below=asked_below, open_below=open_below, open_records=count_of(still_open))
        if not still_open:
            if row.open_records:
                _log.warning("%s partition %s: nothing is missing any more", *row.place)
            return
        fresh = missing(self.blocks, max(row.open_below, row.accounted), open_below) if row.open_records else still_open
        if fresh:
            self._doubt(fresh)

    def _doubt(self, ranges: Sequence[OffsetRange]) -> None:
        """Widens the span in doubt by that of these offsets, or begins it."""
        starts_at, ends_at = span_around(self.blocks, ranges)
        if self.before.open_records:
            starts_at, ends_at = min(starts_at, self.row.doubt_from), max(ends_at, self.row.doubt_until)
        self.row = self.row._replace(doubt_from=starts_at, doubt_until=ends_at)
        found = f"{number_of(self.row.open_records, 'record')} of which nothing was heard"
        expected = f"an event or a dead letter of each from {ranges[0].first} to {ranges[-1].end - 1}"
        _log.error("%s partition %s: found %s, expected %s", *self.row.place, found, expected)

    def write(self, rows: OriginRows) -> None:
        """Writes what has changed."""
        place = self.row.place
        if self.row != self.before:
            rows.put_origins([self.row])
        rows.put_origin_blocks([block_row((*place, number), block) for number, block in self.changed.items()])
        rows.put_lost_origins(self.lost)
        if oldest_kept(self.row.accounted) > min(self.blocks, default=0):
            rows.drop_origin_blocks(place, oldest_kept(self.row.accounted))


class OriginAccounts:
    """The keeper's work on origins; not for two threads at once."""

    def __init__(self, grace: DurationUs) -> None:
        """`grace`: how long after a later offset of its partition a record's trace may come."""
        self._grace = grace
        self._seen, self._looked_for = _Notes(), _Notes()
        self._asked: dict[OriginPlace, _Asked] = {}
        self._under_way: dict[OriginPlace, _UnderWay] = {}

    def forget(self) -> None:
        """Somebody else is the keeper."""
        self._seen, self._looked_for = _Notes(), _Notes()
        self._asked.clear()
        self._under_way.clear()

    def make_up(self, rows: OriginRows, traces: Traces, read_until: InstantUs, now: InstantUs) -> list[Ask]:
        """Makes up all accounts, in the keeper's turn; says what is to be asked once that is committed.

        All that was in the topic of events at `read_until` is in the journal.
        """
        known = {row.place: row for row in rows.origins()}
        # Accounts begin with an event: dead letters may be of long ago.
        see((each for each in traces.sightings if OriginPlace(*each[:2]) in known), known, rows)
        accounts = self._accounts(known, rows)
        for answer in traces.answers:
            account = accounts.get(OriginPlace(answer.topic, answer.partition))
            if account is not None:
                account.answer(answer)
                self._remember(account.row.place, answer, now)
        until = min(read_until, traces.read_until) - self._grace
        self._seen.add(now, {place: account.seen for place, account in accounts.items()}, self._grace // 8)
        seen, looked_for = self._seen.by(until), self._looked_for.by(until)
        asks = []
        for place, account in accounts.items():
            account.settle(seen.get(place, 0), looked_for.get(place, 0))
            account.write(rows)
            asks += self._ask(account, now)
        # Only from now on an answer can come.
        asked = {place: account.row.asked_below for place, account in accounts.items()}
        self._looked_for.add(now, asked, self._grace // 8)
        return asks

    def _accounts(self, known: Mapping[OriginPlace, OriginRecord], rows: OriginRows) -> dict[OriginPlace, _Account]:
        blocks: defaultdict[OriginPlace, dict[int, Block]] = defaultdict(dict)
        for row in rows.all_origin_blocks():
            blocks[OriginPlace(row.topic, row.partition)][row.number] = block_in(row)
        return {place: _Account(row, blocks[place]) for place, row in known.items()}

    # Asking

    def _remember(self, place: OriginPlace, answer: Answer, now: InstantUs) -> None:
        """What was sent on again is under way; of the rest more may be asked at once."""
        self._asked.pop(place, None)
        if answer.read:
            before = self._under_way.get(place, _NOTHING)
            self._under_way[place] = _UnderWay(now + ASK_AGAIN_US, [*before.ranges, *answer.read])

    def _ask(self, account: _Account, now: InstantUs) -> list[Ask]:
        """The question about a partition, where there is one and it is its time."""
        place = account.row.place
        under_way = self._under_way.get(place, _NOTHING)
        if under_way.until <= now:
            self._under_way.pop(place, None)
            under_way = _NOTHING
        ranges = without(account.missing_below(account.row.asked_below), under_way.ranges)
        if not ranges:
            self._asked.pop(place, None)
            return []
        asked = self._asked.get(place, _Asked(now, ASK_AGAIN_US))
        if now < asked.again_at:
            return []
        self._asked[place] = _Asked(now + asked.wait, min(2 * asked.wait, ASK_AGAIN_AT_MOST_US))
        return [Ask(*place, ranges[:ASKED_RANGES])]


def _ends(each: OffsetRange) -> tuple[int, int]:
    return each.first, each.end - 1
