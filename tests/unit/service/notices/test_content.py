"""What whoever is called reads in a notice: which promise, to whom, in which case, and who did what."""

from __future__ import annotations

from typing import Any

from monitor.domain.hours.instant import HOUR_US, MINUTE_US
from monitor.service.notices.content import Links, content_of
from monitor.testing import MONDAY
from tests.unit.service.notices.test_rules import DUE, RULES, Register, decided

TRAINEE = "ben (trainee, 12 days with the firm) replied, promised by R. Finch: at least senior"


def told(now: int, **decision: Any) -> dict[str, str]:
    """The words of the notice about one broken promise in the case A."""
    register = Register()
    register.take(decided(1, "broken", **decision))
    [notice] = register.notices.values()
    return dict(content_of(notice, Links(), now).annotations)


def told_last(*said: dict[str, Any], now: int = DUE + HOUR_US) -> dict[str, str]:
    """The words of the first notice, when all of this was said of the case A, each looked at by itself."""
    register = Register()
    register.now = now
    for number, values in enumerate(said, 1):
        register.take(decided(number, **values))
    first = next(iter(register.notices.values()))
    return dict(content_of(first, Links(), now).annotations)


def test_a_breach_that_is_taken_back_is_not_called_late() -> None:
    # Due at ten, answered at twenty to, which was learned at eleven.
    words = told_last({"verdict": "broken"}, {"verdict": "kept", "ended": DUE - 20 * MINUTE_US})
    said = "the promise first (first_response) to acme is broken no more: kept, 20 min before it was due (case A)"
    assert (words["summary"], words["left"]) == (said, "20 min")
    assert words["action"] == "Nothing more: it is over."
    assert "late" not in words


def test_a_breach_that_is_excused_says_why_it_is_none() -> None:
    words = told_last({"verdict": "broken"}, {"verdict": "excused", "reason": "flood"})
    assert words["summary"] == "the promise first (first_response) to acme is broken no more: excused: flood (case A)"


def test_what_is_due_later_by_now_says_when() -> None:
    later = {"verdict": "running", "due": DUE + HOUR_US}
    words = told_last({"verdict": "running", "warnings": 1}, later, now=DUE - MINUTE_US)
    stands = "is due soon no more: running, due at 2026-03-02T11:00:00Z"
    assert words["summary"] == f"the promise first (first_response) to acme {stands} (case A)"


def test_a_step_that_is_owed_for_a_breach_is_no_promise_to_answer() -> None:
    words = told(DUE + 5 * MINUTE_US, kind="acknowledge", occasion="resolve/x")
    assert words["summary"] == "the promise first (acknowledge) to acme is broken, 5 min after it was due (case A)"
    assert words["action"].startswith("Take this step of owning a breach")


def test_what_nobody_told_is_not_put_down_to_a_silent_source() -> None:
    words = told_last({"verdict": "unknown", "kind": "attend", "reason": "nobody told who came"})
    assert words["action"] == "Find out what is not known, and have it told: then it is judged."
    assert told_last({"verdict": "unknown"})["action"].startswith("A source is silent or has a gap")


def test_a_breach_says_how_long_ago_it_was_due() -> None:
    words = told(DUE + 5 * MINUTE_US)
    assert words["summary"] == "the promise first (first_response) to acme is broken, 5 min after it was due (case A)"
    assert words["late"] == "5 min"


def test_a_breach_by_a_deed_was_never_due_and_says_who_did_what_and_what_was_promised_by_whom() -> None:
    deed = {"kind": "seniority", "due": None, "ended": MONDAY, "is_open": False, "reason": TRAINEE}
    words = told(MONDAY + HOUR_US, **deed)
    assert words["summary"] == f"the promise first (seniority) to acme is broken: {TRAINEE} (case A)"
    assert words["action"].startswith("What was done stays done")
    assert not words.keys() & {"due", "late", "left"}


def test_what_there_is_to_say_of_something_due_stands_behind_when_it_was() -> None:
    said = "1 attempt did not reach the client (2026-03-02T09:40:00Z)"
    words = told(DUE + MINUTE_US, kind="callback", reason=said)
    assert (
        words["summary"] == f"the promise first (callback) to acme is broken, 1 min after it was due: {said} (case A)"
    )


def test_who_is_told_of_what_was_done_late_is_not_sent_to_a_client_who_waits() -> None:
    words = told(DUE + HOUR_US, ended=DUE + 5 * MINUTE_US, is_open=False)
    assert (
        words["summary"] == "the promise first (first_response) to acme was done late, 5 min after it was due (case A)"
    )
    assert words["action"].startswith("It was done, and late")


def test_a_due_instant_is_told_to_the_second() -> None:
    """Nobody who is called reads microseconds; the annotation `due` has them for programs."""
    warning = decided(1, "running", type="warned-1", due=DUE + 123_456, warnings=1)
    register = Register()
    register.take(warning)
    [notice] = register.notices.values()
    words = content_of(notice, Links(), DUE - MINUTE_US).annotations
    assert words["summary"] == "the promise first (first_response) to acme is due at 2026-03-02T10:00:00Z (case A)"
    assert words["due"] == "2026-03-02T10:00:00.123456Z"


def test_many_at_once_are_not_said_to_be_due_within_that_minute() -> None:
    register = Register(RULES)
    for position in (1, 2, 3, 4):  # two are told one by one: the rules here fold what is above two
        register.take(decided(position, "running", f"C{position}", type="warned-1", warnings=1))
    [storm] = [notice for notice in register.notices.values() if notice.is_storm]
    words = content_of(storm, Links(), DUE).annotations
    assert words["summary"] == "2 promises came to be due soon within 1 min, 2 of them still so"
