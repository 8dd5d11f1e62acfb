"""One commit in the making: which matters a batch concerns, what is decided in them, and the rows that say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from monitor.domain.cases.coverage import Coverage
from monitor.domain.cases.matter import Matter
from monitor.domain.facts.canary import KEPT_US
from monitor.domain.facts.events import CANARY, ClientChanged, Event, StaffChanged
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book
from monitor.errors import UnreadableEvent
from monitor.service.commits.memory import Memory
from monitor.service.commits.numbering import Numbering
from monitor.service.commits.retention import removal_of, retired_case_of
from monitor.service.commits.rows import CommitRows
from monitor.service.doors.arrivals import Arrival, Outcome, rejection_of
from monitor.service.editions.rejudging import Rejudging
from monitor.service.matters.at_hand import Held, joined
from monitor.service.matters.figures import count_figures
from monitor.service.matters.grouping import Group, Grouping
from monitor.service.matters.judged import corrections, judge
from monitor.service.matters.reach import late_among, named_cases, pairs_in, recasts
from monitor.service.matters.restoring import Restorer
from monitor.service.ports.changes import Changes
from monitor.service.ports.counts import Intake, IntakeKey
from monitor.service.ports.journal import Transaction
from monitor.service.ports.readers import Decoder
from monitor.service.ports.records import EditionRecord, Identity, RetirementRecord

WHOLE: Final = 0
"""The home of every matter where nothing is partitioned."""


class Basis(NamedTuple):
    """What matters are judged by: the book that so many editions make, and what the newest one left to judge again.

    `recall` reads what is in the journal.
    """

    book: Book
    editions: int
    rejudging: Rejudging | None
    recall: Decoder


class Commit:
    """What one transaction changes. `follow` brings memory up to it once it is committed."""

    holds_back = True
    """Whether what should wake already waits while the past is caught up with."""

    def __init__(self, basis: Basis, memory: Memory, transaction: Transaction, now: InstantUs) -> None:
        self.now = self.passed = now
        """The clock, and the instant that time has come to in the matters."""
        self.transaction = transaction
        self.asks_earliest = False
        """Whether the earliest deadline may be later than it was."""
        self.releases_held = False
        """Whether no matter is held back any more."""
        self._basis = basis
        self._book = basis.book
        self._memory = memory
        self.recorded = max(now, memory.recorded + 1)
        """Later than all that is recorded already, however the clock is set: what holds at an instant is told by one number."""
        self.changes = Changes(self.recorded)
        self._touched: dict[str, Held] = {}
        self._dropped: list[str] = []
        self._numbers = self._numbering()
        self._earliest: InstantUs = 0
        self._coverage: dict[bool, Coverage] = {}
        self._counts_people = self._book.watches_people or bool(memory.totals.figures)
        self.rows = CommitRows(self.changes, memory.clients, self._numbers)
        self._fresh: set[Identity] = set()
        """The events of this batch: a matter made again from the journal has yet to be told of them."""

    def look_around(self) -> None:
        """The first thing in each commit; where nobody else writes there is nothing to be taken note of."""

    # Taking events

    def take(self, arrivals: Sequence[Arrival], read: Sequence[Event | UnreadableEvent]) -> list[Outcome]:
        """Takes what could be read, sets aside what could not; says what became of each, in order."""
        outcomes: list[Outcome] = []
        fresh: dict[Identity, tuple[Arrival, Event]] = {}
        repeated: list[tuple[Arrival, Event]] = []
        known = self.transaction.known({event.identity for event in read if isinstance(event, Event)})
        retired = self._retired_among(read)
        for arrival, event in zip(arrivals, read, strict=True):
            if isinstance(event, UnreadableEvent):
                self.reject(arrival, event)
                outcomes.append(rejection_of(event))
            elif (identity := event.identity) in known or identity in fresh:
                repeated.append((arrival, event))
                outcomes.append(Intake.DUPLICATE)
            elif retired and (reason := retired_case_of(named_cases(event), retired)) is not None:
                self.reject(arrival, reason)
                outcomes.append(rejection_of(reason))
            else:
                fresh[identity] = (arrival, event)
                outcomes.append(Intake.ACCEPTED)
        self._fresh.update(fresh)
        accepted = list(fresh.values())
        self._count_intake(Intake.ACCEPTED, accepted)
        self._count_intake(Intake.DUPLICATE, repeated)
        self._write_down(accepted)
        self._judge_fresh(accepted)
        return outcomes

    def _count_intake(self, outcome: str, arrived: Sequence[tuple[Arrival, Event]]) -> None:
        """Counts what was taken, or known; rejections are counted where they are made."""
        partitions = Counter([arrival.partition for arrival, event in arrived if event.client != CANARY])
        for partition, count in partitions.items():
            self.changes.counts.intake[IntakeKey(outcome, partition)] += count

    def reject(self, arrival: Arrival, reason: UnreadableEvent) -> None:
        """Keeps bytes that are no event among the dead letters."""
        self.rows.put_letter(arrival, reason)

    def _retired_among(self, read: Iterable[Event | UnreadableEvent]) -> set[str]:
        """The cases these events name that were taken out of the journal."""
        if not self._memory.has_retired:
            return set()
        events = (event for event in read if isinstance(event, Event))
        return self.transaction.retired_among({case for event in events for case in named_cases(event)})

    def _write_down(self, fresh: Sequence[tuple[Arrival, Event]]) -> None:
        clients = [self._client_of(event) for _, event in fresh]
        self.rows.put_events(fresh, clients)
        heard, hear = self.changes.counts.heard, self._memory.ears.hear
        for (_, event), client in zip(fresh, clients, strict=True):
            hear(event)
            if client == CANARY:
                self.changes.forgets_until = event.time - KEPT_US
            else:
                heard[event.source] = max(event.time, heard.get(event.source, event.time))

    def _client_of(self, event: Event) -> str | None:
        """The client that an event names, or that its address maps to."""
        client, address = event.client, event.address
        return self._book.client_of(address) if client is None and address is not None else client

    def _judge_fresh(self, fresh: Sequence[tuple[Arrival, Event]]) -> None:
        self._judge_groups(fresh, list(self._grouped(fresh).groups()))

    def _judge_groups(self, fresh: Sequence[tuple[Arrival, Event]], groups: Sequence[Group]) -> None:
        self.touch({name for group in groups for name in group.matters})
        # Only now: what is made again from the journal is made as it was before.
        for _, event in fresh:
            if type(event.fact) is StaffChanged:
                self._memory.directory.take(event)
        for group in groups:
            held = self._matter_for(group)
            known = (case.client for case in held.cases.values())
            events = [*self._changes_of_clients(group.events, known), *group.events]
            self._judge(held, events, catching_up=group.is_catching_up)

    def _grouped(self, fresh: Sequence[tuple[Arrival, Event]]) -> Grouping:
        """The events by the matter they belong to; those about a client to each matter of theirs, those about a person
        to each matter that they change the past of."""
        events = [event for _, event in fresh]
        pairs = pairs_in(events, self._book)
        cases = {event.case for event in events if event.case is not None}
        grouping = Grouping(self._matters_of(cases.union(*pairs)))
        grouping.join(pairs)
        for arrival, event in fresh:
            if event.case is not None:
                grouping.add(event.case, event, catching_up=arrival.catching_up, partition=arrival.partition)
            elif event.client is not None and type(event.fact) is ClientChanged:
                makes_a_difference = self._memory.note_client_change(event)
                if makes_a_difference:
                    for matter in self.transaction.matters_of_client(event.client, event.time):
                        grouping.add_to_matter(matter, event, catching_up=arrival.catching_up)
            elif type(event.fact) is StaffChanged and self._book.watches_people:
                for matter in self._matters_changed_by(event, event.fact.person):
                    grouping.add_to_matter(matter, event, catching_up=arrival.catching_up)
        return grouping

    def _matters_changed_by(self, event: Event, person: str) -> Collection[str]:
        """The matters that a change of somebody may change the past of. Most changes come in time, and concern no matter at
        all; of those in which something happened since, nobody asks for this person where no event names them, unless the
        book does."""
        since = self.transaction.matters_since(event.time)
        return since if person in self._book.named_people else self.transaction.matters_naming(since, person)

    def _matters_of(self, cases: Collection[str]) -> dict[str, str]:
        at_hand = self._memory.at_hand
        found = {case: name for case in cases if (name := at_hand.name_of(case)) is not None}
        missing = [case for case in cases if case not in found]
        return found | self.transaction.matters_of(missing)

    def _changes_of_clients(self, events: Iterable[Event], known: Iterable[str] = ()) -> list[Event]:
        """What changed about the clients these events name, and those known of a matter: it concerns their matters, whenever
        they began. Those that were over when it came have not been told of it."""
        changes = self._memory.client_changes
        if not changes:
            return []
        clients = dict.fromkeys(event.client or self._book.client_of(event.address) for event in events)
        clients |= dict.fromkeys(known)
        return [event for client in clients for event in changes.get(client, ())]

    # Matters

    def judge_again(self, names: Sequence[str]) -> None:
        """Judges every obligation of these matters by what is known now."""
        self.touch(names)
        for name in names:
            self._judge(self._touched[name], [], again=True)

    def take_place(self) -> InstantUs:
        """From here on nobody else writes; says when all of this is recorded. Before what is written by itself: editions, notes."""
        return self.recorded

    def put_edition(self, edition: EditionRecord) -> None:
        """Writes a new edition of the book."""
        self.changes.editions.append(edition)

    def retire(self, names: Sequence[str], before: RetirementRecord) -> RetirementRecord:
        """Takes out those of these matters that are over; `before` is what the run removed until now, returned with it."""
        over = self.transaction.over_among(names, before.before)
        if not over:
            return before
        number = before.number or self.transaction.last_retirement() + 1
        begun = before._replace(number=number, recorded=self.recorded, last_position=self._numbers.last)
        self.changes.removal = removal = removal_of(self.transaction, over, begun)
        self._dropped += over
        return removal.record

    def touch(self, names: Collection[str]) -> None:
        """Sees to it that these matters are at hand, or made again from the journal; by the newest edition of the book."""
        missing = []
        for name in names:
            if name in self._touched:
                continue
            held = self._memory.at_hand.get(name)
            if held is None:
                missing.append(name)
            else:
                self._touched[name] = held
        if missing:
            self._restore(missing)

    def _restore(self, names: Collection[str]) -> None:
        restorer = Restorer(
            self.transaction,
            self._basis.recall,
            self._empty_matter,
            self._changes_of_clients,
            self._untold,
            counts_people=self._counts_people,
        )
        for held in restorer.restore(names):
            held.home = self._home_of(held.id)
            self._touched[held.id] = held
        self._judge_by_edition(names)

    def _untold(self, _matter: str) -> Collection[Identity]:
        """Events that are known, and that a matter made again from the journal has yet to be told of."""
        return self._fresh

    def _home_of(self, _matter: str) -> int:
        """The home of a matter that is in the journal."""
        return WHOLE

    def _empty_matter(self) -> Matter:
        return Matter(self._book, self._memory.directory)

    def _judge_by_edition(self, names: Collection[str]) -> None:
        """Judges those of these matters that a new edition of the book concerns and that it has not come to yet."""
        rejudging = self._basis.rejudging
        if rejudging is None:
            return
        concerned = [name for name in names if rejudging.concerns(name)]
        held_back = self.transaction.held_among(concerned)
        for name in concerned:
            self._judge(self._touched[name], [], again=True, catching_up=name in held_back, edition=rejudging.edition)

    def _matter_for(self, group: Group) -> Held:
        parts = [self._touched.pop(name) for name in group.matters]
        if not parts:
            held = Held(group.name, self._empty_matter())
        elif len(parts) == 1:
            held = parts[0]
        else:
            held = joined(parts[0].id, self._empty_matter(), parts)
            self._dropped += group.matters
            self.changes.gone_matters += group.matters[1:]
        held.name_cases(group.cases)
        self._touched[held.id] = held
        return held

    def _judge(
        self,
        held: Held,
        events: list[Event],
        *,
        again: bool = False,
        catching_up: bool = False,
        edition: int | None = None,
        is_recast: bool = False,
    ) -> None:
        """Takes events into a matter, or looks at all of it again, by a new edition of the book perhaps.

        `is_recast` says that it may stand in another light for what is not among its events.
        """
        now = held.floor if catching_up else max(self.passed, held.floor)
        known, passed = held.matter.events, held.floor
        latest = known[-1] if known else None
        late = late_among(events, latest)
        self.rows.count_late(held, late)
        was_decided_on = bool(held.obligations)
        made = judge(held, events, now, self._heard(catching_up=catching_up), again=again)
        self.rows.put_decisions(held, made, edition)
        is_recast = is_recast or edition is not None or bool(late) or any(map(recasts, events))
        # What comes from before a due instant that was said to have passed may have moved it, and broken it is all the same.
        is_recast = is_recast or any(event.time < passed for event in events)
        # What was only decided on just now stands in no other light.
        if (self.rows.put_cases(held) or is_recast) and was_decided_on:
            self.rows.put_decisions(held, corrections(held, now), edition)
        self.rows.put_matter(held, is_held=self.holds_back and catching_up and held.matter.wakes_at <= self.now)
        if self._counts_people:
            count_figures(held, self.changes)

    def _heard(self, *, catching_up: bool) -> Coverage:
        """What could not be heard as of now; while catching up, as of the latest event: the present was not asked yet."""
        coverage = self._coverage.get(catching_up)
        if coverage is None:
            times = [event.time for event in self.changes.events]
            until = min(self.now, max(times, default=self.now)) if catching_up else self.now
            coverage = self._coverage[catching_up] = self._memory.ears.coverage(until)
        return coverage

    # Committing

    def write(self) -> None:
        """Writes all of it; still to be committed."""
        changes = self.changes
        self._leave_out_known_letters()
        heard = self._memory.totals.heard
        changes.counts.heard = {
            source: time for source, time in changes.counts.heard.items() if time > heard.get(source, -1)
        }
        self.rows.count()
        self._settle()
        self.transaction.write(changes)
        if self.asks_earliest:
            self._earliest = self.transaction.earliest_wake()

    def _settle(self) -> None:
        """The last thing before rows are written."""

    def _leave_out_known_letters(self) -> None:
        """A dead letter that is in the journal already is not written again, and takes no position."""
        changes = self.changes
        letters, changes.dead_letters = changes.dead_letters, []
        known = self.transaction.known_dead_letters([letter.digest for letter in letters])
        for letter in letters:
            if letter.digest not in known:
                known.add(letter.digest)
                changes.dead_letters.append(letter._replace(position=self._numbers.next()))
        changes.counts.dead_letters = len(changes.dead_letters)

    def _numbering(self) -> Numbering:
        """Numbers for the rows, behind those that are there."""
        return Numbering(self._memory.last_position)

    def follow(self) -> None:
        """The commit happened: memory is brought up to it."""
        memory, changes = self._memory, self.changes
        memory.last_position = self._numbers.last
        memory.recorded = self.recorded
        memory.count(changes.counts)
        memory.has_retired = memory.has_retired or changes.removal is not None
        for name in self._dropped:
            memory.at_hand.drop(name)
        for held in self._touched.values():
            memory.at_hand.put(held)
        wakes = [row.wakes_at for row in changes.matters if not row.held]
        memory.has_held = (memory.has_held and not self.releases_held) or len(wakes) < len(changes.matters)
        memory.earliest_wake = self._earliest if self.asks_earliest else min([memory.earliest_wake, *wakes])
