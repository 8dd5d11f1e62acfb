"""What is made of many occasions: counts, months, the finding, the tightest target."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.figures.evidence import Circle, CircleKind, Finding, Lengths, circles_of, weigh
from monitor.domain.figures.occasion import Ending, Measure, Measured, Occasion, Outcome
from monitor.domain.hours.instant import DAY_US, MINUTE_US
from monitor.domain.hours.target import parse_target
from tests.unit.domain.builders import CALENDARS, at, promise

ALWAYS = CALENDARS["always"]
PROMISE = promise("first_response", "4h", hours="always")


def taken(
    *minutes: int,
    ending: Ending = Ending.DONE,
    opened: str = "2026-03-02 09:00",
    within: str = "60m",
    is_excused: bool = False,
) -> list[Measured]:
    """Occasions that took so many minutes around the clock, held against a target."""
    start = at(opened)
    measure = Measure(parse_target(within), ALWAYS, start, start + 90 * DAY_US)
    return [
        measure.of(
            Occasion(start, start + length * MINUTE_US, ending, is_excused, PROMISE, None, start + 240 * MINUTE_US)
        )
        for length in minutes
    ]


def test_open_and_late_is_not_kept_and_what_is_not_due_is_left_out() -> None:
    found = weigh(
        [
            *taken(10, 60, 61),
            *taken(61, 59, ending=Ending.OPEN),
            *taken(5, ending=Ending.VOID),
            *taken(5, 5, ending=Ending.UNKNOWN),
            *taken(90, is_excused=True),
            *taken(5, ending=Ending.MISSED),
        ],
        0.9,
        ALWAYS,
    )
    assert (found.kept, found.of) == (2, 5)
    assert found.counts == {
        Outcome.KEPT: 2,
        Outcome.LATE: 2,
        Outcome.OPEN_LATE: 1,
        Outcome.NOT_DUE: 1,
        Outcome.VOID: 1,
        Outcome.UNKNOWN: 2,
        Outcome.EXCUSED: 1,
    }


@pytest.mark.parametrize(
    ("kept", "late", "finding"),
    [
        (59, 0, Finding.ATTAINABLE),
        (58, 0, Finding.TOO_FEW),
        (0, 0, Finding.TOO_FEW),
        # Of 93 one may fail: 0.95**93 + 93 * 0.05 * 0.95**92 = 0.0499; of 92 it is 0.0521.
        (92, 1, Finding.ATTAINABLE),
        (91, 1, Finding.NOT_ATTAINABLE),
        # Two of three late: 1 - 0.95**3 - 3 * 0.05 * 0.95**2 = 0.0073 that two or more of three are.
        (1, 2, Finding.NOT_ATTAINABLE),
        # One of two late: 1 - 0.95**2 = 0.0975 is no proof.
        (1, 1, Finding.TOO_FEW),
    ],
)
def test_the_finding_follows_the_bound_and_too_few_cases_say_so(kept: int, late: int, finding: Finding) -> None:
    assert weigh([*taken(*[10] * kept), *taken(*[61] * late)], 0.95, ALWAYS).finding is finding


def test_months_are_those_of_the_zone_of_the_hours_and_none_is_left_out() -> None:
    # In New York the first of April begins at 04:00 UTC; 03:59 still is March.
    days = ["2026-02-03 10:00", "2026-04-01 04:59", "2026-04-01 05:01"]  # London, an hour ahead of UTC in April
    found = weigh([each for day in days for each in taken(10, opened=day)], 0.95, CALENDARS["new york"])
    assert found.months == (("2026-02", 1, 1), ("2026-03", 1, 1), ("2026-04", 1, 1))
    found = weigh([each for day in (days[0], days[2]) for each in taken(10, opened=day)], 0.95, CALENDARS["new york"])
    assert found.months == (("2026-02", 1, 1), ("2026-03", 0, 0), ("2026-04", 1, 1))


def test_a_drift_is_told_with_its_direction() -> None:
    # 40 of 50, 30 of 50, 20 of 50: the mean is 0.6, the trend 1 * (20 - 30) - 1 * (40 - 30) = -20,
    # its variance 0.24 * (50 + 50) = 24, so z = -20 / sqrt(24) = -4.08.
    months = [("2026-01", 40), ("2026-02", 30), ("2026-03", 20)]
    occasions = [
        each for month, kept in months for each in taken(*[10] * kept, *[61] * (50 - kept), opened=f"{month}-10 10:00")
    ]
    drift = weigh(occasions, 0.95, ALWAYS).drift
    assert drift is not None
    assert drift.z == pytest.approx(-4.082, abs=0.001)
    assert drift.is_significant


def test_the_tightest_target_is_the_one_wilks_would_take() -> None:
    # Of 59 the longest, of 93 the second longest: so many it takes for 95 % with a confidence of 95 % (Wilks).
    assert Lengths(taken(*range(1, 60))).tightest(0.95) == 59 * MINUTE_US
    assert Lengths(taken(*range(1, 94))).tightest(0.95) == 92 * MINUTE_US
    assert Lengths(taken(*range(1, 59))).tightest(0.95) is None


def test_what_is_open_or_missed_makes_the_tightest_target_longer() -> None:
    done = taken(*range(1, 94))
    assert Lengths([*done, *taken(50, ending=Ending.MISSED)]).tightest(0.95) == 93 * MINUTE_US
    # Open since 200 minutes: longer than any target that is looked at.
    assert Lengths([*done, *taken(200, ending=Ending.OPEN)]).tightest(0.95) == 93 * MINUTE_US
    # Open since 50 minutes: not due at 92.
    assert Lengths([*done, *taken(50, ending=Ending.OPEN)]).tightest(0.95) == 92 * MINUTE_US


def test_a_target_may_be_the_tightest_where_something_undone_is_late_no_longer() -> None:
    """Five of five have a bound of 0.05 ** (1/5) = 0.549, five of six one of 0.418 (tables of Clopper and Pearson)."""
    said = [*taken(1, 2, 2, 4, 5), *taken(6, ending=Ending.UNDONE)]
    assert Lengths(said).tightest(0.5) == 6 * MINUTE_US
    assert Lengths(said).tightest(0.4) == 5 * MINUTE_US


ENDINGS = st.sampled_from([Ending.DONE, Ending.DONE, Ending.DONE, Ending.OPEN, Ending.UNDONE, Ending.MISSED])


@given(
    st.lists(st.tuples(st.integers(1, 240), ENDINGS, st.booleans()), max_size=120),
    st.sampled_from([0.5, 0.8, 0.9, 0.95]),
)
def test_the_tightest_target_is_attainable_and_a_minute_less_is_not(
    said: Sequence[tuple[int, Ending, bool]], share: float
) -> None:
    """Held against weighing the same occasions by that very target."""

    def finding(length: int) -> Finding:
        occasions = [
            each
            for minutes, ending, excused in said
            for each in taken(minutes, ending=ending, within=f"{length}m", is_excused=excused)
        ]
        return weigh(occasions, share, ALWAYS).finding

    every = [each for minutes, ending, excused in said for each in taken(minutes, ending=ending, is_excused=excused)]
    found = Lengths(every).tightest(share)
    if found is None:
        assert finding(241) is not Finding.ATTAINABLE
    else:
        minutes = found // MINUTE_US
        assert finding(minutes) is Finding.ATTAINABLE
        assert minutes == 1 or finding(minutes - 1) is not Finding.ATTAINABLE


def test_narrower_circles_come_first() -> None:
    client, tier, all_ = (
        Circle(CircleKind.CLIENT, "acme"),
        Circle(CircleKind.TIER, "gold"),
        Circle(CircleKind.EVERYBODY, None),
    )
    assert circles_of("acme", "gold") == [client, tier, all_]
    assert circles_of("acme", None) == [client, all_]
    assert circles_of(None, "gold") == [tier, all_]
    assert circles_of(None, None) == [all_]
