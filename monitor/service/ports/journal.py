"""The journal, as the service reads and writes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from typing import Protocol

from monitor.domain.hours.instant import InstantUs
from monitor.service.ports.changes import Changes, Resumption
from monitor.service.ports.records import (
    CaseRecord,
    DecisionRecord,
    EditionRecord,
    Identity,
    LetterEnding,
    ObligationRecord,
)


class Transaction(Protocol):
    """One transaction of the journal: what is read in it is true together, what is written in it comes true together.

    Every method raises TransientError where the database does not work this time.
    """

    def known(self, identities: Collection[Identity]) -> set[Identity]:
        """Which of these events are in the journal."""
        ...

    def known_dead_letters(self, digests: Collection[str]) -> set[str]:
        """Which of these bytes are among the dead letters."""
        ...

    def matters_of(self, cases: Collection[str]) -> dict[str, str]:
        """The matter of each of these cases that belongs to one."""
        ...

    def cases_in(self, matters: Collection[str]) -> list[CaseRecord]:
        """The cases of these matters."""
        ...

    def events_of(self, cases: Collection[str]) -> Iterable[tuple[str, bytes]]:
        """The events of these cases, each as (case, original bytes), in no particular order."""
        ...

    def obligations_of(self, cases: Collection[str]) -> list[ObligationRecord]:
        """The obligations of these cases."""
        ...

    def figures_of(self, matters: Collection[str]) -> dict[str, str]:
        """What people did in these matters as it was last counted, where something was."""
        ...

    def matters_of_client(self, client: str, since: InstantUs) -> list[str]:
        """The matters in which a case is this client's, and that are not over, still have a deadline, or in which something
        happened at `since` or later."""
        ...

    def matters_since(self, since: InstantUs) -> list[str]:
        """The matters in which something happened at `since` or later."""
        ...

    def matters_naming(self, matters: Collection[str], name: str) -> set[str]:
        """Those of these matters of which an event may say this name; the others' surely don't."""
        ...

    def matters_due(self, now: InstantUs, limit: int) -> list[str]:
        """Matters that are not held and wake at `now` or before, the earliest first."""
        ...

    def matters_open(self, after: str, limit: int) -> list[str]:
        """Matters with an open obligation, by name from `after` on."""
        ...

    def matters_after(self, after: str, limit: int) -> list[str]:
        """Matters by name from `after` on."""
        ...

    def matters_due_since(self, since: InstantUs, verdicts: Collection[str]) -> list[str]:
        """Matters with an obligation of one of these verdicts (broken, unknown) that was due at `since` or later."""
        ...

    def matters_concluded_since(self, since: InstantUs, verdicts: Collection[str]) -> list[str]:
        """Matters with an obligation that was never due and ended with one of these verdicts at `since` or later."""
        ...

    def earliest_wake(self) -> InstantUs:
        """When the first matter that is not held wakes."""
        ...

    def has_held(self) -> bool:
        """Whether any matter is held."""
        ...

    def held_among(self, matters: Collection[str]) -> set[str]:
        """Which of these matters are held."""
        ...

    def release_held(self) -> None:
        """No matter is held any more."""
        ...

    def over_among(self, matters: Collection[str], before: InstantUs) -> list[str]:
        """Which of these matters are over: every case closed, deleted or merged, nothing open, no event since `before`."""
        ...

    def retired_among(self, cases: Collection[str]) -> set[str]:
        """Which of these cases were retired."""
        ...

    def decisions_of(self, cases: Collection[str]) -> Iterable[DecisionRecord]:
        """Every decision about obligations of these cases."""
        ...

    def count_events_of(self, cases: Collection[str]) -> int:
        """How many events these cases have."""
        ...

    def last_retirement(self) -> int:
        """The number of the latest run of the retention policy; 0 where there was none."""
        ...

    def write(self, changes: Changes) -> None:
        """Writes a commit's rows."""
        ...

    def has_ended(self, letter: int) -> bool:
        """Whether somebody has put an end to a dead letter."""
        ...

    def end_letter(self, ending: LetterEnding) -> None:
        """Writes what became of a dead letter that has no end yet."""
        ...

    def remember(self, key: str, value: str) -> None:
        """Keeps a note under a name, in the place of an earlier one."""
        ...


class Store(Protocol):
    """The journal and what follows from it, in one database."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """A transaction: committed at the end of the block, rolled back where the block raises.

        Raises Displaced where another process has the journal by now, or had it meanwhile.
        """
        ...

    def reading(self) -> AbstractContextManager[Transaction]:
        """A transaction that only reads: it keeps nobody waiting, and what it reads is true together."""
        ...

    def resumption(self) -> Resumption:
        """Where the journal ends."""
        ...

    def note(self, key: str) -> str | None:
        """What was remembered under a name."""
        ...

    def editions(self) -> list[EditionRecord]:
        """The editions of the book, in the order in which they were applied."""
        ...

    def client_changes(self) -> Iterable[bytes]:
        """Every `client.changed` event."""
        ...

    def staff_changes(self) -> Iterable[bytes]:
        """Every `staff.changed` event."""
        ...

    def heard_from(self, source: str, *, numbers: bool) -> Iterable[tuple[InstantUs, int]]:
        """Times and sequence numbers of a source's events: all of them, or where numbers don't matter the latest only."""
        ...
