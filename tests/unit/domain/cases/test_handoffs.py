"""How often a case changes hands, worked by hand: the rules "Hand-offs" and "handoffs" of ARCHITECTURE.md.

Anna (senior) and Ben (trainee, since Monday) are of the team `desk`, Carl (associate) of `night`; hours are London's
09:00-17:30, a time without a day is that of Monday 2 March 2026.
"""

from __future__ import annotations

from typing import Any

import pytest

from monitor.domain.cases.coverage import Coverage, Gap
from monitor.domain.cases.decisions import Decision, DecisionType
from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.statement import state
from monitor.domain.facts.events import CallStep, Event
from monitor.domain.hours.instant import HOUR_US, MINUTE_US
from monitor.domain.hours.target import WorkingDuration
from monitor.domain.promises.promise import Promise
from monitor.domain.promises.promised_people import HandoffLimits
from tests.unit.domain.builders import (
    STAFF,
    assigned,
    at,
    book,
    call,
    changed,
    closed,
    deleted,
    excused,
    linked,
    merged,
    opened,
    promise,
    reopened,
    resolved,
    shown,
    staff_changed,
)


def limited(**limits: Any) -> Promise:
    return promise("handoffs", handoffs=HandoffLimits(**limits))


ONE = limited(at_most=1)
OPENED = opened("09:00", holder="anna", team="desk")


def matter_of(by: Promise, *events: Event, now: str = "fri 12:00") -> Matter:
    matter, _ = step(Matter(book(by, staff=STAFF)), events, at(now))
    return matter


def judged(by: Promise, *events: Event, now: str = "fri 12:00", coverage: Coverage | None = None) -> str:
    """What is held true of the promise in K1, with the instants and the reason, e.g. `kept, ended 12:00: ...`."""
    matter = matter_of(by, *events, now=now)
    case = matter.cases["K1"]
    [obligation] = case.obligations
    found = state(case, obligation, at(now), coverage or Coverage())
    instants = [
        f"{word} {_short(instant)}" for word, instant in (("due", found.due), ("ended", found.ended)) if instant
    ]
    return ", ".join([found.verdict.value, *instants]) + f": {found.reason}"


def _short(instant: int) -> str:
    return str(shown(instant)).removeprefix("mon ")


# What is a hand-off


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([("anna", "desk")], "0 hand-offs, 0 returns"),
        ([("ben", "desk")], "1 hand-off, 0 returns"),
        # Back in the team's tray and taken again by the same person: nobody else ever had it.
        ([(None, "desk"), ("anna", "desk")], "0 hand-offs, 0 returns"),
        # Taken from the tray by somebody else: one.
        ([(None, "desk"), ("ben", "desk")], "1 hand-off, 0 returns"),
        # To another team is one; who takes it there first is no second one.
        ([(None, "night"), ("carl", "night")], "1 hand-off, 0 returns"),
        # To a person of another team, and back: two, and the second is a return to the team.
        ([("carl", "night"), ("anna", "desk")], "2 hand-offs, 1 return"),
        # A, B, A inside a team.
        ([("ben", "desk"), ("anna", "desk")], "2 hand-offs, 1 return"),
        # A, B, C, A: the last is a return, however many had it in between.
        ([("ben", "desk"), ("zoe", None), ("anna", "desk")], "3 hand-offs, 1 return"),
        # With nobody in between: still from anna to ben.
        ([(None, None), ("ben", "desk")], "1 hand-off, 0 returns"),
        # A robot is nobody.
        ([("robot", None), ("anna", "desk")], "0 hand-offs, 0 returns"),
        # The team changes and the name stays: some systems forget to take it off. The teams have handed it on.
        ([("anna", "night")], "1 hand-off, 0 returns"),
        # The event names no team: Carl's own counts.
        ([("carl", None)], "1 hand-off, 0 returns"),
    ],
)
def test_what_counts_as_a_hand_off_and_as_a_return(steps: list[tuple[str | None, str | None]], words: str) -> None:
    moves = [assigned(f"{10 + hour}:00", *holders) for hour, holders in enumerate(steps)]
    assert judged(limited(at_most=9), OPENED, *moves, closed("16:00")) == f"kept, ended 16:00: {words}"


def test_taking_a_case_that_only_a_team_had_is_no_hand_off() -> None:
    events = [opened("09:00", team="desk"), assigned("10:00", "ben", "desk")]
    assert judged(limited(at_most=0), *events, closed("16:00")) == "kept, ended 16:00: 0 hand-offs, 0 returns"


def test_who_had_it_before_the_opening_handed_nothing_on() -> None:
    events = [assigned("08:00", "anna"), assigned("08:30", "ben"), opened("09:00"), closed("16:00")]
    assert judged(limited(at_most=0), *events) == "kept, ended 16:00: 0 hand-offs, 0 returns"


# Limits


def test_one_hand_off_too_many_breaks_it_there_and_then() -> None:
    events = [OPENED, assigned("10:00", "ben"), assigned("11:00", "carl"), closed("16:00")]
    said = "broken, ended 11:00: 2 hand-offs, the last from ben to carl, at most 1 promised"
    assert judged(ONE, *events) == said


def test_a_case_that_goes_on_within_its_limits_is_running() -> None:
    assert judged(ONE, OPENED, assigned("10:00", "ben")) == "running: nothing against it so far"


def test_moves_inside_a_team_are_left_out_where_the_book_says_so() -> None:
    events = [OPENED, assigned("10:00", "ben", "desk"), assigned("11:00", "anna", "desk"), closed("16:00")]
    kept = "kept, ended 16:00: 0 hand-offs, 0 returns"
    assert judged(limited(at_most=0, returns=0, counts_inside_team=False), *events) == kept


def test_a_move_whose_teams_are_not_known_is_left_out_with_those_inside_a_team() -> None:
    events = [opened("09:00", holder="zoe"), assigned("10:00", "yan"), closed("16:00")]
    kept = "kept, ended 16:00: 0 hand-offs, 0 returns"
    assert judged(limited(at_most=0, counts_inside_team=False), *events) == kept


def test_a_return_too_many_breaks_it() -> None:
    events = [OPENED, assigned("10:00", "ben"), assigned("11:00", "anna"), closed("16:00")]
    said = "broken, ended 11:00: 1 return, the last from ben to anna, at most 0 promised"
    assert judged(limited(returns=0), *events) == said


def test_a_call_put_through_too_often_breaks_it() -> None:
    put_through = [call(f"09:0{minute}", CallStep.TRANSFERRED) for minute in (1, 2)]
    said = "broken, ended 09:02: call C1 was put through 2 times, at most 1 promised"
    assert judged(limited(transfers=1), OPENED, *put_through) == said


def test_each_call_is_counted_by_itself() -> None:
    put_through = [call("09:01", CallStep.TRANSFERRED), call("09:02", CallStep.TRANSFERRED, call="C2")]
    events = [OPENED, *put_through, closed("16:00")]
    assert judged(limited(transfers=1), *events).startswith("kept")


def test_a_second_owner_breaks_one_owner_throughout() -> None:
    events = [OPENED, assigned("10:00", None), assigned("11:00", "anna"), assigned("12:00", "ben")]
    assert judged(limited(one_owner=True), *events) == (
        "broken, ended 12:00: ben has it after anna, one owner throughout was promised"
    )


# Nobody has it

HALF_HOUR = limited(without_holder=WorkingDuration(30 * MINUTE_US))


def test_without_a_holder_it_is_due_when_the_time_for_that_is_over() -> None:
    assert judged(HALF_HOUR, opened("09:00"), now="09:10") == "running, due 09:30: not yet due"


def test_somebody_who_takes_it_in_time_takes_the_due_instant_away() -> None:
    events = [opened("09:00"), assigned("09:30", "anna")]
    assert judged(HALF_HOUR, *events, now="10:00") == "running: nothing against it so far"


def test_only_working_time_counts_while_nobody_has_it() -> None:
    # From 17:15 a quarter of an hour is left of Monday, the other is Tuesday's first.
    events = [OPENED, assigned("17:15", None)]
    assert judged(HALF_HOUR, *events, now="17:20") == "running, due tue 09:15: not yet due"


def test_a_team_that_has_it_is_a_holder() -> None:
    assert judged(HALF_HOUR, opened("09:00", team="desk"), now="12:00") == "running: nothing against it so far"


def test_each_time_without_a_holder_is_counted_by_itself() -> None:
    # 20 minutes and once more 20 minutes: never half an hour.
    times = [("09:20", "anna"), ("10:00", None), ("10:20", "ben")]
    events = [opened("09:00"), *(assigned(when, holder) for when, holder in times), closed("12:00")]
    assert judged(HALF_HOUR, *events).startswith("kept, ended 12:00")


def test_time_alone_breaks_it_where_nobody_takes_it() -> None:
    assert judged(HALF_HOUR, opened("09:00"), now="10:00") == (
        "broken, due 09:30: nobody had it for longer than the 30 min of working time promised; nobody has it yet, 30 min later"
    )


def test_the_history_says_too_that_nobody_had_it() -> None:
    _, decisions = step(Matter(book(HALF_HOUR, staff=STAFF)), [opened("09:00")], at("10:00"))
    assert decisions[-1].type is DecisionType.BROKEN
    assert decisions[-1].reason == "nobody had it for longer than the 30 min of working time promised"


def test_who_takes_it_too_late_ends_the_breach() -> None:
    events = [opened("09:00"), assigned("10:00", "anna", id="a1"), closed("12:00")]
    assert judged(HALF_HOUR, *events) == (
        "broken, due 09:30, ended 10:00: nobody had it for longer than the 30 min of working time promised; "
        "that ended 30 min later, with ticket.assigned by anna (desk a1)"
    )


def test_nobody_need_take_a_case_that_is_resolved() -> None:
    events = [opened("09:00"), resolved("09:20"), reopened("11:00"), assigned("11:20", "anna"), closed("12:00")]
    assert judged(HALF_HOUR, *events).startswith("kept, ended 12:00")


def test_a_breach_by_absence_is_unknown_where_a_source_could_not_be_heard() -> None:
    silence = Coverage((Gap(at("09:10"), at("09:20"), "desk", "desk has been silent"),))
    assert judged(HALF_HOUR, opened("09:00"), now="10:00", coverage=silence).startswith("unknown, due 09:30")


# The life of the promise


def test_it_is_kept_no_more_once_a_reopened_case_is_handed_on_too_often() -> None:
    events = [OPENED, resolved("10:00"), reopened("11:00"), assigned("12:00", "ben"), assigned("13:00", "carl")]
    assert judged(ONE, *events[:2]).startswith("kept, ended 10:00")
    assert judged(ONE, *events[:4]).startswith("running")
    assert judged(ONE, *events).startswith("broken, ended 13:00")


def test_what_was_done_while_it_was_resolved_counts_at_the_reopening() -> None:
    # Ben and Carl had it in between; anna's case comes back to Carl, which is one hand-off.
    moves = [assigned("10:10", "ben"), assigned("10:20", "carl")]
    events = [OPENED, resolved("10:00"), *moves, reopened("11:00"), closed("12:00")]
    assert judged(ONE, *events) == "kept, ended 12:00: 1 hand-off, 0 returns"


def test_a_breach_stands_when_the_case_is_resolved_or_reopened() -> None:
    events = [OPENED, assigned("10:00", "ben"), resolved("11:00"), reopened("12:00"), closed("13:00")]
    assert judged(limited(at_most=0), *events).startswith("broken, ended 10:00")


def test_a_deleted_case_owes_nothing() -> None:
    assert judged(ONE, OPENED, deleted("10:00")) == "void, ended 10:00: the case was deleted"


def test_a_case_merged_into_another_owes_nothing_of_its_own() -> None:
    matter = matter_of(ONE, OPENED, opened("09:10", case="K2"), merged("10:00", "K2"))
    [obligation] = matter.cases["K1"].obligations
    assert obligation.void_reason == "merged into K2"


def test_over_linked_cases_the_count_goes_on() -> None:
    events = [
        OPENED,
        assigned("10:00", "ben"),
        linked("10:30", "K1", case="K2"),
        assigned("11:00", "carl", case="K2"),
    ]
    assert judged(ONE, *events).startswith("broken, ended 11:00: 2 hand-offs")


def test_another_promise_counts_from_the_opening() -> None:
    strict = promise("handoffs", id="strict", priority=["high"], handoffs=HandoffLimits(at_most=0))
    events = [OPENED, assigned("10:00", "ben"), changed("11:00", priority="high")]
    matter, _ = step(Matter(book(strict, ONE, staff=STAFF)), events, at("12:00"))
    [obligation] = matter.cases["K1"].obligations
    assert (obligation.promise.id, shown(obligation.ended)) == ("strict", "mon 10:00")


def test_a_breach_stands_under_another_promise() -> None:
    strict = promise("handoffs", id="strict", priority=["high"], handoffs=HandoffLimits(at_most=0))
    events = [
        opened("09:00", holder="anna", priority="high"),
        assigned("10:00", "ben"),
        changed("11:00", priority="low"),
    ]
    matter, _ = step(Matter(book(strict, ONE, staff=STAFF)), events, at("12:00"))
    [obligation] = matter.cases["K1"].obligations
    assert (obligation.promise.id, shown(obligation.ended)) == ("strict", "mon 10:00")


def test_a_breach_may_be_excused() -> None:
    events = [OPENED, assigned("10:00", "ben"), excused("11:00", kind="handoffs")]
    assert judged(limited(at_most=0), *events) == "excused, ended 10:00: excused by Ms Finch: flood"


def test_a_promise_that_was_kept_is_unknown_where_a_source_could_not_be_heard() -> None:
    silence = Coverage((Gap(at("09:10"), at("09:20"), "desk", "desk has been silent"),))
    found = judged(ONE, OPENED, resolved("10:00"), coverage=silence)
    assert found.startswith("unknown, ended 10:00: desk has been silent")


# Decisions


def decided(by: Promise, *events: Event) -> list[Decision]:
    """Every decision, the events coming one by one."""
    matter, decisions = Matter(book(by, staff=STAFF)), []
    for event in events:
        matter, found = step(matter, [event], event.time)
        decisions += found
    return decisions


def test_a_breach_is_decided_once_with_the_event_that_did_it() -> None:
    too_many = assigned("10:00", "ben")
    found = decided(limited(at_most=0), OPENED, too_many, closed("11:00"))
    told = [
        (each.type.value, shown(each.at), each.cause) for each in found if each.type is not DecisionType.HANDED_DOWN
    ]
    assert told == [("opened", "mon 09:00", OPENED.identity), ("broken", "mon 10:00", too_many.identity)]
    assert found[1].reason == "1 hand-off, the last from anna to ben, at most 0 promised"


def test_the_matter_wakes_when_a_case_has_been_without_a_holder_for_too_long() -> None:
    matter, _ = step(Matter(book(HALF_HOUR)), [opened("09:00")], at("09:00"))
    # 09:30 is still in time.
    assert matter.wakes_at == at("09:30") + 1
    _, decisions = step(matter, [], matter.wakes_at)
    assert [(each.type.value, shown(each.at)) for each in decisions] == [("broken", "mon 09:30")]


# Hand-downs


def hand_downs(*events: Event) -> list[tuple[str, str | None, str]]:
    found = decided(limited(at_most=9), *events)
    downs = [each for each in found if each.promise.id == "hand-down"]
    return [(each.type.value, shown(each.at), each.reason) for each in downs]


def test_a_case_that_goes_to_somebody_more_junior_is_handed_down() -> None:
    # Ben joined on Monday at midnight, ten hours ago: no whole day. The book does not know since when Anna is there.
    said = "from anna (senior, tenure unknown) to ben (trainee, 0 days with the firm)"
    assert hand_downs(OPENED, assigned("10:00", "ben")) == [("handed_down", "mon 10:00", said)]


def test_it_needs_no_promise_to_be_handed_down() -> None:
    matter, decisions = Matter(book(staff=STAFF)), []
    for event in (OPENED, assigned("10:00", "ben")):
        matter, found = step(matter, [event], event.time)
        decisions += found
    assert [each.type.value for each in decisions] == ["handed_down"]


@pytest.mark.parametrize(
    "events",
    [
        [opened("09:00", holder="ben"), assigned("10:00", "anna")],
        [OPENED, assigned("10:00", "zoe")],
        [opened("09:00", holder="zoe"), assigned("10:00", "ben")],
        [OPENED, assigned("10:00", None, "night")],
    ],
    ids=["to a senior", "to somebody unknown", "from somebody unknown", "to a team"],
)
def test_what_is_no_hand_down(events: list[Event]) -> None:
    assert hand_downs(*events) == []


def test_through_a_teams_tray_it_is_handed_down_too() -> None:
    events = [OPENED, assigned("10:00", None, "night"), assigned("11:00", "carl", "night")]
    assert [found[:2] for found in hand_downs(*events)] == [("handed_down", "mon 11:00")]


def test_the_grades_are_those_of_the_instant() -> None:
    promoted = staff_changed("09:30", "ben", grade="senior")
    assert hand_downs(OPENED, promoted, assigned("10:00", "ben")) == []


def test_somebody_who_is_away_is_said_to_be() -> None:
    away = staff_changed("09:30", "anna", absent=True)
    [(_, _, said)] = hand_downs(OPENED, away, assigned("10:00", "ben"))
    assert said.startswith("from anna (senior, tenure unknown, away) to ben")


def test_a_promotion_that_becomes_known_late_takes_it_back() -> None:
    promoted = staff_changed("09:30", "ben", grade="senior")
    found = hand_downs(OPENED, assigned("10:00", "ben"), promoted)
    assert [each[0] for each in found] == ["handed_down", "withdrawn"]


def test_a_promotion_after_the_fact_changes_nothing() -> None:
    promoted = staff_changed("10:00", "ben", grade="senior")._replace(time=at("10:00") + 1)
    found = hand_downs(OPENED, assigned("10:00", "ben"), promoted)
    assert [each[0] for each in found] == ["handed_down"]


def test_the_names_of_two_hand_downs_differ() -> None:
    events = [OPENED, assigned("10:00", "ben"), assigned("11:00", "anna"), assigned("12:00", "ben")]
    found = [each for each in decided(limited(at_most=9), *events) if each.type is DecisionType.HANDED_DOWN]
    assert len({each.obligation for each in found}) == len(found) == 2


def test_time_without_a_holder_is_counted_in_the_hours_of_the_promise() -> None:
    by = promise("handoffs", hours="always", handoffs=HandoffLimits(without_holder=WorkingDuration(HOUR_US)))
    [obligation] = matter_of(by, opened("20:00"), now="20:10").cases["K1"].obligations
    assert shown(obligation.due) == "mon 21:00"
