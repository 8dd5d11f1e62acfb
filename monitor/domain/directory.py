"""Who had which grade when: the book's staff list and what `staff.changed` events say over it."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping

from monitor.domain.events import Event, StaffChanged
from monitor.domain.instant import InstantUs
from monitor.domain.promise import Person


class Directory:
    """The staff at any instant. A person nobody has named is unknown, never junior or senior."""

    def __init__(self, staff: Mapping[str, Person]) -> None:
        self._grades: dict[str, list[tuple[InstantUs, str]]] = {
            name: [(person.joined_at or 0, person.grade)] for name, person in staff.items() if person.grade is not None
        }

    def take(self, event: Event) -> None:
        """Takes note of a `staff.changed` event, in any order; every other event is ignored."""
        fact = event.fact
        if isinstance(fact, StaffChanged) and fact.grade is not None:
            insort(self._grades.setdefault(fact.person, []), (event.time, fact.grade))

    def promoted_at(self, person: str) -> list[InstantUs]:
        """When a person's grade changed, in order."""
        return [at for at, _ in self._grades.get(person, [])]

    def grade_of(self, person: str, at: InstantUs) -> str | None:
        """The grade a person had at an instant; None where it is not known."""
        grades = self._grades.get(person, [])
        index = bisect_right(grades, at, key=lambda entry: entry[0])
        return grades[index - 1][1] if index else None
