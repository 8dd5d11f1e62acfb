"""Questions and answers about offsets, as records; and the place a trace tells of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.facts.offsets import Answer, Ask, OffsetRange
from monitor.errors import UnreadableEvent
from monitor.wire.edge.records import Origin, Record, dead_letter, letter_from, letter_place, origin_in
from monitor.wire.edge.replays import read_replay, replay_record

_RANGES = st.lists(
    st.builds(lambda first, length: OffsetRange(first, first + length), st.integers(0, 10**12), st.integers(1, 10**6))
)
_PLACES = st.tuples(st.from_regex(r"[A-Za-z0-9._-]{2,20}x", fullmatch=True), st.integers(0, 100))


@given(_PLACES, _RANGES)
def test_a_question_is_read_as_it_was_asked(place: tuple[str, int], ranges: list[OffsetRange]) -> None:
    ask = Ask(*place, ranges)
    key, value = replay_record(ask)
    assert (key, read_replay(value)) == (f"{place[0]}/{place[1]}".encode(), ask)


@given(_PLACES, _RANGES, _RANGES, _RANGES)
def test_an_answer_is_read_as_it_was_given(
    place: tuple[str, int], read: list[OffsetRange], empty: list[OffsetRange], gone: list[OffsetRange]
) -> None:
    answer = Answer(*place, read, empty, gone)
    assert read_replay(replay_record(answer)[1]) == answer


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "no JSON"),
        (b"rubbish", "no JSON"),
        (b"[1]", "[1]"),
        (b'{"topic": "a", "partition": 0}', "`read`"),
        (
            b'{"topic": "a", "partition": 0, "ask": [[3, 3]]}',
            "found [3, 3], expected offsets, the end behind the first",
        ),
        (b'{"topic": "a", "partition": 0, "ask": [[-1, 3]]}', "found [-1, 3]"),
        (b'{"topic": "a b", "partition": 0, "ask": [[1, 3]]}', "topic"),
        (b'{"topic": "a", "partition": -1, "ask": [[1, 3]]}', "partition"),
        (b'{"topic": "a", "partition": 0, "ask": [[1, 3]], "more": 1}', "`more`"),
    ],
)
def test_what_is_neither_says_what_is_wrong(value: bytes | None, said: str) -> None:
    with pytest.raises(UnreadableEvent) as caught:
        read_replay(value)
    assert said in str(caught.value)


def test_an_event_tells_which_record_it_was_made_of() -> None:
    event = b'{"id": "1", "origintopic": "firm.tickets", "originpartition": 3, "originoffset": 17}'
    assert origin_in(event) == Origin("firm.tickets", 3, 17)


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b'{"id": "1"}',
        b'"originoffset"',
        b'{"originoffset": 17}',
        b'{"origintopic": "firm.tickets", "originpartition": 3, "originoffset": "17"}',
        b'{"origintopic": "firm.tickets", "originpartition": 3, "originoffset": true}',
        b'{"origintopic": "firm.tickets", "originpartition": 3, "originoffset": -1}',
        b'{"origintopic": "firm tickets", "originpartition": 3, "originoffset": 17}',
        b'{"origintopic": "firm.tickets", "originpartition": 3000000000, "originoffset": 17}',
    ],
)
def test_an_event_without_a_proper_origin_tells_of_none(content: bytes | None) -> None:
    assert origin_in(content) is None


def test_a_dead_letter_tells_which_record_it_was_and_when() -> None:
    record = Record(Origin("firm.tickets", 3, 17), None, b"rubbish", 1_772_442_000_000)
    letter = dead_letter(record, UnreadableEvent("rubbish", "an event"), "unreadable")
    assert letter_place(letter.headers) == (Origin("firm.tickets", 3, 17), 1_772_442_000_000)


def test_a_dead_letter_of_no_topic_tells_of_none() -> None:
    letter = letter_from("helpdesk", b"rubbish", UnreadableEvent("rubbish", "an event"))
    assert letter_place(letter.headers) is None
