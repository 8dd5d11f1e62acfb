"""One rule at every door: what is taken when it is sent singly is taken in a batch, by lines, from a file and at the edge,
and what is refused is refused everywhere in the same words.

Whether a body is JSON is by RFC 8259, told beside each; what Kept makes of one that is, by its models.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import pytest
import pytest_asyncio

from monitor.adapters.journal.location import Location
from monitor.cli import main
from monitor.conventions.media_types import CLOUDEVENT, CLOUDEVENTS_BATCH, JSON_LINES
from monitor.demo.firm import demonstration_book
from monitor.testing import HttpKept
from monitor.testing.samples import BOOK
from monitor.wire.edge.intake import Intake
from monitor.wire.edge.readers import EventReader
from monitor.wire.edge.records import DeadLetter, Origin, Record, origin_in
from monitor.wire.events.cloud_events import decode_event

Verdict: TypeAlias = tuple[str, str, str] | None
"""Found, expected and key of what was refused, None of what was taken."""

_EVENT: Final = (
    b'{"specversion":"1.0","type":"ticket.opened","source":"/odd","id":"1","time":"2026-03-02T09:00:00Z",'
    b'"subject":"K1","client":"acme","data":{"by":"client"%b}}'
)


def _with(more: bytes) -> bytes:
    """An event with something in its data that Kept does not read."""
    return _EVENT % (b"," + more)


PLAIN: Final = _EVENT % b""


class Odd(NamedTuple):
    """A body, and whether it is an event."""

    body: bytes
    is_event: bool


ODD: Final = {
    "plain": Odd(PLAIN, is_event=True),
    # Section 6: "Numeric values that cannot be represented in the grammar (such as Infinity and NaN) are not permitted."
    "NaN": Odd(_with(b'"x":NaN'), is_event=False),
    "Infinity": Odd(_with(b'"x":[1,Infinity]'), is_event=False),
    "-Infinity": Odd(_with(b'"x":-Infinity'), is_event=False),
    "NaN where a text is read": Odd(PLAIN.replace(b'"K1"', b"NaN"), is_event=False),
    "nan": Odd(_with(b'"x":nan'), is_event=False),
    "NaN in a text": Odd(_with(b'"x":"NaN, -Infinity"'), is_event=True),
    # The grammar sets no limit to a number; what is not read needs no value.
    "400 digits": Odd(_with(b'"x":' + b"9" * 400), is_event=True),
    "20 digits": Odd(_with(b'"x":12345678901234567890123'), is_event=True),
    "1e400": Odd(_with(b'"x":1e400'), is_event=True),
    "-1E+400 and NaN in a text": Odd(_with(b'"x":-1E+400,"y":"NaN"'), is_event=True),
    # "An implementation may set limits on the range and precision of numbers", and on depth (section 9).
    "5,000 digits": Odd(_with(b'"x":' + b"9" * 5_000), is_event=False),
    "150 deep": Odd(_with(b'"x":' + b"[" * 150 + b"]" * 150), is_event=True),
    "250 deep": Odd(_with(b'"x":' + b"[" * 250 + b"]" * 250), is_event=False),
    "2,000 deep": Odd(_with(b'"x":' + b'{"a":' * 2_000 + b"1" + b"}" * 2_000), is_event=False),
    "-0": Odd(_with(b'"x":-0,"y":-0.0e-0'), is_event=True),
    "01": Odd(_with(b'"x":01'), is_event=False),
    "+1": Odd(_with(b'"x":+1'), is_event=False),
    "1.": Odd(_with(b'"x":1.'), is_event=False),
    "0x1": Odd(_with(b'"x":0x1'), is_event=False),
    # Section 4: names should be unique. Where they are not the last counts, which here is no word for `by`.
    "a name twice": Odd(_with(b'"by":"robot"'), is_event=False),
    "a name twice, the last is right": Odd(PLAIN.replace(b'"by"', b'"by":"robot","by"'), is_event=True),
    "an identifier twice": Odd(PLAIN.replace(b'"id":"1"', b'"id":7,"id":"1"'), is_event=True),
    # Section 7 and 8.2: control characters are escaped; what halves of characters mean "is unpredictable".
    "half a character": Odd(_with(b'"x":"\\ud800"'), is_event=False),
    "the other half": Odd(_with(b'"x":"\\udc00"'), is_event=False),
    "both halves": Odd(_with(b'"x":"\\ud83d\\ude00"'), is_event=True),
    "NUL that is not read": Odd(_with(b'"x":"\\u0000"'), is_event=True),
    "NUL in a case": Odd(PLAIN.replace(b"K1", b"K\\u00001"), is_event=False),
    "a NUL byte": Odd(_with(b'"x":"\0"'), is_event=False),
    "a tab in a text": Odd(_with(b'"x":"a\tb"'), is_event=False),
    "a bad escape": Odd(_with(b'"x":"\\x41"'), is_event=False),
    "brackets and quotes in a text": Odd(_with(b'"x":"]},{\\"[\\\\"'), is_event=True),
    # Section 8.1: UTF-8; a byte order mark may be ignored, and is at the beginning.
    "a byte order mark": Odd(b"\xef\xbb\xbf" + PLAIN, is_event=True),
    "two byte order marks": Odd(b"\xef\xbb\xbf" * 2 + PLAIN, is_event=False),
    "UTF-16": Odd(PLAIN.decode().encode("utf-16"), is_event=False),
    "UTF-16 without a mark": Odd(PLAIN.decode().encode("utf-16-be"), is_event=False),
    "Latin-1": Odd(_with(b'"x":"\xe9"'), is_event=False),
    "overlong UTF-8": Odd(_with(b'"x":"\xc0\x80"'), is_event=False),
    "CRLF behind it": Odd(PLAIN + b"\r\n", is_event=True),
    "spaces around it": Odd(b" \t" + PLAIN + b"  ", is_event=True),
    "trailing garbage": Odd(PLAIN + b"x", is_event=False),
    "two events": Odd(PLAIN + b" " + PLAIN, is_event=False),
    "a trailing comma": Odd(_with(b'"x":[1,]'), is_event=False),
    "a comment": Odd(_with(b'"x":1/* one */'), is_event=False),
    "apostrophes": Odd(PLAIN.replace(b'"', b"'"), is_event=False),
    "cut off": Odd(PLAIN[:-2], is_event=False),
    "cut off in a text": Odd(PLAIN[:40], is_event=False),
    "closed twice": Odd(PLAIN + b"}", is_event=False),
    "an empty object": Odd(b"{}", is_event=False),
    "an array": Odd(b"[" + PLAIN + b"]", is_event=False),
    "an empty array": Odd(b"[]", is_event=False),
    "null": Odd(b"null", is_event=False),
    "a text": Odd(b'"event"', is_event=False),
    "a number": Odd(b"7", is_event=False),
    "a word": Odd(b"event", is_event=False),
    "an unknown type": Odd(PLAIN.replace(b"ticket.opened", b"ticket.opend"), is_event=False),
    "no case": Odd(PLAIN.replace(b'"subject":"K1",', b""), is_event=False),
}
NOT_SINGLY_IN_AN_ARRAY: Final = {"cut off", "cut off in a text", "closed twice", "a byte order mark"}
"""What tears the array around it apart, or is taken for something else there."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[HttpKept]:
    async with HttpKept(Location(tmp_path_factory.mktemp("doors") / "kept.db")) as opened:
        yield opened


async def _over_http(kept: HttpKept, body: bytes, media_type: str) -> Verdict:
    answer = await kept.post(body, media_type)
    assert answer.status_code in {200, 400}, answer.text
    rejected = answer.json()["rejected"]
    if not rejected:
        assert answer.json()["accepted"] + answer.json()["duplicates"] == 1
        return None
    (row,) = rejected
    return row["found"], row["expected"], row["key"]


def _at_the_edge(body: bytes) -> Verdict:
    """At the edge; what is taken there is taken by a worker, too, which finds its record in it."""
    origin = Origin("events", 3, 41)
    taken = Intake({"events": EventReader()}, demonstration_book()).take(Record(origin, None, body, 0))
    if isinstance(taken, DeadLetter):
        said = {name: (value or b"").decode() for name, value in taken.headers}
        return said["kept-found"], said["kept-expected"], said["kept-key"]
    (canonical,) = taken
    assert decode_event(canonical.value).case == "K1"
    assert origin_in(canonical.value) == origin
    return None


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file with nothing in it but one body, for each."""
    folder = tmp_path_factory.mktemp("bodies")
    found = {name: folder / f"{place}.jsonl" for place, name in enumerate(ODD)}
    for name, path in found.items():
        path.write_bytes(ODD[name].body)
    return found


def _by_command(words: list[str], files: dict[str, Path], rejects: Path) -> dict[str, Verdict]:
    """What a command that reads files says of each."""
    with pytest.raises(SystemExit):
        main([*words, *map(str, files.values()), "--rejects", str(rejects)])
    rows = [json.loads(line) for line in rejects.read_text().splitlines()]
    names = {str(path): name for name, path in files.items()}
    refused = {names[row["file"]]: (row["found"], row["expected"], row["key"]) for row in rows}
    assert len(refused) == len(rows)
    return {name: refused.get(name) for name in files}


@pytest.fixture(scope="module")
def judged(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """By `kept judge`."""
    folder = tmp_path_factory.mktemp("judged")
    book = folder / "book.yaml"
    book.write_text(BOOK)
    return _by_command(["judge", "--book", str(book)], files, folder / "rejects.jsonl")


@pytest.fixture(scope="module")
def imported(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """By `kept import`."""
    folder = tmp_path_factory.mktemp("imported")
    book = folder / "book.yaml"
    book.write_text(BOOK)
    words = ["import", "--database", str(folder / "kept.db"), "--book", str(book)]
    return _by_command(words, files, folder / "rejects.jsonl")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", ODD)
async def test_every_door_says_the_same(
    name: str, kept: HttpKept, judged: dict[str, Verdict], imported: dict[str, Verdict]
) -> None:
    body, is_event = ODD[name]
    singly = await _over_http(kept, body, CLOUDEVENT)
    assert (singly is None) is is_event, singly
    said = {
        "by lines": await _over_http(kept, body, JSON_LINES[0]),
        "at the edge": _at_the_edge(body),
        "kept judge": judged[name],
        "kept import": imported[name],
    }
    if name not in NOT_SINGLY_IN_AN_ARRAY:
        said["in a batch"] = await _over_http(kept, b"[" + body + b"]", CLOUDEVENTS_BATCH)
    assert said == dict.fromkeys(said, singly)


@pytest.mark.asyncio(loop_scope="module")
async def test_in_a_batch_each_event_has_its_own_verdict(kept: HttpKept) -> None:
    names = [name for name in ODD if name not in NOT_SINGLY_IN_AN_ARRAY]
    answer = await kept.post(b"[" + b",".join(ODD[name].body for name in names) + b"]", CLOUDEVENTS_BATCH)
    assert answer.status_code == 207
    refused = {names[row["index"]] for row in answer.json()["rejected"]}
    assert refused == {name for name in names if not ODD[name].is_event}


@pytest.mark.asyncio(loop_scope="module")
async def test_the_longest_event_is_taken_by_lines_and_in_a_batch_too(kept: HttpKept) -> None:
    # 1 MiB an event (the top of monitor/adapters/web/intake.py); of spaces a batch may have more.
    longest = _with(b'"x":"' + b"x" * (1_048_576 - len(_with(b'"x":""'))) + b'"')
    for taken, media_type in (
        (longest, CLOUDEVENT),
        (longest, JSON_LINES[0]),
        (b"[  " + longest + b"  ]", CLOUDEVENTS_BATCH),
    ):
        assert (await kept.post(taken, media_type)).status_code == 200
    longer = longest.replace(b"xxx", b"xxxx", 1)
    found = ("1048577 bytes", "at most 1048576 bytes an event", "")
    assert await _over_http(kept, longer, JSON_LINES[0]) == found
    assert await _over_http(kept, b"[" + longer + b"]", CLOUDEVENTS_BATCH) == found
    assert _at_the_edge(longer) == found


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("body", "media_type"), [(b"7\n" * 100_002, JSON_LINES[0]), (b"[" + b"7," * 100_001 + b"7]", CLOUDEVENTS_BATCH)]
)
async def test_a_batch_of_too_many_is_one_dead_letter(kept: HttpKept, body: bytes, media_type: str) -> None:
    before = len(kept.letters())
    _, _, key = await _over_http(kept, body, media_type) or ("", "", None)
    assert key == ""
    assert len(kept.letters()) == before + 1
