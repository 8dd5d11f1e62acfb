"""Rows of the journal, as values. The store's tables have the same columns in the same order.

Instants are microseconds since the epoch, UTC. `recorded` is when Kept came to know, and never runs backwards; `position`
counts the rows of the journal in the order in which they were committed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from monitor.domain.cases.obligation import Verdict
from monitor.domain.figures.tally import outcome_of
from monitor.domain.hours.instant import MINUTE_US, DurationUs, InstantUs
from monitor.service.ports.counts import RunningKey

Identity: TypeAlias = tuple[str, str]
"""(source, id) of an event."""


RecordPlace: TypeAlias = tuple[str, int, int]
"""Topic, partition and offset of a record."""


ObligationName: TypeAlias = tuple[str, str, str | InstantUs]
"""(case, kind, occasion or opening): what an obligation's id is made of, without making it."""


_RUNNING: Final = Verdict.RUNNING.value


OUTCOMES: Final = {
    (verdict.value, is_done): outcome_of(verdict, is_done=is_done).value
    for verdict in Verdict
    for is_done in (False, True)
}
"""Verdicts as they are counted, by whether the obligation has ended."""


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

    `epoch`, about the instant at which somebody took it, grows each time; `owner` is who did last. Records before `next_offset`
    are in the journal, None where none was read yet; all that was in the log at `read_until` is. What concerns everybody was
    brought to its matters as far as the journal's position `followed`.
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

    @property
    def running_key(self) -> RunningKey | None:
        """What it is counted by while it runs towards a due instant; None where it does not."""
        due = self.due
        return RunningKey(due // MINUTE_US, self.kind) if due is not None and self.verdict == _RUNNING else None

    @property
    def outcome(self) -> str:
        """The verdict as it is counted."""
        return OUTCOMES[self.verdict, self.ended is not None]


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


class FiguresRecord(NamedTuple):
    """What people did in a matter, as it was last counted: a text of `monitor.service.matters.figures`."""

    matter: str
    figures: str
