"""What the doors ask of whoever is behind them: a Kept that judges, or one that only answers what others have judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from monitor.domain.hours.instant import InstantUs
from monitor.errors import NotHere
from monitor.service.doors.arrivals import Arrival, Outcome
from monitor.service.editions.shelf import Offer, Shelf
from monitor.service.ports.journal import Store
from monitor.service.ports.readers import BookReader
from monitor.service.ports.records import EditionRecord, LetterEnding


class Takes(Protocol):
    """Takes events."""

    async def submit(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """What became of each, in order, once none of it can be lost. Raises TransientError, or NotHere."""
        ...


class CatchesUp(Protocol):
    """Knows when somebody sends the past."""

    def note_catching_up(self) -> None:
        """Somebody sent events of the past and has more. Raises NotHere."""
        ...

    async def release(self) -> None:
        """Whoever was catching up is done. Raises NotHere."""
        ...


class MakesEditions(Protocol):
    """Changes the promise book."""

    def apply(self, offer: Offer, now: InstantUs) -> EditionRecord:
        """Makes a new edition of the book. Raises ConfigError with every fault of it; NotHere, or TransientError."""
        ...


class Changes(MakesEditions, Protocol):
    """Changes the promise book and puts an end to dead letters."""

    @property
    def shelf(self) -> Shelf:
        """The editions of the book."""
        ...

    def end_letter(self, ending: LetterEnding) -> bool:
        """Writes what became of a dead letter; says whether nobody had put an end to it before."""
        ...


_JUDGING: Final = "a Kept that only answers questions"


class NothingTaken:
    """Takes no events, for no broker was named that they could be handed on to."""

    async def submit(self, arrivals: Sequence[Arrival]) -> list[Outcome]:  # noqa: ARG002  the port's signature
        found = f"{_JUDGING} and knows no broker"
        raise NotHere(f"found {found}, expected events in the topic kept.events, or at a Kept started with --kafka")


class NoPast:
    """Whoever only answers can't hold back what time alone decides; those who judge do that for what waits for them."""

    def note_catching_up(self) -> None:
        expected = (
            "events as they happen: a past is brought along by `kept import` and `kept move` before workers start"
        )
        raise NotHere(f"found events sent as the past to {_JUDGING}, expected {expected}")

    async def release(self) -> None:
        raise NotHere(f"found the end of a past told to {_JUDGING}, expected it where the past was taken")


def end_letter(store: Store, ending: LetterEnding) -> bool:
    """Writes what became of a dead letter; says whether nobody had put an end to it before."""
    with store.begin() as transaction:
        if transaction.has_ended(ending.letter):
            return False
        transaction.end_letter(ending)
    return True


class AnswerDesk:
    """Behind the doors of a Kept that only answers. The store's transactions must be such as may run beside commits."""

    def __init__(self, store: Store, read_book: BookReader, editions: MakesEditions) -> None:
        self._store = store
        self._read_book = read_book
        self._editions = editions

    @property
    def shelf(self) -> Shelf:
        """The editions as they are in the database now; raises ConfigError where one can't be read."""
        return Shelf(self._store.editions(), self._read_book)

    def apply(self, offer: Offer, now: InstantUs) -> EditionRecord:
        """An edition made where it is judged by. Raises ConfigError, NotHere or TransientError."""
        return self._editions.apply(offer, now)

    def end_letter(self, ending: LetterEnding) -> bool:
        """Writes what became of a dead letter; says whether nobody had put an end to it before."""
        return end_letter(self._store, ending)
