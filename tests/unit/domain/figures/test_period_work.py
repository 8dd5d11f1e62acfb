"""Who does a client's work of a period, held against who was promised, worked by hand: the rule "Shares" of ARCHITECTURE.md.

Anna is a senior since ever, Ben a trainee who joined on Monday 2 March 2026; nobody knows Zoe. Times without a day are that
Monday's.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import Event
from monitor.domain.figures.period_work import WorkDone, amount_of, promised_work_in
from monitor.domain.figures.shares import ShareAccount, ShareState
from monitor.domain.hours.instant import MINUTE_US, InstantUs
from monitor.domain.hours.period import PeriodKind, period_of
from monitor.domain.promises.promise import Kind
from monitor.domain.promises.promised_people import Measure, SeniorityTerms, Substitution
from monitor.domain.promises.promised_shares import ShareTerms
from tests.unit.domain.builders import STAFF, at, book, client_told, closed, logged, opened, promise, sent

MARCH = period_of(PeriodKind.MONTH, at("mon 09:00"), "Europe/London")
OVER = MARCH.ends_at
TWO_THIRDS = SeniorityTerms(at_least="senior", share_millionths=660_000, over=PeriodKind.MONTH, zone="Europe/London")


def _account(done: WorkDone, now: InstantUs = OVER, millionths: int = 660_000) -> ShareAccount:
    return ShareAccount(ShareTerms(millionths, PeriodKind.MONTH), done.as_occasions, MARCH, now)


def test_over_it_is_kept_where_the_fit_did_enough_of_all() -> None:
    # 66 of 100 are just what was promised; 659,999 of a million are one short.
    assert _account(WorkDone(66, 34)).state is ShareState.KEPT
    assert _account(WorkDone(659_999, 340_001)).state is ShareState.MISSED


def test_who_is_not_known_makes_a_lower_and_an_upper_share_and_may_decide() -> None:
    # 60 fit, 20 below, 20 unknown: 60 of 80 are 75 %, of 100 60 %, and with the unknown 80 %.
    account = _account(WorkDone(60, 20, 20))
    assert (account.share_millionths, account.lower_millionths, account.upper_millionths) == (750_000, 600_000, 800_000)
    assert account.state is ShareState.UNKNOWN
    # 30 and 20 of 100 are not enough, whoever they are; 70 of 100 are.
    assert _account(WorkDone(30, 50, 20)).state is ShareState.MISSED
    assert _account(WorkDone(70, 10, 20)).state is ShareState.KEPT


def test_a_third_is_rounded_down_below_and_up_above() -> None:
    # A third each: at least 0.333333, at most 0.666667.
    account = _account(WorkDone(1, 1, 1))
    assert (account.lower_millionths, account.upper_millionths) == (333_333, 666_667)


def test_while_it_runs_it_is_on_course_at_risk_or_spent_by_what_is_known() -> None:
    half = MARCH.starts_at + (OVER - MARCH.starts_at) // 2
    assert _account(WorkDone(66, 34), half).state is ShareState.ON_COURSE
    # At half time 100 come to 200 by the end, of which 68 may be others'.
    assert _account(WorkDone(65, 35), half).state is ShareState.AT_RISK
    assert _account(WorkDone(32, 68), half).state is ShareState.AT_RISK
    assert _account(WorkDone(31, 69), half).state is ShareState.SPENT
    # What is in doubt may be the fit's: of 200 and 50 more 85 may be others'.
    assert _account(WorkDone(15, 85, 50), half).state is ShareState.AT_RISK
    assert _account(WorkDone(14, 86, 50), half).state is ShareState.SPENT


def test_the_budget_is_as_much_as_others_may_do() -> None:
    # A third of an hour by others at half time, of the 34 % of an hour that is 20 min 24 s; of two hours twice that.
    half = MARCH.starts_at + (OVER - MARCH.starts_at) // 2
    account = _account(WorkDone(40 * MINUTE_US, 20 * MINUTE_US), half)
    assert (account.allowed, account.left) == (1_224_000_000, 24_000_000)
    assert (account.allowed_by_end, account.left_by_end) == (2_448_000_000, 1_248_000_000)
    # 20 min of 20 min 24 s: 0.980392 of what is allowed. 10 of 20 fit touches want 66 %: after 10 more it is 20 of 30, after 9 not.
    assert account.pace_millionths == 980_392
    assert _account(WorkDone(10, 10), half).in_a_row == 10


def test_without_work_there_is_no_value() -> None:
    assert _account(WorkDone()).state is ShareState.NO_VALUE
    assert _account(WorkDone(), OVER - 1).state is ShareState.NO_VALUE
    assert _account(WorkDone(0, 0, 5), OVER - 1).state is ShareState.NO_VALUE
    assert _account(WorkDone(0, 0, 5)).state is ShareState.UNKNOWN
    nothing = _account(WorkDone())
    assert (nothing.share_millionths, nothing.lower_millionths, nothing.upper_millionths) == (None, None, None)


AMOUNTS = st.integers(0, 50)


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.integers(1, 1_000_000))
def test_over_it_is_kept_exactly_where_it_would_be_whoever_the_unknown_are(
    fit: int, below: int, unknown: int, millionths: int
) -> None:
    """Every way of giving the unknown to the fit and the below is one of the shares that may be true."""
    whole = fit + below + unknown
    shares = [Fraction(fit + theirs, whole) for theirs in range(unknown + 1)] if whole else []
    enough = {share >= Fraction(millionths, 1_000_000) for share in shares}
    expected = {0: ShareState.NO_VALUE, 2: ShareState.UNKNOWN}.get(
        len(enough), ShareState.KEPT if True in enough else ShareState.MISSED
    )
    assert _account(WorkDone(fit, below, unknown), millionths=millionths).state is expected


# Which work


def _matter(*events: Event, terms: SeniorityTerms = TWO_THIRDS) -> Matter:
    seniors = promise(Kind.SENIORITY.value, id="seniors", seniority=terms)
    made = book(seniors, staff=STAFF)
    matter, _ = step(Matter(made.following_people()), events, at("fri 12:00"))
    return matter


def _done(matter: Matter, measure: Measure = Measure.MINUTES) -> WorkDone:
    total = WorkDone()
    for done in promised_work_in(matter):
        assert done.fitness is not None
        total = total.with_more(done.fitness, amount_of(done, measure))
    return total


def test_the_work_of_a_case_is_that_of_who_was_promised_of_others_and_of_who_is_not_known() -> None:
    matter = _matter(
        opened("09:00"),
        logged("10:00", "anna", 60 * MINUTE_US),
        logged("11:00", "ben", 20 * MINUTE_US),
        logged("12:00", "zoe", 10 * MINUTE_US),
        sent("13:00", author="ben"),
    )
    assert _done(matter) == WorkDone(60 * MINUTE_US, 20 * MINUTE_US, 10 * MINUTE_US)
    # Anna and Zoe once, Ben twice: his email has no length, and is a touch.
    assert _done(matter, Measure.TOUCHES) == WorkDone(1, 2, 1)


def test_a_case_has_no_obligation_for_it_and_its_work_counts_also_once_it_is_closed() -> None:
    matter = _matter(opened("09:00"), closed("10:00"), logged("11:00", "ben", 20 * MINUTE_US))
    [case] = matter.cases.values()
    assert list(case.clocks.obligations) == []
    assert case.unpromised == set()
    assert _done(matter) == WorkDone(0, 20 * MINUTE_US, 0)


def test_the_clients_own_promise_over_periods_stands_in_the_place_of_one_to_everybody() -> None:
    # Everybody is promised seniors in each case; acme, a share each month instead: Ben breaks nothing.
    each = promise(Kind.SENIORITY.value, id="each", seniority=SeniorityTerms(at_least="senior"))
    to_acme = promise(Kind.SENIORITY.value, id="acme", client="acme", seniority=TWO_THIRDS)
    made = book(each, to_acme, staff=STAFF)
    story = (opened("09:00", client="acme"), logged("10:00", "ben", MINUTE_US))
    matter, _ = step(Matter(made), story, at("fri 12:00"))
    [case] = matter.cases.values()
    assert list(case.clocks.obligations) == []
    assert case.unpromised == set()
    assert [done.promise and done.promise.id for done in promised_work_in(matter)] == ["acme"]


@pytest.mark.parametrize(("told_of", "expected"), [("seniority", WorkDone(5)), ("resolve", WorkDone(0, 5))])
def test_somebody_may_stand_in_of_whom_the_client_was_told_first(told_of: str, expected: WorkDone) -> None:
    terms = SeniorityTerms(
        at_least="senior",
        share_millionths=660_000,
        over=PeriodKind.MONTH,
        zone="Europe/London",
        substitution=Substitution(told_first=True),
    )
    matter = _matter(opened("09:00"), client_told("09:30", told_of), logged("10:00", "ben", 5), terms=terms)
    assert _done(matter) == expected


def test_the_version_in_force_when_something_is_done_is_the_one_it_counts_for() -> None:
    tuesday = at("tue 00:00")
    first = promise(Kind.SENIORITY.value, id="seniors", seniority=TWO_THIRDS, ends_at=tuesday)
    second = promise(Kind.SENIORITY.value, id="seniors", version=2, seniority=TWO_THIRDS, starts_at=tuesday)
    made = book(first, second, staff=STAFF)
    story = (opened("09:00"), logged("10:00", "ben", 1), logged("tue 00:00", "ben", 1))
    matter, _ = step(Matter(made.following_people()), story, at("fri 12:00"))
    assert [done.promise and done.promise.version for done in promised_work_in(matter)] == [1, 2]
