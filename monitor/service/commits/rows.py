"""The rows of one commit in the making: decisions, what they leave of obligations, cases and matters, and the counts of
them; events and dead letters as they arrived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from monitor.domain.facts.events import CANARY, Event
from monitor.errors import UnreadableEvent
from monitor.service.commits.numbering import Numbering
from monitor.service.doors.arrivals import Arrival, storable
from monitor.service.matters.at_hand import Held
from monitor.service.matters.counting import count_decisions, count_obligations
from monitor.service.matters.decision_rows import case_rows, decision_rows, obligation_row
from monitor.service.matters.judged import Judged, by_edition, decided_on
from monitor.service.matters.owned_breaches import EndedSteps
from monitor.service.ports.changes import Changes
from monitor.service.ports.counts import Intake, IntakeKey
from monitor.service.ports.records import DeadLetter, EventRecord, MatterRecord, ObligationName, ObligationRecord

_UNPLACED: Final = 0
# `EventRecord(...)` would take these as arguments and make the same tuple of them, in three times the time.
_new_tuple = tuple.__new__


class CommitRows:
    """Adds rows to what a commit changes. `clients` are those that have their place, `numbers` are for the rows."""

    def __init__(self, changes: Changes, clients: set[str], numbers: Numbering) -> None:
        self._changes = changes
        self._clients = clients
        self._numbers = numbers
        self._decided_in: list[int] = []
        """The home of each decision when it was made."""
        self._stood: list[tuple[ObligationRecord, int]] = []
        self._stand: list[tuple[ObligationRecord, int]] = []
        """Obligations before and after something was decided of them, each with its home then."""
        self._ended_steps = EndedSteps()

    def put_events(self, arrived: Sequence[tuple[Arrival, Event]], clients: Iterable[str | None]) -> None:
        """Writes events as they arrived; `clients` are those they name or their addresses map to."""
        recorded, rows = self._changes.recorded, self._changes.events
        numbered = zip(self._numbers.take(len(arrived)), arrived, clients, strict=True)
        for position, (arrival, event), client in numbered:
            time, source, sequence, name, type_, case = event[:6]
            origin = storable(arrival.origin)
            row = (position, source, name, type_, case, client, time, sequence, recorded, origin, arrival.content)
            rows.append(_new_tuple(EventRecord, row))

    def put_letter(self, arrival: Arrival, reason: UnreadableEvent) -> None:
        """Writes bytes that are no event; their position is given when it is known that they are not there yet."""
        self._changes.counts.intake[IntakeKey(Intake.REJECTED, arrival.partition)] += 1
        self._changes.dead_letters.append(
            DeadLetter(
                _UNPLACED,
                sha256(arrival.content).hexdigest(),
                self._changes.recorded,
                storable(arrival.origin),
                storable(reason.found),
                storable(reason.expected),
                storable(reason.key),
                arrival.content,
            )
        )

    def put_decisions(self, held: Held, made: Iterable[Judged], edition: int | None) -> None:
        """Writes decisions, in order, and the obligations they are about as the last of them leaves these."""
        changes = self._changes
        changed: dict[ObligationName, ObligationRecord] = {}
        for judged in made:
            told = judged if edition is None else by_edition(judged, edition)
            name = decided_on(told.decisions[0])
            before = held.obligations.get(name)
            latest = changed.get(name, before)
            rows = decision_rows(
                self._numbers.next,
                held,
                told,
                recorded=changes.recorded,
                latest=latest,
                is_restated=before is not None and before.is_given,
            )
            changes.decisions += rows
            self._decided_in += [held.home] * len(rows)
            self._ended_steps.note(rows, held)
            changed[name] = obligation_row(rows[-1], latest)
        for name, after in changed.items():
            before = held.obligations.get(name)
            if before is not None:
                self._stood.append((before, held.home))
            self._stand.append((after, held.home))
            held.obligations[name] = after
        changes.obligations += changed.values()

    def put_cases(self, held: Held) -> bool:
        """Writes the cases that are different; says whether one is another client's or of another tier or channel."""
        is_recast = False
        for row in case_rows(held):
            before = held.cases.get(row.id)
            if before != row:
                is_recast = is_recast or before is None or before.light != row.light
                held.cases[row.id] = row
                self._changes.cases.append(row)
        return is_recast

    def put_matter(self, held: Held, *, is_held: bool) -> None:
        wakes_at = held.matter.wakes_at
        if (wakes_at, is_held) != (held.wakes_at, held.is_held) or held.is_unwritten:
            held.wakes_at, held.is_held, held.is_unwritten = wakes_at, is_held, False
            self._changes.matters.append(MatterRecord(held.id, wakes_at, is_held, held.home))

    def enrol(self, clients: Iterable[str]) -> None:
        """Gives clients that Kept has not met before their place."""
        for client in clients:
            if client not in self._clients:
                self._clients.add(client)
                self._changes.counts.clients.append(client)

    def count_late(self, held: Held, late: Iterable[Event]) -> None:
        """Counts events from before something known of their matter; those of a batch among themselves are none."""
        of_cases = sum(event.case is not None for event in late)
        if of_cases:
            self._changes.counts.intake[IntakeKey(Intake.LATE, held.home)] += of_cases

    def count(self) -> None:
        """The last thing: counts what was decided, and the breaches for which the last step was taken."""
        counts = self._changes.counts
        count_decisions(counts, self._changes.decisions, self._decided_in)
        count_obligations(counts, self._stood, -1)
        count_obligations(counts, self._stand)
        self.enrol(row.client for row, _ in self._stand if row.client != CANARY)
        self._ended_steps.count(self._changes)
