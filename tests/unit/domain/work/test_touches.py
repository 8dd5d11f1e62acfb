"""Who did something for the client, and how long where that is known. Times are those of Monday 2 March 2026."""

from __future__ import annotations

import pytest

from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import CallStep, Contact, Event, Side
from monitor.domain.hours.instant import MINUTE_US
from monitor.domain.work.touches import touches_in
from tests.unit.domain.builders import (
    STAFF,
    assigned,
    at,
    book,
    call,
    closed,
    event,
    held,
    logged,
    opened,
    received,
    resolved,
    sent,
    shown,
)

OPENED = opened("09:00")


def touches(*events: Event) -> list[str]:
    """Each touch of K1, e.g. `09:30 anna replied` or `09:30 ben logged work 20 min`."""
    matter, _ = step(Matter(book(staff=STAFF)), events, at("fri 12:00"))
    case = matter.cases["K1"]
    assert case.conduct is not None
    return [
        " ".join(
            [
                str(shown(touch.at)).removeprefix("mon "),
                touch.person,
                touch.way.value,
                *([] if touch.length is None else [f"{touch.length // MINUTE_US} min"]),
            ]
        )
        for touch in sorted(touches_in(case.conduct.log, case.book), key=lambda touch: touch.at)
    ]


def met(when: str, *people: str, length: int | None = None) -> Event:
    fact = Contact(Side.FIRM, "visit", people[0], True, people[1:], length)
    return event(when, "meeting.held", fact)


@pytest.mark.parametrize(
    ("done", "found"),
    [
        (sent("09:30"), "09:30 anna replied"),
        (sent("09:30", channel="letter"), "09:30 anna replied"),
        (call("09:30", CallStep.ANSWERED), "09:30 anna spoke"),
        (call("09:30", CallStep.ANSWERED, inbound=False), "09:30 anna spoke"),
        (sent("09:30", channel="call"), "09:30 anna spoke"),
        (met("09:30", "anna"), "09:30 anna met"),
        (logged("09:30", "ben", 20 * MINUTE_US), "09:30 ben logged work 20 min"),
        (assigned("09:30", "ben"), "09:30 ben took it on"),
        (sent("09:30", author="zoe"), "09:30 zoe replied"),
    ],
)
def test_what_a_person_does_is_a_touch(done: Event, found: str) -> None:
    assert touches(OPENED, done) == [found]


@pytest.mark.parametrize(
    "done",
    [
        sent("09:30", author="robot"),
        sent("09:30", genuine=False),
        sent("09:30", source="kept"),
        received("09:30", author="anna"),
        call("09:30", CallStep.ANSWERED, agent="robot"),
        call("09:30", CallStep.ANSWERED, genuine=False),
        call("09:30", CallStep.OFFERED),
        call("09:30", CallStep.TRANSFERRED),
        logged("09:30", "robot", MINUTE_US),
        assigned("09:30", "robot"),
        assigned("09:30", None, "desk"),
    ],
)
def test_what_is_no_touch(done: Event) -> None:
    assert touches(OPENED, done) == []


def test_whoever_did_something_and_is_not_named_did_it_all_the_same() -> None:
    # A reply, a call of ten minutes, and a meeting with the client, by people without a name.
    spoke = [call("10:00", CallStep.ANSWERED, agent=None), call("10:10", CallStep.ENDED)]
    events = [sent("09:30", author=None), *spoke, held("11:00", tells_who=False)]
    assert touches(OPENED, *events) == ["09:30  replied", "10:00  spoke", "10:00  talked 10 min", "11:00  met"]


def test_everybody_who_came_to_a_meeting_met_the_client_once() -> None:
    found = ["09:30 anna met 60 min", "09:30 ben met 60 min"]
    assert touches(OPENED, met("09:30", "anna", "ben", "robot", "anna", length=60 * MINUTE_US)) == found


def test_how_long_a_call_took_is_told_when_it_ends() -> None:
    events = [OPENED, call("09:30", CallStep.ANSWERED), call("09:42", CallStep.ENDED)]
    assert touches(*events) == ["09:30 anna spoke", "09:30 anna talked 12 min"]


def test_a_call_that_goes_on_with_somebody_else_is_time_of_both() -> None:
    # Anna from 09:30 to 09:40, Carl from then to 10:00.
    steps = [
        ("09:30", CallStep.ANSWERED, "anna"),
        ("09:40", CallStep.ANSWERED, "carl"),
        ("10:00", CallStep.ENDED, None),
    ]
    events = [OPENED, *(call(when, kind, agent=agent) for when, kind, agent in steps)]
    assert touches(*events) == [
        "09:30 anna spoke",
        "09:30 anna talked 10 min",
        "09:40 carl spoke",
        "09:40 carl talked 20 min",
    ]


def test_two_calls_at_once_are_kept_apart() -> None:
    events = [
        OPENED,
        call("09:30", CallStep.ANSWERED),
        call("09:35", CallStep.ANSWERED, agent="ben", call="C2"),
        call("09:40", CallStep.ENDED),
    ]
    assert touches(*events) == ["09:30 anna spoke", "09:30 anna talked 10 min", "09:35 ben spoke"]


def test_who_has_the_case_when_it_opens_took_it_on_then() -> None:
    assert touches(assigned("08:00", "anna"), OPENED) == ["09:00 anna took it on"]


def test_who_keeps_the_case_does_not_take_it_on_again() -> None:
    events = [opened("09:00", holder="anna"), assigned("09:30", "anna", "desk"), assigned("10:00", None)]
    assert touches(*events, assigned("10:30", "anna")) == ["09:00 anna took it on", "10:30 anna took it on"]


def test_what_is_done_before_the_opening_is_no_touch_of_the_case() -> None:
    assert touches(logged("08:00", "anna", MINUTE_US), OPENED) == []


def test_what_is_done_after_the_resolution_is_a_touch_all_the_same() -> None:
    events = [OPENED, resolved("10:00"), sent("10:01"), closed("11:00")]
    assert touches(*events) == ["10:01 anna replied"]


def test_a_book_that_does_not_care_who_works_follows_nobody() -> None:
    matter, _ = step(Matter(book()), [OPENED, sent("09:30")], at("12:00"))
    assert matter.cases["K1"].conduct is None
