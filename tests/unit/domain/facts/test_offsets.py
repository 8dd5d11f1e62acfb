"""Which offsets of a log are missing: held against plain sets of numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.facts.offsets import (
    BLOCK,
    Block,
    OffsetRange,
    common,
    count_of,
    filled,
    merged,
    missing,
    next_offset,
    ranges_of,
    span_around,
    without,
)

# Around the edges of blocks, where mistakes would be.
_OFFSETS = st.integers(0, 3 * BLOCK) | st.sampled_from([0, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK])
_SETS = st.frozensets(_OFFSETS, max_size=60)
_RANGES = st.lists(st.builds(lambda first, length: OffsetRange(first, first + length), _OFFSETS, st.integers(1, 1_500)))


def _blocks(offsets: frozenset[int]) -> dict[int, Block]:
    blocks: dict[int, Block] = {}
    for offset in offsets:
        blocks[offset // BLOCK] = blocks.get(offset // BLOCK, Block()).with_offset(offset, offset)
    return blocks


def _plain(ranges: list[OffsetRange]) -> set[int]:
    return {offset for each in ranges for offset in range(each.first, each.end)}


def _is_in_order_and_apart(ranges: list[OffsetRange]) -> bool:
    is_apart = all(before.end < after.first for before, after in pairwise(ranges))
    return is_apart and all(each.length > 0 for each in ranges)


@given(_SETS, _OFFSETS, _OFFSETS)
def test_missing_is_what_a_set_of_numbers_lacks(offsets: frozenset[int], first: int, end: int) -> None:
    found = missing(_blocks(offsets), first, end)
    assert _plain(found) == set(range(first, end)) - offsets
    assert _is_in_order_and_apart(found)
    assert count_of(found) == len(set(range(first, end)) - offsets)


@given(_SETS)
def test_ranges_of_offsets_have_just_those(offsets: frozenset[int]) -> None:
    found = ranges_of(offsets)
    assert _plain(found) == offsets
    assert _is_in_order_and_apart(found)


@given(_RANGES)
def test_merged_ranges_have_the_same_offsets_once(ranges: list[OffsetRange]) -> None:
    found = merged(ranges)
    assert _plain(found) == _plain(ranges)
    assert _is_in_order_and_apart(found)


@given(_RANGES, _RANGES)
def test_common_offsets_are_those_of_both(ranges: list[OffsetRange], others: list[OffsetRange]) -> None:
    found = common(ranges, others)
    assert _plain(found) == _plain(ranges) & _plain(others)
    assert _is_in_order_and_apart(found)


@given(_RANGES, _RANGES)
def test_offsets_without_others_are_the_difference(ranges: list[OffsetRange], others: list[OffsetRange]) -> None:
    found = without(ranges, others)
    assert _plain(found) == _plain(ranges) - _plain(others)
    assert _is_in_order_and_apart(found)


@given(_SETS, _RANGES)
def test_filled_blocks_account_for_the_ranges_too(offsets: frozenset[int], ranges: list[OffsetRange]) -> None:
    blocks = _blocks(offsets)
    changed = filled(blocks, ranges)
    everything = offsets | _plain(ranges)
    assert _plain(missing(blocks | changed, 0, 6 * BLOCK)) == set(range(6 * BLOCK)) - everything
    assert next_offset(blocks | changed) == max(everything, default=-1) + 1
    # Only what is different has to be written.
    assert all(blocks.get(number) != block for number, block in changed.items())


@given(_SETS, _SETS)
def test_what_two_have_seen_is_seen_by_either(one: frozenset[int], other: frozenset[int]) -> None:
    ours, theirs = _blocks(one), _blocks(other)
    joined = {
        number: ours.get(number, Block()).joined(theirs.get(number, Block())) for number in ours.keys() | theirs.keys()
    }
    assert joined == _blocks(one | other)


def test_a_log_with_a_huge_hole_is_told_in_one_range() -> None:
    blocks = _blocks(frozenset([5, 10**15]))
    assert missing(blocks, 5, 10**15 + 1) == [OffsetRange(6, 10**15)]


def test_the_time_of_what_is_missing_is_that_of_the_blocks_about_it() -> None:
    # One event a second: offset n happened at n. The hole from 1,500 to 1,600 lies in the second block, which has the
    # offsets 1,024 to 2,047.
    blocks = _blocks(frozenset(set(range(3 * BLOCK)) - set(range(1_500, 1_600))))
    assert span_around(blocks, [OffsetRange(1_500, 1_600)]) == (1_024, 2_047)
    # From the first offset of a block on, the last before is in the block before.
    assert span_around(blocks, [OffsetRange(1_024, 1_030)]) == (0, 2_047)


def test_offsets_that_hold_no_record_have_no_time() -> None:
    blocks = filled({}, [OffsetRange(0, BLOCK)]) | _blocks(frozenset([BLOCK + 3]))
    assert span_around(blocks, [OffsetRange(BLOCK, BLOCK + 3)]) == (BLOCK + 3, BLOCK + 3)
