"""The rows of one commit in the making: decisions, what they leave of obligations, cases and matters, and the counts of
them; events and dead letters as they arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Final

from monitor.domain.cases.decisions import Decision
from monitor.domain.facts.events import Event
from monitor.errors import UnreadableEvent
from monitor.service.doors.arrivals import Arrival, storable
from monitor.service.matters.at_hand import Held
from monitor.service.matters.decision_rows import case_rows, count_decision, decision_row, obligation_row
from monitor.service.matters.judged import Place, by_edition, decided_on
from monitor.service.matters.owned_breaches import EndedSteps
from monitor.service.ports.changes import Changes
from monitor.service.ports.counts import Intake, IntakeKey
from monitor.service.ports.records import DeadLetter, EventRecord, MatterRecord, ObligationName, ObligationRecord

_UNPLACED: Final = 0


class CommitRows:
    """Adds rows to what a commit changes. `clients` are those that have their place, `next_position` numbers a row."""

    def __init__(self, changes: Changes, clients: set[str], next_position: Callable[[], int]) -> None:
        self._changes = changes
        self._clients = clients
        self._next_position = next_position
        self._ended_steps = EndedSteps()

    def put_event(self, arrival: Arrival, event: Event, client: str | None) -> None:
        """Writes an event as it arrived; `client` is the one it names or its address maps to."""
        self._changes.events.append(
            EventRecord(
                self._next_position(),
                event.source,
                event.id,
                event.type,
                event.case,
                client,
                event.time,
                event.sequence,
                self._changes.recorded,
                storable(arrival.origin),
                arrival.content,
            )
        )

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

    def put_decisions(self, held: Held, made: Iterable[tuple[Decision, Place]], edition: int | None) -> None:
        """Writes decisions, in order, and the obligations they are about as the last of them leaves these."""
        decisions = made if edition is None else [(by_edition(decision, edition), place) for decision, place in made]
        counts, rows = self._changes.counts, self._changes.decisions
        changed: dict[ObligationName, ObligationRecord] = {}
        for decision, place in decisions:
            name = decided_on(decision)
            before = held.obligations.get(name)
            latest = changed.get(name, before)
            row = decision_row(
                self._next_position(),
                decision,
                place,
                recorded=self._changes.recorded,
                latest=latest,
                is_restated=before is not None and before.is_given,
            )
            rows.append(row)
            changed[name] = obligation_row(row, latest)
            count_decision(counts, row, held.home)
            self._ended_steps.note(row, held)
        for name, after in changed.items():
            self._recount(held.obligations.get(name), after, held.home)
            held.obligations[name] = after
        self._changes.obligations += changed.values()

    def _recount(self, before: ObligationRecord | None, after: ObligationRecord, home: int) -> None:
        counts, running = self._changes.counts.obligations, self._changes.counts.running
        if not after.is_counted:
            return
        if before is not None:
            counts[before.count_key(home)] -= 1
            if (ran := before.running_key) is not None:
                running[ran] -= 1
        counts[after.count_key(home)] += 1
        if (runs := after.running_key) is not None:
            running[runs] += 1
        self.enrol((after.client,))

    def put_cases(self, held: Held) -> bool:
        """Writes the cases that are different; says whether one is another client's or of another tier or channel."""
        is_recast = False
        for row in list(case_rows(held)):
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

    def count_late(self, held: Held, events: Sequence[Event], latest: Event | None) -> None:
        """Counts events from before something known of their matter; those of a batch among themselves are none."""
        if latest is not None:
            late = sum(1 for event in events if event.case is not None and event[:4] < latest[:4])
            self._changes.counts.intake[IntakeKey(Intake.LATE, held.home)] += late

    def count_owned(self) -> None:
        """The last thing: counts the breaches for which the last step was taken."""
        self._ended_steps.count(self._changes)
