"""Rows of the journal, as values. The store's tables have the same columns in the same order.

Instants are microseconds since the epoch, UTC. `recorded` is when Kept came to know, and never runs backwards; `position`
counts the rows of the journal in the order in which they were committed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias, TypeVar

from monitor.domain.cases.obligation import Verdict
from monitor.domain.cases.workload import FigureKey
from monitor.domain.facts.events import CANARY
from monitor.domain.figures.tally import outcome_of
from monitor.domain.hours.instant import DAY_US, FOREVER_US, HOUR_US, MINUTE_US, DurationUs, InstantUs

Identity: TypeAlias = tuple[str, str]
"""(source, id) of an event."""


RecordPlace: TypeAlias = tuple[str, int, int]
"""Topic, partition and offset of a record."""


ObligationName: TypeAlias = tuple[str, str, str | InstantUs]
"""(case, kind, occasion or opening): what an obligation's id is made of, without making it."""


_RUNNING: Final = Verdict.RUNNING.value
_OUTCOMES: Final = {
    (verdict.value, is_done): outcome_of(verdict, is_done=is_done).value
    for verdict in Verdict
    for is_done in (False, True)
}


class EventRecord(NamedTuple):
    """An event as it arrived, with its original bytes. `client` is the one it names or its address maps to."""

    position: int
    source: str
    id: str
    type: str
    case_id: str | None
    client: str | None
    time: InstantUs
    sequence: int
    recorded: InstantUs
    origin: str
    content: bytes


class MatterRecord(NamedTuple):
    """Cases judged together: when time alone next decides something there.

    `held` is true while its events are still being caught up with: the answer to what looks broken may be on its way.
    `home` is the partition whose owner judges it, 0 where nothing is partitioned.
    """

    id: str
    wakes_at: InstantUs
    held: bool
    home: int = 0


class PartitionRecord(NamedTuple):
    """A partition of the topic of events: whose it is, and how far it is read.

    `epoch` grows whenever somebody takes it; `owner` is who did last. Records before `next_offset` are in the journal, None
    where none was read yet; all that was in the log at `read_until` is. What concerns everybody was brought to its matters
    as far as the journal's position `followed`.
    """

    number: int
    epoch: int
    owner: str
    next_offset: int | None
    read_until: InstantUs
    followed: int


class Head(NamedTuple):
    """Where the journal ends: its last position, when it was last added to, the newest edition of the book, the last visit."""

    position: int
    recorded: InstantUs
    edition: int
    visit: int


class VisitRecord(NamedTuple):
    """A matter was written by somebody else than the owner of its home; `number` grows with each commit that has visits."""

    matter: str
    number: int


@dataclass(frozen=True, slots=True)
class Advance:
    """How far an owner's partitions come with a commit, each by its number; `epochs` are those it has them by.

    `followed` is the same for all of them, None where it stays.
    """

    epochs: Mapping[int, int]
    next_offsets: Mapping[int, int] = field(default_factory=dict)
    read_until: Mapping[int, InstantUs] = field(default_factory=dict)
    followed: int | None = None


class CaseRecord(NamedTuple):
    """Where a case stands. `matter` is what it is judged in; cases that were only named have no phase yet."""

    id: str
    matter: str
    client: str
    phase: str
    holder: str | None
    team: str | None
    channel: str | None
    priority: str | None
    tier: str | None
    opened_at: InstantUs | None

    @property
    def light(self) -> tuple[str | None, ...]:
        """What its obligations' rows repeat."""
        return (self.client, self.channel, self.tier)


class ObligationRecord(NamedTuple):
    """An obligation as its latest decision left it. `due` is None while paused; `warnings` counts those given.

    `is_given` is true once a verdict was given that one relies on: kept, broken, excused or void. `decision` is the
    position of the latest decision about it, `revision` how many there were.
    """

    id: str
    case_id: str
    client: str
    promise: str
    version: int
    kind: str
    occasion: str | None
    channel: str | None
    tier: str | None
    opened: InstantUs
    due: InstantUs | None
    verdict: str
    ended: InstantUs | None
    warnings: int
    is_open: bool
    is_given: bool
    reason: str
    revision: int
    decision: int

    @property
    def name(self) -> ObligationName:
        """What it is found by."""
        return (self.case_id, self.kind, self.occasion or self.opened)

    def count_key(self, home: int = 0) -> ObligationKey:
        """What it is counted by in a partition."""
        return ObligationKey(self.kind, self.client, self.tier or "", self.outcome, self.is_open, home)

    @property
    def running_key(self) -> RunningKey | None:
        """What it is counted by while it runs towards a due instant; None where it does not."""
        due = self.due
        return RunningKey(due // MINUTE_US, self.kind) if due is not None and self.verdict == _RUNNING else None

    @property
    def is_counted(self) -> bool:
        """Whether it is in any count: all but the canary's are."""
        return self.client != CANARY

    @property
    def outcome(self) -> str:
        """The verdict as it is counted."""
        return _OUTCOMES[self.verdict, self.ended is not None]


class DecisionRecord(NamedTuple):
    """A decision, and the whole of its obligation as of it: a row of the history. Rows are only ever added.

    `at` is since when it is true (valid time), `recorded` when Kept came to know it. It is the `revision`-th about its
    obligation and takes the place of the one at position `replaces`; what held at a recorded instant is what no row
    recorded until then replaces. `restated` is true where a verdict takes the place of one given earlier.
    `holder` is who had the case, failing a person the team, `grade` the one that person had at `at`, as far as was known
    when it was recorded; None is unknown. Once the obligation has ended, `elapsed` is how much of the
    promise's own time it took, `margin` how much was left (negative: how late it was), and `ratio` millionths of the
    promised time that were used: at most a million if it was kept, more if not. `cause_*` name the event behind it.
    """

    position: int
    id: str
    recorded: InstantUs
    revision: int
    replaces: int | None
    type: str
    obligation: str
    case_id: str
    client: str
    promise: str
    version: int
    kind: str
    occasion: str | None
    channel: str | None
    tier: str | None
    holder: str | None
    grade: str | None
    opened: InstantUs
    at: InstantUs
    verdict: str
    previous: str | None
    restated: bool
    due: InstantUs | None
    ended: InstantUs | None
    is_open: bool
    warnings: int
    elapsed: DurationUs | None
    margin: DurationUs | None
    ratio: int | None
    cause_source: str | None
    cause_id: str | None
    reason: str

    @property
    def is_counted(self) -> bool:
        """Whether it is in any count: all but the canary's are."""
        return self.client != CANARY


class DeadLetter(NamedTuple):
    """Bytes that were no event Kept understands. `digest` names them: the same bytes are kept once."""

    position: int
    digest: str
    recorded: InstantUs
    origin: str
    found: str
    expected: str
    key: str
    content: bytes


class LetterState:
    """What may become of a dead letter."""

    RETRIED = "retried"
    """Its bytes were sent again, and taken."""
    DROPPED = "dropped"


class LetterEnding(NamedTuple):
    """What became of a dead letter, who did it when and why. The letter stays as it is."""

    letter: int
    ended: InstantUs
    state: str
    author: str
    reason: str


class EditionRecord(NamedTuple):
    """A text of the promise book as it was applied. It governs what opens from `since` on; where it `restates`, also what
    had opened before it was applied. Rows are only ever added."""

    number: int
    recorded: InstantUs
    since: InstantUs
    restates: bool
    digest: str
    author: str
    reason: str
    text: str


class RetirementRecord(NamedTuple):
    """One run of the retention policy: how much went that had ended before an instant. `last_position` is where the journal
    ended then: what is written later gets no position that was taken once."""

    number: int
    recorded: InstantUs
    policy: str
    before: InstantUs
    matters: int
    cases: int
    events: int
    obligations: int
    decisions: int
    last_position: int


class DecisionKey(NamedTuple):
    """What decisions are counted by; an empty text where there is no channel or tier."""

    type: str
    verdict: str
    restated: bool
    kind: str
    client: str
    channel: str
    tier: str
    home: int = 0


class ObligationKey(NamedTuple):
    """What obligations are counted by as they stand; an empty text where there is no tier."""

    kind: str
    client: str
    tier: str
    outcome: str
    is_open: bool
    home: int = 0


class RunningKey(NamedTuple):
    """What obligations that run are counted by: the minute since the epoch in which they are due."""

    minute: int
    kind: str


class RatioKey(NamedTuple):
    """What endings are counted by: how much of the promised time they used, up to and including `edge` millionths."""

    kind: str
    tier: str
    edge: int
    home: int = 0


class IntakeKey(NamedTuple):
    """What arrivals are counted by; see `Intake`."""

    outcome: str
    home: int = 0


class OwningKey(NamedTuple):
    """What steps that were taken are counted by: how long after the breach of a promise of this `kind`, up to and including
    `edge` microseconds of calendar time."""

    step: str
    kind: str
    tier: str
    edge: int
    home: int = 0


OWNING_EDGES: Final = (
    *(5 * MINUTE_US, 15 * MINUTE_US, 30 * MINUTE_US, HOUR_US, 2 * HOUR_US, 4 * HOUR_US, 8 * HOUR_US),
    *(DAY_US, 2 * DAY_US, 7 * DAY_US, 30 * DAY_US, FOREVER_US),
)
"""Upper ends, in microseconds after the breach, by which steps that were taken are counted."""

RATIO_EDGES: Final = (
    *(100_000, 250_000, 500_000, 750_000, 900_000, 1_000_000),
    *(1_100_000, 1_500_000, 2_000_000, 5_000_000, FOREVER_US),
)
"""Upper ends, in millionths of the promised time, by which endings are counted. One is exactly 1: kept, or not."""


class Intake:
    """What may become of something that arrived; the names under which it is counted."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    LATE = "late"
    """Accepted, and from before something known of its matter: the past was judged anew."""


INTAKE_OUTCOMES = (Intake.ACCEPTED, Intake.DUPLICATE, Intake.REJECTED)


class Ratios(NamedTuple):
    """So many endings, and the sum of their ratios in millionths, or of how long they took in microseconds."""

    endings: int = 0
    total: int = 0


class Moved(NamedTuple):
    """How much of something was counted, and how much of it was taken back later."""

    counted: int = 0
    withdrawn: int = 0


class FiguresRecord(NamedTuple):
    """What people did in a matter, as it was last counted: a text of `monitor.service.matters.figures`."""

    matter: str
    figures: str


@dataclass(slots=True)
class Counts:
    """Numbers that grow with the journal: what one commit adds to them."""

    decisions: Counter[DecisionKey] = field(default_factory=Counter)
    obligations: Counter[ObligationKey] = field(default_factory=Counter)
    ratios: dict[RatioKey, Ratios] = field(default_factory=dict)
    intake: Counter[IntakeKey] = field(default_factory=Counter)
    dead_letters: int = 0
    clients: list[str] = field(default_factory=list)
    """In the order in which Kept first judged something of theirs, those of the book first."""
    heard: dict[str, InstantUs] = field(default_factory=dict)
    """The latest event time of each source."""
    owning: dict[OwningKey, Ratios] = field(default_factory=dict)
    figures: dict[FigureKey, Moved] = field(default_factory=dict)
    """What people did."""
    running: Counter[RunningKey] = field(default_factory=Counter)
    """Nobody remembers these: whoever looks how much time is left asks the store."""

    def move(self, key: FigureKey, amount: int) -> None:
        """Counts so much more of what people did; less than nothing takes back."""
        counted, withdrawn = self.figures.get(key, _NOT_MOVED)
        if amount:
            self.figures[key] = Moved(counted + max(0, amount), withdrawn + max(0, -amount))

    def observe(self, key: RatioKey, ratio: int) -> None:
        """Counts one ending."""
        _add(self.ratios, key, ratio)

    def observe_step(self, key: OwningKey, took: DurationUs) -> None:
        """Counts one step that was taken."""
        _add(self.owning, key, took)


K = TypeVar("K", RatioKey, OwningKey)


def _add(counted: dict[K, Ratios], key: K, amount: int) -> None:
    endings, total = counted.get(key, _NO_RATIOS)
    counted[key] = Ratios(endings + 1, total + amount)


_NO_RATIOS: Final = Ratios()
_NOT_MOVED: Final = Moved()


class Removal(NamedTuple):
    """Matters that go, with their cases; `counts` is what was counted of their rows, `record` the run they go in."""

    matters: list[str]
    cases: list[str]
    counts: Counts
    record: RetirementRecord


@dataclass(slots=True)
class Changes:
    """Everything one commit writes."""

    recorded: InstantUs
    events: list[EventRecord] = field(default_factory=list)
    matters: list[MatterRecord] = field(default_factory=list)
    gone_matters: list[str] = field(default_factory=list)
    """Matters that were joined to another."""
    cases: list[CaseRecord] = field(default_factory=list)
    obligations: list[ObligationRecord] = field(default_factory=list)
    decisions: list[DecisionRecord] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    editions: list[EditionRecord] = field(default_factory=list)
    removal: Removal | None = None
    forgets_until: InstantUs | None = None
    """Cases of the canary that opened before this go, without a trace."""
    counts: Counts = field(default_factory=Counts)
    figures: list[FiguresRecord] = field(default_factory=list)
    new_matters: list[MatterRecord] = field(default_factory=list)
    new_cases: list[CaseRecord] = field(default_factory=list)
    """Where several write: those that must not be there yet, for another may be about to write the same."""
    new_obligations: list[ObligationRecord] = field(default_factory=list)
    """Where several write: those of which this commit decides for the first time."""
    visits: list[VisitRecord] = field(default_factory=list)


class Resumption(NamedTuple):
    """Where the journal ends: what whoever goes on writing it must know. `counts` are those of all commits so far.

    `has_retired` says whether anything was ever taken out of it.
    """

    last_position: int
    recorded: InstantUs
    earliest_wake: InstantUs
    counts: Counts
    has_retired: bool = False
