"""Who does a client's work of a period, held against who was promised, worked by hand: the rule "Shares" of ARCHITECTURE.md.

Anna is a senior since ever, Ben a trainee who joined on Monday 2 March 2026; nobody knows Zoe. Times without a day are that
Monday's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from monitor.domain.deeds import Deed, Told
from monitor.domain.directory import Directory
from monitor.domain.instant import MINUTE_US
from monitor.domain.period import PeriodKind, period_of
from monitor.domain.period_work import conclude_period
from monitor.domain.promised_people import Measure, SeniorityTerms, Substitution
from monitor.domain.touches import Touch, Way
from tests.unit.domain.builders import GRADES, STAFF, at, client_told, logged

MARCH = period_of(PeriodKind.MONTH, at("mon 09:00"), "Europe/London")
TWO_THIRDS = {"at_least": "senior", "share_millionths": 660_000, "over": PeriodKind.MONTH}


def _touch(when: str, person: str, minutes: int | None = None) -> Touch:
    length = None if minutes is None else minutes * MINUTE_US
    return Touch(at(when), person, Way.LOGGED, length, logged(when, person, length or 0))


def _of_march(terms: dict[str, Any], *cases: Sequence[Deed]) -> tuple[str, str]:
    found = conclude_period(SeniorityTerms(zone="Europe/London", **terms), cases, Directory(STAFF, GRADES), MARCH)
    return found.verdict.value, found.words


def test_the_work_of_a_period_is_that_of_all_cases_together() -> None:
    # Anna 60 of 90 minutes are two thirds, 66.6 %; with an hour more of Ben 60 of 150.
    first, second = [_touch("10:00", "anna", 60)], [_touch("tue 10:00", "ben", 30)]
    words = "promised 66 % of the minutes each month, at least senior"
    assert _of_march(TWO_THIRDS, first, second) == ("kept", f"66.6 % of the minutes, {words}")
    third = [_touch("wed 10:00", "ben", 60)]
    assert _of_march(TWO_THIRDS, first, second, third) == ("broken", f"40 % of the minutes, {words}")


def test_work_before_and_after_the_period_is_no_part_of_it() -> None:
    outside = [
        _touch("2026-02-28 23:59", "ben", 600),
        _touch("10:00", "anna", 1),
        _touch("2026-04-01 00:00", "ben", 600),
    ]
    assert _of_march(TWO_THIRDS, outside)[0] == "kept"


def test_a_period_without_work_is_void_and_one_that_hangs_on_somebody_unknown_is_unknown() -> None:
    assert _of_march(TWO_THIRDS)[0] == "void"
    assert _of_march(TWO_THIRDS, [_touch("10:00", "anna", 60), _touch("11:00", "zoe", 60)])[0] == "unknown"


def test_of_touches_each_counts_once() -> None:
    touches = TWO_THIRDS | {"measure": Measure.TOUCHES}
    # Two of three.
    assert (
        _of_march(touches, [_touch("10:00", "anna"), _touch("11:00", "ben", 600), _touch("12:00", "anna")])[0] == "kept"
    )


def test_what_a_client_was_told_of_one_case_says_nothing_of_another() -> None:
    told_first = TWO_THIRDS | {"substitution": Substitution(told_first=True)}
    told = Told(at("2026-02-27 09:00"), "seniority", client_told("09:00"))
    by_ben = _touch("10:00", "ben", 60)
    assert _of_march(told_first, [told, by_ben])[0] == "kept"
    assert _of_march(told_first, [told], [by_ben])[0] == "broken"
