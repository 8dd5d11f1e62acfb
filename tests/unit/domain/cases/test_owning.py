"""What is owed for a breach: each rule of "Breaches" in ARCHITECTURE.md by an example whose instants are worked by hand.

All in London hours, 9:00 to 17:30; a first response within an hour of a message of 10:00 is broken at 11:00.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from monitor.domain.cases.decisions import Decision
from monitor.domain.cases.engine import step
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import MINUTE_US
from monitor.domain.hours.period import PeriodKind
from monitor.domain.promises.promise import Kind
from monitor.domain.promises.promised_amends import BreachRule, CreditRule
from tests.unit.domain.builders import (
    at,
    book,
    changed,
    client_told,
    deleted,
    excused,
    logged,
    merged,
    opened,
    owing,
    promise,
    received,
    resolved,
    sent,
    shown,
    step_taken,
)

FIRST_REPLY = promise("first_response", "1h")
BROKEN = "K1/first_response/2026-03-02T10:00:00Z"
ALL_STEPS = owing(
    acknowledge="30m", explain="1 business day", tell="4h", apologise="1 business day", remedy="5 business days"
)


def judged(*events: Event, until: str, rules: tuple[BreachRule, ...] = (ALL_STEPS,), resolve: str = "2h") -> Matter:
    matter = Matter(book(FIRST_REPLY, promise("resolve", resolve), breaches=rules))
    for event in sorted(events, key=lambda event: event[:4]):
        matter, _ = step(matter, [event], event.time)
    matter, _ = step(matter, [], at(until))
    return matter


def steps(matter: Matter, until: str, of: str = "first_response") -> dict[str, tuple[str, str | None, str | None]]:
    """(verdict, due, ended) of each step owed for a breach of one kind."""
    return {
        each.kind.value: (each.verdict(at(until)).value, shown(each.due), shown(each.ended))
        for case in matter.cases.values()
        for each in case.clocks.steps
        if f"{of}/" in str(each.occasion)
    }


def owed(*events: Event, until: str, rule: BreachRule = ALL_STEPS) -> dict[str, tuple[str, str | None, str | None]]:
    """The steps for the first response alone: the resolution is not due before Tuesday."""
    return steps(judged(received("10:00"), *events, until=until, rules=(rule,), resolve="9h"), until)


def test_a_breach_makes_every_step_owed_from_its_due_instant_on_in_the_time_of_each() -> None:
    # Broken at 11:00: 30 minutes, 4 hours, the next and the fifth next working day at 11:00 (Monday 9 March).
    assert owed(until="11:10") == {
        "acknowledge": ("running", "mon 11:30", None),
        "explain": ("running", "tue 11:00", None),
        "tell": ("running", "mon 15:00", None),
        "apologise": ("running", "tue 11:00", None),
        "remedy": ("running", "2026-03-09 11:00", None),
    }


def test_nothing_is_owed_up_to_and_including_the_due_instant() -> None:
    assert owed(until="11:00") == {}


def test_a_step_is_named_after_what_was_broken() -> None:
    matter = judged(received("10:00"), until="11:10")
    assert matter.cases["K1"].clocks.steps[0].id == "K1/acknowledge/first_response/2026-03-02T10:00:00Z"


def test_a_step_not_taken_in_time_is_broken_and_owes_nothing_itself() -> None:
    found = owed(until="11:31")
    assert found["acknowledge"] == ("broken", "mon 11:30", None)
    assert len(found) == 5


@pytest.mark.parametrize(
    ("event", "ends"),
    [
        (step_taken("11:20", "acknowledge", obligation=BROKEN), "acknowledge"),
        (step_taken("11:20", "acknowledge", kind="first_response"), "acknowledge"),
        (step_taken("11:20", "acknowledge"), "acknowledge"),
        (step_taken("11:20", "explain", cause="Overlooked", words="we did not see it"), "explain"),
        (client_told("11:20", None), "tell"),
        (step_taken("11:20", "apologise", by=None), "apologise"),
        (step_taken("11:20", "remedy", amount=Decimal(50), currency="GBP", approved_by="R. Finch"), "remedy"),
        (step_taken("11:20", "remedy", reason="the client wants none"), "remedy"),
    ],
)
def test_each_event_ends_its_own_step_and_no_other(event: Event, ends: str) -> None:
    found = owed(event, until="11:25", rule=owing(causes=frozenset({"overlooked"}), **_all()))
    assert {kind for kind, (verdict, _, _) in found.items() if verdict == "kept"} == {ends}
    assert found[ends][2] == "mon 11:20"


def _all() -> dict[str, str]:
    return dict.fromkeys(("acknowledge", "explain", "tell", "apologise", "remedy"), "4h")


@pytest.mark.parametrize(
    "event",
    [
        step_taken("11:20", "acknowledge", by=None),
        step_taken("11:20", "acknowledge", by="robot"),
        client_told("11:20", None, by="robot"),
        step_taken("11:20", "acknowledge", kind="resolve"),
        step_taken("11:20", "acknowledge", obligation="K1/first_response/2026-03-02T09:00:00Z"),
        step_taken("11:20", "explain", cause="flood", words="it rained"),
        step_taken("11:20", "explain", cause="overlooked"),
        step_taken("11:20", "explain", words="we did not see it"),
        step_taken("11:20", "remedy", amount=Decimal(50), currency="GBP"),
        step_taken("11:20", "remedy", amount=Decimal(50), approved_by="R. Finch"),
        step_taken("11:20", "remedy"),
        step_taken("10:59", "acknowledge", obligation=BROKEN),
        step_taken("11:20", "close", by=None, reason="nobody cares"),
        step_taken("11:20", "close"),
    ],
)
def test_what_lacks_what_makes_it_a_step_or_is_about_something_else_ends_none(event: Event) -> None:
    found = owed(event, until="11:25", rule=owing(causes=frozenset({"overlooked"}), **_all()))
    assert {verdict for verdict, _, _ in found.values()} == {"running"}


def test_a_late_step_is_broken_and_done_late() -> None:
    assert owed(step_taken("12:00", "acknowledge"), until="12:10")["acknowledge"] == (
        "broken",
        "mon 11:30",
        "mon 12:00",
    )


def test_a_client_told_beforehand_by_name_was_told_when_it_broke() -> None:
    told = client_told("10:30", None, obligation=BROKEN)
    assert owed(told, until="11:10")["tell"] == ("kept", "mon 15:00", "mon 11:00")
    assert owed(client_told("10:30", "first_response"), until="11:10")["tell"][0] == "running"


def test_an_answer_that_arrives_late_withdraws_what_was_owed() -> None:
    matter = judged(received("10:00"), until="11:31")
    matter, decisions = step(matter, [sent("10:45")], at("11:40"))
    assert matter.cases["K1"].clocks.steps == ()
    assert _said(decisions, "acknowledge") == [("withdrawn", "void")]


def _said(decisions: list[Decision], kind: str) -> list[tuple[str, str]]:
    return [(each.type.value, each.verdict.value) for each in decisions if each.promise.kind == kind]


def test_what_is_decided_of_a_step_says_who_did_what_and_names_the_event() -> None:
    taken = step_taken("11:20", "acknowledge", words="sorry")
    matter = judged(received("10:00"), until="11:10")
    _, (decision,) = step(matter, [taken], at("11:20"))
    assert decision.reason == "acknowledged by Ms Finch: sorry"
    assert decision.cause == taken.identity


def test_a_breach_that_time_brings_about_opens_steps_without_an_event_behind_them() -> None:
    matter, _ = step(Matter(book(FIRST_REPLY, breaches=[ALL_STEPS])), [received("10:00")], at("10:00"))
    _, decisions = step(matter, [], at("11:05"))
    found = [each for each in decisions if each.promise.kind is Kind.ACKNOWLEDGE]
    assert [(each.type.value, shown(each.at), each.cause) for each in found] == [("opened", "mon 11:00", None)]


def test_the_matter_wakes_for_a_step_that_falls_due() -> None:
    assert shown(judged(received("10:00"), until="11:10").wakes_at - 1) == "mon 11:30"


# Excused and closed


def test_a_late_event_that_changes_no_breach_says_nothing_of_its_steps_again() -> None:
    # Broken at 11:00; at 11:10 somebody tells that they worked on it before the client wrote again.
    matter = judged(received("10:00"), received("10:40"), until="11:10")
    _, decisions = step(matter, [logged("10:30", "anna", MINUTE_US)], at("11:10"))
    assert decisions == []
    assert matter.wakes_at == at("11:30") + 1  # the acknowledgement is due at 11:30


def test_an_excuse_is_void_for_open_steps_and_the_end_of_late_ones() -> None:
    found = owed(excused("12:00", kind="first_response"), until="12:10")
    assert found["acknowledge"] == ("broken", "mon 11:30", "mon 12:00")
    assert {found[kind][0] for kind in ("explain", "tell", "apologise", "remedy")} == {"void"}


def test_an_excuse_from_before_the_breach_leaves_nothing_owed() -> None:
    assert owed(excused("10:30", kind="first_response"), until="11:10") == {}


def test_some_steps_are_owed_despite_an_excuse() -> None:
    rule = owing(acknowledge="30m", tell="4h", despite_excuse=["tell"])
    assert owed(excused("10:30", kind="first_response"), until="11:10", rule=rule) == {
        "tell": ("running", "mon 15:00", None)
    }


def test_an_excuse_says_who_decided_and_why_in_its_decision() -> None:
    matter = judged(received("10:00"), until="11:10")
    _, decisions = step(matter, [excused("11:20", kind="first_response")], at("11:20"))
    assert decisions[0].reason == "excused by Ms Finch: flood"


def test_a_step_is_excused_by_its_own_name() -> None:
    name = "K1/acknowledge/first_response/2026-03-02T10:00:00Z"
    assert owed(excused("11:20", obligation=name), until="12:00")["acknowledge"][0] == "excused"


def test_closing_a_breach_ends_all_that_is_owed_for_it() -> None:
    found = owed(
        step_taken("11:20", "acknowledge"), step_taken("12:00", "close", reason="the client left"), until="12:10"
    )
    assert {kind: verdict for kind, (verdict, _, _) in found.items()} == {
        "acknowledge": "kept",
        "explain": "void",
        "tell": "void",
        "apologise": "void",
        "remedy": "void",
    }


# Several breaches


def _twice() -> tuple[Event, ...]:
    """A first response broken at 11:00, and a resolution broken at 12:00, in a case opened at 10:00."""
    return (opened("10:00"),)


def test_an_event_that_names_no_obligation_means_the_breach_that_happened_last() -> None:
    matter = judged(*_twice(), step_taken("12:10", "acknowledge"), until="12:20")
    assert steps(matter, "12:20", "resolve")["acknowledge"][0] == "kept"
    assert steps(matter, "12:20", "first_response")["acknowledge"][0] == "broken"


def test_an_event_between_two_breaches_means_the_first() -> None:
    matter = judged(*_twice(), step_taken("11:10", "acknowledge"), until="12:20")
    assert steps(matter, "12:20", "first_response")["acknowledge"][0] == "kept"
    assert steps(matter, "12:20", "resolve")["acknowledge"][0] == "running"


def test_neither_a_resolution_nor_a_deletion_ends_what_is_owed() -> None:
    for event in (resolved("11:05"), deleted("11:05")):
        assert owed(event, until="11:10")["acknowledge"] == ("running", "mon 11:30", None)


def test_a_breach_is_owned_from_the_case_its_own_was_merged_into() -> None:
    events: tuple[Event, ...] = (received("10:00"), received("11:02", case="K2"), merged("11:05", "K2"))
    for said in ({}, {"obligation": BROKEN}, {"kind": "first_response"}):
        taken = step_taken("11:20", "acknowledge", case="K2", **said)
        matter = judged(*events, taken, until="11:25")
        assert matter.cases["K1"].clocks.steps[0].verdict(at("11:25")).value == "kept"


def test_a_breach_is_excused_by_name_from_the_case_its_own_was_merged_into() -> None:
    events = (received("10:00"), received("11:02", case="K2"), merged("11:05", "K2"))
    matter = judged(*events, excused("11:20", obligation=BROKEN, case="K2"), until="11:25")
    (found,) = (each for each in matter.cases["K1"].obligations if each.id == BROKEN)
    assert found.verdict(at("11:25")).value == "excused"


# Which entry


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([owing("all", tell="1h"), owing("gold", tell="1h", tier="gold")], "gold"),
        ([owing("gold", tell="1h", tier="gold"), owing("acme", tell="1h", client="acme")], "acme"),
        ([owing("one", tell="1h"), owing("two", tell="1h")], "one"),
        ([owing("resolve", tell="1h", kinds=["resolve"]), owing("two", tell="1h")], "two"),
        ([owing("bolt", tell="1h", client="bolt")], None),
        ([owing("over", tell="1h", ends_at=at("11:00"))], None),
        ([owing("from then", tell="1h", starts_at=at("11:00"))], "from then"),
    ],
)
def test_the_most_specific_entry_in_force_at_the_breach_governs(rules: list[BreachRule], expected: str | None) -> None:
    matter = judged(received("10:00"), until="11:10", rules=tuple(rules))
    assert [each.promise.id for each in matter.cases["K1"].clocks.steps] == ([] if expected is None else [expected])


def test_what_the_case_was_like_at_the_breach_decides() -> None:
    rules = (owing("high", tell="1h", priority=["high"]),)
    before = judged(received("10:00"), changed("10:30", priority="high"), until="11:10", rules=rules)
    after = judged(received("10:00"), changed("11:05", priority="high"), until="11:10", rules=rules)
    assert [len(matter.cases["K1"].clocks.steps) for matter in (before, after)] == [1, 0]


# Credits


def credit(**options: Any) -> CreditRule:
    return CreditRule(
        **({"currency": "GBP", "at_most": None, "each": PeriodKind.MONTH, "zone": "Europe/London"} | options)
    )


def test_credits_add_up_to_their_cap() -> None:
    # 40 each and no more than 100: 40, 40, 20, nothing.
    rule = credit(amount=Decimal(40), at_most=Decimal(100))
    assert [rule.owed_for(number) for number in (1, 2, 3, 4)] == [Decimal(40), Decimal(40), Decimal(20), Decimal(0)]
    assert [credit(amount=Decimal(40)).owed(number) for number in (0, 3)] == [Decimal(0), Decimal(120)]


@pytest.mark.parametrize(
    ("period", "when", "start"),
    [
        (PeriodKind.MONTH, "2026-03-31 23:59", "2026-03-01 00:00"),
        (PeriodKind.MONTH, "2026-04-01 00:00", "2026-04-01 00:00"),
        (PeriodKind.QUARTER, "2026-06-30 12:00", "2026-04-01 00:00"),
        (PeriodKind.YEAR, "2026-06-30 12:00", "2026-01-01 00:00"),
    ],
)
def test_a_period_begins_at_local_midnight(period: PeriodKind, when: str, start: str) -> None:
    # On 1 April London is an hour ahead of UTC: `at` reads wall clocks of London.
    assert credit(amount=Decimal(40), each=period).period_start(at(when)) == at(start)
