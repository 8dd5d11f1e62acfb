"""When somebody is warned that a promise is due soon, and again where it is due later by then; worked by hand, in hours that
never close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import HOUR_US
from monitor.domain.promises.promise import Promise, WarningRule
from tests.unit.domain.builders import (
    PAUSING,
    amended,
    at,
    book,
    changed,
    opened,
    promise,
    promised,
    shown,
)

HALF: Final = WarningRule(share=0.5)
LAST_HOUR: Final = WarningRule(before=HOUR_US)


def warned(promises: Sequence[Promise], *events: Event, until: str) -> list[str]:
    """What is decided event by event, and by the clock in between, each with when the promise is due then."""
    matter, found = Matter(book(*promises)), list[str]()
    instants = [*(each.time for each in events), at(until)]
    for number, now in enumerate(instants):
        while matter.wakes_at < now:
            matter, decisions = step(matter, [], matter.wakes_at)
            found += [f"{decision.type.value} {shown(decision.due)}" for decision in decisions]
        matter, decisions = step(matter, events[number : number + 1], now)
        found += [f"{decision.type.value} {shown(decision.due)}" for decision in decisions]
    return found


def test_a_date_that_is_moved_is_warned_of_again_before_it() -> None:
    dates = promise("by", warn=(LAST_HOUR,), hours="always")
    events = [promised("09:00", "12:00"), amended("11:30", "tue 12:00")]
    # Warned an hour before noon of Monday; agreed half an hour later that Tuesday will do; warned an hour before that.
    assert warned([dates], *events, until="tue 11:30") == [
        "opened mon 12:00",
        "warned mon 12:00",
        "due_moved tue 12:00",
        "warned tue 12:00",
    ]


def test_what_was_urgent_and_is_not_any_more_is_warned_of_by_its_new_time() -> None:
    urgent = promise("resolve", "2h", id="urgent", priority=["urgent"], warn=(HALF,), hours="always")
    other = promise("resolve", "8h", id="other", warn=(HALF,), hours="always")
    events = [opened("09:00", priority="urgent"), changed("10:30", priority="low")]
    # Half of two hours is over at 10:00, half of eight at 13:00.
    assert warned([urgent, other], *events, until="12:59") == [
        "opened mon 11:00",
        "warned mon 11:00",
        "due_moved mon 17:00",
    ]
    assert warned([urgent, other], *events, until="13:00")[3:] == ["warned mon 17:00"]


def test_what_becomes_urgent_is_warned_of_at_once() -> None:
    urgent = promise("resolve", "2h", id="urgent", priority=["urgent"], warn=(HALF, LAST_HOUR), hours="always")
    other = promise("resolve", "8h", id="other", warn=(HALF,), hours="always")
    events = [opened("09:00", priority="low"), changed("10:30", priority="urgent")]
    assert warned([urgent, other], *events, until="10:59") == [
        "opened mon 17:00",
        "due_moved mon 11:00",
        "warned mon 11:00",
    ]


def test_a_pause_after_a_warning_brings_no_second_one() -> None:
    settled = promise("resolve", "4h", warn=(HALF,), pauses_in=PAUSING, hours="always")
    events = [opened("09:00", status="new"), changed("11:30", status="waiting"), changed("15:00", status="working")]
    # Two of the four hours are over at 11:00; the half hour after that and three and a half of pause make it due at 16:30.
    assert warned([settled], *events, until="16:29") == [
        "opened mon 13:00",
        "warned mon 13:00",
        "paused None",
        "resumed mon 16:30",
    ]
