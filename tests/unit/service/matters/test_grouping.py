"""Which events of a batch are judged together."""

from __future__ import annotations

from monitor.domain.facts.events import Event, Heard
from monitor.service.matters.grouping import Grouping


def _event(event_id: str) -> Event:
    return Event(1, "/test", -1, event_id, "t", None, None, None, Heard())


def _add(grouping: Grouping, case: str, event: str, *, catching_up: bool = False, partition: int = 0) -> None:
    grouping.add(case, _event(event), catching_up=catching_up, partition=partition)


def _groups(grouping: Grouping) -> list[tuple[str, list[str], set[str], list[str]]]:
    return [
        (each.name, each.matters, set(each.cases), [event.id for event in each.events]) for each in grouping.groups()
    ]


def test_new_cases_are_matters_of_their_own() -> None:
    grouping = Grouping({})
    for case in "ABA":
        _add(grouping, case, case)
    assert _groups(grouping) == [("A", [], {"A"}, ["A", "A"]), ("B", [], {"B"}, ["B"])]


def test_a_known_case_goes_to_its_matter() -> None:
    grouping = Grouping({"A": "M"})
    _add(grouping, "A", "1")
    assert _groups(grouping) == [("M", ["M"], {"A"}, ["1"])]


def test_a_join_puts_matters_together_under_the_name_of_the_other() -> None:
    grouping = Grouping({"A": "A", "B": "B", "C": "B"})
    grouping.join([("A", "C")])
    _add(grouping, "A", "1")
    _add(grouping, "B", "2")
    ((name, matters, cases, events),) = _groups(grouping)
    assert (name, matters[0], set(matters), cases, events) == ("B", "B", {"A", "B"}, {"A", "B", "C"}, ["1", "2"])


def test_a_chain_of_joins_is_one_matter() -> None:
    grouping = Grouping({})
    grouping.join([("A", "B"), ("B", "C"), ("C", "A")])
    _add(grouping, "B", "1")
    ((_, matters, cases, _),) = _groups(grouping)
    assert (matters, cases) == ([], {"A", "B", "C"})


def test_one_present_event_makes_the_group_current() -> None:
    grouping = Grouping({})
    _add(grouping, "A", "1", catching_up=True)
    _add(grouping, "A", "2")
    _add(grouping, "B", "3", catching_up=True)
    assert [group.is_catching_up for group in grouping.groups()] == [False, True]


def test_a_group_knows_the_partitions_that_events_of_its_cases_came_from() -> None:
    grouping = Grouping({"A": "M"})
    _add(grouping, "A", "1", partition=1)
    _add(grouping, "A", "2", partition=3)
    _add(grouping, "A", "3", partition=1)
    # What concerns everybody comes by any partition, and says nothing of where a matter is at home.
    grouping.add_to_matter("M", _event("4"), catching_up=True)
    (group,) = grouping.groups()
    assert (group.partitions, len(group.events)) == ({1, 3}, 4)
