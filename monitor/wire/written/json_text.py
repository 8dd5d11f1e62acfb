"""JSON as every door reads it, by one parser, the one that reads events (RFC 8259).

NaN and Infinity, which that parser takes, are no JSON and refused. A number of any length is JSON; the parser takes whole
ones of up to 4,300 digits, and structures up to 200 deep. Of several members of one name the last counts. A byte order
mark before the text is no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson
from pydantic_core import from_json

from monitor.errors import UnreadableEvent
from monitor.wire.written.plain_words import ONE_OBJECT

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
"""What some programs put before UTF-8."""

_WHITE: Final = b" \t\r\n"
_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_BETWEEN_MEMBERS: Final = re.compile(rb'[^"\[\]{},]*+(?:' + _STRING + rb'[^"\[\]{},]*+)*+', re.DOTALL)
"""Up to the next comma or bracket that is in no text."""
_WITHIN_MEMBER: Final = re.compile(rb'[^"\[\]{}]*+(?:' + _STRING + rb'[^"\[\]{}]*+)*+', re.DOTALL)
_OPENING: Final = frozenset({b"[", b"{"})


def read_json(text: bytes) -> Any:
    """What a JSON text says; raises UnreadableEvent. Whole numbers are exact."""
    try:
        found = from_json(text)
    except ValueError as error:
        raise _no_json(error) from None
    refuse_numbers_by_name(text)
    return found


def refuse_numbers_by_name(text: bytes) -> None:
    """Raises UnreadableEvent where a text that was read has NaN or Infinity for a number."""
    # Hardly any text has one of these words, and then mostly within a text of its own.
    if b"NaN" in text or b"Infinity" in text:
        try:
            from_json(text, allow_inf_nan=False)
        except ValueError as error:
            raise _no_json(error) from None


def _no_json(error: ValueError) -> UnreadableEvent:
    return UnreadableEvent(f"no JSON ({error})", ONE_OBJECT)


def with_members(text: bytes, members: Mapping[str, Any]) -> bytes:
    """A JSON object with more members behind its own, which stay as they are written: where they have a name, too, the last
    counts. `text` is one that was read."""
    head = text.rstrip(_WHITE)[:-1].rstrip(_WHITE)
    comma = b"" if head.endswith(b"{") else b","
    return head + comma + orjson.dumps(members)[1:]


def members_of(text: bytes, most: int) -> list[bytes]:
    """The members of a JSON array as they are written, whatever is in them: whoever reads them says what is wrong with one.

    Raises UnreadableEvent where the text is no array, or has more than `most` members.
    """
    body = text.strip(_WHITE)
    if not body.startswith(b"["):
        raise _no_array("no array")
    members: list[bytes] = []
    start = position = depth = 1
    while depth:
        position = _end_of(_BETWEEN_MEMBERS if depth == 1 else _WITHIN_MEMBER, body, position)
        found = body[position : position + 1]
        position += 1
        if found in _OPENING:
            depth += 1
        elif found != b",":
            depth -= 1
        if found == b"," or not depth:
            members.append(body[start : position - 1].strip(_WHITE))
            start = position
        if len(members) > most:
            raise _no_array(f"more than {most} members")
    if body[start - 1 :] != b"]" or (b"" in members and members != [b""]):
        raise _no_array("no array, but something like it")
    return members if members != [b""] else []


def _end_of(run: re.Pattern[bytes], body: bytes, position: int) -> int:
    """Where the next bracket or comma is; raises UnreadableEvent where there is none."""
    found = run.match(body, position)
    end = position if found is None else found.end()
    if body[end : end + 1] in {b"", b'"'}:
        raise _no_array("an array without its end")
    return end


def _no_array(found: str) -> UnreadableEvent:
    return UnreadableEvent(found, "a JSON array")
