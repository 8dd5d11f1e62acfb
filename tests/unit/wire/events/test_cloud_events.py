"""CloudEvents to domain events: every type has its fact, and what is no event is refused with what, where and instead of what."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.facts.events import (
    Amended,
    Assigned,
    Call,
    CallbackPromised,
    CallStep,
    Changed,
    ClientChanged,
    ClientTold,
    Contact,
    Ended,
    Ending,
    Event,
    Excused,
    Fact,
    Heard,
    Linked,
    Meeting,
    MeetingCancelled,
    MeetingMoved,
    MeetingScheduled,
    Merged,
    Noted,
    Opened,
    Promised,
    Rated,
    Reopened,
    RiskCleared,
    Side,
    Split,
    StaffChanged,
    StepTaken,
    Withdrawn,
    Worked,
)
from monitor.domain.hours.instant import SECOND_US
from monitor.errors import UnreadableEvent
from monitor.wire.events.cloud_events import (
    EVENT_TYPES,
    LONGEST_EVENT_BYTES,
    TYPES_WITHOUT_CASE,
    decode_event,
    recall_event,
)

TEN_O_CLOCK: Final = 1_772_445_600_000_000
"""2026-03-02T10:00:00Z: `date -u -d 2026-03-02T10:00:00Z +%s` says 1772445600."""
NONE: Final = frozenset[str]()
WHEN: Final = "2026-03-02T10:00:00Z"


def envelope(kind: str = "ticket.opened", data: Any = None, **attributes: Any) -> dict[str, Any]:
    """A whole event; attributes that are None are left out."""
    event: dict[str, Any] = {"specversion": "1.0", "type": kind, "source": "/desk", "id": "1", "time": WHEN}
    event |= {"subject": "K1", "data": data} | attributes
    return {name: value for name, value in event.items() if value is not None}


def decoded(kind: str = "ticket.opened", data: dict[str, Any] | None = None, **attributes: Any) -> Event:
    return decode_event(json.dumps(envelope(kind, data, **attributes)).encode())


def fault(line: bytes) -> tuple[str, str, str]:
    with pytest.raises(UnreadableEvent) as caught:
        decode_event(line)
    return caught.value.found, caught.value.expected, caught.value.key


def fault_of(kind: str = "ticket.opened", data: Any = None, **attributes: Any) -> tuple[str, str, str]:
    return fault(json.dumps(envelope(kind, data, **attributes)).encode())


# Every type

CALL: Final[dict[str, Any]] = {"call": "C1"}


def call(step: CallStep) -> Call:
    return Call(step, "C1", inbound=True, queue=None, agent=None, genuine=True)


def said(side: Side, channel: str) -> Contact:
    return Contact(side, channel, None, genuine=True)


def met(
    channel: str,
    author: str | None,
    genuine: bool,
    others: tuple[str, ...] = (),
    *,
    length: int | None = None,
    meeting: Meeting | None = None,
) -> Contact:
    """A meeting, of no name and with the client, unless it is another."""
    return Contact(Side.FIRM, channel, author, genuine, others, length, meeting or Meeting(None, True, True))


MINIMAL: Final[dict[str, tuple[dict[str, Any] | None, Fact]]] = {
    "ticket.opened": (None, Opened(True, "ticket", None, None, None, NONE, None, None)),
    "ticket.changed": (None, Changed(None, None, None, None)),
    "ticket.assigned": (None, Assigned(None, None)),
    "ticket.resolved": (None, Ended(Ending.RESOLVED)),
    "ticket.closed": (None, Ended(Ending.CLOSED)),
    "ticket.deleted": (None, Ended(Ending.DELETED)),
    "ticket.reopened": (None, Reopened()),
    "ticket.merged": ({"into": "K2"}, Merged("K2")),
    "ticket.split": ({"out_of": "K2"}, Split("K2", None)),
    "call.offered": (CALL, call(CallStep.OFFERED)),
    "call.answered": (CALL, call(CallStep.ANSWERED)),
    "call.abandoned": (CALL, call(CallStep.ABANDONED)),
    "call.transferred": (CALL, call(CallStep.TRANSFERRED)),
    "call.voicemail": (CALL, call(CallStep.VOICEMAIL)),
    "call.ended": (CALL, call(CallStep.ENDED)),
    "callback.promised": ({"by": WHEN}, CallbackPromised(TEN_O_CLOCK, None, None)),
    "callback.made": ({"reached": True}, said(Side.FIRM, "call")),
    "email.received": (None, said(Side.CLIENT, "email")),
    "email.sent": (None, said(Side.FIRM, "email")),
    "letter.received": (None, said(Side.CLIENT, "letter")),
    "letter.sent": (None, said(Side.FIRM, "letter")),
    "chat.received": (None, said(Side.CLIENT, "chat")),
    "chat.sent": (None, said(Side.FIRM, "chat")),
    "meeting.scheduled": ({"at": WHEN}, MeetingScheduled(None, TEN_O_CLOCK, False, ())),
    "meeting.moved": ({"at": WHEN}, MeetingMoved(None, TEN_O_CLOCK)),
    "meeting.cancelled": (None, MeetingCancelled(None, True, None)),
    "meeting.held": ({"attended": ["anna", "ben"]}, met("remote", "anna", True, ("ben",))),
    "work.logged": ({"person": "anna", "seconds": 90}, Worked("anna", 90 * SECOND_US)),
    "promise.proposed": ({"promise": "P1"}, Noted("promise P1")),
    "promise.made": ({"promise": "P1", "by": WHEN}, Promised("P1", TEN_O_CLOCK, False, None, None)),
    "promise.amended": ({"promise": "P1", "by": WHEN}, Amended("P1", TEN_O_CLOCK, agreed=False)),
    "promise.withdrawn": ({"promise": "P1"}, Withdrawn("P1")),
    "promise.declined": ({"promise": "P1"}, Noted("promise P1")),
    "staff.changed": ({"person": "anna"}, StaffChanged("anna", None, None, None, None)),
    "client.changed": (None, ClientChanged(None)),
    "client.risk_cleared": ({"by": "R. Finch", "reason": "we met"}, RiskCleared("R. Finch", "we met")),
    "satisfaction.recorded": ({"score": 9, "scale": "nps"}, Rated(9.0, "nps", None)),
    "breach.acknowledged": ({"by": "anna"}, StepTaken("acknowledge", None, None, "anna", None)),
    "breach.explained": (
        {"cause": "flood", "words": "it rained"},
        StepTaken("explain", None, None, None, "it rained", cause="flood"),
    ),
    "breach.client_told": (None, ClientTold(None, None, None, None)),
    "breach.apologised": (None, StepTaken("apologise", None, None, None, None)),
    "breach.remedied": ({"reason": "none wanted"}, StepTaken("remedy", None, None, None, None, reason="none wanted")),
    "breach.closed": ({"by": "anna", "reason": "gone"}, StepTaken("close", None, None, "anna", None, reason="gone")),
    "breach.excused": ({"reason": "flood", "approved_by": "Ms Finch"}, Excused(None, None, "flood", "Ms Finch")),
    "case.linked": ({"to": "K2"}, Linked("K2")),
    "source.heartbeat": (None, Heard()),
}


@pytest.mark.parametrize("kind", MINIMAL)
def test_the_least_a_type_may_say_is_its_fact(kind: str) -> None:
    data, fact = MINIMAL[kind]
    assert decoded(kind, data, client="acme").fact == fact


def test_every_type_has_an_example_here() -> None:
    assert set(MINIMAL) == set(EVENT_TYPES)


@pytest.mark.parametrize(
    ("kind", "data", "fact"),
    [
        (
            "ticket.opened",
            {
                "by": "staff",
                "channel": "email",
                "status": "New",
                "priority": "High",
                "service": "tax",
                "tags": ["a", "a", "b"],
                "holder": "anna",
                "team": "desk",
            },
            Opened(False, "email", "New", "High", "tax", frozenset({"a", "b"}), "anna", "desk"),
        ),
        ("ticket.changed", {"status": "Open", "tags": []}, Changed("Open", None, None, NONE)),
        ("ticket.assigned", {"holder": "anna", "team": "desk"}, Assigned("anna", "desk")),
        ("ticket.assigned", {"holder": "bot", "team": "desk", "robot": True}, Assigned(None, "desk")),
        ("ticket.split", {"out_of": "K2", "started_at": "2026-03-02T11:00:00+01:00"}, Split("K2", TEN_O_CLOCK)),
        (
            "call.answered",
            {"call": "C1", "direction": "outbound", "queue": "q", "agent": "bot", "robot": True},
            Call(CallStep.ANSWERED, "C1", False, "q", "bot", False),
        ),
        ("callback.made", {"reached": False, "agent": "anna"}, Contact(Side.FIRM, "call", "anna", False)),
        ("callback.made", {"reached": True, "robot": True}, Noted("a robot called")),
        (
            "callback.promised",
            {"by": WHEN, "number": "+44 20 7946 0000", "speaker": "anna", "words": "By ten."},
            CallbackPromised(TEN_O_CLOCK, "anna", "By ten."),
        ),
        (
            "meeting.scheduled",
            {"meeting": "M1", "at": WHEN, "visit": True, "invited": ["anna", "ben"]},
            MeetingScheduled("M1", TEN_O_CLOCK, True, ("anna", "ben")),
        ),
        ("meeting.moved", {"meeting": "M1", "at": WHEN}, MeetingMoved("M1", TEN_O_CLOCK)),
        (
            "meeting.cancelled",
            {"meeting": "M1", "by": "firm", "reason": "ill"},
            MeetingCancelled("M1", False, "ill"),
        ),
        ("email.received", {"author": "Ann", "automatic": True}, Contact(Side.CLIENT, "email", "Ann", False)),
        ("email.sent", {"author": "anna", "automatic": True}, Contact(Side.FIRM, "email", "anna", False)),
        ("email.sent", {"author": "anna", "internal": True}, Contact(Side.FIRM, "email", "anna", False)),
        ("letter.sent", {"internal": True}, Contact(Side.FIRM, "letter", None, False)),
        ("chat.received", {"channel": "portal"}, Contact(Side.CLIENT, "portal", None, True)),
        ("chat.sent", {"channel": "ticket", "internal": True}, Contact(Side.FIRM, "ticket", None, False)),
        ("meeting.held", {"visit": True, "attended": ["anna"]}, met("visit", "anna", True)),
        (
            "meeting.held",
            {"meeting": "M1", "attended": ["anna"], "client_attended": False},
            met("remote", "anna", False, meeting=Meeting("M1", False, True)),
        ),
        (
            "meeting.held",
            {"attended": ["anna"], "seconds": 60},
            met("remote", "anna", True, length=60 * SECOND_US),
        ),
        ("meeting.held", {}, met("remote", None, True, meeting=Meeting(None, True, False))),
        (
            "meeting.held",
            {"client_attended": False},
            met("remote", None, False, meeting=Meeting(None, False, False)),
        ),
        ("meeting.held", {"attended": []}, met("remote", None, False)),
        (
            "promise.made",
            {"promise": "P1", "by": WHEN, "kept_by": "resolution", "speaker": "anna", "words": "By ten."},
            Promised("P1", TEN_O_CLOCK, True, "anna", "By ten."),
        ),
        ("promise.amended", {"promise": "P1", "by": WHEN, "agreed": True}, Amended("P1", TEN_O_CLOCK, True)),
        (
            "staff.changed",
            {"person": "anna", "grade": "senior", "team": "desk", "joined": WHEN, "left": WHEN},
            StaffChanged("anna", "senior", "desk", TEN_O_CLOCK, TEN_O_CLOCK),
        ),
        ("staff.changed", {"person": "anna", "absent": True}, StaffChanged("anna", None, None, None, None, True)),
        ("client.changed", {"tier": "gold"}, ClientChanged("gold")),
        (
            "breach.remedied",
            {"obligation": "O1", "kind": "own", "by": "anna", "words": "sorry", "amount": 50.5, "currency": "GBP"}
            | {"approved_by": "Ms Finch"},
            StepTaken(
                "remedy", "O1", "own", "anna", "sorry", amount=Decimal("50.5"), currency="GBP", approved_by="Ms Finch"
            ),
        ),
        (
            "breach.excused",
            {"kind": "resolve", "obligation": "O1", "reason": "r", "approved_by": "a"},
            Excused("O1", "resolve", "r", "a"),
        ),
    ],
)
def test_all_a_type_says_is_in_its_fact(kind: str, data: dict[str, Any], fact: Fact) -> None:
    assert decoded(kind, data).fact == fact


REQUIRED: Final = [
    ("ticket.merged", "into"),
    ("ticket.split", "out_of"),
    ("call.offered", "call"),
    ("callback.made", "reached"),
    ("promise.made", "promise"),
    ("promise.made", "by"),
    ("work.logged", "person"),
    ("staff.changed", "person"),
    ("breach.acknowledged", "by"),
    ("breach.explained", "cause"),
    ("breach.explained", "words"),
    ("breach.closed", "by"),
    ("breach.closed", "reason"),
    ("breach.excused", "reason"),
    ("case.linked", "to"),
]


@pytest.mark.parametrize(("kind", "key"), REQUIRED)
def test_what_a_type_must_say_is_asked_for_by_name(kind: str, key: str) -> None:
    data = {name: value for name, value in (MINIMAL[kind][0] or {}).items() if name != key}
    assert fault_of(kind, data) == ("nothing", f"`{key}`", f"data.{key}")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, "an `amount`, or a `reason` why there is none"),
        ({"amount": 50}, "`currency` and `approved_by` beside the `amount`"),
        ({"amount": 50, "currency": "GBP"}, "`currency` and `approved_by` beside the `amount`"),
    ],
)
def test_a_remedy_is_an_approved_credit_or_a_reason_for_none(data: dict[str, Any], expected: str) -> None:
    assert fault_of("breach.remedied", data)[1:] == (expected, "data")


# The envelope


def test_an_event_says_when_from_where_which_and_of_whom() -> None:
    event = decoded(client="acme", sequence=7)
    assert (
        event.time,
        event.source,
        event.sequence,
        event.id,
        event.type,
        event.case,
        event.client,
        event.address,
    ) == (
        TEN_O_CLOCK,
        "/desk",
        7,
        "1",
        "ticket.opened",
        "K1",
        "acme",
        None,
    )


def test_an_event_without_a_number_sorts_before_numbered_ones() -> None:
    assert decoded().sequence < decoded(sequence=0).sequence


def test_a_number_may_be_a_text_as_the_extension_has_it() -> None:
    assert decoded(sequence="00042").sequence == 42


@pytest.mark.parametrize("sequence", [-1, "x", "", 1.5])
def test_what_is_no_number_is_a_fault_of_sequence(sequence: Any) -> None:
    assert fault_of(sequence=sequence)[2] == "sequence"


@pytest.mark.parametrize(
    "time",
    ["2026-03-02T10:00:00Z", "2026-03-02T11:00:00+01:00", "2026-03-02T10:00:00.000Z", "2026-03-02T05:00:00-05:00"],
)
def test_time_is_an_instant_whatever_its_offset(time: str) -> None:
    assert decoded(time=time).time == TEN_O_CLOCK


@pytest.mark.parametrize("address", ["ann@acme.example", "+44 20 7946 0000"])
@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("email.received", "address"),
        ("letter.sent", "address"),
        ("call.offered", "number"),
        ("callback.made", "number"),
    ],
)
def test_the_clients_address_or_number_is_on_the_event(kind: str, key: str, address: str) -> None:
    assert decoded(kind, {**(MINIMAL[kind][0] or {}), key: address}).address == address


def test_keys_kept_does_not_know_are_ignored() -> None:
    assert (
        decoded(data={"colour": {"of": ["the", "cat"]}}, comexampleextension="x", dataschema="https://x.example")
        == decoded()
    )


@pytest.mark.parametrize("kind", sorted(TYPES_WITHOUT_CASE))
def test_what_concerns_no_case_needs_no_subject(kind: str) -> None:
    assert decoded(kind, MINIMAL[kind][0], subject=None, client="acme").case is None


def test_whoever_clears_a_client_names_it() -> None:
    assert fault_of("client.risk_cleared", MINIMAL["client.risk_cleared"][0], client=None) == (
        "no client",
        "the client's identifier",
        "client",
    )


def test_everything_else_needs_a_subject() -> None:
    assert fault_of(subject=None) == ("no subject", "the case's identifier", "subject")


@pytest.mark.parametrize("text", ["naïve ☃ 会社", "\u202eright to left", "tab\tnewline\n", "x" * 512])
def test_names_are_kept_as_they_are(text: str) -> None:
    assert decoded(subject=text).case == text


# What is refused

WHOLE: Final = json.dumps(envelope()).encode()


@pytest.mark.parametrize(
    "line",
    [
        b"{oops",
        b"",
        b"no json",
        WHOLE + b" x",
        WHOLE + WHOLE,
        WHOLE[:-1],
        b"\x00" * 20,
        WHOLE.replace(b"K1", b"K\x00"),
        WHOLE.decode().encode("utf-16"),
        WHOLE.decode().encode("utf-16-le"),
        WHOLE.replace(b"K1", b"caf\xe9"),  # Latin-1
        WHOLE.replace(b"K1", rb"\ud800"),  # half a character
        b"\xef\xbb\xbf" + WHOLE,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        WHOLE[:-1] + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=[
        "broken",
        "empty",
        "words",
        "more behind it",
        "two on a line",
        "cut off",
        "NUL bytes",
        "NUL in a text",
        "UTF-16",
        "UTF-16 without a mark",
        "Latin-1",
        "surrogate",
        "byte order mark",
        "nested lists",
        "nested objects",
        "nesting in a key nobody reads",
    ],
)
def test_what_is_not_one_json_object_in_utf_8_is_refused(line: bytes) -> None:
    found, expected, key = fault(line)
    assert found.startswith("no JSON (")
    assert (expected, key) == ("one JSON object", "")


@pytest.mark.parametrize("line", [b"[]", b'[{"type": "ticket.opened"}]', b"7", b'"x"', b"null", b"true"])
def test_json_that_is_no_object_is_refused(line: bytes) -> None:
    assert fault(line)[1] == "an object"


EXAMPLE: Final = "e.g. 2026-07-01T10:00:00+01:00"


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-03-02T10:00:00", f"an instant with an offset, {EXAMPLE}"),
        ("2026-03-02", f"an instant in RFC 3339, {EXAMPLE}"),
        ("yesterday", f"an instant in RFC 3339, {EXAMPLE}"),
        ("", f"an instant in RFC 3339, {EXAMPLE}"),
        ("2026-02-30T10:00:00Z", f"an instant in RFC 3339, {EXAMPLE}"),
        (1772445600, f"an instant in RFC 3339, {EXAMPLE}"),
        (1772445600.5, f"an instant in RFC 3339, {EXAMPLE}"),
        (["2026-03-02T10:00:00Z"], f"an instant in RFC 3339, {EXAMPLE}"),
    ],
)
def test_a_time_without_offset_or_in_numbers_is_refused(time: Any, expected: str) -> None:
    assert fault_of(time=time)[1:] == (expected, "time")


@pytest.mark.parametrize("time", ["1772445600", "1772445600000", "1772445600.5", "-1"])
def test_a_number_written_as_a_text_is_no_time_either(time: str) -> None:
    assert fault_of(time=time)[2] == "time"


def test_no_time_is_asked_for() -> None:
    assert fault_of(time=None) == ("nothing", "`time`", "time")


@pytest.mark.parametrize(
    ("time", "is_read"),
    [
        ("1989-12-31T23:59:59.999999Z", False),
        ("1990-01-01T00:00:00Z", True),
        ("2099-12-31T23:59:59.999999Z", True),
        ("2100-01-01T00:00:00Z", False),
        ("2099-12-31T23:59:59-01:00", False),
        ("1990-01-01T00:00:00+01:00", False),
    ],
)
def test_times_are_from_1990_to_2099(time: str, *, is_read: bool) -> None:
    if is_read:
        decoded(time=time)
    else:
        assert fault_of(time=time)[1:] == ("an instant from 1990 to 2099", "time")


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+10:00"])
def test_a_time_outside_the_calendar_is_refused_like_any_other(time: str) -> None:
    assert fault_of(time=time)[2] == "time"


@pytest.mark.parametrize("by", ["9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+10:00"])
def test_a_date_given_outside_the_calendar_is_refused(by: str) -> None:
    assert fault_of("promise.made", {"promise": "P1", "by": by})[2] == "data.by"


def test_a_type_kept_does_not_know_is_refused_with_those_it_knows() -> None:
    found, expected, key = fault_of("ticket.exploded")
    assert (found, key) == ("type 'ticket.exploded'", "type")
    assert all(kind in expected for kind in EVENT_TYPES)


def test_no_type_is_asked_for() -> None:
    assert fault(b"{}") == ("no `type`", "the type of the event, e.g. `ticket.opened`", "type")


def test_another_version_of_cloudevents_is_refused() -> None:
    assert fault_of(specversion="0.3") == ("'0.3'", "'1.0'", "specversion")


@pytest.mark.parametrize(
    ("data", "key", "expected"),
    [
        ("x", "data", "an object"),
        ({"status": 5}, "data.status", "a text"),
        ({"status": ""}, "data.status", "a text that is not empty"),
        ({"tags": "vip"}, "data.tags", "a list"),
        ({"tags": ["vip", 7]}, "data.tags[1]", "a text"),
        ({"by": "nobody"}, "data.by", "'client' or 'staff'"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key(data: Any, key: str, expected: str) -> None:
    assert fault_of(data=data)[1:] == (expected, key)


@pytest.mark.parametrize("attribute", ["id", "source", "subject", "client"])
def test_identifiers_are_texts_of_1_to_512_characters(attribute: str) -> None:
    for value in ("", "x" * 513, 5):
        attributes: dict[str, Any] = {attribute: value}
        assert fault_of(**attributes)[2] == attribute


def test_a_long_value_is_shown_by_its_beginning_and_length() -> None:
    found, expected, key = fault_of(data={"status": "x" * 600})
    assert (found, expected, key) == ("'" + "x" * 79 + "... (602 characters)", "at most 512 characters", "data.status")


def test_an_event_of_5_megabytes_is_refused_unread() -> None:
    line = json.dumps(envelope(data={"status": "x" * 5_000_000})).encode()
    assert fault(line) == (f"{len(line)} bytes", "at most 1048576 bytes an event", "")


def test_an_event_of_just_the_limit_is_read() -> None:
    line = json.dumps(envelope(data={"padding": ""})).encode()
    padded = line.replace(b'"padding": ""', b'"padding": "' + b"x" * (LONGEST_EVENT_BYTES - len(line)) + b'"')
    assert decode_event(padded).case == "K1"
    assert fault(padded.replace(b"xx", b"xxx", 1))[1] == "at most 1048576 bytes an event"


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(line: bytes) -> None:
    with pytest.raises(UnreadableEvent):
        decode_event(line)


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ATTRIBUTES: Final = ("specversion", "id", "source", "time", "subject", "client", "sequence", "data", "datacontenttype")


def is_read_or_refused(event: dict[str, Any]) -> bool:
    """Anything else that `decode_event` raises is a mistake of ours."""
    try:
        decode_event(json.dumps(event).encode())
    except UnreadableEvent as error:
        return bool(error.found and error.expected)
    return True


@given(st.sampled_from(sorted(EVENT_TYPES)), st.sampled_from(ATTRIBUTES), JSON)
def test_no_value_of_an_attribute_does_more_than_be_refused(kind: str, attribute: str, value: Any) -> None:
    assert is_read_or_refused(envelope(kind, MINIMAL[kind][0]) | {attribute: value})


@given(st.sampled_from(sorted(EVENT_TYPES)), st.data())
def test_no_value_of_data_does_more_than_be_refused(kind: str, draw: st.DataObject) -> None:
    keys = sorted(EVENT_TYPES[kind].model_fields)
    data = dict(MINIMAL[kind][0] or {})
    if keys:
        data[draw.draw(st.sampled_from(keys))] = draw.draw(JSON)
    assert is_read_or_refused(envelope(kind, data))


def test_messages_name_what_else_belongs_to_their_matter() -> None:
    # Whatever a Message-ID is, the same one gives the same name, and it is no name of a case.
    first = decoded("email.sent", {"message_id": "<1@firm.example>"}).references
    reply = decoded(
        "email.received", {"about": ["4711"], "message_id": "<2@acme.example>", "in_reply_to": ["<1@firm.example>"]}
    )
    assert reply.references[0] == "4711"
    assert len(reply.references) == 3
    assert reply.references[2:] == first
    assert decoded("call.offered", {"call": "C1", "about": ["4711"]}).references == ("4711",)
    assert decoded("email.received", {}).references == ()


def test_of_the_title_of_a_message_the_beginning_is_read() -> None:
    # However long a title is, the message is taken; 200 characters are what references are looked for in.
    for message in ("email.received", "email.sent", "letter.received", "letter.sent", "chat.received", "chat.sent"):
        assert decoded(message, {"title": "Re: [#4711]"}).title == "Re: [#4711]"
        assert decoded(message, {"title": "x" * 1000}).title == "x" * 200
        assert decoded(message, {}).title is None


def test_a_case_named_in_a_message_is_no_longer_than_the_name_of_a_case() -> None:
    with pytest.raises(UnreadableEvent) as refused:
        decoded("email.received", {"about": ["4711", "\u00fc" * 300]})
    assert (refused.value.found, refused.value.key) == ("600 bytes in UTF-8", "data.about.1")


def test_what_an_earlier_kept_took_is_read_for_good() -> None:
    """An explanation without words was an event once; today it is none, and the journal that has it must still be read."""
    earlier = json.dumps(
        {
            "specversion": "1.0",
            "id": "7",
            "source": "/helpdesk",
            "type": "breach.explained",
            "time": "2026-03-04T01:42:35Z",
            "subject": "C7",
            "client": "acme",
            "data": {"kind": "first_response", "cause": "too few people"},
        }
    ).encode()
    with pytest.raises(UnreadableEvent, match="expected `words`"):
        decode_event(earlier)
    recalled = recall_event(earlier)
    assert (recalled.identity, recalled.case, recalled.client) == (("/helpdesk", "7"), "C7", "acme")
    assert recalled.fact == Noted("not read any more: found nothing, expected `words`")


def test_what_is_on_record_with_a_number_by_name_counts_as_before() -> None:
    """It was taken before such a number was refused, in something that is not read."""
    earlier = (
        b'{"specversion":"1.0","id":"1","source":"/desk","type":"ticket.resolved","time":"2026-03-02T09:00:00Z",'
        b'"subject":"A","data":{"score":NaN}}'
    )
    assert recall_event(earlier) == recall_event(earlier.replace(b"NaN", b"1"))
    with pytest.raises(UnreadableEvent, match="no JSON"):
        decode_event(earlier)


CANARY: Final = {"client": "kept-canary", "subject": "kept-canary/1", "source": "kept/canary"}
STRAYS: Final = [
    {"source": "/helpdesk"},
    {"client": "acme", "source": "/helpdesk"},
    {"client": "acme", "subject": "A"},
    {"client": "kept-canary", "subject": "A", "source": "/helpdesk"},
]


def _of_canary(event_type: str, data: dict[str, Any], **other: str) -> bytes:
    event = {"specversion": "1.0", "id": "1", "type": event_type, "time": "2026-03-02T09:00:00Z", "data": data}
    return json.dumps(event | CANARY | other).encode()


@pytest.mark.parametrize("other", STRAYS)
def test_the_canary_and_its_source_have_no_names_of_others_and_nobody_has_theirs(other: dict[str, str]) -> None:
    assert decode_event(_of_canary("ticket.deleted", {})).client == "kept-canary"
    with pytest.raises(UnreadableEvent) as refused:
        decode_event(_of_canary("ticket.deleted", {}, **other))
    assert refused.value.key == "source"


@pytest.mark.parametrize(("event_type", "key"), [("ticket.merged", "into"), ("case.linked", "to")])
def test_no_other_case_goes_on_in_one_of_the_canary(event_type: str, key: str) -> None:
    with pytest.raises(UnreadableEvent, match="kept-canary/1"):
        decode_event(_of_canary(event_type, {key: "kept-canary/1"}, client="acme", subject="A", source="/helpdesk"))
