"""Who does the work, held against who was promised, worked by hand: the rule "seniority" of ARCHITECTURE.md.

The scale is trainee, associate, senior. Anna is a senior since ever, Ben a trainee who joined on Monday 2 March 2026, Carl
an associate who joined on 1 January 2020; nobody knows Zoe. Times without a day are that Monday's.
"""

from __future__ import annotations

from typing import Any

import pytest

from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.seniority import Fitness, fitness
from monitor.domain.cases.statement import state
from monitor.domain.facts.events import CallStep, Event
from monitor.domain.hours.instant import MINUTE_US
from monitor.domain.promises.promise import Promise, Said
from monitor.domain.promises.promised_people import Measure, SeniorityTerms, Substitution, Tenure
from monitor.domain.work.directory import Directory
from tests.unit.domain.builders import (
    GRADES,
    STAFF,
    assigned,
    at,
    book,
    call,
    changed,
    client_told,
    closed,
    deleted,
    logged,
    opened,
    promise,
    reopened,
    resolved,
    sent,
    shown,
    staff_changed,
)


def senior(**terms: Any) -> Promise:
    return promise("seniority", seniority=SeniorityTerms(zone="Europe/London", **terms))


SENIOR = senior(at_least="senior")
OPENED = opened("09:00")


def judged(by: Promise, *events: Event, now: str = "fri 12:00") -> str:
    """What is held true of the promise in K1, with the instant of its end and the reason, e.g. `kept, ended 12:00: ...`."""
    matter, _ = step(Matter(book(by, staff=STAFF)), events, at(now))
    case = matter.cases["K1"]
    [obligation] = case.obligations
    found = state(case, obligation, at(now))
    ended = "" if found.ended is None else f", ended {str(shown(found.ended)).removeprefix('mon ')}"
    return f"{found.verdict.value}{ended}: {found.reason}"


# At least a grade


def test_work_by_those_promised_keeps_it() -> None:
    kept = "kept, ended 16:00: all was done by people as promised"
    assert judged(SENIOR, OPENED, assigned("10:00", "anna"), sent("11:00"), closed("16:00")) == kept


@pytest.mark.parametrize(
    ("done", "way"),
    [
        (sent("10:00", author="ben"), "replied"),
        (call("10:00", CallStep.ANSWERED, agent="ben"), "spoke"),
        (sent("10:00", channel="visit", author="ben"), "met"),
        (logged("10:00", "ben", MINUTE_US), "logged work"),
        (assigned("10:00", "ben"), "took it on"),
    ],
)
def test_the_first_touch_below_the_grade_breaks_it(done: Event, way: str) -> None:
    said = f"broken, ended 10:00: ben (trainee, 0 days with the firm) {way}, promised: at least senior"
    assert judged(SENIOR, OPENED, sent("09:30"), done, sent("11:00"), closed("16:00")) == said


def test_a_breach_says_who_promised_it() -> None:
    terms = SeniorityTerms(at_least="senior")
    by = promise("seniority", seniority=terms, said=Said(by="R. Finch"))
    assert judged(by, OPENED, sent("10:00", author="carl")).endswith("replied, promised by R. Finch: at least senior")


def test_a_higher_grade_will_do() -> None:
    assert judged(senior(at_least="associate"), OPENED, sent("10:00"), closed("16:00")).startswith("kept")


def test_the_grade_is_that_of_the_instant_of_the_touch() -> None:
    # Ben is made a senior at 12:00: what he did at 10:00 he did as a trainee.
    made_senior = staff_changed("12:00", "ben", grade="senior")
    assert judged(SENIOR, OPENED, made_senior, sent("13:00", author="ben"), closed("16:00")).startswith("kept")
    assert judged(SENIOR, OPENED, made_senior, sent("10:00", author="ben")).startswith("broken, ended 10:00")


def test_a_promotion_that_becomes_known_late_takes_the_breach_back() -> None:
    matter, found = Matter(book(SENIOR, staff=STAFF)), []
    for event in (OPENED, sent("10:00", author="ben"), staff_changed("09:30", "ben", grade="senior")):
        matter, decisions = step(matter, [event], at("12:00"))
        found += [decision.type.value for decision in decisions]
    assert found == ["opened", "broken", "restated"]


def test_somebody_unknown_neither_breaks_nor_keeps_it() -> None:
    events = [OPENED, sent("10:00", author="zoe"), sent("11:00"), sent("12:00", author="yan"), closed("16:00")]
    assert judged(SENIOR, *events[:3]) == "running: nothing against it so far"
    doubt = "unknown, ended 16:00: all others were as promised; not enough is known of zoe, yan"
    assert judged(SENIOR, *events) == doubt


@pytest.mark.parametrize(
    "terms", [{"at_least": "senior"}, {"people": ("anna",)}, {"tenure": Tenure(6, "month")}], ids=str
)
def test_a_reply_that_names_nobody_is_not_held_to_be_as_promised(terms: dict[str, Any]) -> None:
    # Somebody answered the client, and nobody says who.
    doubt = "unknown, ended 16:00: all others were as promised; not enough is known of somebody not named"
    assert judged(senior(**terms), OPENED, sent("10:00", author=None), closed("16:00")) == doubt


def test_a_grade_that_is_not_on_the_scale_is_unknown() -> None:
    wizard = staff_changed("09:30", "ben", grade="wizard")
    assert judged(SENIOR, OPENED, wizard, sent("10:00", author="ben"), closed("16:00")).startswith("unknown")


def test_who_has_the_case_when_it_opens_touches_it_then() -> None:
    assert judged(SENIOR, opened("09:00", holder="ben")).startswith("broken, ended 09:00")


def test_what_is_done_before_the_opening_or_after_the_resolution_does_not_count() -> None:
    events = [logged("08:00", "ben", MINUTE_US), OPENED, resolved("10:00"), sent("10:01", author="ben")]
    assert judged(SENIOR, *events).startswith("kept, ended 10:00")


def test_what_is_done_after_the_reopening_counts() -> None:
    events = [OPENED, resolved("10:00"), reopened("11:00"), sent("12:00", author="ben")]
    assert judged(SENIOR, *events).startswith("broken, ended 12:00")


def test_another_promise_judges_what_was_done_from_the_opening() -> None:
    strict = promise("seniority", id="strict", priority=["high"], seniority=SeniorityTerms(at_least="senior"))
    lax = promise("seniority", id="lax", seniority=SeniorityTerms(at_least="trainee"))
    events = [OPENED, sent("10:00", author="ben"), changed("11:00", priority="high")]
    matter, _ = step(Matter(book(strict, lax, staff=STAFF)), events, at("12:00"))
    [obligation] = matter.cases["K1"].obligations
    assert (obligation.promise.id, shown(obligation.ended)) == ("strict", "mon 10:00")


# People and tenure


def test_only_the_people_named_keep_a_promise_that_names_them() -> None:
    events = [OPENED, sent("10:00", author="anna"), sent("11:00", author="zoe")]
    said = "broken, ended 11:00: zoe (grade unknown, tenure unknown) replied, promised: by anna or carl"
    assert judged(senior(people=("anna", "carl")), *events) == said


@pytest.mark.parametrize(
    ("tenure", "joined", "first_day"),
    [
        # Calendar units: a month that is too short ends with its last day.
        (Tenure(6, "month"), "2025-08-31 09:00", "2026-02-28 00:00"),
        (Tenure(1, "month"), "2024-01-31 00:00", "2024-02-29 00:00"),
        (Tenure(1, "year"), "2024-02-29 00:00", "2025-02-28 00:00"),
        (Tenure(90, "day"), "2026-01-01 00:00", "2026-04-01 00:00"),
        (Tenure(2, "week"), "2026-03-02 00:00", "2026-03-16 00:00"),
        # Local midnight, in summer time an hour before that of UTC.
        (Tenure(1, "month"), "2026-03-15 00:00", "2026-04-15 00:00"),
    ],
)
def test_a_time_with_the_firm_is_reached_on_a_date(tenure: Tenure, joined: str, first_day: str) -> None:
    assert tenure.reached_at(at(joined), "Europe/London") == at(first_day)


@pytest.mark.parametrize(("when", "found"), [("2026-09-01 23:59", Fitness.BELOW), ("2026-09-02 00:00", Fitness.FIT)])
def test_nobody_in_their_first_six_months(when: str, found: Fitness) -> None:
    # Ben joined on 2 March 2026.
    terms = SeniorityTerms(tenure=Tenure(6, "month"), zone="Europe/London")
    assert fitness(terms, "ben", at(when), Directory(STAFF, GRADES)) is found


def test_a_joining_that_nobody_told_is_unknown() -> None:
    terms = SeniorityTerms(tenure=Tenure(6, "month"))
    assert fitness(terms, "anna", at("10:00"), Directory(STAFF, GRADES)) is Fitness.UNKNOWN


def test_every_condition_that_is_set_must_hold() -> None:
    # Anna is senior enough, but Carl is who was promised.
    terms = SeniorityTerms(at_least="senior", people=("carl",))
    assert fitness(terms, "anna", at("10:00"), Directory(STAFF, GRADES)) is Fitness.BELOW
    assert fitness(terms, "carl", at("10:00"), Directory(STAFF, GRADES)) is Fitness.BELOW


def test_one_condition_that_surely_fails_outweighs_one_in_doubt() -> None:
    terms = SeniorityTerms(people=("anna",), tenure=Tenure(1, "year"))
    assert fitness(terms, "zoe", at("10:00"), Directory(STAFF, GRADES)) is Fitness.BELOW


# Standing in


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ([client_told("09:30"), sent("10:00", author="ben")], "running"),
        ([sent("10:00", author="ben"), client_told("10:30")], "broken"),
        ([client_told("09:30", None), sent("10:00", author="ben")], "running"),
        ([client_told("09:30", "resolve"), sent("10:00", author="ben")], "broken"),
    ],
    ids=["told before", "told after", "told without a kind", "told of something else"],
)
def test_somebody_may_stand_in_where_the_client_was_told_first(events: list[Event], verdict: str) -> None:
    by = senior(at_least="senior", substitution=Substitution(told_first=True))
    assert judged(by, OPENED, *events).startswith(verdict)


@pytest.mark.parametrize(
    ("person", "found"),
    [("anna", Fitness.FIT), ("carl", Fitness.FIT), ("ben", Fitness.BELOW), ("zoe", Fitness.UNKNOWN)],
)
def test_somebody_of_equal_grade_may_stand_in(person: str, found: Fitness) -> None:
    # Promised was Dora, an associate: a senior and an associate will do, a trainee will not, and Zoe's grade nobody knows.
    directory = Directory(STAFF, GRADES)
    directory.take(staff_changed("08:00", "dora", grade="associate"))
    terms = SeniorityTerms(people=("dora",), substitution=Substitution(equal_grade=True))
    assert fitness(terms, person, at("10:00"), directory) is found


@pytest.mark.parametrize(
    ("person", "is_told", "found"),
    [("carl", True, Fitness.FIT), ("carl", False, Fitness.BELOW), ("ben", True, Fitness.BELOW)],
)
def test_where_both_are_asked_for_both_must_hold(person: str, *, is_told: bool, found: Fitness) -> None:
    both = Substitution(told_first=True, equal_grade=True)
    terms = SeniorityTerms(people=("dora",), substitution=both)
    directory = Directory(STAFF, GRADES)
    directory.take(staff_changed("08:00", "dora", grade="associate"))
    assert fitness(terms, person, at("10:00"), directory, is_told=is_told) is found


@pytest.mark.parametrize(
    ("person", "is_told", "found"),
    [
        ("carl", False, Fitness.FIT),
        ("ben", True, Fitness.FIT),
        ("ben", False, Fitness.BELOW),
        ("zoe", True, Fitness.FIT),
        ("zoe", False, Fitness.UNKNOWN),
    ],
)
def test_where_one_of_both_is_enough_one_of_them_must_hold(person: str, *, is_told: bool, found: Fitness) -> None:
    # Promised was Dora, an associate like Carl; Ben is a trainee, and Zoe's grade nobody knows.
    either = Substitution(told_first=True, equal_grade=True, is_one_enough=True)
    directory = Directory(STAFF, GRADES)
    directory.take(staff_changed("08:00", "dora", grade="associate"))
    terms = SeniorityTerms(people=("dora",), substitution=either)
    assert fitness(terms, person, at("10:00"), directory, is_told=is_told) is found


@pytest.mark.parametrize(
    ("substitution", "words"),
    [
        (Substitution(), "by dora"),
        (Substitution(told_first=True), "by dora, or others if the client was told first"),
        (Substitution(equal_grade=True), "by dora, or others of at least equal grade"),
        (Substitution(True, True), "by dora, or others of at least equal grade if the client was told first"),
        (
            Substitution(True, True, True),
            "by dora, or others of at least equal grade, or any if the client was told first",
        ),
    ],
)
def test_what_was_promised_says_who_may_stand_in(substitution: Substitution, words: str) -> None:
    assert SeniorityTerms(people=("dora",), substitution=substitution).words == words


def test_a_substitution_without_a_condition_lets_nobody_stand_in() -> None:
    terms = SeniorityTerms(at_least="senior", substitution=Substitution())
    assert fitness(terms, "ben", at("10:00"), Directory(STAFF, GRADES), is_told=True) is Fitness.BELOW


# Shares of the work


def worked(**minutes: int) -> list[Event]:
    return [
        OPENED,
        *(logged("10:00", person, length * MINUTE_US) for person, length in minutes.items()),
        closed("16:00"),
    ]


SIXTY = senior(at_least="senior", share_millionths=600_000)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        ({"anna": 60, "ben": 40}, "kept, ended 16:00: 60 % of the minutes"),
        # 59 of 99 minutes are 59.59 %: short, and never rounded up to what was promised.
        ({"anna": 59, "ben": 40}, "broken, ended 16:00: 59.5 % of the minutes"),
        # Zoe's 10 minutes may be a senior's (60 of 100) or not (50 of 100).
        ({"anna": 50, "ben": 40, "zoe": 10}, "unknown, ended 16:00: 50 % of the minutes"),
        # Whoever Zoe is, 40 of 60 minutes are enough, and 30 and her 5 of 70 are not.
        ({"anna": 40, "ben": 15, "zoe": 5}, "kept, ended 16:00: 66.6 % of the minutes"),
        ({"anna": 30, "ben": 35, "zoe": 5}, "broken, ended 16:00: 42.8 % of the minutes"),
    ],
)
def test_a_share_of_the_minutes_is_judged_when_the_case_is_settled(minutes: dict[str, int], said: str) -> None:
    assert judged(SIXTY, *worked(**minutes)).startswith(said)


def test_a_share_is_not_broken_before_the_case_is_settled() -> None:
    assert judged(SIXTY, *worked(ben=40)[:-1]) == "running: nothing against it so far"


def test_a_share_of_no_minutes_has_no_value() -> None:
    assert judged(SIXTY, OPENED, sent("10:00"), closed("16:00")) == "void, ended 16:00: no minutes of work are known"


def test_the_time_of_a_call_is_work_of_who_spoke() -> None:
    # Anna spoke for 15 minutes, Ben logged 10: 15 of 25 are 60 %.
    talk = [call("11:00", CallStep.ANSWERED), call("11:15", CallStep.ENDED)]
    events = [OPENED, *talk, logged("12:00", "ben", 10 * MINUTE_US), closed("16:00")]
    assert judged(SIXTY, *events).startswith("kept, ended 16:00: 60 % of the minutes")


def test_a_share_of_touches_counts_each_once() -> None:
    # Anna replied and spoke, Ben logged work: 2 of 3; how long anything took makes no difference.
    by = senior(at_least="senior", share_millionths=600_000, measure=Measure.TOUCHES)
    talk = [call("11:00", CallStep.ANSWERED), call("11:15", CallStep.ENDED)]
    events = [OPENED, sent("10:00"), *talk, logged("12:00", "ben", 90 * MINUTE_US), closed("16:00")]
    assert judged(by, *events).startswith("kept, ended 16:00: 66.6 % of the touches")


def test_a_share_that_was_broken_stays_so_when_the_case_goes_on() -> None:
    events = [*worked(ben=40)[:-1], resolved("11:00"), reopened("12:00"), logged("13:00", "anna", 100 * MINUTE_US)]
    assert judged(SIXTY, *events, closed("16:00")).startswith("broken, ended 11:00")


# What was done before something made a difference to the promise


def test_what_was_done_before_a_promise_covered_the_case_counts_once() -> None:
    # Urgent from 11:00 on: one touch of two is by a senior, however many were done before anybody asked for it.
    by = promise(
        "seniority",
        priority=("urgent",),
        seniority=SeniorityTerms(at_least="senior", share_millionths=500_000, measure=Measure.TOUCHES),
    )
    urgent = changed("11:00", priority="urgent")
    events = [opened("09:00", priority="low"), sent("10:00", author="ben"), urgent, sent("12:00"), closed("16:00")]
    assert judged(by, *events).startswith("kept, ended 16:00: 50 % of the touches")


def test_a_breach_just_before_a_deletion_stands() -> None:
    said = "broken, ended 10:00: ben (trainee, 0 days with the firm) replied, promised: at least senior"
    assert judged(SENIOR, OPENED, sent("10:00", author="ben"), deleted("11:00")) == said
