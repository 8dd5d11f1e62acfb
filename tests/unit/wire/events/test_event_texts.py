"""What PostgreSQL would refuse is refused at the door, whichever database there is."""

from __future__ import annotations

from typing import Any, Final

import pytest

from monitor.errors import UnreadableEvent
from monitor.testing import MONDAY, cloud_event
from monitor.wire.events.cloud_events import decode_event

LONG: Final = "é" * 257
"""Two bytes each in UTF-8: 514, where 512 are allowed."""


def _event(**more: Any) -> bytes:
    named = {"client": "acme", "source": "/s"} | more
    return cloud_event(
        named.pop("type", "ticket.opened"), named.pop("case", "A"), MONDAY, named.pop("id", "1"), **named
    )


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"id": "x\0y"}, "id"),
        ({"source": "/s\0"}, "source"),
        ({"case": "\0"}, "subject"),
        ({"client": "a\0"}, "client"),
        ({"status": "open\0"}, "data.status"),
        ({"tags": ["fine\0"]}, "data.tags[0]"),
    ],
)
def test_nul_is_refused_in_every_text_that_is_read(more: dict[str, Any], key: str) -> None:
    with pytest.raises(
        UnreadableEvent, match=r"found '.*\\x00.*', expected a text without the character NUL"
    ) as caught:
        decode_event(_event(**more))
    assert caught.value.key == key


def test_nul_in_what_is_not_read_is_nobodys_business() -> None:
    assert decode_event(_event(text="a letter\0 with rubbish")).case == "A"


def test_a_backslash_before_u0000_is_no_nul() -> None:
    # In JSON `\\u0000` is a backslash and five letters.
    assert decode_event(_event(id="x\\u0000")).id == "x\\u0000"


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"id": LONG}, "id"),
        ({"source": LONG}, "source"),
        ({"case": LONG}, "subject"),
        ({"client": LONG}, "client"),
        ({"type": "case.linked", "to": LONG}, "data.to"),
        ({"type": "client.changed", "case": None, "tier": LONG}, "data.tier"),
    ],
)
def test_a_key_longer_than_an_index_takes_is_refused(more: dict[str, Any], key: str) -> None:
    with pytest.raises(UnreadableEvent, match="found 514 bytes in UTF-8, expected at most 512 bytes") as caught:
        decode_event(_event(**more))
    assert caught.value.key == key


def test_a_key_spelled_in_escapes_is_as_long_as_what_it_spells() -> None:
    line = _event(id="KEY").replace(b"KEY", b"\\u00e9" * 257)
    with pytest.raises(UnreadableEvent, match="514 bytes"):
        decode_event(line)


def test_a_name_that_is_no_key_may_be_longer() -> None:
    assert decode_event(_event(status=LONG)).case == "A"
