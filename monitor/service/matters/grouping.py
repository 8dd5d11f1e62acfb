"""The events of a batch by the matter they belong to, matters that an event joins put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from monitor.domain.cases.joining import THREAD
from monitor.domain.facts.events import Event


@dataclass(slots=True)
class Group:
    """Events of a batch that are judged together.

    `name` is what the matter is called if all of it is new; `matters` are those in the journal that the events concern,
    the one that the others are joined to first.
    """

    name: str
    matters: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    unheard: set[str] = field(default_factory=set)
    """Those of the cases that events name and of which nothing is known."""
    events: list[Event] = field(default_factory=list)
    partitions: set[int] = field(default_factory=set)
    """Those that the events of its cases came from."""
    is_catching_up: bool = True

    def add(self, event: Event, *, catching_up: bool) -> None:
        """Adds an event. One that is not part of catching up makes the whole group current."""
        self.events.append(event)
        if not catching_up:
            self.is_catching_up = False


class Grouping:
    """Joins first, adds afterwards. A new matter is called after a case of its own."""

    def __init__(self, matter_of: Mapping[str, str]) -> None:
        """`matter_of` has the matter of each case of the batch that belongs to one."""
        self._matter_of = matter_of
        self._known = set(matter_of.values())
        self._joined: dict[str, str] = {}
        self._groups: dict[str, Group] = {}
        self._group_of: dict[str, Group] = {}
        """By the cases that events were added to."""

    def join(self, pairs: Iterable[tuple[str, str]]) -> None:
        """The two cases of each pair are one matter."""
        listed = list(pairs)
        for case, other in listed:
            self._joined[self._root(self._name(case))] = self._root(self._name(other))
        for case in dict.fromkeys(case for pair in listed for case in pair):
            group = self._group(self._name(case))
            group.cases.append(case)
            # What a message is called is no case that could be heard of.
            if case not in self._matter_of and not case.startswith(THREAD):
                group.unheard.add(case)

    def add(self, case: str, event: Event, *, catching_up: bool, partition: int) -> None:
        """Adds an event of a case, which came from this partition."""
        group = self._group_of.get(case)
        if group is None:
            group = self._group_of[case] = self._group(self._name(case))
            group.cases.append(case)
            group.unheard.discard(case)
        group.add(event, catching_up=catching_up)
        group.partitions.add(partition)

    def add_to_matter(self, matter: str, event: Event, *, catching_up: bool) -> None:
        """Adds an event that concerns a matter of the journal as a whole."""
        self._known.add(matter)
        self._group(matter).add(event, catching_up=catching_up)

    def groups(self) -> Iterable[Group]:
        """Every matter that events were added to."""
        return self._groups.values()

    def _name(self, case: str) -> str:
        return self._matter_of.get(case, case)

    def _root(self, name: str) -> str:
        while (parent := self._joined.get(name, name)) != name:
            name = parent
        return name

    def _group(self, name: str) -> Group:
        root = self._root(name)
        group = self._groups.get(root)
        if group is None:
            group = self._groups[root] = Group(root)
        for matter in (root, name):
            if matter in self._known and matter not in group.matters:
                group.matters.append(matter)
        return group
