"""The canary by the rule of its name in ARCHITECTURE.md: instants by hand, on Monday 2 March in London hours."""

from __future__ import annotations

from monitor.domain.cases.coverage import Coverage, Gap
from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.canary import case_at, is_of_canary
from monitor.domain.facts.events import CANARY, Event
from monitor.domain.promises.promise import Promise
from tests.unit.domain.builders import at, book, deleted, owing, promise, promised, sent, shown

SILENT = Coverage((Gap(at("9:00"), at("18:00"), "desk", "desk has been silent"),))


def told(*events: Event, until: str, promises: tuple[Promise, ...] = ()) -> list[tuple[str, str, str | None]]:
    """(promise, verdict, ended) of everything owed, a source being silent."""
    matter = Matter(book(*promises, breaches=(owing(acknowledge="30m"),)))
    matter, _ = step(matter, list(events), at(until), SILENT)
    return [
        (each.promise.id, each.verdict(at(until), SILENT).value, shown(each.ended))
        for case in matter.cases.values()
        for each in case.obligations
    ]


def test_its_date_is_broken_whatever_the_book_promises_and_whoever_is_silent() -> None:
    everything = (promise("by", "1h"), promise("resolve", "1h"), promise("own", "1h"), promise("update_every", "1h"))
    made = promised("10:00", "10:01", client=CANARY)
    assert told(made, until="10:01", promises=everything) == [("canary", "running", None)]
    assert told(made, until="10:02", promises=everything) == [("canary", "broken", None)]


def test_a_date_given_to_anybody_else_is_in_doubt_then() -> None:
    assert told(promised("10:00", "10:01"), until="10:02") == [("date-given", "unknown", None)]


def test_no_contact_keeps_it_and_putting_its_case_away_ends_it() -> None:
    made = promised("10:00", "10:02", client=CANARY)
    answered = sent("10:01", client=CANARY)
    assert told(made, answered, until="10:03") == [("canary", "broken", None)]
    assert told(made, answered, deleted("10:05", client=CANARY), until="10:06") == [("canary", "broken", "mon 10:05")]


def test_what_is_of_it_is_told_by_its_client_and_its_cases() -> None:
    # 2026-03-02T10:00:00Z is an instant of London's winter.
    assert case_at(at("10:00") + 999_999) == "kept-canary/2026-03-02T10:00:00Z"
    assert is_of_canary(CANARY, "K1")
    assert is_of_canary(None, None, "kept-canary/x")
    assert not is_of_canary("acme", "K1", None)
    assert not is_of_canary("kept-canary-2", "kept-canary")
