"""What the service asks of the world. Adapters answer; `bootstrap` introduces them to each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book
from monitor.service.origin_records import BlockKey, LostOriginsRecord, OriginBlockRecord, OriginPlace, OriginRecord
from monitor.service.records import (
    Advance,
    CaseRecord,
    Changes,
    DecisionRecord,
    EditionRecord,
    Head,
    Identity,
    LetterEnding,
    ObligationRecord,
    PartitionRecord,
    RecordPlace,
    Resumption,
    VisitRecord,
)

T = TypeVar("T")

Decoder: TypeAlias = Callable[[bytes], Event]
"""The event in one CloudEvent in structured JSON; raises UnreadableEvent."""


BookReader: TypeAlias = Callable[[str, str], Book]
"""The promise book in a text, under the name of its file; raises ConfigError with every fault."""


class Clock(Protocol):
    """When it is, and a way to wait."""

    def now(self) -> InstantUs:
        """The wall clock; it may be set, forwards and backwards."""
        ...

    async def wait(self, nudge: asyncio.Event, until: InstantUs) -> None:
        """Waits until `until`, or less long: until `nudge` is set, or the wall clock deserves another look."""
        ...


class Worker(Protocol):
    """Does one piece of blocking work after the other, in the order in which it was asked to."""

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises; whoever waits may be cancelled, the work is done all the same."""
        ...


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

    def matters_of_client(self, client: str) -> list[str]:
        """The matters in which a case is this client's."""
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


class OriginRows(Protocol):
    """What a transaction knows of origins."""

    def origins(self) -> list[OriginRecord]:
        """All partitions of the firm's topics of which something was seen."""
        ...

    def origin_blocks(self, keys: Iterable[BlockKey]) -> list[OriginBlockRecord]:
        """Those of these blocks that are there."""
        ...

    def all_origin_blocks(self) -> list[OriginBlockRecord]:
        """All that are kept."""
        ...

    def lost_origins(self) -> list[LostOriginsRecord]:
        """All records that were lost."""
        ...

    def put_origins(self, rows: list[OriginRecord]) -> None:
        """Writes rows, each in the place of the one of its partition."""
        ...

    def put_origin_blocks(self, rows: list[OriginBlockRecord]) -> None:
        """Writes blocks, each in the place of the one of its number."""
        ...

    def drop_origin_blocks(self, place: OriginPlace, below: int) -> None:
        """Forgets the blocks of a partition before one."""
        ...

    def put_lost_origins(self, rows: list[LostOriginsRecord]) -> None:
        """Writes down what was lost."""
        ...


class SharedTransaction(Transaction, OriginRows, Protocol):
    """A transaction of one of several processes that write one journal; what it reads, it reads as it is just then.

    `earliest_wake` and the questions for matters by client or by time tell of its homes only.
    """

    def head(self) -> Head:
        """Where the journal ends just now."""
        ...

    def due_in(self, homes: Collection[int], until: InstantUs, limit: int) -> list[str]:
        """Matters of these homes that wake at `until` or before, the earliest first."""
        ...

    def homes_of(self, matters: Collection[str]) -> dict[str, int]:
        """The home of each of these matters that is in the journal."""
        ...

    def take_turn(self) -> Head:
        """Waits until nobody else writes; from here to the end of the transaction nobody does. Says where the journal ends."""
        ...

    def partitions(self) -> list[PartitionRecord]:
        """All partitions that were ever read, in order."""
        ...

    def claim(self, numbers: Collection[int], owner: str, head: Head) -> list[PartitionRecord]:
        """Makes partitions this owner's, in its turn: nothing is written for them by their epochs before."""
        ...

    def lost(self, epochs: Mapping[int, int]) -> set[int]:
        """Which of these partitions have another epoch by now."""
        ...

    def move_on(self, advance: Advance) -> None:
        """Writes how far partitions have come."""
        ...

    def last_visit(self) -> int:
        """The number of the last visit, 0 where there was none."""
        ...

    def earliest_wakes(self, homes: Collection[int]) -> dict[int, InstantUs]:
        """When the first matter of each of these homes wakes."""
        ...

    def visits_since(self, number: int) -> list[VisitRecord]:
        """The visits after this one, in order."""
        ...

    def known_clients(self, clients: Collection[str]) -> set[str]:
        """Which of these clients have their place."""
        ...

    def events_for_all(self, position: int) -> list[tuple[int, bytes]]:
        """(position, original bytes) of the events after a position that concern every partition, in order."""
        ...

    def heard_since(self, sources: Iterable[str], position: int) -> list[tuple[int, str, InstantUs, int]]:
        """(position, source, time, sequence) of the events of these sources after a position, in order."""
        ...


class SharedStore(Store, Protocol):
    """The journal as one of several processes sees it."""

    homes: frozenset[int]
    """The homes that its transactions tell of."""

    def begin(self) -> AbstractContextManager[SharedTransaction]:
        """A transaction. Raises Outdated at its end where another process has written the same row at the same time."""
        ...


class LogRecord(NamedTuple):
    """A record of a partition: its offset and what it holds, None where it holds nothing; and the record of the firm's own
    that it was made of, where it says so."""

    offset: int
    content: bytes | None
    made_of: RecordPlace | None = None


class Bounds(NamedTuple):
    """The offsets of a partition's first record that is still there, and behind its last."""

    begin: int
    end: int


class EventLog(Protocol):
    """A topic of events in partitions, some of which are this process's; each call raises TransientError for a log that
    does not work this time."""

    topic: str

    async def fetch(self, until: InstantUs) -> Mapping[int, Sequence[LogRecord]]:
        """Records of this process's partitions, at once where there are any, else none by `until` or so."""
        ...

    async def bounds(self, partitions: Collection[int]) -> dict[int, Bounds]:
        """Where each of these partitions begins and ends just now."""
        ...

    async def position(self, partition: int) -> int:
        """Behind what was fetched of a partition; what lies between two records and is none is passed over."""
        ...

    async def show(self, next_offsets: Mapping[int, int]) -> None:
        """Tells whoever looks at the log's own tools how far this process is; nothing hangs on it."""
        ...
