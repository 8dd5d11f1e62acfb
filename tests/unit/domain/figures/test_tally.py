"""Counts of verdicts by client and kind."""

from __future__ import annotations

import pytest

from monitor.domain.cases.matter import Matter
from monitor.domain.cases.obligation import Verdict
from monitor.domain.cases.statement import state
from monitor.domain.facts.events import Event
from monitor.domain.figures.tally import Outcome, Tally, outcome_of
from monitor.domain.promises.promise import Book, Kind
from tests.unit.domain.builders import at, book, changed, excused, opened, promise, received, resolved, sent

FIRST = book(promise("first_response", "1h"))


def counted(now: str, *events: Event, by: Book = FIRST, into: Tally | None = None) -> Tally:
    tally, matter = into or Tally(), Matter(by)
    matter.take(events)
    for case in matter.cases.values():
        tally.add_unpromised(case)
        for obligation in case.obligations:
            tally.add(state(case, obligation, at(now)))
    return tally


def outcomes(tally: Tally, client: str = "acme", kind: Kind = Kind.FIRST_RESPONSE) -> dict[str, int]:
    return {outcome.value: count for outcome, count in tally.counts.get((client, kind), {}).items()}


PAUSING = book(promise("first_response", "1h", pauses_in=["waiting"]))


@pytest.mark.parametrize(
    ("outcome", "events"),
    [
        ("running", [opened("11:30")]),
        ("paused", [opened("10:00"), changed("10:10", status="waiting")]),
        ("kept", [opened("10:00"), sent("10:59")]),
        ("open_late", [opened("10:00")]),
        ("done_late", [opened("10:00"), sent("11:01")]),
        ("excused", [opened("10:00"), excused("11:30", kind="first_response")]),
        ("void", [opened("10:00"), resolved("10:30")]),
    ],
)
def test_each_verdict_has_a_count_and_done_late_is_not_open_late(outcome: str, events: list[Event]) -> None:
    assert outcomes(counted("12:00", *events, by=PAUSING)) == {outcome: 1}


def test_unknown_is_a_count_of_its_own() -> None:
    assert outcome_of(Verdict.UNKNOWN, is_done=False) is Outcome.UNKNOWN


def test_a_broken_promise_is_counted_by_whether_it_was_done() -> None:
    assert [outcome_of(Verdict.BROKEN, is_done=done) for done in (False, True)] == [
        Outcome.OPEN_LATE,
        Outcome.DONE_LATE,
    ]


def test_a_case_that_nothing_is_promised_to_is_counted_as_no_promise() -> None:
    tally = counted("12:00", opened("10:00", client="bolt"), by=book(promise("first_response", "1h", client="acme")))
    assert outcomes(tally, "bolt") == {"no_promise": 1}


def test_a_kind_promised_to_nobody_is_not_counted_at_all() -> None:
    assert set(counted("12:00", opened("10:00")).counts) == {("acme", Kind.FIRST_RESPONSE)}


def test_a_case_counts_once_as_no_promise_however_often_the_client_writes() -> None:
    events = [opened("10:00", client="bolt"), received("10:10", client="bolt"), received("10:20", client="bolt")]
    assert outcomes(counted("12:00", *events, by=book(promise("first_response", "1h", client="acme"))), "bolt") == {
        "no_promise": 1
    }


def test_clients_and_kinds_are_counted_apart() -> None:
    tally = counted("12:00", opened("10:00"))
    counted("12:00", opened("10:00", client="bolt"), sent("10:30", client="bolt"), into=tally)
    assert (outcomes(tally, "acme"), outcomes(tally, "bolt")) == ({"open_late": 1}, {"kept": 1})


def test_totals_add_up_the_clients() -> None:
    tally = counted("12:00", opened("10:00"))
    counted("12:00", opened("10:00", client="bolt"), into=tally)
    counted("12:00", opened("10:00", client="bolt"), sent("10:30", client="bolt"), into=tally)
    assert tally.totals() == {Kind.FIRST_RESPONSE: {Outcome.OPEN_LATE: 2, Outcome.KEPT: 1}}


def test_totals_leave_the_counts_alone() -> None:
    tally = counted("12:00", opened("10:00"))
    tally.totals()
    tally.totals()
    assert outcomes(tally) == {"open_late": 1}
