"""What whoever is called reads in a notice: which promise, to whom, in which case, and who did what."""

from __future__ import annotations

from typing import Any

from monitor.domain.hours.instant import HOUR_US, MINUTE_US
from monitor.service.notices.content import Links, content_of
from monitor.testing import MONDAY
from tests.unit.service.notices.test_rules import DUE, Register, decided

TRAINEE = "ben (trainee, 12 days with the firm) replied, promised by R. Finch: at least senior"


def told(now: int, **decision: Any) -> dict[str, str]:
    """The words of the notice about one broken promise in the case A."""
    register = Register()
    register.take(decided(1, "broken", **decision))
    [notice] = register.notices.values()
    return dict(content_of(notice, Links(), now).annotations)


def test_a_breach_says_how_long_ago_it_was_due() -> None:
    words = told(DUE + 5 * MINUTE_US)
    assert words["summary"] == "first_response promised to acme is broken, 5 min after it was due (case A)"
    assert words["late"] == "5 min"


def test_a_breach_by_a_deed_was_never_due_and_says_who_did_what_and_what_was_promised_by_whom() -> None:
    deed = {"kind": "seniority", "due": None, "ended": MONDAY, "is_open": False, "reason": TRAINEE}
    words = told(MONDAY + HOUR_US, **deed)
    assert words["summary"] == f"seniority promised to acme is broken: {TRAINEE} (case A)"
    assert words["action"].startswith("What was done stays done")
    assert not words.keys() & {"due", "late", "left"}


def test_what_there_is_to_say_of_something_due_stands_behind_when_it_was() -> None:
    said = "1 attempt did not reach the client (2026-03-02T09:40:00Z)"
    words = told(DUE + MINUTE_US, kind="callback", reason=said)
    assert words["summary"] == f"callback promised to acme is broken, 1 min after it was due: {said} (case A)"
