"""Whether those who do a client's work are people whom the client has met.

A pure reading of what was done (`delivered.py`), of all cases of a client together. Somebody whom the client meets after
having had their work done by them counts as met: what a client asks is whether they know who works for them. Where a
meeting was held with a client and nobody tells who came, whoever else works for them may have been there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from monitor.domain.cases.matter import Matter
from monitor.domain.facts.events import UNIDENTIFIED, Contact, Event
from monitor.domain.figures.delivered import Work
from monitor.domain.hours.instant import DurationUs, InstantUs
from monitor.domain.work.directory import UNNAMED
from monitor.domain.work.touches import Way


class Acquaintances:
    """Whom each client has met, before an instant or ever; told in any order."""

    def __init__(self, until: InstantUs | None = None) -> None:
        self._until = until
        self._met: set[tuple[str, str]] = set()
        self._met_somebody: set[str] = set()

    def take_work(self, work: Iterable[Work]) -> None:
        """What was done, the meetings among it."""
        for done in work:
            if done.touch.way is Way.MET and self._is_in_time(done.touch.at):
                self._met.add((done.client, done.touch.person))

    def take_untold(self, matter: Matter) -> None:
        """The meetings of which nobody tells who came."""
        for event in matter.events:
            if event.case is not None and _tells_of_nobody(event) and self._is_in_time(event.time):
                self._met_somebody.add(matter.case_named(event.case).client)

    def has_met(self, client: str, person: str) -> bool | None:
        """Whether a client has met somebody; None where that can't be told, as always where nobody knows who
        the client is, or who did the work."""
        if client == UNIDENTIFIED or person == UNNAMED:
            return None
        if (client, person) in self._met:
            return True
        return None if client in self._met_somebody else False

    def _is_in_time(self, at: InstantUs) -> bool:
        return self._until is None or at < self._until


def _tells_of_nobody(event: Event) -> bool:
    """A meeting to which the client came, of which nobody tells who else did."""
    fact = event.fact
    if type(fact) is not Contact or fact.meeting is None:
        return False
    return fact.meeting.client_came and not fact.meeting.tells_who


@dataclass(slots=True)
class Amount:
    """Touches, and how long they took in microseconds."""

    touches: int = 0
    time: DurationUs = 0

    def add(self, touches: int, time: DurationUs) -> None:
        """More of it."""
        self.touches += touches
        self.time += time


@dataclass(slots=True)
class WorkByPerson:
    """Some work for one client by whoever did it, the meetings themselves left out: whoever is there is met."""

    amounts: dict[str, Amount] = field(default_factory=dict)

    def add(self, done: Work) -> None:
        """Counts a touch, or how long one took."""
        if done.touch.way is not Way.MET:
            amount = self.amounts.setdefault(done.touch.person, Amount())
            amount.add(int(done.is_touch), done.touch.length or 0)

    def by_acquaintance(self, client: str, acquaintances: Acquaintances) -> dict[bool | None, Amount]:
        """That of people whom the client has met, has not met, and of whom that is not known."""
        found = {True: Amount(), False: Amount(), None: Amount()}
        for person, amount in self.amounts.items():
            found[acquaintances.has_met(client, person)].add(amount.touches, amount.time)
        return found
