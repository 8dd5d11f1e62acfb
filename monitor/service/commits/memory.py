"""What the service knows without asking the store."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.domain.cases.coverage import Coverage, Ears
from monitor.domain.facts.events import ClientChanged, Event, Heard, canonical_order
from monitor.domain.promises.promise import Book
from monitor.domain.work.directory import Directory
from monitor.service.commits.totals import Totals
from monitor.service.matters.at_hand import AtHand
from monitor.service.ports.counts import Counts
from monitor.service.ports.journal import Store
from monitor.service.ports.readers import Decoder


class Memory:
    """True as of the last commit. All of it can be made again from the store, and is after a failure."""

    def __init__(self, store: Store, book: Book, decode: Decoder) -> None:
        resumption = store.resumption()
        self.at_hand = AtHand()
        self.last_position = resumption.last_position
        self.recorded = resumption.recorded
        self.earliest_wake = resumption.earliest_wake
        self.has_retired = resumption.has_retired
        self.has_held = resumption.has_held
        self.totals = Totals()
        self.totals.add(resumption.counts)
        self.clients = set(resumption.counts.clients)
        self.ears = Ears(book.sources)
        self.coverage: Coverage | None = None
        """What could not be heard when doubtful verdicts were last looked at; None: not since the start."""
        self.client_changes: dict[str, list[Event]] = {}
        self._remember_sources(store, book)
        for content in store.client_changes():
            self.note_client_change(decode(content))
        self.directory = Directory(book.staff, book.grades)
        """The staff at any instant; every matter at hand looks people up in it."""
        for content in store.staff_changes():
            self.directory.take(decode(content))

    def _remember_sources(self, store: Store, book: Book) -> None:
        for source, rule in book.sources.items():
            for time, sequence in store.heard_from(source, numbers=rule.sequenced):
                self.ears.hear(Event(time, source, sequence, "", "", None, None, None, Heard()))

    def count(self, counts: Counts) -> None:
        """Adds up what a commit brought."""
        self.totals.add(counts)

    def note_client_change(self, event: Event) -> bool:
        """Keeps a change of a client for the matters of theirs that begin later. Says whether it makes a difference to any:
        it makes none where the tier stays as an earlier change has left it. Should another change turn out to lie between
        the two, that one makes a difference, and whoever is told of it is told of both."""
        fact = event.fact
        if event.client is None or not isinstance(fact, ClientChanged):
            return False
        known = self.client_changes.setdefault(event.client, [])
        if not any(other.identity == event.identity for other in known):
            known.append(event)
        return fact.tier is not None and fact.tier != _tier_before(event, known)

    def forget_change(self, event: Event) -> None:
        """A change of a client or of staff was not committed: it is as if nobody had told of it yet."""
        self.directory.forget(event)
        if event.client is not None and event.client in self.client_changes:
            known = self.client_changes[event.client]
            self.client_changes[event.client] = [other for other in known if other.identity != event.identity]


def _tier_before(event: Event, changes: Iterable[Event]) -> str | None:
    """The tier by the last of these changes that names one and comes before this event; None: nobody had said anything yet."""
    tier = None
    for other in sorted(changes, key=canonical_order):
        if other[:4] >= event[:4]:
            break
        if isinstance(other.fact, ClientChanged):
            tier = other.fact.tier or tier
    return tier
