"""Texts of events that one database takes and another does not: they are refused for all, so that both judge alike.

PostgreSQL takes no NUL (U+0000) in a text, and no more than some 2,700 bytes in a key of an index. Halves of characters
(lone surrogates), which no database takes, are no JSON to pydantic already. What Kept does not read, such as the text of
an email, may hold anything: the event's own bytes are kept as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from monitor.errors import UnreadableEvent
from monitor.wire.written.plain_words import dotted, shown

LONGEST_KEY_BYTES: Final = 512
"""In UTF-8, of what rows are found by: two of them and what belongs to them fit into a key."""

_ENVELOPE_KEYS: Final = ("id", "source", "subject", "client")
_DATA_KEYS: Final = ("into", "out_of", "to", "promise", "tier", "call", "meeting")


def refuse_what_no_database_takes(event: Any, line: bytes) -> None:
    """Raises UnreadableEvent where a text of an event can't be kept. `event` is the model of `line`, its JSON.

    Most events are ASCII without escapes, and short enough at that: then there is nothing to look at.
    """
    is_escaped = b"\\u" in line
    if is_escaped or not line.isascii():
        _refuse_long_keys(event)
    if is_escaped and b"\\u0000" in line:
        _refuse_nul(event)


def _refuse_long_keys(event: Any) -> None:
    for name in _ENVELOPE_KEYS:
        _refuse_long(getattr(event, name), name)
    for name in _DATA_KEYS:
        _refuse_long(getattr(event.data, name, None), f"data.{name}")
    for place, name in enumerate(getattr(event.data, "about", ())):
        _refuse_long(name, f"data.about.{place}")


def _refuse_nul(event: Any) -> None:
    for place, text in _texts(event.model_dump(), ()):
        if "\0" in text:
            raise UnreadableEvent(shown(text), "a text without the character NUL (U+0000)", dotted(place))


def _refuse_long(text: str | None, key: str) -> None:
    size = 0 if text is None else len(text.encode())
    if size > LONGEST_KEY_BYTES:
        raise UnreadableEvent(f"{size} bytes in UTF-8", f"at most {LONGEST_KEY_BYTES} bytes", key)


def _texts(value: Any, place: tuple[int | str, ...]) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Every text in a value, with where it is."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _texts(part, (*place, name))
    elif isinstance(value, list | tuple | set | frozenset):
        for position, part in enumerate(value):
            yield from _texts(part, (*place, position))
