"""What the past says of a promise, read from journals: whose cases, which count, and as of when.

The book's promises run around the clock; a first response is owed within an hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
import pytest

from monitor.adapters.answers import past_occasions
from monitor.adapters.answers.answering import Asked, ask_for_all
from monitor.adapters.answers.attainability import attainable
from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, format_instant
from monitor.service.editions.shelf import BookText, Offer
from monitor.testing import BOOK, MONDAY, arrivals, cloud_event, commit_point, judge_what_is_left, store_at
from monitor.wire.questions import table
from monitor.wire.questions.parameters import AttainableParameters, ProposalParameters
from tests.contract.growing import on_each_database


class Firm:
    """A journal that grows by whole cases."""

    def __init__(self, database: Location, book: str = BOOK) -> None:
        self.store = store_at(database)
        self.point = commit_point(self.store, book)
        self.now = MONDAY
        self._cases = 0

    def take(self, *events: bytes) -> None:
        self.now += 1
        self.point.take(arrivals(events), self.now)

    def case(self, client: str, minutes: int | None, opened: InstantUs = MONDAY, end: str = "email.sent") -> str:
        """A case that got an answer, or ended, after so many minutes; None: it is still open."""
        name, events = self._told(client, minutes, opened, end)
        self.take(*events)
        return name

    def many_cases(self, client: str, answered: Iterable[tuple[int, InstantUs]]) -> None:
        """Cases that got an answer after so many minutes from an opening, all of them in one commit."""
        self.take(*[event for minutes, opened in answered for event in self._told(client, minutes, opened)[1]])

    def _told(
        self, client: str, minutes: int | None, opened: InstantUs, end: str = "email.sent"
    ) -> tuple[str, list[bytes]]:
        self._cases += 1
        name = f"C{self._cases}"
        events = [cloud_event("ticket.opened", name, opened, f"{name}-1", client=client)]
        if minutes is not None:
            author = {"author": "Ann"} if end == "email.sent" else {}
            events.append(cloud_event(end, name, opened + minutes * MINUTE_US, f"{name}-2", **author))
        self.now = max(self.now, opened + (minutes or 0) * MINUTE_US)
        return name, events

    def wait_until(self, now: InstantUs) -> None:
        """Time passes."""
        self.now = now
        self.point.wake(now)

    def propose(self, event_id: str, **said: Any) -> None:
        envelope = {"client": said.pop("client")} if "client" in said else {}
        case = said.pop("case", "P")
        self.take(cloud_event("promise.proposed", case, self.now, event_id, promise=event_id, **envelope, **said))

    def asked(self, within: str = "1h", **parameters: Any) -> dict[str, Any]:
        said = {"kind": "first_response", "within": within, **parameters}
        with self.store._engine.connect() as connection:
            found = attainable(connection, AttainableParameters.model_validate(said))
        assert found is not None
        return found

    def proposals(self, **parameters: Any) -> list[dict[str, Any]]:
        asked = Asked(table.PROPOSALS, ProposalParameters.model_validate(parameters), self.now)
        return [row for answer in ask_for_all(self.store._engine.connect, asked) for row in answer.rows]


firm = on_each_database(Firm)


def counts(found: dict[str, Any]) -> tuple[int, int]:
    return found["kept"], found["of"]


def test_each_target_is_held_against_the_same_cases(firm: Firm) -> None:
    for minutes in (10, 30, 61, 90):
        firm.case("acme", minutes)
    assert [counts(firm.asked(within)) for within in ("29m", "30m", "1h", "61m", "2h")] == [
        (1, 4),
        (2, 4),
        (2, 4),
        (3, 4),
        (4, 4),
    ]


def test_only_cases_of_the_kind_are_compared(firm: Firm) -> None:
    firm.case("acme", 10)
    assert counts(firm.asked(kind="resolve", within="8h")) == (0, 0)


def test_what_is_open_counts_once_it_is_late_and_what_is_not_due_is_left_out(firm: Firm) -> None:
    firm.case("acme", None)
    firm.case("acme", None, opened=MONDAY + 90 * MINUTE_US)
    firm.wait_until(MONDAY + 2 * HOUR_US + 1)
    found = firm.asked("1h")
    assert (counts(found), found["open_late"], found["not_due"]) == ((0, 1), 1, 1)
    # Under half an hour both would be late, under three hours neither.
    assert counts(firm.asked("30m", until=format_instant(MONDAY + DAY_US))) == (0, 2)
    assert firm.asked("3h")["not_due"] == 2


def test_a_case_resolved_late_without_an_answer_was_not_answered_within_the_longer_time_either(firm: Firm) -> None:
    firm.case("acme", 90, end="ticket.resolved")
    assert counts(firm.asked("1h")) == (0, 1)
    found = firm.asked("2h")
    assert (counts(found), found["void"]) == ((0, 0), 1)


def test_an_excuse_leaves_out_what_would_have_been_late(firm: Firm) -> None:
    name = firm.case("acme", 90)
    excuse = {"kind": "first_response", "reason": "a flood", "approved_by": "Joe"}
    firm.take(cloud_event("breach.excused", name, MONDAY + 2 * HOUR_US, "x", **excuse))
    found = firm.asked("1h")
    assert (counts(found), found["excused"]) == ((0, 0), 1)
    assert counts(firm.asked("2h")) == (1, 1)


def test_a_pause_is_left_out_as_it_was_under_the_promise(firm: Firm) -> None:
    name = firm.case("acme", None)
    firm.take(
        cloud_event("ticket.changed", name, MONDAY + 10 * MINUTE_US, "w", status="waiting"),
        cloud_event("ticket.changed", name, MONDAY + 70 * MINUTE_US, "v", status="open"),
        cloud_event("ticket.resolved", name, MONDAY + 100 * MINUTE_US, "r"),
    )
    # 100 minutes, 60 of them paused.
    asked = [firm.asked(within, kind="resolve") for within in ("39m", "40m")]
    assert [counts(found) for found in asked] == [(0, 1), (1, 1)]
    assert [found["approximated"] for found in asked] == [0, 0]


def test_the_narrowest_circle_that_says_something_is_used_and_said(firm: Firm) -> None:
    for number in range(59):
        firm.case("acme" if number < 40 else "bolt", 10, opened=MONDAY + number * MINUTE_US)
    found = firm.asked(client="acme")
    assert (found["finding"], found["circle"], found["name"], counts(found)) == (
        "attainable",
        "everybody",
        None,
        (59, 59),
    )
    assert [(row["circle"], row["name"], row["of"]) for row in found["narrower"]] == [
        ("client", "acme", 40),
        ("tier", "gold", 40),
    ]
    for _ in range(19):
        firm.case("acme", 10)
    found = firm.asked(client="acme")
    assert (found["finding"], found["circle"], found["name"], counts(found)) == (
        "attainable",
        "client",
        "acme",
        (59, 59),
    )
    assert found["narrower"] == []


@pytest.mark.parametrize("tier", ["gold", "GOLD"])
def test_a_tier_is_asked_about_in_whatever_capitals(firm: Firm, tier: str) -> None:
    for number in range(61):
        firm.case("acme" if number < 59 else "bolt", 10, opened=MONDAY + number * MINUTE_US)
    found = firm.asked(tier=tier)
    assert (found["circle"], found["name"], counts(found)) == ("tier", "gold", (59, 59))


def test_few_cases_that_were_broken_say_so_whatever_others_had(firm: Firm) -> None:
    for number in range(100):
        firm.case("bolt", 10, opened=MONDAY + number * MINUTE_US)
    for _ in range(3):
        firm.case("acme", 90)
    found = firm.asked(client="acme")
    assert (found["finding"], found["circle"], counts(found)) == ("not_attainable", "client", (0, 3))


def test_too_few_cases_say_how_few(firm: Firm) -> None:
    firm.case("acme", 10)
    found = firm.asked()
    assert (found["finding"], found["fewest"]) == ("too_few", 59)
    assert found["reason"] == "kept 1 of 1 for everybody: too few cases to say; 59, all of them kept, would show 95 %"


def test_the_year_up_to_the_last_case_counts_unless_somebody_says_otherwise(firm: Firm) -> None:
    firm.case("acme", 10, opened=MONDAY - 400 * DAY_US)
    firm.case("acme", 10, opened=MONDAY - 364 * DAY_US)
    firm.case("acme", 10)
    assert counts(firm.asked()) == (2, 2)
    assert counts(firm.asked(since="2020-01-01")) == (3, 3)
    assert counts(firm.asked(until=format_instant(MONDAY))) == (2, 2)
    assert counts(firm.asked(since=format_instant(MONDAY))) == (1, 1)


def test_without_any_case_nothing_is_known(firm: Firm) -> None:
    found = firm.asked()
    assert (found["finding"], counts(found), found["since"], found["months"], found["tightest"]) == (
        "too_few",
        (0, 0),
        None,
        [],
        None,
    )


def test_as_of_an_instant_the_answer_is_the_one_given_then(firm: Firm) -> None:
    told: dict[str, bytes] = {}
    for number in range(30):
        firm.case("acme" if number % 3 else "umbra", 5 + number * 4 % 90, opened=MONDAY + number * HOUR_US)
        if number == 15:
            text = BOOK.replace("within: 1h", "within: 30m")
            firm.point.apply(Offer(BookText(text, "new.yaml"), "Ann", "a test", since=MONDAY), firm.now + 1)
            judge_what_is_left(firm.point, firm.now + 2)
            firm.now += 3
        found = firm.asked(client="acme")
        told[found["as_of"]] = orjson.dumps(found)
    assert len(set(told.values())) == 30
    assert {as_of: orjson.dumps(firm.asked(client="acme", as_of=as_of)) for as_of in told} == told


def test_a_small_part_of_a_large_journal_is_looked_at_as_a_whole(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(200):
        firm.case("acme" if number % 10 == 0 else "bolt", 10, opened=MONDAY + number * MINUTE_US)
    monkeypatch.setattr(past_occasions, "MOST_DECISIONS", 200)
    monkeypatch.setattr(past_occasions, "MOST_COUNTED", 0)
    monkeypatch.setattr(past_occasions, "FEW_ROWS", 10)
    assert firm.asked()["one_in"] > 1
    found = firm.asked(client="acme", share="50%")
    # Twenty cases of 200: of the client all are looked at.
    assert (found["circle"], counts(found), found["one_in"]) == ("client", (20, 20), 1)


def test_of_very_many_decisions_one_in_so_many_is_looked_at(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    # Every case makes two decisions in turn, an opening and an end, and every fifth end is late: a sample in step with
    # either would see openings only, or nothing late.
    firm.many_cases("acme", [(90 if number % 5 == 0 else 10, MONDAY + number * MINUTE_US) for number in range(1_000)])
    assert (counts(firm.asked()), firm.asked()["one_in"]) == ((800, 1_000), 1)
    for most, counted, few in ((400, 10_000, 0), (500, 0, 0), (1_000, 0, 0), (400, 0, 1_000)):
        monkeypatch.setattr(past_occasions, "MOST_DECISIONS", most)
        monkeypatch.setattr(past_occasions, "MOST_COUNTED", counted)
        monkeypatch.setattr(past_occasions, "FEW_ROWS", few)
        found = firm.asked()
        assert found["one_in"] > 1
        # Of some (most / 2) occasions 80 % were kept, give or take three standard deviations of a random sample.
        assert found["of"] == pytest.approx(1_000 / found["one_in"], rel=0.15)
        assert found["kept"] / found["of"] == pytest.approx(0.8, abs=3 * (0.16 / found["of"]) ** 0.5)


def test_how_many_are_looked_at_as_of_an_instant_does_not_depend_on_what_came_later(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of twenty cases with two decisions each all are looked at, also once sixty more are in the journal."""
    monkeypatch.setattr(past_occasions, "MOST_DECISIONS", 60)
    for number in range(20):
        firm.case("acme", 10, opened=MONDAY + number * HOUR_US)
    before = firm.asked(client="acme")
    for number in range(20, 80):
        firm.case("acme", 10, opened=MONDAY + number * HOUR_US)
    assert firm.asked(client="acme")["one_in"] > 1
    assert (before["one_in"], firm.asked(client="acme", as_of=before["as_of"])) == (1, before)


CALLS = """
book: Calls
from: 2020-01-01
promises:
  - {id: calls, kind: answer_call, within: 20s, formula: FORMULA}
"""


@pytest.mark.parametrize(("formula", "expected"), [("offered", (1, 2)), ("abandons_within_met", (2, 2))])
def test_who_hung_up_would_not_have_waited_longer(
    any_database: Location, formula: str, expected: tuple[int, int]
) -> None:
    firm = Firm(any_database, CALLS.replace("FORMULA", formula))
    for name, step in (("A", "answered"), ("B", "abandoned")):
        firm.take(
            cloud_event("call.offered", name, MONDAY, f"{name}1", call=name, queue="desk"),
            cloud_event(f"call.{step}", name, MONDAY + 30 * 1_000_000, f"{name}2", call=name, agent="Ann"),
        )
    # Both waited 30 s. Within 40 s the answered call is kept, the other one only where hanging up in time is met.
    assert counts(firm.asked(kind="answer_call", within="20s")) == (0, 2)
    assert counts(firm.asked(kind="answer_call", within="40s")) == expected
    firm.store.close()


# Proposals


def test_a_proposal_is_kept_with_what_the_record_said_then(firm: Firm) -> None:
    for number in range(60):
        firm.case("acme", 10, opened=MONDAY + number * MINUTE_US)
    said = {"speaker": "M. Penn", "words": "Within the hour.", "kind": "first_response", "within": "1h"}
    firm.propose("first", client="acme", **said)
    (then,) = firm.proposals()
    assert (then["client"], then["speaker"], then["words"], then["finding"]) == (
        "acme",
        "M. Penn",
        "Within the hour.",
        "attainable",
    )
    assert (then["circle"], then["name"], then["kept"], then["of"]) == ("client", "acme", 60, 60)
    for number in range(60):
        firm.case("acme", 90, opened=MONDAY + number * HOUR_US)
    firm.propose("second", client="acme", **said)
    first, second = firm.proposals()
    assert first == then
    assert (second["finding"], second["kept"], second["of"]) == ("not_attainable", 60, 120)


def test_a_proposal_that_names_no_client_is_made_to_the_one_of_its_case(firm: Firm) -> None:
    name = firm.case("umbra", 10)
    firm.propose("known", case=name, kind="first_response", within="1h")
    firm.propose("unknown", case="nobody's", kind="first_response", within="1h")
    assert [row["client"] for row in firm.proposals()] == ["umbra", "unidentified"]
    assert [row["promise"] for row in firm.proposals(client="umbra")] == ["known"]
    assert [row["promise"] for row in firm.proposals(case="nobody's")] == ["unknown"]


def test_a_date_is_the_time_to_it(firm: Firm) -> None:
    for number in range(60):
        name = f"D{number}"
        by = format_instant(MONDAY + 30 * HOUR_US)
        firm.take(
            cloud_event("promise.made", name, MONDAY + number, f"{name}1", client="acme", promise="call", by=by),
            cloud_event("email.sent", name, MONDAY + 20 * HOUR_US, f"{name}2", author="Ann"),
        )
    firm.now = MONDAY + 40 * HOUR_US
    for hours in (19, 21):
        firm.propose(f"in {hours} h", client="acme", by=format_instant(firm.now + hours * HOUR_US))
    assert [(row["finding"], row["kept"], row["of"]) for row in firm.proposals()] == [
        ("not_attainable", 0, 60),
        ("attainable", 60, 60),
    ]


TIMED = "expected one of first_response, next_response, update_every, own, resolve, by, answer_call"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"kind": "politeness", "within": "1h"}, "kind: found 'politeness', expected 'first_response', "),
        ({"kind": "seniority", "within": "1h"}, "kind: found 'seniority', expected one of first_response, "),
        (
            {"kind": "callback", "within": "1h"},
            f"kind: found 'callback', {TIMED}: a callback is made when it was agreed",
        ),
        ({"kind": "attend", "within": "1h"}, f"kind: found 'attend', {TIMED}: a meeting is held when it is scheduled"),
        ({"within": "1h"}, "kind: found nothing, expected `kind`"),
        ({"kind": "resolve"}, "within: found neither a time nor a date (`by`), expected one"),
        ({"kind": "resolve", "within": "soon"}, "within: found 'soon', expected a length such as 4h"),
        ({"kind": "resolve", "within": "1h", "hours": "mars"}, "hours: found 'mars', expected a calendar of the book"),
        ({"kind": "resolve", "within": "1h", "share": "100%"}, "share: found '100%', expected a percentage below 100%"),
        ({"by": "2026-03-02T09:00:00Z"}, "by: found 2026-03-02T09:00:00Z, which leaves no time, expected a date after"),
    ],
)
def test_a_proposal_that_says_too_little_is_kept_and_says_why_it_is_not_judged(
    firm: Firm, said: dict[str, str], reason: str
) -> None:
    firm.propose("p", client="acme", **said)
    (row,) = firm.proposals()
    assert row["finding"] is None
    assert row["reason"].startswith(reason)
