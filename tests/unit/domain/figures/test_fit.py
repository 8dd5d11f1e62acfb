"""Whether a client and the firm fit: what is made of wishes, of comparable occasions, and of what was due to others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.figures.evidence import Finding, Lengths
from monitor.domain.figures.fit import (
    Answered,
    Compared,
    Cost,
    Dues,
    Judged,
    Ladder,
    Way,
    Wish,
    fitness,
    is_within,
    middle,
    spans_of,
)
from monitor.domain.figures.occasion import Ending, Measured, Outcome
from monitor.domain.hours.instant import MINUTE_US
from monitor.domain.promises.promise import Kind

ENDINGS = st.sampled_from([Ending.DONE, Ending.UNDONE, Ending.MISSED, Ending.OPEN, Ending.VOID, Ending.PAUSED])
OCCASIONS = st.lists(
    st.builds(
        lambda taken, ending, is_excused: Measured(0, taken, ending, is_excused, Outcome.VOID, False),
        st.integers(0, 40),
        ENDINGS,
        st.booleans(),
    ),
    max_size=40,
)
SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12)


def done(*minutes: int) -> Lengths:
    """Occasions that were done after so many minutes."""
    return Lengths(Measured(0, each * MINUTE_US, Ending.DONE, False, Outcome.KEPT, False) for each in minutes)


def wish(since: int = 0, wanted: int = 1, became: str | None = None) -> Wish:
    """Something wanted from one instant to another."""
    return Wish("A", None, None, Way.GIVEN, Kind.RESOLVE, since, wanted, wanted - since, became)


def test_within_a_length_are_those_done_by_then_of_all_that_is_decided_by_then() -> None:
    taken = [
        Measured(0, minutes * MINUTE_US, ending, is_excused, Outcome.VOID, False)
        for minutes, ending, is_excused in (
            (10, Ending.DONE, False),
            (20, Ending.DONE, True),
            (30, Ending.OPEN, False),
            (40, Ending.UNDONE, False),
            (0, Ending.MISSED, False),
            (5, Ending.VOID, False),
        )
    ]
    # After 15 minutes: done one of four, for the excused one is left out while it is late, and counts once it is done.
    assert [Lengths(taken).within(minutes * MINUTE_US) for minutes in (5, 15, 25, 35, 45)] == [
        (0, 4),
        (1, 4),
        (2, 5),
        (2, 4),
        (2, 3),
    ]


def test_half_is_the_length_in_which_at_least_half_were_done() -> None:
    assert done(10, 20, 30, 40).half == 20 * MINUTE_US
    assert done(10, 20, 30).half == 20 * MINUTE_US
    assert done().half is None
    late = [Measured(0, 0, Ending.MISSED, False, Outcome.LATE, False)] * 3
    assert Lengths([*late, Measured(0, 1, Ending.DONE, False, Outcome.KEPT, False)]).half is None


def test_the_first_circle_that_says_something_is_the_one_that_judges() -> None:
    # Of four all in time 0.5 ** 4 = 0.0625 is no proof of a half; of five 0.031 is.
    ladder = Ladder(
        ((Compared.CLIENT, done(*[10] * 4)), (Compared.SERVICE, done(*[10] * 5)), (Compared.EVERYBODY, done())), 0.5
    )
    found = ladder.judged(10 * MINUTE_US)
    assert (found.circle, found.kept, found.of, found.finding) == (Compared.SERVICE, 5, 5, Finding.ATTAINABLE)
    found = ladder.judged(9 * MINUTE_US)
    assert (found.circle, found.kept, found.of, found.finding) == (Compared.SERVICE, 0, 5, Finding.NOT_ATTAINABLE)
    few = Ladder(((Compared.CLIENT, done(1)), (Compared.EVERYBODY, done(1, 2))), 0.5).judged(MINUTE_US)
    assert (few.circle, few.kept, few.of, few.finding) == (Compared.EVERYBODY, 1, 2, Finding.TOO_FEW)


def test_wishes_are_counted_by_what_is_said_of_them_and_by_what_became_of_them() -> None:
    answered = [
        Answered(wish(became=became), Judged(Compared.CLIENT, 0, 0, finding, done()))
        for finding, became in (
            (Finding.ATTAINABLE, "kept"),
            (Finding.ATTAINABLE, "broken"),
            (Finding.NOT_ATTAINABLE, "waiting"),
            (Finding.TOO_FEW, None),
        )
    ]
    found = fitness(answered)
    assert (found.could, found.could_not, found.too_few) == (2, 1, 1)
    assert found.share.value == pytest.approx(2 / 3)
    assert (found.delivered.value, found.delivered.number) == (0.5, 2)
    assert [each.is_too_tight for each in answered] == [False, False, True, False]
    assert fitness([]).share.value is None


def test_the_middle_of_some_lengths_is_one_of_them() -> None:
    assert (middle([3, 1, 2]), middle([4, 1, 2, 3]), middle([])) == (2, 2, None)


def test_what_was_due_in_the_hours_of_wishes_counts_once_and_the_rest_is_outside() -> None:
    # Wanted from 0 to 10 and from 5 to 20; the last instant belongs to it no more.
    spans = spans_of([wish(0, 10), wish(5, 20)])
    assert spans == [(0, 20)]
    dues = Dues(in_time=[0, 7, 20, 30], late=[9, 19, 25])
    assert dues.cost(spans) == Cost(due=4, late=2, due_outside=3, late_outside=1)
    assert dues.cost([]) == Cost(0, 0, 7, 3)
    assert (dues.cost(spans).during.value, dues.cost([]).during.value) == (0.5, None)


@given(OCCASIONS, st.integers(0, 40), st.integers(0, 10))
def test_who_leaves_more_time_is_not_served_worse(occasions: list[Measured], length: int, more: int) -> None:
    lengths = Lengths(occasions)
    (kept, of), (longer_kept, longer_of) = lengths.within(length), lengths.within(length + more)
    assert kept <= longer_kept
    assert of - kept >= longer_of - longer_kept
    half = lengths.half
    if half is not None:
        kept, of = lengths.within(half)
        assert 2 * kept >= of > 0


@given(OCCASIONS, st.integers(0, 40))
def test_a_lead_time_as_long_as_the_tightest_could_be_met_and_a_shorter_one_could_not(
    occasions: list[Measured], lead: int
) -> None:
    ladder = Ladder(((Compared.EVERYBODY, Lengths(occasions)),), 0.5)
    tightest = Lengths(occasions).tightest(0.5)
    could = ladder.judged(lead).finding is Finding.ATTAINABLE
    assert could == (tightest is not None and lead >= tightest)


@given(SPANS, st.lists(st.integers(0, 60), max_size=30), st.lists(st.integers(0, 60), max_size=30))
def test_counting_along_spans_is_counting_instant_by_instant(
    wanted: list[tuple[int, int]], in_time: list[int], late: list[int]
) -> None:
    spans = spans_of(wish(*each) for each in wanted)

    def number(instants: list[int]) -> int:
        return sum(any(since <= at < until for since, until in wanted) for at in instants)

    cost = Dues(in_time, late).cost(spans)
    assert cost.due == number(in_time) + number(late)
    assert cost.late == number(late)
    assert (cost.due + cost.due_outside, cost.late + cost.late_outside) == (len(in_time) + len(late), len(late))
    assert number(late) == sum(is_within(at, spans) for at in late)
