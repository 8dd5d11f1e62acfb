"""Questions about offsets of which nothing was heard, and answers to them, as records of the topic of replays.

Both are JSON objects with the topic, the partition and ranges of offsets, each `[first, end]` without `end`: a question has
`ask`, an answer `read`, `empty` and `gone`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from monitor.domain.facts.offsets import Answer, Ask, OffsetRange
from monitor.errors import UnreadableEvent
from monitor.wire.edge.model import Topic
from monitor.wire.written.plain_words import describe_error

LAST_OFFSET: Final = 2**63 - 1


def _checked(each: OffsetRange) -> OffsetRange:
    if not 0 <= each.first < each.end <= LAST_OFFSET:
        raise ValueError(f"found [{each.first}, {each.end}], expected offsets, the end behind the first")
    return each


_Ranges = list[Annotated[OffsetRange, AfterValidator(_checked)]]


class _Place(BaseModel):
    model_config = ConfigDict(extra="forbid")

    topic: Topic
    partition: Annotated[int, Field(ge=0, lt=2**31)]


class _Question(_Place):
    ask: _Ranges


class _Told(_Place):
    read: _Ranges
    empty: _Ranges
    gone: _Ranges


def replay_record(replay: Ask | Answer) -> tuple[bytes, bytes]:
    """Key and value of the record that says this."""
    said: dict[str, Any] = {"topic": replay.topic, "partition": replay.partition}
    if isinstance(replay, Ask):
        said["ask"] = _pairs(replay.ranges)
    else:
        told = {"read": replay.read, "empty": replay.empty, "gone": replay.gone}
        said |= {name: _pairs(ranges) for name, ranges in told.items()}
    return f"{replay.topic}/{replay.partition}".encode(), orjson.dumps(said)


def _pairs(ranges: Sequence[OffsetRange]) -> list[list[int]]:
    return [list(each) for each in ranges]


def read_replay(value: bytes | None) -> Ask | Answer:
    """What such a record says; raises UnreadableEvent."""
    try:
        said = orjson.loads(value or b"")
    except orjson.JSONDecodeError as error:
        raise UnreadableEvent(f"no JSON ({error})", "a question or an answer about offsets") from None
    try:
        if isinstance(said, dict) and "ask" in said:
            asked = _Question.model_validate(said)
            return Ask(asked.topic, asked.partition, asked.ask)
        told = _Told.model_validate(said)
    except ValidationError as error:
        raise UnreadableEvent(*describe_error(error.errors(include_url=False)[0])) from None
    return Answer(told.topic, told.partition, told.read, told.empty, told.gone)
