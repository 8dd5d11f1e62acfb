"""What is counted of the journal, by which keys, and what one commit adds to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

from monitor.domain.cases.workload import FigureKey
from monitor.domain.hours.instant import DAY_US, FOREVER_US, HOUR_US, MINUTE_US, DurationUs, InstantUs


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
