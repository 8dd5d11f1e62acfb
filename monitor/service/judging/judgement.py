"""A whole set of events judged at once: what `kept judge` and `kept explain` do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.domain.cases.coverage import Coverage
from monitor.domain.cases.gathering import Gathering
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.owning import owe_steps
from monitor.domain.cases.statement import Statement, state
from monitor.domain.facts.events import Event
from monitor.domain.figures.tally import Tally
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book
from monitor.domain.work.calls import CallTally


class Judgement:
    """Events against a book as of an instant: statements, one matter after the other, and what they add up to."""

    def __init__(self, book: Book, now: InstantUs) -> None:
        self.now = now
        self.gathering = Gathering(book)
        self.tally = Tally()
        self.calls = CallTally()
        self.cases = 0

    def gather(self, events: Iterable[Event]) -> None:
        """Takes the events in, in any order."""
        for event in events:
            self.gathering.add(event)

    def statements(self) -> Iterator[Statement]:
        """The statement of each obligation, by case in the order in which the cases appeared; counts grow as they pass."""
        coverage = self.gathering.ears.coverage(self.now)
        for matter in self.gathering.matters():
            self._count(matter)
            self._owe(matter, coverage)
            for case in matter.cases.values():
                for obligation in case.obligations:
                    statement = state(case, obligation, self.now, coverage)
                    self.tally.add(statement)
                    yield statement

    def matter_of(self, name: str) -> Matter | None:
        """The matter that a case belongs to; None where no event names it."""
        for matter in self.gathering.matters():
            if name in matter.cases or any(event.case == name for event in matter.events):
                self._owe(matter, self.gathering.ears.coverage(self.now))
                return matter
        return None

    def _owe(self, matter: Matter, coverage: Coverage) -> None:
        owe_steps(matter.cases, matter.book, lambda obligation: obligation.verdict(self.now, coverage))

    def _count(self, matter: Matter) -> None:
        self.calls.add(matter.events, matter.book)
        for case in matter.cases.values():
            if case.opened_at is not None:
                self.cases += 1
                self.tally.add_unpromised(case)
