"""Notices, as values: what somebody outside is told of, and each message that must reach a receiver.

A notice is about one obligation that is due soon, broken or of unknown verdict, about a promised share that a period ended
short of, or it is a *storm*: one notice for many of a sort that came at once, which are *folded* into it and stay on record.
Its key is derived from the decision that brought it about, or from the share and its period, so that the same breach has
the same key however often it is looked at. A *delivery* is one message about one
notice to one receiver; the phase says what the message is: opened, warned again, a reminder, resolved.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple

from monitor.domain.hours.instant import MINUTE_US, SECOND_US, DurationUs, InstantUs
from monitor.domain.hours.working_hours import WorkingHours

STORM_WINDOW_US: Final[DurationUs] = MINUTE_US
"""What comes within this time counts as coming at once."""


class NoticeKind(StrEnum):
    """What a notice says."""

    DUE_SOON = "due_soon"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    MISSED = "missed"
    """A period has ended short of its share."""
    CANARY = "canary"
    """The canary's promise is broken, as it must be."""
    TEST = "test"


SEVERITIES: Final = {
    NoticeKind.DUE_SOON: "warning",
    NoticeKind.BROKEN: "critical",
    NoticeKind.UNKNOWN: "warning",
    NoticeKind.MISSED: "warning",
    NoticeKind.CANARY: "info",
    NoticeKind.TEST: "info",
}


class Phase(StrEnum):
    """What a message about a notice is; those that may come more than once carry a number."""

    OPENED = "opened"
    REOPENED = "reopened"
    WARNED = "warned"
    COUNTED = "counted"
    """How many a storm came to."""
    REMINDER = "reminder"
    RESOLVED = "resolved"


STANDING_PHASES: Final = (Phase.OPENED, Phase.REOPENED, Phase.RESOLVED)
"""Messages for receivers that are told a state, and remind by themselves: Alertmanager."""


class DeliveryState(StrEnum):
    """Where a message is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Result(StrEnum):
    """What is counted of notices and of tries to deliver them."""

    OPENED = "opened"
    FOLDED = "folded"
    RESOLVED = "resolved"
    DELIVERED = "delivered"
    FAILED = "failed"
    GIVEN_UP = "given_up"


class NoticeRecord(NamedTuple):
    """A notice as it stands. `position` is that of the decision that brought it about.

    Who it is about stays as it was then, for these are an alert's labels; due, holder, the holder's grade (empty where it is
    not known), what the engine `says` of it and what ended it are as last heard.
    `starts_at` is the due instant (of one that is due soon: the instant of the warning), `closes_at` when it will be resolved
    without another decision, `resolved` when it was. A storm has no obligation; `folded` counts what it is about and `left`
    how many of these are not over; `storm` is the key of the one that a notice is folded into.

    One about a share has neither obligation nor case, and `starts_at` and `due` are the end of its `period`. Of the promise it
    has the `version`; `promised` is in millionths, `kept` of `counted` are of its `measure`: so many cases or touches, or
    microseconds of minutes. `position` is the last that its shares were counted by.
    """

    key: str
    position: int
    kind: str
    obligation: str | None
    case_id: str | None
    client: str
    promise: str
    promise_kind: str
    tier: str
    holder: str
    grade: str
    says: str
    cause: str
    starts_at: InstantUs
    due: InstantUs | None
    ended: InstantUs | None
    opened: InstantUs
    closes_at: InstantUs | None
    resolved: InstantUs | None
    is_settled: bool
    """Resolved by another verdict: should it stand again, that is another notice; of a share, the same one opened again."""
    reason: str
    warnings: int
    storm: str | None
    folded: int
    left: int
    remind_at: InstantUs | None
    reminders: int
    rounds: int
    """How often it was opened again."""
    version: int | None = None
    period: str = ""
    measure: str = ""
    promised: int | None = None
    kept: int | None = None
    counted: int | None = None

    @property
    def is_storm(self) -> bool:
        """Whether it is about many."""
        return self.folded > 0

    @property
    def is_open(self) -> bool:
        """Whether it still stands."""
        return self.resolved is None


class DeliveryRecord(NamedTuple):
    """A message to a receiver; of one notice those with a smaller `place` go first. `fault` is why the last try failed."""

    notice: str
    receiver: str
    phase: str
    place: int
    case_id: str | None
    kind: str
    state: str
    created: InstantUs
    tries: int
    try_at: InstantUs
    ended: InstantUs | None
    fault: str

    @property
    def message_id(self) -> str:
        """The same for every try: whoever hears it twice can tell."""
        return f"{self.notice}-{self.phase}"


class NoticeCount(NamedTuple):
    """What results are counted by; `receiver` is empty where a notice is counted and not its delivery."""

    kind: str
    receiver: str
    result: str


class BreachEnd(StrEnum):
    """What ends the notice of a breach, beside its being taken back or excused."""

    DONE = "done"
    """It was done late."""
    ACKNOWLEDGED = "acknowledged"
    """That, or somebody acknowledged it."""
    OWNED = "owned"
    """Nothing is owed for it any more, also where it was done late before; where nothing ever was, as `DONE`."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told: of which kinds, and whether every message or only a state."""

    name: str
    kinds: frozenset[str]
    hears_standing_only: bool


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """What the operator decides about notices.

    `stays` is how long a breach is shown after it was done late; `storm_above` how many of a sort at once are told singly;
    `remind_every` is None where nobody is reminded.
    """

    receivers: tuple[Receiver, ...]
    stays: DurationUs = 15 * MINUTE_US
    storm_above: int = 20
    remind_every: DurationUs | None = None
    remind_hours: WorkingHours | None = None
    give_up_after: DurationUs = 24 * 60 * MINUTE_US
    breach_ends: BreachEnd = BreachEnd.DONE

    def next_reminder(self, kind: str, now: InstantUs) -> InstantUs | None:
        """When to remind of a notice next: some time from now, and in the hours stated."""
        if self.remind_every is None or kind != NoticeKind.BROKEN:
            return None
        at = now + self.remind_every
        return at if self.remind_hours is None else self.remind_hours.next_opening(at)


class ShareMark(NamedTuple):
    """Up to where shares have been looked at: the position of the last row that changes them, the instant up to which periods
    had ended, and the edition of the book by which it was."""

    position: int
    until: InstantUs
    edition: int

    @property
    def written(self) -> str:
        """As it is noted down."""
        return " ".join(map(str, self))


def read_mark(text: str) -> ShareMark:
    """A mark as it was noted down."""
    return ShareMark(*map(int, text.split()))


@dataclass(slots=True)
class NoticeChanges:
    """What one step writes, in one transaction."""

    notices: dict[str, NoticeRecord] = field(default_factory=dict)
    deliveries: list[DeliveryRecord] = field(default_factory=list)
    counts: Counter[NoticeCount] = field(default_factory=Counter)
    position: int | None = None
    """Up to where decisions have been looked at."""
    marks: dict[str, ShareMark] = field(default_factory=dict)
    """Up to where shares have been looked at, by the note that says so."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write but how far one has come."""
        return not (self.notices or self.deliveries)


def notice_key(kind: str, decision_id: str) -> str:
    """The name of the notice that a decision brings about: 32 hexadecimal digits."""
    return sha256(f"{kind}\x1f{decision_id}".encode()).hexdigest()[:32]


def trial_notice(key: str, now: InstantUs) -> NoticeRecord:
    """A notice about nothing, to try receivers with."""
    return notice_of_no_case(key, NoticeKind.TEST, now)._replace(is_settled=True, reason="a test")


def notice_of_no_case(key: str, kind: NoticeKind, now: InstantUs) -> NoticeRecord:
    """A notice that is opened now and says nothing yet of what it is about, which is no obligation."""
    return NoticeRecord(
        key,
        0,
        kind.value,
        obligation=None,
        case_id=None,
        client="",
        promise="",
        promise_kind="",
        tier="",
        holder="",
        grade="",
        says="",
        cause="",
        starts_at=now,
        due=None,
        ended=None,
        opened=now,
        closes_at=None,
        resolved=None,
        is_settled=False,
        reason="",
        warnings=0,
        storm=None,
        folded=0,
        left=0,
        remind_at=None,
        reminders=0,
        rounds=0,
    )


FIRST_PAUSE_US: Final[DurationUs] = SECOND_US
LONGEST_PAUSE_US: Final[DurationUs] = 10 * MINUTE_US


def pause_before_try(message_id: str, tries: int) -> DurationUs:
    """How long to rest after so many tries: twice as long each time up to ten minutes, less up to a half of it.

    What is left out is derived from the message, not thrown: it spreads those that failed together just as well, and the
    same message rests for the same time in a test.
    """
    longest = min(FIRST_PAUSE_US << min(tries - 1, 20), LONGEST_PAUSE_US)
    spread = int.from_bytes(sha256(f"{message_id}\x1f{tries}".encode()).digest()[:4])
    return longest - longest // 2 * spread // 2**32
