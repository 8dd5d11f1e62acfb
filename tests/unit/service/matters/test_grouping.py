"""Which events of a batch are judged together."""

from __future__ import annotations

from monitor.domain.facts.events import Event, Heard
from monitor.service.matters.grouping import Grouping


def _event(event_id: str) -> Event:
    return Event(1, "/test", -1, event_id, "t", None, None, None, Heard())


def _groups(grouping: Grouping) -> list[tuple[str, list[str], set[str], list[str]]]:
    return [
        (each.name, each.matters, set(each.cases), [event.id for event in each.events]) for each in grouping.groups()
    ]


def test_new_cases_are_matters_of_their_own() -> None:
    grouping = Grouping({})
    for case in "ABA":
        grouping.add(case, _event(case), catching_up=False)
    assert _groups(grouping) == [("A", [], {"A"}, ["A", "A"]), ("B", [], {"B"}, ["B"])]


def test_a_known_case_goes_to_its_matter() -> None:
    grouping = Grouping({"A": "M"})
    grouping.add("A", _event("1"), catching_up=False)
    assert _groups(grouping) == [("M", ["M"], {"A"}, ["1"])]


def test_a_join_puts_matters_together_under_the_name_of_the_other() -> None:
    grouping = Grouping({"A": "A", "B": "B", "C": "B"})
    grouping.join([("A", "C")])
    grouping.add("A", _event("1"), catching_up=False)
    grouping.add("B", _event("2"), catching_up=False)
    ((name, matters, cases, events),) = _groups(grouping)
    assert (name, matters[0], set(matters), cases, events) == ("B", "B", {"A", "B"}, {"A", "B", "C"}, ["1", "2"])


def test_a_chain_of_joins_is_one_matter() -> None:
    grouping = Grouping({})
    grouping.join([("A", "B"), ("B", "C"), ("C", "A")])
    grouping.add("B", _event("1"), catching_up=False)
    ((_, matters, cases, _),) = _groups(grouping)
    assert (matters, cases) == ([], {"A", "B", "C"})


def test_one_present_event_makes_the_group_current() -> None:
    grouping = Grouping({})
    grouping.add("A", _event("1"), catching_up=True)
    grouping.add("A", _event("2"), catching_up=False)
    grouping.add("B", _event("3"), catching_up=True)
    assert [group.is_catching_up for group in grouping.groups()] == [False, True]
