"""Whether the telephone is answered in time, worked by hand: the rule "answer_call" of ARCHITECTURE.md.

A call is promised an answer within 20 minutes, around the clock; the minutes are those after 09:00 on Monday 2 March 2026.
"""

from __future__ import annotations

from typing import Any

import pytest

from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.statement import state
from monitor.domain.facts.events import CallStep, Event
from monitor.domain.hours.instant import MINUTE_US
from monitor.domain.promises.promise import Promise
from monitor.domain.promises.promised_calls import CallTerms, Credit, Formula
from tests.unit.domain.builders import at, book, call, closed, deleted, excused, held_true, promise, shown

OFFERED, ANSWERED, ABANDONED = CallStep.OFFERED, CallStep.ANSWERED, CallStep.ABANDONED
VOICEMAIL, ENDED, TRANSFERRED = CallStep.VOICEMAIL, CallStep.ENDED, CallStep.TRANSFERRED


def counted(formula: Formula = Formula.OFFERED, **terms: Any) -> Promise:
    return promise("answer_call", "20m", hours="always", calls=CallTerms(formula, **terms))


def steps(*taken: tuple[int, CallStep], **more: Any) -> list[Event]:
    return [call(at("09:00") + minute * MINUTE_US, kind, **more) for minute, kind in taken]


def judged(by: Promise, *events: Event, now: str = "fri 12:00") -> list[str]:
    """What is held true of each call, e.g. `C1 kept, due 09:20, ended 09:10`."""
    return held_true(book(by), *events, now=now)


def verdict(by: Promise, *taken: tuple[int, CallStep]) -> str:
    """What becomes of one call that takes these steps."""
    [found] = judged(by, *steps(*taken))
    return found.split(",")[0].removeprefix("C1 ")


@pytest.mark.parametrize(("minute", "found"), [(19, "kept"), (20, "kept"), (21, "broken")])
@pytest.mark.parametrize("formula", Formula)
def test_an_answer_is_in_time_up_to_and_including_the_promised_wait(formula: Formula, minute: int, found: str) -> None:
    assert verdict(counted(formula), (0, OFFERED), (minute, ANSWERED)) == found


# What each formula makes of a caller who hung up after 3, 12 and 25 minutes (3 is a short abandon), and of a call cut off
# after 12: kept and broken are in the share's denominator, void is not.
FORMULAS = [
    (Formula.ANSWERED, ["void", "void", "void", "void"]),
    (Formula.OFFERED, ["broken", "broken", "broken", "broken"]),
    (Formula.WITHOUT_SHORT_ABANDONS, ["void", "broken", "broken", "void"]),
    (Formula.ABANDONS_WITHIN_MET, ["kept", "kept", "broken", "broken"]),
    (Formula.WITHOUT_ABANDONS, ["void", "void", "void", "broken"]),
]


@pytest.mark.parametrize(("formula", "found"), FORMULAS)
def test_each_formula_counts_who_was_not_answered_in_its_own_way(formula: Formula, found: list[str]) -> None:
    by = counted(formula, short_abandon=5 * MINUTE_US)
    ends = [(3, ABANDONED), (12, ABANDONED), (25, ABANDONED), (12, ENDED)]
    assert [verdict(by, (0, OFFERED), end) for end in ends] == found


@pytest.mark.parametrize(
    ("credit", "found"), [(Credit.MET, "kept"), (Credit.MISSED, "broken"), (Credit.EXCLUDED, "void")]
)
@pytest.mark.parametrize("end", [VOICEMAIL, ENDED])
@pytest.mark.parametrize("formula", Formula)
def test_the_book_may_say_what_a_call_counts_as_that_was_neither_answered_nor_abandoned(
    formula: Formula, end: CallStep, credit: Credit, found: str
) -> None:
    assert verdict(counted(formula, neither=credit), (0, OFFERED), (12, end)) == found


def test_a_call_that_still_waits_is_running_until_its_due_instant_passes() -> None:
    waiting = steps((0, OFFERED))
    assert judged(counted(), *waiting, now="09:20") == ["C1 running, due 09:20"]
    assert judged(counted(), *waiting, now="09:21") == ["C1 broken, due 09:20"]


def test_where_abandons_never_count_only_an_answer_shows_that_the_wait_was_too_long() -> None:
    waiting = steps((0, OFFERED))
    assert judged(counted(Formula.ANSWERED), *waiting, now="09:40") == ["C1 running"]
    answered = steps((0, OFFERED), (40, ANSWERED))
    assert judged(counted(Formula.ANSWERED), *answered) == ["C1 broken, due 09:20, ended 09:40"]


def test_what_a_formula_leaves_out_is_left_out_though_it_seemed_broken() -> None:
    # A call that was cut off after 40 minutes is in nobody's denominator but those of all that called.
    assert verdict(counted(Formula.WITHOUT_SHORT_ABANDONS), (0, OFFERED), (40, ENDED)) == "void"
    assert verdict(counted(Formula.OFFERED), (0, OFFERED), (40, ENDED)) == "broken"


def test_the_wait_begins_on_joining_the_queue() -> None:
    # In the voice menu until 09:15, answered at 09:30.
    events = [*steps((0, OFFERED), queue=None), *steps((15, OFFERED), (30, ANSWERED))]
    assert judged(counted(), *events) == ["C1 kept, due 09:35, ended 09:30"]


def test_a_second_queue_does_not_begin_the_wait_again() -> None:
    events = [*steps((0, OFFERED)), *steps((15, OFFERED), (30, ANSWERED), queue="experts")]
    assert judged(counted(), *events) == ["C1 broken, due 09:20, ended 09:30"]


def test_a_call_answered_at_once_did_not_wait() -> None:
    assert judged(counted(), *steps((7, ANSWERED))) == ["C1 kept, due 09:27, ended 09:07"]


def test_who_hangs_up_in_the_voice_menu_was_owed_nothing() -> None:
    assert judged(counted(), *steps((0, OFFERED), (1, ABANDONED), queue=None)) == []


def test_a_robot_is_no_answer() -> None:
    events = [*steps((0, OFFERED)), *steps((1, ANSWERED), agent="robot"), *steps((12, ANSWERED))]
    assert judged(counted(), *events) == ["C1 kept, due 09:20, ended 09:12"]


def test_calls_that_the_firm_makes_are_owed_no_answer() -> None:
    assert judged(counted(), *steps((0, OFFERED), (3, ANSWERED), inbound=False)) == []


def test_what_comes_after_the_answer_changes_nothing() -> None:
    events = steps((0, OFFERED), (3, ANSWERED), (5, TRANSFERRED), (30, ANSWERED), (40, ENDED))
    assert judged(counted(), *events) == ["C1 kept, due 09:20, ended 09:03"]


def test_each_call_is_owed_an_answer_of_its_own() -> None:
    events = [*steps((0, OFFERED), (3, ANSWERED)), *steps((10, OFFERED), (50, ANSWERED), call="C2")]
    assert judged(counted(), *events) == [
        "C1 kept, due 09:20, ended 09:03",
        "C2 broken, due 09:30, ended 09:50",
    ]


def test_calls_of_two_exchanges_may_have_one_name() -> None:
    events = [*steps((0, OFFERED), (3, ANSWERED)), *steps((10, OFFERED), source="exchange")]
    assert judged(counted(), *events, now="09:20") == [
        "C1 kept, due 09:20, ended 09:03",
        "exchange C1 running, due 09:30",
    ]


def test_a_call_to_a_closed_case_is_owed_an_answer_too() -> None:
    events = [*steps((0, OFFERED), (3, ANSWERED)), closed("09:30"), *steps((60, OFFERED), call="C2")]
    assert judged(counted(), *events, now="10:10")[1] == "C2 running, due 10:20"


def test_a_call_of_a_deleted_case_is_owed_nothing() -> None:
    assert verdict(counted(), (0, OFFERED)) != "void"
    assert judged(counted(), *steps((0, OFFERED)), deleted("09:05"))[0].startswith("C1 void")


def test_a_breach_of_a_call_may_be_excused() -> None:
    events = [*steps((0, OFFERED), (12, ABANDONED)), excused("10:00", kind="answer_call")]
    assert judged(counted(), *events) == ["C1 excused, ended 09:12"]


def test_the_reason_says_how_long_the_caller_waited() -> None:
    matter, _ = step(Matter(book(counted())), steps((0, OFFERED), (12, ABANDONED)), at("10:00"))
    [obligation] = matter.cases["K1"].obligations
    assert state(matter.cases["K1"], obligation, at("10:00")).reason == "the caller hung up after 12 min"


def test_a_call_that_waits_wakes_its_matter_when_it_has_waited_too_long() -> None:
    matter, _ = step(Matter(book(counted())), steps((0, OFFERED)), at("09:00"))
    assert matter.wakes_at == at("09:20") + 1
    _, decisions = step(matter, [], matter.wakes_at)
    assert [(each.type.value, shown(each.at)) for each in decisions] == [("broken", "mon 09:20")]
