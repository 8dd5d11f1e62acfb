"""Rows become the events that a mapping says, each one an event Kept reads."""

from __future__ import annotations

from typing import Any, Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.facts.events import Assigned, Changed, Opened
from monitor.errors import UnreadableEvent
from monitor.wire.events.cloud_events import TYPES_WITHOUT_CASE, decode_event
from monitor.wire.mapping.conversion import Conversion
from monitor.wire.mapping.model import ExportMapping

MAPPING: Final[dict[str, Any]] = {
    "mapping": "Tickets",
    "source": "/tickets",
    "case": "number",
    "client": "caller",
    "time": "at",
    "times": {"format": ["%Y-%m-%d %H:%M"]},
    "missing": ["?"],
    "order": ["at", "count"],
    "tables": {"priorities": {"1": "high", "2": "low"}},
    "events": [
        {
            "type": "ticket.opened",
            "when": "first",
            "time": "opened",
            "data": {"priority": {"column": "prio", "table": "priorities"}, "tags": {"column": "tags", "split": ";"}},
        },
        {"type": "ticket.changed", "when": {"changed": ["prio", "state"]}, "data": {"status": "state"}},
        {"type": "ticket.assigned", "when": {"changed": ["team"]}, "data": {"team": "team"}},
        {"type": "ticket.changed", "when": {"becomes": {"state": "Odd"}}, "data": {"status": {"text": "odd {team}"}}},
    ],
}

FIRST: Final = {
    "number": "T1",
    "caller": "acme",
    "at": "2026-01-05 10:00",
    "opened": "2026-01-05 09:58",
    "count": "1",
    "prio": "1",
    "state": "New",
    "team": "A",
    "tags": "vip; new ;",
    "unused": "whatever",
}


def conversion(**changed: Any) -> Conversion:
    return Conversion(ExportMapping.model_validate(MAPPING | changed))


def later(**changed: str) -> dict[str, str]:
    return FIRST | {"at": "2026-01-05 11:00", "count": "2"} | changed


def refusal(row: dict[str, str], **changed: Any) -> tuple[str, str, str]:
    with pytest.raises(UnreadableEvent) as caught:
        conversion(**changed).row_events(row)
    return caught.value.key, caught.value.found, caught.value.expected


def test_the_first_row_opens_the_case_at_the_time_its_rule_names() -> None:
    (event,) = conversion().events([FIRST])
    known = decode_event(orjson.dumps(event))
    assert event["time"] == "2026-01-05T09:58:00Z"
    assert (known.case, known.client, known.source) == ("T1", "acme", "/tickets")
    assert isinstance(known.fact, Opened)
    assert known.fact.priority == "high"
    assert known.fact.tags == {"vip", "new"}


def test_what_differs_from_the_row_before_becomes_events_in_the_order_of_the_rules() -> None:
    made = list(conversion().events([FIRST, later(state="Active", team="B")]))[1:]
    facts = [decode_event(orjson.dumps(event)).fact for event in made]
    assert facts == [Changed("Active", None, None, None), Assigned(None, "B")]
    assert made[0]["sequence"] < made[1]["sequence"]


def test_the_row_before_is_that_of_the_same_case() -> None:
    rows = [FIRST, FIRST | {"number": "T2", "team": "B"}, later(), later(number="T2", team="C")]
    made = [(event["subject"], event["type"]) for event in conversion().events(rows)]
    assert made == [("T1", "ticket.opened"), ("T2", "ticket.opened"), ("T2", "ticket.assigned")]


def test_ids_say_case_row_and_rule_and_tell_rules_of_one_type_apart() -> None:
    made = [event["id"] for event in conversion().events([FIRST, later(state="Odd")])]
    assert made == ["T1/1/ticket.opened", "T1/2/ticket.changed", "T1/2/ticket.changed.2"]


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["New", "Odd", "Done"]), st.sampled_from("?AB"))))
def test_converting_twice_gives_the_same_events_with_unique_ids_and_rising_sequences(rows: list[Any]) -> None:
    cells = [FIRST | {"number": case, "state": state, "team": team} for case, state, team in rows]
    made = list(conversion().events(cells))
    assert made == list(conversion().events(cells))
    assert len({event["id"] for event in made}) == len(made)
    for case in "ABC":
        sequences = [event["sequence"] for event in made if event["subject"] == case]
        assert sequences == sorted(set(sequences))


def test_what_is_missing_is_left_out_of_the_event() -> None:
    _, event = conversion().events([FIRST | {"caller": " ? "}, later(team="?")])
    assert event["data"] == {}
    (opened,) = conversion().events([FIRST | {"caller": ""}])
    assert "client" not in opened


def test_a_fixed_text_of_a_missing_column_is_missing() -> None:
    *_, event = conversion().events([FIRST, later(state="Odd", team="?")])
    assert event["data"] == {}


def test_a_cell_is_not_searched_for_columns() -> None:
    *_, event = conversion().events([FIRST, later(state="Odd", team="{state}")])
    assert event["data"] == {"status": "odd {state}"}


def test_a_word_the_table_lacks_refuses_the_row_unless_the_mapping_says_what_then() -> None:
    assert refusal(FIRST | {"prio": "9"}) == ("prio", "'9'", "in the table `priorities` one of 1, 2")
    value = {"column": "prio", "table": "priorities", "otherwise": "{prio} as it is"}
    rules = [{"type": "ticket.opened", "data": {"priority": value}}]
    (event,) = conversion(events=rules).events([FIRST | {"prio": "9"}])
    assert event["data"] == {"priority": "9 as it is"}


@pytest.mark.parametrize(
    ("choice", "time"),
    [("first_of", "10:00"), ("earliest_of", "09:58"), ("latest_of", "10:30")],
)
def test_a_time_may_be_chosen_among_columns_that_say_something(choice: str, time: str) -> None:
    rules = [{"type": "ticket.opened", "time": {choice: ["none", "at", "opened", "late"]}}]
    (event,) = conversion(events=rules).events([FIRST | {"none": "?", "late": "2026-01-05 10:30"}])
    assert event["time"] == f"2026-01-05T{time}:00Z"


def test_a_time_in_the_data_is_written_as_an_instant() -> None:
    rules = [{"type": "promise.made", "data": {"promise": {"text": "reply"}, "by": {"time": "at"}}}]
    (event,) = conversion(events=rules).events([FIRST])
    assert event["data"] == {"promise": "reply", "by": "2026-01-05T10:00:00Z"}


@pytest.mark.parametrize("event_type", sorted(TYPES_WITHOUT_CASE))
def test_what_is_about_no_case_names_none(event_type: str) -> None:
    needed = {"staff.changed": {"person": "caller"}, "client.risk_cleared": {"by": "caller", "reason": "caller"}}
    rules = [{"type": event_type, "data": needed.get(event_type, {})}]
    (event,) = conversion(events=rules, client="caller").events([FIRST])
    assert decode_event(orjson.dumps(event)).case is None


def test_a_row_without_a_case_is_refused() -> None:
    assert refusal(FIRST | {"number": "?"}) == ("number", "nothing", "a value")


def test_a_row_without_a_readable_time_is_refused_even_if_no_rule_needs_it() -> None:
    assert refusal(FIRST | {"at": "soon"}) == ("at", "'soon'", "a time written as %Y-%m-%d %H:%M")
    assert refusal(FIRST | {"at": "?"}, events=MAPPING["events"][2:]) == ("at", "nothing", "a time")


def test_an_event_that_kept_would_refuse_refuses_the_row_and_says_where() -> None:
    key, found, expected = refusal(FIRST | {"number": "T" * 600})
    assert key.startswith("ticket.opened ")
    assert found.startswith("'TTTT")
    assert expected == "at most 512 characters"
    assert refusal(FIRST | {"opened": "1925-01-05 09:58"})[0] == "ticket.opened time"


def test_a_refused_row_is_as_if_it_had_not_been_there() -> None:
    working = conversion()
    with pytest.raises(UnreadableEvent):
        working.row_events(FIRST | {"prio": "9"})
    assert [event["id"] for event in working.row_events(FIRST)] == ["T1/1/ticket.opened"]


def test_rows_are_ordered_by_time_as_a_time_and_number_as_a_number() -> None:
    working = conversion(times={"format": "%d/%m/%Y %H:%M"})
    early = FIRST | {"at": "9/1/2026 10:00", "count": "10"}
    rows = [early | {"at": "10/1/2026 00:00"}, early, early | {"count": "9"}, early | {"count": "?"}]
    assert sorted(range(4), key=lambda number: working.place(rows[number])) == [3, 2, 1, 0]


def test_a_word_among_numbers_comes_after_them() -> None:
    working = conversion()
    assert working.place(FIRST) < working.place(FIRST | {"count": "x"}) < working.place(FIRST | {"count": "y"})


@pytest.mark.parametrize(
    ("pattern", "found"),
    [(r"\[#(\d+)\]", ["4711", "4712"]), (r"#\d+", ["#4711", "#4712"]), (r"\[(X\d+)\]", [])],
)
def test_what_a_pattern_finds_in_a_cell_are_values(pattern: str, found: list[str]) -> None:
    about = {"type": "email.received", "data": {"about": {"column": "tags", "find": pattern}}}
    [event] = conversion(events=[about]).events([FIRST | {"tags": "Re: [#4711] and [#4712], 10 %"}])
    assert event["data"]["about"] == found


@pytest.mark.parametrize(
    ("written", "address"),
    [
        # What a mail program writes (RFC 5322, "mailbox"), and the address alone.
        ('"Jo Doe" <jo@acme.example>', "jo@acme.example"),
        ("Jo <jo@acme.example>, Al <al@acme.example>", "jo@acme.example"),
        ("jo@acme.example", "jo@acme.example"),
        ("Jo Doe", None),
    ],
)
def test_a_field_that_takes_one_value_takes_the_first_that_a_pattern_finds(written: str, address: str | None) -> None:
    said = {"type": "email.received", "data": {"address": {"column": "tags", "find": r"[^\s<>]+@[^\s<>]+"}}}
    [event] = conversion(events=[said]).events([FIRST | {"tags": written}])
    assert event["data"].get("address") == address


def test_a_field_that_may_take_several_values_or_none_takes_all_that_a_pattern_finds() -> None:
    said = {"type": "meeting.held", "data": {"attended": {"column": "tags", "find": r"\w+"}}}
    [event] = conversion(events=[said]).events([FIRST | {"tags": "Ann, Bea"}])
    assert event["data"]["attended"] == ["Ann", "Bea"]
