"""What is read again of a log in memory: just what was asked for, each record once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple, cast

import pytest
from aiokafka import TopicPartition

from monitor.adapters.kafka import replaying
from monitor.adapters.kafka.access import KafkaAccess
from monitor.adapters.kafka.batch_producer import BatchProducer, Message
from monitor.adapters.kafka.replaying import FAR, Replayer
from monitor.domain.facts.offsets import Answer, Ask, OffsetRange, count_of, ranges_of
from monitor.wire.edge.replays import read_replay

FIRM = ("firm.tickets", 0)
PLACE = TopicPartition(*FIRM)


class Record(NamedTuple):
    offset: int


class Log:
    """A partition as a consumer sees it; `offsets` are those that hold a record."""

    def __init__(self, offsets: Sequence[int], end: int, begin: int = 0) -> None:
        self._offsets, self._begin, self._end = sorted(offsets), begin, end
        self._at = 0
        self.fetched = 0

    def assign(self, places: Sequence[TopicPartition]) -> None:
        assert list(places) == [PLACE]

    async def beginning_offsets(self, _places: Any) -> dict[TopicPartition, int]:
        return {PLACE: self._begin}

    async def end_offsets(self, _places: Any) -> dict[TopicPartition, int]:
        return {PLACE: self._end}

    def seek(self, _place: TopicPartition, offset: int) -> None:
        self._at = offset

    async def position(self, _place: TopicPartition) -> int:
        return self._at

    async def getmany(
        self, _place: TopicPartition, *, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[Record]]:
        assert timeout_ms > 0
        found = [Record(offset) for offset in self._offsets if offset >= self._at][:max_records]
        self._at = found[-1].offset + 1 if len(found) == max_records else self._end
        self.fetched += len(found)
        return {PLACE: found}


class Sent:
    """What an edge sends: records of the source, and answers."""

    def __init__(self) -> None:
        self.offsets: list[int] = []
        self.answers: list[Answer] = []

    async def take(self, records: list[Any]) -> None:
        self.offsets += [record.offset for record in records]

    async def send(self, messages: list[Message]) -> None:
        for message in messages:
            answer = read_replay(message.value)
            assert isinstance(answer, Answer)
            self.answers.append(answer)


def answer(log: Log, *ranges: OffsetRange) -> tuple[Sent, Answer]:
    """What is sent on, and what is answered."""
    sent = Sent()
    access = KafkaAccess("127.0.0.1:1", None, None, None)
    replayer = Replayer(access, "kept.replays", cast("BatchProducer", sent), sent.take, lambda *_: True)
    asyncio.run(replayer._answer(log, Ask(*FIRM, list(ranges))))
    (said,) = sent.answers
    return sent, said


def test_just_what_was_asked_for_is_sent_on() -> None:
    sent, said = answer(Log(range(100), 100), OffsetRange(10, 13), OffsetRange(50, 51))
    assert sent.offsets == [10, 11, 12, 50]
    assert said == Answer(*FIRM, [OffsetRange(10, 13), OffsetRange(50, 51)], [], [])


def test_offsets_that_hold_no_record_are_told_as_such() -> None:
    sent, said = answer(Log([0, 1, 5, 9], 10), OffsetRange(1, 9))
    assert sent.offsets == [1, 5]
    assert said == Answer(*FIRM, [OffsetRange(1, 2), OffsetRange(5, 6)], [OffsetRange(2, 5), OffsetRange(6, 9)], [])


def test_what_the_log_has_no_more_or_never_had_is_gone() -> None:
    _, said = answer(Log(range(20, 30), 30, begin=20), OffsetRange(10, 22), OffsetRange(28, 40))
    assert said == Answer(
        *FIRM, [OffsetRange(20, 22), OffsetRange(28, 30)], [], [OffsetRange(10, 20), OffsetRange(30, 40)]
    )


def test_what_is_far_away_is_sought() -> None:
    last = 50 * FAR
    log = Log(range(last), last)
    sent, _ = answer(log, OffsetRange(3, 4), OffsetRange(last - 5, last - 4))
    assert sent.offsets == [3, last - 5]
    assert log.fetched < FAR


def test_of_very_much_a_part_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "SENT_RECORDS", 2_000)
    sent, said = answer(Log(range(10_000), 10_000), OffsetRange(5, 9_000))
    # Two fetches of a thousand records, from the first on.
    assert sent.offsets == list(range(5, 2_005))
    assert said == Answer(*FIRM, [OffsetRange(5, 2_005)], [], [])


@pytest.mark.parametrize("seed", range(20))
def test_each_offset_that_was_asked_about_is_answered_for_once(seed: int) -> None:
    dice = Random(seed)
    end = dice.randrange(100, 5_000)
    begin = dice.randrange(end // 2)
    there = {offset for offset in range(begin, end) if dice.random() < 0.8}
    asked = {offset for offset in range(end + 50) if dice.random() < 0.3}
    sent, said = answer(Log(sorted(there), end, begin), *ranges_of(asked))
    assert sent.offsets == sorted(asked & there)
    assert list(said.read) == ranges_of(asked & there)
    assert list(said.empty) == ranges_of({offset for offset in asked - there if begin <= offset < end})
    assert count_of([*said.read, *said.empty, *said.gone]) == len(asked)
