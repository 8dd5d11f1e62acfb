"""What becomes of a record at the edge: events with an origin, an id and a key, or a dead letter that says why."""

from __future__ import annotations

from typing import Any, Final

import orjson
import pytest

from monitor.demo.firm import demonstration_book
from monitor.wire.edge.intake import Intake, Keying
from monitor.wire.edge.readers import EventReader, MappedReader
from monitor.wire.edge.records import LONGEST_KEY_BYTES, Canonical, DeadLetter, Origin, Record
from monitor.wire.events.cloud_events import LONGEST_EVENT_BYTES, decode_event
from monitor.wire.mapping.model import ExportMapping

EVENT: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "7",
    "source": "/mail",
    "type": "email.received",
    "time": "2026-03-02T09:00:00Z",
    "subject": "T-1",
    "data": {},
}
TICKET: Final[dict[str, Any]] = {
    "kind": "created",
    "at": "2026-03-02 10:00",
    "ticket": {"number": 12, "urgent": True, "tags": ["vip", "new"]},
}
MAPPING: Final = ExportMapping.model_validate(
    {
        "mapping": "Tickets",
        "source": "/desk",
        "case": {"text": "T-{ticket.number}"},
        "client": "account",
        "id": "change",
        "time": "at",
        "times": {"format": ["%Y-%m-%d %H:%M"], "zone": "Europe/Berlin"},
        "tables": {"priorities": {"true": "high", "false": "normal"}},
        "events": [
            {
                "type": "ticket.opened",
                "when": {"equals": {"kind": ["created"]}},
                "data": {
                    "priority": {"column": "ticket.urgent", "table": "priorities"},
                    "tags": {"column": "ticket.tags", "split": ","},
                },
            },
            {"type": "ticket.assigned", "when": {"given": ["holder"]}, "data": {"holder": "holder"}},
        ],
    }
)


def _take(topic: str, value: bytes | None, *, keying: Keying = Keying.CASE, key: bytes | None = None) -> Any:
    intake = Intake({"events": EventReader(), "tickets": MappedReader(MAPPING)}, demonstration_book(), keying)
    return intake.take(Record(Origin(topic, 3, 41), key, value, 1_700_000_000_000))


def _events(topic: str, value: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    taken = _take(topic, orjson.dumps(value), **options)
    assert isinstance(taken, list)
    return [orjson.loads(event.value) for event in taken]


def _key(**event: Any) -> bytes:
    (taken,) = _take("events", orjson.dumps(EVENT | event), keying=Keying.CLIENT)
    assert isinstance(taken, Canonical)
    return taken.key


def _letter(topic: str, value: bytes | None, **options: Any) -> tuple[DeadLetter, dict[str, str]]:
    taken = _take(topic, value, **options)
    assert isinstance(taken, DeadLetter)
    return taken, {name: (text or b"").decode() for name, text in taken.headers}


def test_an_event_goes_on_as_it_is_with_its_origin() -> None:
    origin = {"origintopic": "events", "originpartition": 3, "originoffset": 41}
    assert _events("events", EVENT) == [EVENT | origin]


def test_an_event_without_an_id_is_called_after_its_place() -> None:
    (event,) = _events("events", {name: value for name, value in EVENT.items() if name != "id"})
    assert event["id"] == "events/3/41"


def test_a_producer_does_not_say_where_a_record_is_from() -> None:
    (event,) = _events("events", EVENT | {"originoffset": 7, "origintopic": "elsewhere"})
    assert (event["origintopic"], event["originoffset"]) == ("events", 41)


def test_a_record_becomes_an_event_for_each_rule_that_is_for_it() -> None:
    opened, assigned = _events("tickets", TICKET | {"holder": "joe"})
    assert (opened["type"], opened["data"]) == ("ticket.opened", {"priority": "high", "tags": ["vip", "new"]})
    assert (assigned["type"], assigned["data"]) == ("ticket.assigned", {"holder": "joe"})
    # In Berlin it is one hour later than in UTC in March before the clocks change.
    assert {event["time"] for event in (opened, assigned)} == {"2026-03-02T09:00:00Z"}
    assert {event["subject"] for event in (opened, assigned)} == {"T-12"}


def test_the_events_of_a_record_without_an_id_are_called_after_its_place_and_their_rule() -> None:
    made = _events("tickets", TICKET | {"holder": "joe"})
    assert [event["id"] for event in made] == ["tickets/3/41/ticket.opened", "tickets/3/41/ticket.assigned"]


def test_a_record_that_has_an_id_gives_it_to_its_events() -> None:
    assert [event["id"] for event in _events("tickets", TICKET | {"change": 99})] == ["99/ticket.opened"]


def test_events_of_one_instant_keep_the_order_of_their_partition() -> None:
    # Two rules: the record at offset 41 has the numbers 82 and 83, the one after it 84 and 85.
    assert [event["sequence"] for event in _events("tickets", TICKET | {"holder": "joe"})] == [82, 83]


def test_what_is_made_is_an_event_that_kept_reads() -> None:
    taken = _take("tickets", orjson.dumps(TICKET))
    assert [decode_event(event.value).case for event in taken] == ["T-12"]


def test_what_is_not_read_goes_on_as_it_was_written() -> None:
    value = orjson.dumps(EVENT)[:-1] + b', "weight": 1.10, "number": 123456789012345678901234567890, "far": -1e400}'
    (taken,) = _take("events", value)
    assert taken.value.startswith(value[:-1])
    assert decode_event(taken.value).case == "T-1"


def test_an_event_that_its_origin_makes_too_long_is_a_dead_letter() -> None:
    empty = orjson.dumps(EVENT | {"data": {"text": ""}})
    longest = empty.replace(b'"text":""', b'"text":"' + b"x" * (LONGEST_EVENT_BYTES - len(empty)) + b'"')
    letter, said = _letter("events", longest)
    assert letter.value == longest
    assert said["kept-found"].startswith(f"{LONGEST_EVENT_BYTES} bytes, ")


def test_a_long_number_is_a_case_of_its_own() -> None:
    numbers = [12345678901234567890123, 12345678901234567890124]
    values = [orjson.dumps(TICKET).replace(b'"number":12', b'"number":%d' % number) for number in numbers]
    assert [_take("tickets", value)[0].key for value in values] == [b"T-%d" % number for number in numbers]


@pytest.mark.parametrize(
    ("number", "found"),
    [(b"1e400", "a number out of range"), (b"NaN", "no JSON (expected value at line 1 column 62)")],
)
def test_what_no_number_holds_is_a_dead_letter_of_a_mapping(number: bytes, found: str) -> None:
    _, said = _letter("tickets", orjson.dumps(TICKET).replace(b'"number":12', b'"number":' + number))
    assert said["kept-found"] == found


def test_a_byte_order_mark_is_no_part_of_a_record() -> None:
    (taken,) = _take("tickets", b"\xef\xbb\xbf" + orjson.dumps(TICKET))
    assert taken.key == b"T-12"


def test_the_case_is_the_key_whoever_the_client_is() -> None:
    keys = {
        _take("events", orjson.dumps(EVENT | more))[0].key for more in ({}, {"client": "acme"}, {"client": "umbra"})
    }
    assert keys == {b"T-1"}


@pytest.mark.parametrize(
    ("event", "key"),
    [
        ({"client": "acme"}, b"acme"),
        # The demonstration book gives the client `tidewater` the addresses of its domain.
        ({"data": {"address": "someone@tidewaterbooks.example"}}, b"tidewater"),
        ({"data": {"address": "stranger@elsewhere.example"}}, b"T-1"),
        ({"client": "unidentified"}, b"T-1"),
        ({}, b"T-1"),
    ],
)
def test_by_client_the_key_is_the_client_and_the_case_of_whom_nobody_knows(event: dict[str, Any], key: bytes) -> None:
    assert _key(**event) == key


def test_what_is_about_nobodys_case_is_keyed_by_its_client_or_its_source() -> None:
    assert _key(type="source.heartbeat", subject=None) == b"/mail"
    assert _key(type="client.changed", client="acme", data={"tier": "gold"}) == b"acme"


def test_a_dead_letter_says_why_and_where_it_is_from() -> None:
    letter, said = _letter("events", b'{"specversion": "1.0"', key=b"K")
    assert (letter.key, letter.value) == (b"K", b'{"specversion": "1.0"')
    assert said == {
        "kept-result": "unreadable",
        "kept-found": "no JSON (EOF while parsing an object at line 1 column 21)",
        "kept-expected": "one JSON object",
        "kept-key": "",
        "kept-topic": "events",
        "kept-partition": "3",
        "kept-offset": "41",
        "kept-timestamp": "1700000000000",
        "kept-size": "21",
    }


@pytest.mark.parametrize(
    ("topic", "value", "found", "key"),
    [
        ("events", b"[1]", "[1]", ""),
        ("events", None, "a record without a value", ""),
        ("events", orjson.dumps(EVENT | {"time": "yesterday"}), "'yesterday'", "time"),
        ("tickets", orjson.dumps(TICKET | {"at": "noon"}), "'noon'", "at"),
        ("tickets", orjson.dumps(TICKET | {"account": {"id": 3}}), "{'id': 3}", "account"),
        ("tickets", orjson.dumps({"kind": "created", "at": "2026-03-02 10:00"}), "nothing", "ticket.number"),
    ],
)
def test_what_cannot_be_read_is_a_dead_letter(topic: str, value: bytes | None, found: str, key: str) -> None:
    _, said = _letter(topic, value)
    assert (said["kept-result"], said["kept-found"].strip('"'), said["kept-key"]) == ("unreadable", found, key)


def test_a_record_that_no_rule_is_for_is_a_dead_letter_of_its_own_kind() -> None:
    _, said = _letter("tickets", orjson.dumps(TICKET | {"kind": "viewed"}))
    assert said["kept-result"] == "unmapped"


def test_a_dead_letter_fits_into_a_message_and_tells_how_large_the_record_was() -> None:
    size = LONGEST_EVENT_BYTES + 1
    letter, said = _letter("events", b" " * size, key=b"k" * (LONGEST_KEY_BYTES + 1))
    assert (len(letter.value or b""), letter.key, said["kept-size"]) == (LONGEST_EVENT_BYTES, None, str(size))


def test_a_record_on_which_kept_itself_fails_holds_up_nothing(caplog: pytest.LogCaptureFixture) -> None:
    # No reader is there for the topic, which cannot be: whatever goes wrong, the next record has its turn.
    _, said = _letter("unheard of", b"{}")
    assert "Kept failed" in said["kept-found"]
    assert "unheard of/3/41" in caplog.text
