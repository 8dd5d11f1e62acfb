"""Facts that arrive, as values.

An `Event` says when and from where a fact came and which case it belongs to; its `fact` says what
happened. Some forty CloudEvents types (`monitor.wire.events.cloud_events`) come down to the few facts below: a letter,
an email and a chat message are all a `Contact`. The original type stays on the event for whoever reads
an explanation. Facts are NamedTuples: values that are cheap to make, for every event makes one.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from operator import itemgetter
from typing import NamedTuple

from monitor.domain.hours.instant import DurationUs, InstantUs

UNIDENTIFIED = "unidentified"
"""The client of events that name nobody the book knows."""

OWN_SOURCE = "kept"
"""The source of Kept's own warnings: they never count as a contact."""

CANARY = "kept-canary"
"""The artificial client whose promises break every few minutes, to show that breaches come through; see `canary`."""


class Side(Enum):
    """Who spoke: the client, the firm, or both at once (a call that was answered)."""

    CLIENT = "client"
    FIRM = "firm"
    BOTH = "both"


class CallStep(Enum):
    """Where a telephone call has got to."""

    OFFERED = "offered"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    TRANSFERRED = "transferred"
    VOICEMAIL = "voicemail"
    ENDED = "ended"


class Ending(Enum):
    """How a case, or its turn, came to an end; `Ended` carries it."""

    RESOLVED = "resolved"
    CLOSED = "closed"
    DELETED = "deleted"


class Opened(NamedTuple):
    """A ticket was opened, with what it was opened as. `by_client` is false where the firm's own staff did it."""

    by_client: bool
    channel: str
    status: str | None
    priority: str | None
    service: str | None
    tags: frozenset[str]
    holder: str | None
    team: str | None


class Changed(NamedTuple):
    """Something about the case is different from now on; None means unchanged."""

    status: str | None
    priority: str | None
    service: str | None
    tags: frozenset[str] | None


class Assigned(NamedTuple):
    """The case has this holder and team from now on; both None: nobody holds it. A robot is nobody."""

    holder: str | None
    team: str | None


class Ended(NamedTuple):
    """The case was resolved, closed or deleted."""

    ending: Ending


class Reopened(NamedTuple):
    """A resolved or closed case goes on."""


class Merged(NamedTuple):
    """This case goes on in another one."""

    into: str


class Split(NamedTuple):
    """This case was split off `out_of`; it starts at its first message, sent at `started_at`."""

    out_of: str
    started_at: InstantUs | None


class Linked(NamedTuple):
    """This case and `to` are one matter: its events are `to`'s events from the beginning."""

    to: str


class Meeting(NamedTuple):
    """Which meeting a contact was, and whether the client came."""

    name: str | None
    """The meeting's own name; None where the calendar gives none."""
    client_came: bool
    tells_who: bool
    """Whether it says who of the firm was there, be it nobody."""


class Contact(NamedTuple):
    """Somebody said something on a channel: email, chat, letter, visit, remote meeting, callback.

    `genuine` is false for automatic mail, robots and internal notes: they are kept and shown, and
    start or stop no clock.
    """

    side: Side
    channel: str
    author: str | None
    genuine: bool
    others: tuple[str, ...] = ()
    """Who else of the firm was there."""
    length: DurationUs | None = None
    """How long it took, where the event says so."""
    meeting: Meeting | None = None
    """Which meeting it was; None for what is no meeting."""

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who is named as having spoken, or been there; robots among them."""
        return self.others if self.author is None else (self.author, *self.others)


def meeting_held(channel: str, meeting: Meeting, came: tuple[str, ...], length: DurationUs | None) -> Contact:
    """A meeting as a contact: `came` are those named as having come. Where the client came and nobody tells who else did,
    somebody did: a meeting is none with oneself."""
    is_genuine = meeting.client_came and (bool(came) or not meeting.tells_who)
    return Contact(Side.FIRM, channel, came[0] if came else None, is_genuine, came[1:], length, meeting)


class MeetingScheduled(NamedTuple):
    """A meeting with the client was arranged for `at`; one of a name that is arranged already is moved there."""

    meeting: str | None
    at: InstantUs
    visit: bool
    invited: tuple[str, ...]
    """Who of the firm was announced."""


class MeetingMoved(NamedTuple):
    """A meeting that was arranged is to be held at another time."""

    meeting: str | None
    at: InstantUs


class MeetingCancelled(NamedTuple):
    """A meeting that was arranged is not to be held."""

    meeting: str | None
    by_client: bool
    reason: str | None


class Call(NamedTuple):
    """A step of a telephone call. `queue` is None while the caller is in the voice menu."""

    step: CallStep
    call: str
    inbound: bool
    queue: str | None
    agent: str | None
    genuine: bool
    """False where a robot is on the line."""


class Worked(NamedTuple):
    """Somebody of the firm worked on the case for so long."""

    person: str
    length: DurationUs


class Promised(NamedTuple):
    """A date was given to the client: `promise` names it, `by` is the instant, `kept_by_resolving` says that only
    the resolution keeps it (otherwise the next contact that reaches the client does)."""

    promise: str
    by: InstantUs
    kept_by_resolving: bool
    speaker: str | None
    words: str | None


class CallbackPromised(NamedTuple):
    """The client was told that they would be called, until `by`."""

    by: InstantUs
    speaker: str | None
    words: str | None


class Amended(NamedTuple):
    """A date given earlier was replaced; it moves the due instant only where the client `agreed`."""

    promise: str
    by: InstantUs
    agreed: bool


class Withdrawn(NamedTuple):
    """A date given earlier no longer stands."""

    promise: str


class Excused(NamedTuple):
    """Somebody decided that a breach is not the firm's. Names the obligation, or the kind (its latest obligation)."""

    obligation: str | None
    kind: str | None
    reason: str
    approved_by: str


class ClientTold(NamedTuple):
    """The client was told of a breach, or beforehand of what will not be as promised. Names the obligation, or the kind."""

    obligation: str | None
    kind: str | None
    by: str | None
    words: str | None


class StepTaken(NamedTuple):
    """Somebody did something about a breach: `step` is the kind of what they did, or `close`.

    Names the obligation that was broken, or the kind of promise, or neither. `cause` and `words` explain; a remedy has an
    `amount` in `currency` that somebody `approved_by`, or a `reason` for none; a closing has a reason for what is left undone.
    """

    step: str
    obligation: str | None
    kind: str | None
    by: str | None
    words: str | None
    cause: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    approved_by: str | None = None
    reason: str | None = None


CLOSE = "close"
"""The step that ends all others: somebody decided that nothing more is owed for a breach."""


class StaffChanged(NamedTuple):
    """A person's grade, team, joining, leaving or absence, valid from the event's time; None means unchanged."""

    person: str
    grade: str | None
    team: str | None
    joined: InstantUs | None
    left: InstantUs | None
    absent: bool | None = None
    """True: away from now on; false: back."""


class ClientChanged(NamedTuple):
    """A client's tier from now on; None means unchanged."""

    tier: str | None


class RiskCleared(NamedTuple):
    """Somebody decided that a client is not at risk any more."""

    by: str
    reason: str


class Heard(NamedTuple):
    """A source is alive: it has nothing to say up to the event's time."""


class Rated(NamedTuple):
    """The client said how satisfied they are: a `score` on a `scale`, or in words, or both. Moves no clock."""

    score: float | None
    scale: str | None
    words: str | None


class Noted(NamedTuple):
    """A fact that is kept and shown but moves no clock yet; `text` is what an explanation shows."""

    text: str


Fact = (
    Opened
    | Changed
    | Assigned
    | Ended
    | Reopened
    | Merged
    | Split
    | Linked
    | Contact
    | MeetingScheduled
    | MeetingMoved
    | MeetingCancelled
    | Call
    | Worked
    | Promised
    | CallbackPromised
    | Amended
    | Withdrawn
    | Excused
    | ClientTold
    | StepTaken
    | StaffChanged
    | ClientChanged
    | RiskCleared
    | Heard
    | Rated
    | Noted
)


class Event(NamedTuple):
    """One fact with its identity. Events sort by (time, source, sequence, id): the order in which the engine applies them.

    A NamedTuple because sorting and comparing tuples is done in C, and the order of the fields is the
    order of events. `(source, id)` identifies an event; a second one with the same identity is a duplicate.
    """

    time: InstantUs
    source: str
    sequence: int
    """The source's own counter, -1 where it has none."""
    id: str
    type: str
    case: str | None
    """None for facts about a client, a person or a source."""
    client: str | None
    address: str | None
    """The client's address or telephone number, where the event names no client."""
    fact: Fact
    references: tuple[str, ...] = ()
    """What else belongs to the same matter by what a message says: cases it names, messages it is or answers."""
    title: str | None = None
    """What stands above a message, e.g. an email's subject line: the book says how that names a case."""

    @property
    def identity(self) -> tuple[str, str]:
        return (self.source, self.id)


canonical_order: Callable[[Event], tuple[InstantUs, str, int, str]] = itemgetter(slice(4))
"""What events sort by: what one says is no part of it. In C, for every event of a batch is asked."""
