"""What could not be heard, and which verdicts that makes unknown. London hours, the week of 2 March 2026."""

from __future__ import annotations

import pytest

from monitor.domain.cases.coverage import FULL, Coverage, Ears, Gap
from monitor.domain.cases.gathering import Gathering
from monitor.domain.cases.obligation import Verdict
from monitor.domain.facts.events import Event, Heard
from monitor.domain.hours.instant import HOUR_US
from monitor.domain.promises.knowledge import SourceRule
from tests.unit.domain.builders import at, book, event, excused, opened, promise, resolved, sent

HOURLY = {"mail": SourceRule(HOUR_US, sequenced=False, channels=None)}
NUMBERED = {"mail": SourceRule(None, sequenced=True, channels=None)}


def heartbeat(when: str, sequence: int = -1, source: str = "mail") -> Event:
    return event(when, "source.heartbeat", Heard(), case=None, client=None, source=source, sequence=sequence)


def ears(rules: dict[str, SourceRule], *events: Event) -> Ears:
    made = Ears(rules)
    for happened in events:
        made.hear(happened)
    return made


def gaps(rules: dict[str, SourceRule], now: str, *events: Event) -> list[tuple[int, int]]:
    return [(gap.starts_at, gap.ends_at) for gap in ears(rules, *events).coverage(at(now)).gaps]


def verdicts(rules: dict[str, SourceRule], now: str, *events: Event, **options: object) -> dict[str, str]:
    """The verdicts of first responses within 1 h, by case."""
    gathering = Gathering(book(promise("first_response", "1h", **options), sources=rules))
    for happened in events:
        gathering.add(happened)
    coverage = gathering.ears.coverage(at(now))
    return {
        case.id: case.obligations[0].verdict(at(now), coverage).value
        for matter in gathering.matters()
        for case in matter.cases.values()
    }


# Silence


def test_a_source_may_be_silent_for_exactly_as_long_as_the_book_says() -> None:
    assert gaps(HOURLY, "11:00", heartbeat("10:00")) == []


def test_a_source_silent_for_longer_leaves_a_gap_from_its_last_event_on() -> None:
    [(starts_at, ends_at)] = gaps(HOURLY, "11:01", heartbeat("09:00"), heartbeat("10:00"), heartbeat("09:30"))
    assert starts_at == at("10:00")
    assert ends_at > at("2099-12-31 23:59")


def test_a_source_the_book_says_nothing_of_may_be_silent() -> None:
    assert gaps(HOURLY, "fri 10:00", heartbeat("10:00", source="desk")) == []


def test_everything_is_heard_where_no_source_is_expected() -> None:
    assert ears({}, heartbeat("10:00")).coverage(at("fri 10:00")) is FULL


def test_a_breach_is_unknown_while_a_source_is_silent() -> None:
    # Due 11:00. Mail was last heard at 10:30 and may have carried an answer since.
    assert verdicts(HOURLY, "12:00", opened("10:00"), heartbeat("10:30")) == {"K1": "unknown"}


def test_a_breach_is_a_breach_once_the_source_is_heard_again() -> None:
    assert verdicts(HOURLY, "12:00", opened("10:00"), heartbeat("10:30"), heartbeat("11:45")) == {"K1": "broken"}


def test_a_late_answer_that_arrives_with_the_source_keeps_the_promise() -> None:
    assert verdicts(HOURLY, "12:00", opened("10:00"), heartbeat("11:45"), sent("10:50", source="mail")) == {
        "K1": "kept"
    }


def test_an_obligation_that_was_over_before_the_silence_is_as_broken_as_before() -> None:
    # Due 11:00, mail heard at 11:01 for the last time.
    assert verdicts(HOURLY, "15:00", opened("10:00"), heartbeat("11:01")) == {"K1": "broken"}


def test_a_silence_that_begins_at_the_due_instant_touches_the_obligation() -> None:
    # Kept up to and including due: an answer of 11:00 may have been lost.
    assert verdicts(HOURLY, "15:00", opened("10:00"), heartbeat("11:00")) == {"K1": "unknown"}


def test_a_kept_promise_stays_kept_through_a_silence() -> None:
    assert verdicts(HOURLY, "15:00", opened("10:00"), sent("10:20"), heartbeat("10:30")) == {"K1": "kept"}


def test_a_late_answer_is_unknown_while_an_earlier_one_may_have_been_missed() -> None:
    assert verdicts(HOURLY, "15:00", opened("10:00"), heartbeat("10:30"), sent("14:00")) == {"K1": "unknown"}


def test_what_is_not_due_yet_runs_through_a_silence() -> None:
    assert verdicts(HOURLY, "11:40", heartbeat("10:00"), opened("11:00")) == {"K1": "running"}


def test_a_void_obligation_stays_void_through_a_silence() -> None:
    assert verdicts(HOURLY, "15:00", opened("10:00"), heartbeat("10:10"), resolved("10:30")) == {"K1": "void"}


def test_an_excused_breach_is_excused_and_not_unknown() -> None:
    events = [opened("10:00"), heartbeat("10:30"), excused("11:30", kind="first_response")]
    assert verdicts(HOURLY, "15:00", *events) == {"K1": "excused"}


PHONE_ONLY = {"mail": SourceRule(HOUR_US, sequenced=False, channels=frozenset({"call"}))}


def test_a_silent_source_that_carries_other_channels_casts_no_doubt() -> None:
    events = [opened("10:00"), heartbeat("10:30")]
    assert verdicts(PHONE_ONLY, "15:00", *events, channels=["email"]) == {"K1": "broken"}


def test_a_promise_that_any_channel_keeps_depends_on_every_source() -> None:
    assert verdicts(PHONE_ONLY, "15:00", opened("10:00"), heartbeat("10:30")) == {"K1": "unknown"}


# Numbers


def test_numbers_without_a_hole_leave_no_gap() -> None:
    events = [heartbeat("10:00", 7), heartbeat("11:00", 8), heartbeat("12:00", 9)]
    assert gaps(NUMBERED, "fri 10:00", *events) == []


def test_a_missing_number_leaves_a_gap_between_its_neighbours() -> None:
    events = [heartbeat("12:00", 9), heartbeat("10:00", 7), heartbeat("13:00", 10)]
    assert gaps(NUMBERED, "fri 10:00", *events) == [(at("10:00"), at("12:00"))]


def test_events_without_a_number_neither_make_nor_fill_a_gap() -> None:
    events = [heartbeat("10:00", 7), heartbeat("11:00"), heartbeat("12:00", 9)]
    assert gaps(NUMBERED, "fri 10:00", *events) == [(at("10:00"), at("12:00"))]


def test_numbers_of_a_source_that_does_not_promise_them_mean_nothing() -> None:
    assert gaps(HOURLY, "11:00", heartbeat("10:00", 1), heartbeat("11:00", 5)) == []


def test_a_number_that_was_used_twice_makes_no_gap() -> None:
    assert gaps(NUMBERED, "fri 10:00", heartbeat("10:00", 7), heartbeat("10:30", 7), heartbeat("11:00", 8)) == []


HOLE = [heartbeat("10:30", 7), heartbeat("10:45", 9)]
"""Number 8 was sent between 10:30 and 10:45, and did not arrive."""


@pytest.mark.parametrize(
    ("begun", "verdict"),
    [
        ("09:29", "broken"),  # due 10:29, before the gap
        ("09:30", "unknown"),  # due 10:30, as the gap begins
        ("10:00", "unknown"),
        ("10:44", "unknown"),
        ("10:45", "broken"),  # began when number 9 was heard
    ],
)
def test_a_missing_number_touches_only_what_ran_then(begun: str, verdict: str) -> None:
    assert verdicts(NUMBERED, "fri 10:00", opened(begun), *HOLE) == {"K1": verdict}


def test_a_missing_number_that_arrives_decides_the_breach_again() -> None:
    assert verdicts(NUMBERED, "fri 10:00", opened("10:00"), *HOLE, heartbeat("10:40", 8)) == {"K1": "broken"}


def test_a_missing_number_that_was_the_answer_keeps_the_promise() -> None:
    answer = sent("10:40", source="mail", sequence=8)
    assert verdicts(NUMBERED, "fri 10:00", opened("10:00"), *HOLE, answer) == {"K1": "kept"}


def test_a_gap_concerns_every_case_that_ran_then_and_no_other() -> None:
    events = [opened("10:00"), opened("10:10", case="K2"), opened("13:00", case="K3"), *HOLE]
    assert verdicts(NUMBERED, "fri 10:00", *events) == {"K1": "unknown", "K2": "unknown", "K3": "broken"}


def test_a_kept_promise_stays_kept_beside_a_missing_number() -> None:
    assert verdicts(NUMBERED, "fri 10:00", opened("10:00"), sent("10:50"), *HOLE) == {"K1": "kept"}


# Gaps


GAP = Gap(at("10:00"), at("11:00"), "mail", "silent", frozenset({"email"}))


@pytest.mark.parametrize(
    ("starts", "ends", "touches"),
    [
        ("09:00", "09:59", False),
        ("09:00", "10:00", True),
        ("10:30", "10:40", True),
        ("10:59", "12:00", True),
        ("11:00", "12:00", False),
    ],
)
def test_a_gap_is_half_open_and_the_span_asked_about_is_closed(starts: str, ends: str, *, touches: bool) -> None:
    assert (Coverage((GAP,)).gap_between(at(starts), at(ends)) is GAP) is touches


@pytest.mark.parametrize(("channels", "touches"), [(None, True), ({"email", "call"}, True), ({"call"}, False)])
def test_a_gap_swallows_only_the_channels_of_its_source(channels: set[str] | None, *, touches: bool) -> None:
    asked = None if channels is None else frozenset(channels)
    assert (Coverage((GAP,)).gap_between(at("10:10"), at("10:20"), asked) is GAP) is touches


def test_the_verdict_is_unknown_only_where_it_would_be_broken() -> None:
    gathering = Gathering(book(promise("first_response", "1h"), sources=HOURLY))
    for happened in (opened("10:00"), heartbeat("10:30")):
        gathering.add(happened)
    [matter] = gathering.matters()
    obligation = matter.cases["K1"].obligations[0]
    assert obligation.verdict(at("12:00"), FULL) is Verdict.BROKEN
