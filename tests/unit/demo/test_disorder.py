"""A disturbed stream is the same set of events: late or twice, never lost, and the same for the same seed."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate, count, islice
from typing import Final

from monitor.demo.disorder import FARTHEST, disturbed

EVENTS: Final = list(range(20_000))


def test_nothing_is_disturbed_where_nothing_is_asked_for() -> None:
    assert list(disturbed(EVENTS, 1, disorder=0, duplicates=0)) == EVENTS


def test_disorder_loses_nothing_and_moves_the_share_asked_for() -> None:
    moved = list(disturbed(EVENTS, 1, disorder=0.1, duplicates=0))
    assert sorted(moved) == EVENTS
    highest, late = -1, 0
    for event in moved:
        late += event < highest
        highest = max(highest, event)
    # Each late event is one that was held back; the last few are held back to the end, past nobody.
    assert 0.09 * len(EVENTS) < late < 0.11 * len(EVENTS)


def test_duplicates_come_after_the_event_itself_in_the_share_asked_for() -> None:
    doubled = list(disturbed(EVENTS, 1, disorder=0, duplicates=0.05))
    assert set(doubled) == set(EVENTS)
    assert 0.04 * len(EVENTS) < len(doubled) - len(EVENTS) < 0.06 * len(EVENTS)
    assert max(Counter(doubled).values()) == 2


def test_no_event_is_later_than_the_farthest_place() -> None:
    moved = list(disturbed(EVENTS, 3, disorder=0.5, duplicates=0.5))
    newest = list(accumulate(moved, max))
    # First copies only: a duplicate may be held back once, and so may the event.
    first = {event: newest[place] for place, event in reversed(list(enumerate(moved)))}
    assert max(seen - event for event, seen in first.items()) <= FARTHEST


def test_the_same_seed_disturbs_in_the_same_way() -> None:
    first, second = (list(disturbed(EVENTS, 5, disorder=0.2, duplicates=0.2)) for _ in range(2))
    assert first == second
    assert first != list(disturbed(EVENTS, 6, disorder=0.2, duplicates=0.2))


def test_an_endless_stream_is_disturbed_as_it_comes() -> None:
    assert len(list(islice(disturbed(count(), 1, disorder=0.5, duplicates=0.5), 1_000))) == 1_000
