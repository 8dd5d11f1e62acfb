"""JSON as every door reads it: arrays taken apart without being read, and objects added to without being written anew."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import UnreadableEvent
from monitor.wire.written.json_text import members_of, read_json, with_members

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(VALUES, max_size=6), st.booleans(), st.sampled_from([None, 1]))
def test_an_array_is_taken_apart_as_the_standard_library_reads_it(
    values: list[Any], ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(values, ensure_ascii=ascii_only, indent=indent).encode()
    members = members_of(text, 6)
    assert [json.loads(member) for member in members] == values
    assert all(member == member.strip() and member in text for member in members)


@given(st.lists(st.sampled_from([b"[", b"]", b"{", b"}", b",", b'"', b"\\", b"1", b" ", b'"a"'])).map(b"".join))
def test_what_is_an_array_is_told_as_the_standard_library_tells_it(text: bytes) -> None:
    """Where each member is JSON by itself the whole is, and where the whole is each member is."""
    try:
        expected = json.loads(text)
    except ValueError:
        expected = None
    try:
        found = [json.loads(member) for member in members_of(text, 100)]
    except (UnreadableEvent, ValueError):
        found = None
    assert found == (expected if isinstance(expected, list) else None)


@pytest.mark.parametrize(
    "text", [b"", b"7", b"{}", b"[", b"[1", b'["', b"[1]]", b"[1}", b"[1] 2", b"[1,]", b"[,1]", b"[1,,2]"]
)
def test_what_is_no_array_is_refused(text: bytes) -> None:
    with pytest.raises(UnreadableEvent, match="expected a JSON array"):
        members_of(text, 10)


def test_no_more_members_than_may_be() -> None:
    assert len(members_of(b"[1,2,3]", 3)) == 3
    with pytest.raises(UnreadableEvent, match="more than 2 members"):
        members_of(b"[1,2,3]", 2)


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.sampled_from([None, 2]))
def test_an_object_is_added_to_and_what_is_added_counts(said: dict[str, Any], indent: int | None) -> None:
    text = json.dumps(said, indent=indent).encode() + b" \r\n"
    assert read_json(with_members(text, {"id": "1"})) == said | {"id": "1"}


def test_whole_numbers_are_exact() -> None:
    assert read_json(b"123456789012345678901234567890") == 123456789012345678901234567890
