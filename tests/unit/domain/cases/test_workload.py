"""What people did in a matter, in numbers: in whatever order events and changes of staff come, and when they come late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.workload import Figure, FigureKey
from monitor.domain.facts.events import CallStep, Event
from monitor.domain.figures.delivered import work_in
from monitor.domain.hours.instant import DAY_US, MINUTE_US
from monitor.domain.promises.promise import Kind
from monitor.domain.promises.promised_people import HandoffLimits
from monitor.domain.work.directory import Directory
from monitor.service.matters.figures import Figures, figures_of
from tests.unit.domain.builders import (
    STAFF,
    assigned,
    at,
    book,
    call,
    logged,
    opened,
    promise,
    resolved,
    sent,
    staff_changed,
)

PEOPLE = ("anna", "ben", "carl", "zoe")


_GRADES = st.sampled_from(("trainee", "associate", "senior"))
_MADE: tuple[Callable[[int, str, str], Event], ...] = (
    lambda when, person, _: sent(when, author=person),
    lambda when, person, _: logged(when, person, 7 * MINUTE_US),
    lambda when, person, _: assigned(when, person),
    lambda when, person, _: call(when, CallStep.ANSWERED, agent=person),
    lambda when, _, __: call(when, CallStep.ENDED),
    lambda when, _, __: resolved(when),
    lambda when, person, grade: staff_changed(when, person, grade=grade, joined=when - DAY_US),
)
"""What may happen at an instant, by or to a person."""


def _happening(said: tuple[int, int, str, str]) -> Event:
    step_number, kind, person, grade = said
    return _MADE[kind](at("09:00") + step_number * 10 * MINUTE_US, person, grade)


_HAPPENING = st.tuples(
    st.integers(0, 47), st.integers(0, len(_MADE) - 1), st.sampled_from(("anna", "ben", "carl", "zoe")), _GRADES
).map(_happening)


def happenings() -> st.SearchStrategy[list[Event]]:
    """A case in which people work, are on the telephone and hand it on while their grades change."""
    return st.lists(_HAPPENING, min_size=1, max_size=12).map(lambda events: [opened("09:00"), *events])


def _alone(events: list[Event]) -> Figures:
    matter = Matter(book(staff=STAFF))
    matter.take(events)
    return figures_of(matter)


@given(happenings().flatmap(lambda events: st.tuples(st.just(events), st.permutations(events))))
def test_whatever_the_order_in_which_events_and_promotions_come_the_figures_are_the_same(
    told: tuple[list[Event], list[Event]],
) -> None:
    events, shuffled = told
    matter = Matter(book(staff=STAFF))
    for happened in shuffled:
        matter, _ = step(matter, [happened], at("fri 12:00"))
    assert figures_of(matter) == _alone(events)


@given(happenings())
def test_figures_are_those_that_reading_the_events_again_gives(events: list[Event]) -> None:
    """The figures grow event by event; the touches of an explanation are read off all of them."""
    matter = Matter(book(staff=STAFF))
    matter.take(events)
    touches: Counter[tuple[str, str]] = Counter()
    times: Counter[tuple[str, str]] = Counter()
    for done in work_in(matter):
        touches[done.grade, done.tenure] += done.is_touch
        times[done.grade, done.tenure] += done.touch.length or 0
    figures = figures_of(matter)
    for figure, expected in ((Figure.TOUCHES, touches), (Figure.TOUCH_TIME, times)):
        found = {key[2:]: amount for key, amount in figures.items() if key.figure == figure}
        assert found == {key: amount for key, amount in expected.items() if amount}


@given(happenings())
def test_no_touch_is_unmeasured_that_is_none(events: list[Event]) -> None:
    figures = _alone(events)
    for key, amount in figures.items():
        if key.figure == Figure.UNMEASURED:
            assert 0 < amount <= figures[key._replace(figure=Figure.TOUCHES.value)]


def test_a_grade_that_is_not_on_the_scale_is_unknown() -> None:
    matter = Matter(book(staff=STAFF), Directory(STAFF, ["trainee"]))
    matter.take([opened("09:00"), sent("09:30", author="anna")])
    (key,) = (key for key in figures_of(matter) if key.figure == Figure.TOUCHES)
    assert key.subject == "unknown"


def test_a_book_without_grades_counts_no_touches_but_hands() -> None:
    made = book(promise(Kind.HANDOFFS, handoffs=HandoffLimits(at_most=1)))
    matter = Matter(made)
    matter.take([opened("09:00", holder="anna"), assigned("10:00", "ben")])
    assert figures_of(matter) == {
        FigureKey("handoffs", "gold", "people", "false"): 1,
        FigureKey("held_cases", "gold", "", "unknown"): 1,
    }
