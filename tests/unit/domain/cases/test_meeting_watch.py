"""Who comes to meetings, worked by hand: the rule "attend" of ARCHITECTURE.md.

Anna is a senior, Carl an associate, Ben a trainee, and of Zoe nothing is known (`builders.STAFF`). Who came is to be told
within an hour of the time for which a meeting was arranged.
"""

from __future__ import annotations

from typing import Any

import pytest

from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.statement import state
from monitor.domain.facts.events import Event
from monitor.domain.promises.promise import Promise
from monitor.domain.promises.promised_people import AttendTerms
from tests.unit.domain.builders import (
    STAFF,
    at,
    book,
    cancelled,
    deleted,
    excused,
    held,
    held_true,
    linked,
    merged,
    moved,
    opened,
    promise,
    received,
    resolved,
    scheduled,
    shown,
    staff_changed,
)


def comes(**terms: Any) -> Promise:
    return promise("attend", "1h", hours="always", attend=AttendTerms(**terms))


ANNA = comes(people=("anna",))


def judged(by: Promise, *events: Event, now: str = "fri 12:00") -> list[str]:
    """What is held true of each meeting, e.g. `kept, ended 14:00`; with its name before it where it has one."""
    return held_true(book(by, staff=STAFF), *events, now=now)


def verdict(by: Promise, *came: str, invited: tuple[str, ...] = ()) -> str:
    """What comes of a meeting that was arranged and held, and to which these came."""
    [found] = judged(by, scheduled("09:00", "14:00", invited=invited), held("14:00", *came))
    return found.split(",")[0]


def reason(by: Promise, *events: Event, now: str = "fri 12:00") -> str:
    matter, _ = step(Matter(book(by, staff=STAFF)), events, at(now))
    [(case, obligation)] = [(case, each) for case in matter.cases.values() for each in case.obligations]
    return state(case, obligation, at(now)).reason


# Who came


def test_everybody_who_was_promised_comes() -> None:
    both = comes(people=("anna", "carl"))
    assert verdict(both, "anna", "carl", "ben") == "kept"
    assert verdict(both, "anna", "ben") == "broken"


def test_one_of_several_will_do_where_that_was_promised() -> None:
    either = comes(people=("anna", "carl"), is_one_enough=True)
    assert verdict(either, "carl") == "kept"
    assert verdict(either, "ben") == "broken"


# For each who came: what "nobody below an associate" and "somebody of at least that grade" make of it.
GRADES = [
    (("anna", "carl"), "kept", "kept"),
    (("anna", "ben"), "broken", "kept"),
    (("ben",), "broken", "broken"),
    (("zoe",), "unknown", "unknown"),
    (("anna", "zoe"), "unknown", "kept"),
    (("ben", "zoe"), "broken", "unknown"),
]


@pytest.mark.parametrize(("came", "everybody", "somebody"), GRADES)
def test_a_grade_is_promised_of_everybody_who_comes_or_of_somebody(
    came: tuple[str, ...], everybody: str, somebody: str
) -> None:
    assert verdict(comes(at_least="associate"), *came) == everybody
    assert verdict(comes(at_least="associate", is_one_grade_enough=True), *came) == somebody


def test_people_and_grade_must_both_hold() -> None:
    both = comes(people=("carl",), at_least="associate")
    assert verdict(both, "carl", "anna") == "kept"
    assert verdict(both, "carl", "ben") == "broken"
    assert verdict(both, "anna") == "broken"


def test_whoever_was_announced_comes_where_that_was_promised() -> None:
    announced = comes(as_invited=True)
    assert verdict(announced, "anna", "ben", invited=("anna",)) == "kept"
    assert verdict(announced, "ben", invited=("anna",)) == "broken"
    assert verdict(announced, "ben") == "kept"


def test_the_grade_is_that_of_the_day() -> None:
    promoted = staff_changed("13:00", "ben", grade="associate")
    events = [scheduled("09:00", "14:00"), held("14:00", "ben")]
    assert judged(comes(at_least="associate"), promoted, *events) == ["kept, ended 14:00"]
    later = staff_changed("15:00", "ben", grade="associate")
    assert judged(comes(at_least="associate"), later, *events) == ["broken, ended 14:00"]


def test_a_robot_that_takes_notes_is_nobody() -> None:
    assert verdict(comes(at_least="associate"), "anna", "robot") == "kept"
    assert verdict(comes(at_least="associate"), "robot") == "broken"


def test_a_robot_that_was_announced_need_not_come() -> None:
    assert verdict(comes(as_invited=True), "anna", invited=("anna", "robot")) == "kept"
    assert verdict(comes(as_invited=True), "ben", invited=("anna", "robot")) == "broken"


def test_nobody_came_is_broken_and_nobody_told_is_not_known() -> None:
    arranged = scheduled("09:00", "14:00")
    assert judged(ANNA, arranged, held("14:00")) == ["broken, ended 14:00"]
    assert judged(ANNA, arranged, held("14:00", tells_who=False)) == ["unknown, ended 14:00"]


def test_the_reason_says_who_came_and_who_did_not() -> None:
    events = [scheduled("09:00", "14:00"), held("14:00", "ben", "carl")]
    assert reason(ANNA, *events) == "anna did not come; ben, carl came, promised: anna"


# Which meeting


def test_a_meeting_that_was_never_arranged_is_judged_when_it_is_held() -> None:
    assert judged(ANNA, held("14:00", "ben")) == ["broken, ended 14:00"]


def test_a_meeting_of_which_nobody_tells_is_not_known_once_it_should_have_been_told() -> None:
    arranged = scheduled("09:00", "14:00")
    assert judged(ANNA, arranged, now="15:00") == ["running, due 15:00"]
    assert judged(ANNA, arranged, now="15:01") == ["unknown, due 15:00"]
    # Told later, it is known.
    assert judged(ANNA, arranged, held("17:00", "anna")) == ["kept, ended 17:00"]


def test_it_is_decided_without_an_event_that_nobody_told() -> None:
    matter, _ = step(Matter(book(ANNA, staff=STAFF)), [scheduled("09:00", "14:00")], at("09:00"))
    assert matter.wakes_at == at("15:00") + 1
    _, decisions = step(matter, [], matter.wakes_at)
    assert [(each.type.value, shown(each.at)) for each in decisions] == [("unknown", "mon 15:00")]


@pytest.mark.parametrize(
    "moving", [moved("10:00", "tue 14:00", meeting="M1"), scheduled("10:00", "tue 14:00", meeting="M1")]
)
def test_a_meeting_that_is_moved_is_to_be_told_of_later(moving: Event) -> None:
    arranged = scheduled("09:00", "14:00", meeting="M1")
    assert judged(ANNA, arranged, moving, now="mon 18:00") == ["M1 running, due tue 15:00"]
    assert judged(ANNA, arranged, moving, held("tue 14:05", "anna", meeting="M1")) == ["M1 kept, ended tue 14:05"]


def test_a_meeting_may_be_moved_when_its_time_has_passed() -> None:
    events = [scheduled("09:00", "14:00"), moved("16:00", "tue 14:00")]
    assert judged(ANNA, *events, now="17:00") == ["running, due tue 15:00"]


@pytest.mark.parametrize("by_client", [True, False])
@pytest.mark.parametrize("when", ["10:00", "16:00"])
def test_a_meeting_that_is_cancelled_is_void_whoever_cancels_it_and_when(when: str, *, by_client: bool) -> None:
    events = [scheduled("09:00", "14:00"), cancelled(when, by_client=by_client)]
    assert judged(ANNA, *events) == ["void"]
    whose = "the client" if by_client else "the firm"
    assert reason(ANNA, *events) == f"{whose} cancelled the meeting"


def test_a_meeting_to_which_the_client_does_not_come_is_void() -> None:
    events = [scheduled("09:00", "14:00"), held("14:00", "ben", client_came=False)]
    assert judged(ANNA, *events) == ["void"]
    assert judged(ANNA, held("14:00", "ben", client_came=False)) == []


def test_of_meetings_without_a_name_the_next_one_is_meant() -> None:
    events = [scheduled("09:00", "wed 10:00"), scheduled("09:30", "tue 10:00"), held("tue 10:00", "anna")]
    assert judged(ANNA, *events, now="tue 12:00") == ["running, due wed 11:00", "kept, ended tue 10:00"]


def test_a_name_tells_meetings_apart() -> None:
    events = [
        scheduled("09:00", "tue 10:00", meeting="M1"),
        scheduled("09:30", "wed 10:00", meeting="M2"),
        held("tue 10:00", "anna", meeting="M2"),
        held("tue 11:00", "ben"),
    ]
    found = judged(ANNA, *events, now="tue 12:00")
    assert found == ["M1 unknown, due tue 11:00", "M2 kept, ended tue 10:00", "broken, ended tue 11:00"]


def test_a_second_report_of_a_meeting_changes_nothing() -> None:
    events = [scheduled("09:00", "14:00", meeting="M1"), held("14:00", "ben", meeting="M1")]
    assert judged(ANNA, *events, held("15:00", "anna", meeting="M1")) == ["M1 broken, ended 14:00"]


# The case it belongs to


def test_a_resolution_changes_nothing_and_a_deletion_makes_it_void() -> None:
    arranged = scheduled("09:00", "14:00")
    assert judged(ANNA, arranged, resolved("10:00"), held("14:00", "anna")) == ["kept, ended 14:00"]
    assert judged(ANNA, arranged, deleted("10:00")) == ["void"]


def test_a_meeting_goes_on_in_the_case_into_which_its_own_is_merged() -> None:
    events = [scheduled("09:00", "14:00"), opened("09:10", case="K2"), merged("10:00", "K2")]
    assert judged(ANNA, *events, held("14:00", "ben", case="K2")) == ["broken, ended 14:00"]


def test_a_meeting_held_in_another_case_counts_where_the_two_are_one() -> None:
    events = [scheduled("09:00", "14:00"), held("14:00", "anna", case="K2"), linked("fri 09:00", "K2")]
    assert judged(ANNA, *events) == ["kept, ended 14:00"]


def test_arranging_a_meeting_opens_a_case() -> None:
    matter, _ = step(Matter(book(ANNA, staff=STAFF)), [scheduled("09:00", "14:00"), received("09:30")], at("10:00"))
    assert (matter.cases["K1"].opened_at, matter.cases["K1"].channel) == (at("09:00"), "visit")


def test_its_breach_may_be_excused_and_what_is_not_known_may_not() -> None:
    events = [scheduled("09:00", "14:00"), held("14:00", "ben"), excused("15:00", kind="attend")]
    assert judged(ANNA, *events) == ["excused, ended 14:00"]
    assert judged(ANNA, events[0], excused("17:00", kind="attend")) == ["unknown, due 15:00"]
