"""A commit of one of several workers: judged beside the others, written in turn.

Theory of operation. A worker judges the matters whose home is one of its partitions, and nobody else does: what it
remembers of them is what is in the journal. Others are only judged in turn, from the turn's beginning on, when nobody
else can write: those whose events come from several partitions (`SPANNING`) and those of another worker's partition that
an event joins to one of its own. A matter of another's that was written is noted as a visit, by which its owner learns
that what it remembers of it is out of date, at the latest in its turn, before it writes.

What concerns everybody (changes of clients and of staff) is written down by whoever reads it, like any event, and judged
by nobody then. Each worker looks for it in the journal at the beginning of each commit, and brings it to the matters of
its homes; how far it has come is written with that, so that each matter is told once.

Taking events lets no time pass: a deadline is judged by `passed`, up to which everything in the log was read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from monitor.domain.cases.coverage import Coverage
from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.errors import Outdated, OutdatedBook, Superseded, UnreadableEvent
from monitor.service.commits.commit import Basis, Commit
from monitor.service.commits.numbering import Numbering
from monitor.service.doors.arrivals import Arrival, Outcome
from monitor.service.matters.at_hand import Held
from monitor.service.matters.counting import count_obligations
from monitor.service.matters.grouping import Group
from monitor.service.matters.reach import named_cases
from monitor.service.origins.sightings import Sighting, see
from monitor.service.ports.records import (
    Advance,
    CaseRecord,
    Head,
    Identity,
    MatterRecord,
    RetirementRecord,
    VisitRecord,
)
from monitor.service.ports.shared_journal import SharedTransaction
from monitor.service.workers.placing import place
from monitor.service.workers.share import SPANNING
from monitor.service.workers.shared_memory import SharedMemory


class SharedCommit(Commit):
    """What one transaction changes, among others."""

    holds_back = False  # time passes only as far as everything was read

    _memory: SharedMemory
    transaction: SharedTransaction

    def __init__(
        self,
        basis: Basis,
        memory: SharedMemory,
        transaction: SharedTransaction,
        now: InstantUs,
        *,
        passed: InstantUs,
    ) -> None:
        """`passed` is how far time has come."""
        super().__init__(basis, memory, transaction, now)
        self.passed = passed
        self.next_offsets: dict[int, int] = {}
        """Behind what this commit takes in, by partition."""
        self.wakes_in: Collection[int] = ()
        """Homes whose earliest deadline may be later than it was."""
        self._wakes: dict[int, InstantUs] = {}
        self._share = memory.share
        self._head: Head | None = None
        self._homes: dict[str, int] = {}
        self._visited: dict[str, None] = {}
        self._new_matters: set[str] = set()
        self._new_cases: set[str] = set()
        self._followed: int | None = None
        self._followed_before = memory.followed
        self._told_all: list[Event] = []
        """What concerns everybody, and this commit brought to the matters at home."""
        self._in_hand: set[str] = set()
        """Matters that were touched: what is remembered of them is as this commit leaves them."""
        self._known_clients: set[str] = set()
        self._read: list[Event] = []
        """What is taken in; no event names a case that was retired before, but those that name one of `_retired`."""
        self._retired: set[str] = set()
        self._sightings: list[Sighting] = []

    def look_around(self) -> None:
        """The first thing in each commit: what others have written is taken note of."""
        self._memory.forget_visited(self.transaction)
        self._follow()

    def take_turn(self) -> Head:
        """From here to the end nobody else writes; says where the journal ends. Raises Outdated where somebody has written what
        was judged already."""
        if self._head is not None:
            return self._head
        self._head = head = self.transaction.take_turn()
        self.recorded = self.changes.recorded = max(self.now, head.recorded + 1)
        visited = self._memory.forget_visited(self.transaction)
        if visited & self._touched.keys():
            raise Outdated("another worker has written a matter that this one judged meanwhile")
        if visited and self.transaction.retired_among(self._named() - self._retired):
            raise Outdated("a case that an event names was retired meanwhile")
        return head

    def take_place(self) -> InstantUs:
        """Takes its turn: only then is it known what is recorded before."""
        self.take_turn()
        return self.recorded

    def take_back(self) -> None:
        """It did not happen: what it has changed in memory is made undone, or forgotten where it can be made again from the
        journal. Events that sources were heard by stay heard: they are in the log, and will be read again."""
        memory = self._memory
        for name in self._in_hand:
            memory.at_hand.drop(name)
        memory.clients.difference_update(self.changes.counts.clients, self._known_clients)
        memory.followed = self._followed_before
        for event in self._told_all:
            memory.forget_change(event)

    # Where it comes from

    def take(self, arrivals: Sequence[Arrival], read: Sequence[Event | UnreadableEvent]) -> list[Outcome]:
        """As any commit; whatever becomes of an arrival, the record that it was made of has left its trace."""
        for arrival, event in zip(arrivals, read, strict=True):
            if arrival.made_of is not None and isinstance(event, Event):
                self._sight(arrival, event.time)
        return super().take(arrivals, read)

    def reject(self, arrival: Arrival, reason: UnreadableEvent) -> None:
        self._sight(arrival, self.now)
        super().reject(arrival, reason)

    def _sight(self, arrival: Arrival, at: InstantUs) -> None:
        if arrival.made_of is not None:
            self._sightings.append(Sighting(*arrival.made_of, at))

    # What others wrote

    def _follow(self) -> None:
        """Brings to the matters at home what concerns everybody and came since this was last looked for."""
        found = self.transaction.events_for_all(self._memory.followed)
        if not found:
            return
        fresh = [(Arrival(content, "", catching_up=True), self._basis.recall(content)) for _, content in found]
        # First of all: where something is judged in turn, only what came since then is looked for.
        self._memory.followed = self._followed = found[-1][0]
        self._told_all += [event for _, event in fresh]
        # What is made again from the journal is made without them, and then told of them.
        self._fresh.update(event.identity for _, event in fresh)
        self._judge_sorted(fresh)

    # Retention

    def _retired_among(self, read: Iterable[Event | UnreadableEvent]) -> set[str]:
        self._read = [event for event in read if isinstance(event, Event)]
        self._retired = super()._retired_among(self._read)
        return self._retired

    def _named(self) -> set[str]:
        """The cases that the events of this commit name."""
        return {case for event in self._read for case in named_cases(event)}

    def retire(self, names: Sequence[str], before: RetirementRecord) -> RetirementRecord:
        """In turn. Each that goes is visited: whoever remembers it, or is at an event that names it, learns of that."""
        self._enter_turn()
        if self._touched:
            raise Outdated("what concerns everybody came meanwhile, and is written first")
        record = super().retire(names, before)
        if self.changes.removal is not None:
            self._visited |= dict.fromkeys(self.changes.removal.matters)
        return record

    # Matters

    def touch(self, names: Collection[str]) -> None:
        """Those that are not at home here are read in turn."""
        self._in_hand.update(names)
        homes = self._homes_of(name for name in names if name not in self._touched)
        if any(home not in self._share.epochs for home in homes.values()):
            self._enter_turn()
            homes = self._homes_of(homes)
        if len(homes) < sum(name not in self._touched for name in names):
            raise Outdated("another worker has joined a matter to another one meanwhile")
        self._homes |= homes
        foreign = (name for name, home in homes.items() if home not in self._share.epochs and home != SPANNING)
        self._visited |= dict.fromkeys(foreign)
        super().touch(names)

    def _homes_of(self, names: Iterable[str]) -> dict[str, int]:
        """The homes of matters, by what is remembered or in the journal."""
        homes, missing = {}, []
        for name in names:
            held = self._touched.get(name) or self._memory.at_hand.get(name)
            if held is None:
                missing.append(name)
            else:
                homes[name] = held.home
        return homes | self.transaction.homes_of(missing) if missing else homes

    def _untold(self, matter: str) -> Collection[Identity]:
        """What concerns everybody is brought to the matters at home; any other is made with all that is known."""
        return self._fresh if self._homes[matter] in self._share.homes else ()

    def _home_of(self, matter: str) -> int:
        return self._homes[matter]

    def _enter_turn(self) -> None:
        """Takes the turn to judge in it; what concerns everybody and came before is brought to the matters at home first.

        Whom it concerns is asked of the journal, which does not have what this commit has judged already: it is done again.
        """
        if self._head is None:
            self._hear_all(self.take_turn())
            if self._touched and self.transaction.events_for_all(self._memory.followed):
                raise Outdated("another worker has written what concerns everybody meanwhile")
            self._follow()

    def _hear_all(self, head: Head) -> None:
        """What is judged in turn may be looked after by another, who may have heard more, and judged it again for that already:
        it is judged by all that anybody has heard."""
        self._memory.hear_others(self.transaction, head.position)
        if self._book.sources:
            self._share.see(self.transaction.partitions())
        self._coverage.clear()

    def _judge_fresh(self, fresh: Sequence[tuple[Arrival, Event]]) -> None:
        """What concerns everybody is only written down: all workers, this one too, find it in the journal (`_follow`)."""
        self._judge_sorted([pair for pair in fresh if pair[1].case is not None])

    def _judge_sorted(self, fresh: Sequence[tuple[Arrival, Event]]) -> None:
        """Judges what is at home while others write, and the rest in turn, sorted anew: they may have joined it to more."""
        groups = list(self._grouped(fresh).groups())
        if self._head is not None:
            self._judge_groups(fresh, groups)
            return
        homes = self._homes_of(dict.fromkeys(name for group in groups for name in group.matters))
        own = [group for group in groups if self._home_among(group, homes) in self._share.epochs]
        self._judge_groups(fresh, own)
        if len(own) == len(groups):
            return
        done = {group.name for group in own}
        left = {event.identity for group in groups if group.name not in done for event in group.events}
        rest = [(arrival, event) for arrival, event in fresh if event.identity in left]
        self._enter_turn()
        self._judge_groups(rest, list(self._grouped(rest).groups()))

    def _home_among(self, group: Group, homes: Mapping[str, int]) -> int:
        """The home of a group of events and matters: spanning, where they have several, or wait for a case that may come
        by any partition."""
        if group.unheard:
            return SPANNING
        found = group.partitions | {homes.get(name, SPANNING) for name in group.matters}
        return found.pop() if len(found) == 1 else SPANNING

    def _matter_for(self, group: Group) -> Held:
        parts = [self._touched[name] for name in group.matters]
        home = self._home_among(group, {part.id: part.home for part in parts})
        if home == SPANNING:
            self._enter_turn()
        new = [case for case in group.cases if not any(case in part.cases for part in parts)]
        is_from_elsewhere = any(part.home not in self._share.epochs for part in parts)
        for part in parts:
            self._move(part, home)
        held = super()._matter_for(group)
        held.is_unwritten = held.is_unwritten or held.home != home
        held.home = home
        if not parts:
            self._new_matters.add(held.id)
        self._new_cases.update(new)
        if is_from_elsewhere:
            # Whoever looks after it may not have brought everything to it yet that concerns everybody.
            self._judge(held, [], again=True, catching_up=True, is_recast=True)
        return held

    def _move(self, part: Held, home: int) -> None:
        """Its obligations are counted in the new home from now on."""
        if part.home != home:
            counts, rows = self.changes.counts, part.obligations.values()
            count_obligations(counts, ((row, part.home) for row in rows), -1)
            count_obligations(counts, ((row, home) for row in rows))

    def _heard(self, *, catching_up: bool) -> Coverage:
        """What could not be heard up to the instant to which all partitions were read."""
        coverage = self._coverage.get(catching_up)
        if coverage is None:
            heard = self._memory.ears.coverage(self._share.all_read_until)
            coverage = self._coverage[catching_up] = heard.with_gaps(self._share.gaps)
        return coverage

    def _numbering(self) -> Numbering:
        """Numbers that say only the order, until the rows are placed."""
        return Numbering(0, step=-1)

    # Writing

    def _settle(self) -> None:
        """Takes its turn, makes sure that what it was judged by still holds, and numbers the rows."""
        head = self.take_turn()
        if head.edition != self._basis.editions:
            raise OutdatedBook(
                f"there are {head.edition} editions of the book, and {self._basis.editions} are known here"
            )
        lost = self.transaction.lost(self._share.epochs, self._share.written)
        if lost:
            raise Superseded(frozenset(lost))
        changes = self.changes
        place(changes, self._touched.values(), head.position, self.recorded)
        if changes.removal is not None:
            record = changes.removal.record._replace(last_position=head.position)
            changes.removal = changes.removal._replace(record=record)
        self._tell_new_from_known()
        known = self._known_clients = self.transaction.known_clients(changes.counts.clients)
        changes.counts.clients = [client for client in changes.counts.clients if client not in known]
        changes.visits = [VisitRecord(matter, head.visit + 1) for matter in self._visited]
        self.transaction.move_on(Advance(self._share.epochs, self.next_offsets, followed=self._followed))
        see(self._sightings, self._share.origins, self.transaction)

    def write(self) -> None:
        super().write()
        self._wakes = self.transaction.earliest_wakes(self.wakes_in)

    def _tell_new_from_known(self) -> None:
        changes = self.changes
        matters: dict[str, MatterRecord] = {row.id: row for row in changes.matters}
        cases: dict[str, CaseRecord] = {row.id: row for row in changes.cases}
        changes.new_matters = [row for name, row in matters.items() if name in self._new_matters]
        changes.matters = [row for name, row in matters.items() if name not in self._new_matters]
        changes.new_cases = [row for name, row in cases.items() if name in self._new_cases]
        changes.cases = [row for name, row in cases.items() if name not in self._new_cases]
        decided_first = {row.obligation for row in changes.decisions if row.revision == 1}
        changes.new_obligations = [row for row in changes.obligations if row.id in decided_first]
        changes.obligations = [row for row in changes.obligations if row.id not in decided_first]

    def follow(self) -> None:
        super().follow()
        memory = self._memory
        assert self._head is not None
        memory.last_position = self._head.position - self._numbers.last
        for row in (*self.changes.matters, *self.changes.new_matters):
            memory.earliest[row.home] = min(row.wakes_at, memory.earliest.get(row.home, FOREVER_US))
        memory.earliest |= self._wakes
        for held in self._touched.values():
            if held.home not in self._share.epochs:
                memory.at_hand.drop(held.id)
