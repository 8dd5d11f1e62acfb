"""The rows of answers: every column with its type and what it says, in the order in which tables and CSV have them.

These models describe; rows themselves are plain dictionaries, for an answer may have very many. Instants are texts in
UTC, durations are seconds.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from monitor.domain.cases.decisions import DecisionType
from monitor.domain.cases.obligation import Verdict
from monitor.domain.figures.evidence import CircleKind, Finding
from monitor.domain.figures.shares import ShareState
from monitor.domain.promises.promise import Kind
from monitor.wire.questions.values import ShownInstant

Seconds: TypeAlias = int | float


class Row(BaseModel):
    """Any row. All columns are always there; what is not known is null."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class ClientRow(Row):
    """A client, and how many obligations to them there have ever been, as they stand now."""

    client: str = Field(description="The client, by the book's identifier.")
    running: int = Field(description="In time, and not ended yet.")
    paused: int = Field(description="Not ended yet; the clock stands still.")
    kept: int = Field(description="Ended in time.")
    open_late: int = Field(description="Late, and not ended yet.")
    done_late: int = Field(description="Ended, and late.")
    excused: int = Field(description="Late, and the firm was excused.")
    void: int = Field(description="Ended without a verdict, e.g. because the case was resolved first.")
    unknown: int = Field(description="A source that could not be heard may have the answer.")


class CaseRow(Row):
    """A case as it stands."""

    case: str = Field(description="The case, by the name its events have for it.")
    client: str = Field(description="The client; `unidentified` while nobody knows.")
    phase: str = Field(description="Where it stands: open, resolved, closed, ...")
    holder: str | None = Field(description="The person who has it.")
    team: str | None = Field(description="The team that has it.")
    channel: str | None = Field(description="How it came in.")
    priority: str | None = Field(description="Its priority, in the source's words.")
    tier: str | None = Field(description="The client's tier.")
    opened: ShownInstant | None = Field(description="Since when it is open.")
    matter: str = Field(description="What it is judged in: the same for cases that were merged or linked.")


class ObligationRow(Row):
    """An obligation as it stands."""

    due: ShownInstant | None = Field(description="Until when it is owed; null while paused.")
    left_seconds: Seconds | None = Field(description="Calendar time left until then; negative once it has passed.")
    verdict: Verdict = Field(description="What is held true of it.")
    client: str = Field(description="The client it is owed to.")
    case: str = Field(description="The case it belongs to.")
    kind: Kind = Field(description="What sort of thing was promised.")
    promise: str = Field(description="The promise it is bound by.")
    version: int = Field(description="The version of that promise.")
    opened: ShownInstant = Field(description="Since when it is owed.")
    ended: ShownInstant | None = Field(description="When it was done.")
    is_open: bool = Field(description="Whether it still waits for its end.")
    warnings: int = Field(description="How many of the book's warnings were given.")
    holder: str | None = Field(description="Who has the case now, failing a person the team.")
    channel: str | None = Field(description="How the case came in.")
    tier: str | None = Field(description="The client's tier.")
    reason: str = Field(description="Why this is held true.")
    obligation: str = Field(description="The obligation: case, kind and occasion.")
    revision: int = Field(description="How many decisions there were about it.")
    decision: int = Field(description="The position of the latest of them.")


class DecisionRow(Row):
    """A decision, and the whole of its obligation as of it. Rows are only ever added."""

    client: str = Field(description="The client it is owed to.")
    case: str = Field(description="The case it belongs to.")
    kind: Kind = Field(description="What sort of thing was promised.")
    promise: str = Field(description="The promise it is bound by.")
    version: int = Field(description="The version of that promise.")
    verdict: Verdict = Field(description="What is held true of it.")
    opened: ShownInstant = Field(description="Since when it is owed.")
    due: ShownInstant | None = Field(description="Until when it is owed; null while paused.")
    ended: ShownInstant | None = Field(description="When it was done.")
    elapsed_seconds: Seconds | None = Field(description="Of what ended: how much of the promise's own time it took.")
    margin_seconds: Seconds | None = Field(description="Of what ended: how much was left; negative: how late it was.")
    ratio: float | None = Field(description="Of what ended: the part of the promised time that was used.")
    holder: str | None = Field(description="Who had the case, failing a person the team.")
    grade: str | None = Field(description="The grade of that person when this came true; null: not known.")
    channel: str | None = Field(description="How the case came in.")
    tier: str | None = Field(description="The client's tier.")
    is_open: bool = Field(description="Whether it still waits for its end.")
    warnings: int = Field(description="How many of the book's warnings were given.")
    reason: str = Field(description="Why this is held true.")
    type: DecisionType = Field(description="What was decided.")
    at: ShownInstant = Field(description="Since when it is true.")
    recorded: ShownInstant = Field(description="When Kept came to know.")
    previous: Verdict | None = Field(description="The verdict before.")
    restated: bool = Field(description="Whether it takes the place of a verdict that was given.")
    cause_source: str | None = Field(description="The source of the event behind it; null where time alone decided.")
    cause_id: str | None = Field(description="The identifier of that event.")
    obligation: str = Field(description="The obligation: case, kind and occasion.")
    occasion: str | None = Field(description="The name of the occasion, where it has one.")
    revision: int = Field(description="The number of this decision among those about its obligation, from 1 on.")
    position: int = Field(description="Where in the journal it stands.")
    replaces: int | None = Field(description="The position of the decision it takes the place of.")
    id: str = Field(description="Derived from what was decided: a repeat has the same.")


class ShareRow(Row):
    """The share of one promise that was kept to one client in one period. Obligations belong to the period they opened in,
    work to that of the instant at which it was done."""

    client: str = Field(description="The client it was promised to.")
    kind: Kind = Field(description="What sort of thing was promised.")
    promise: str = Field(description="The promise.")
    version: int = Field(description="The version of that promise.")
    period: str = Field(description="The period in the client's zone: 2026-10-30, 2026-W44, 2026-10, 2026-Q4, 2026.")
    state: ShareState = Field(
        description="no_value: nothing was decided; on_course; at_risk: short, and the rest of the period can make up for it; "
        "spent: more was broken than the whole period allows at the rate so far; once it is over: kept, missed, "
        "or unknown where what can't be known decides it."
    )
    promised: float = Field(description="The share that was promised, from 0 to 1.")
    measure: Literal["cases", "minutes", "touches"] = Field(
        description="What it is a share of: cases, or all work for the client, whose columns are `fit`, `below` and `in_doubt`; "
        "those of the other sort are null. Budgets are in this measure: how many, or minutes."
    )
    share: float | None = Field(
        description="Kept among kept and broken, or fit among fit and below, rounded down; null where there are none."
    )
    lower: float | None = Field(description="The share if all that is unknown was broken, or below.")
    upper: float | None = Field(description="The share if all that is unknown was kept, or fit, rounded up.")
    kept: int | None = Field(description="Kept; they count.")
    broken: int | None = Field(description="Broken, done late or still open; they count.")
    unknown: int | None = Field(description="Kept or broken, nobody can tell: they count in `lower` and `upper` only.")
    waiting: int | None = Field(description="Not decided yet.")
    excused: int | None = Field(description="Broken, and the firm was excused: left out.")
    void: int | None = Field(description="Ended without a verdict: left out.")
    allowed: int | float = Field(
        description="How many of those that count may be broken, or how much others may have done: the error budget until now."
    )
    left: int | float = Field(
        description="What is left of it; negative: how many too many were broken, how much too much."
    )
    allowed_by_end: int | float = Field(
        description="The error budget of the whole period, if as much more comes as until now."
    )
    left_by_end: int | float = Field(description="What is left of that; negative: the promise can't be kept any more.")
    pace: float | None = Field(
        description="How many times as many were broken, or as much done by others, as the promise allows: at 1 the budget "
        "lasts just to the end."
    )
    in_a_row: int | float | None = Field(
        description="How many must be kept in a row, or how much done by who was promised, until the promise is kept again; "
        "null: nothing is enough."
    )
    fit: int | float | None = Field(description="The work of who was promised, in minutes or touches.")
    below: int | float | None = Field(description="That of somebody else.")
    in_doubt: int | float | None = Field(
        description="That of somebody of whom too little is known: it counts in `lower` and `upper` only."
    )
    starts: ShownInstant = Field(description="When the period begins.")
    ends: ShownInstant = Field(description="When the next one begins.")
    zone: str = Field(description="The zone it is reckoned in: the client's, else the book's.")


class TouchRow(Row):
    """Something that somebody did for a client."""

    at: ShownInstant = Field(description="When.")
    client: str = Field(description="The client; `unidentified` while nobody knows.")
    case: str = Field(description="The case.")
    person: str | None = Field(description="Who; null where nobody says.")
    grade: str = Field(description="Their grade at the time; `unknown` where nobody told, or it is not on the scale.")
    tenure: str = Field(description="The band of their time with the firm then; `unknown` where nobody told.")
    way: str = Field(description="What they did.")
    seconds: Seconds | None = Field(description="How long it took, where that is known.")
    promise: str | None = Field(description="The promise that says who does the work; null where none does.")
    promised: str | None = Field(description="What it says.")
    as_promised: Literal["yes", "no", "unknown"] | None = Field(description="Whether they are who was promised.")
    source: str = Field(description="The source of the event that says so.")
    id: str = Field(description="The identifier of that event.")


class PeopleRow(Row):
    """A part of the work for a client: that of people of one grade and tenure band, under one promise or none."""

    client: str = Field(description="The client; `unidentified` while nobody knows.")
    promise: str | None = Field(description="The promise that says who does the work; null where none does.")
    version: int | None = Field(description="The version of that promise.")
    promised: str | None = Field(description="What it says.")
    measure: Literal["touches", "minutes"] | None = Field(description="What the share promised is a share of.")
    promised_share: float | None = Field(description="The share promised, 0 to 1.")
    delivered_share: float | None = Field(
        description="The share done by who was promised, of all work under this promise, whichever rows are shown."
    )
    delivered_share_at_most: float | None = Field(description="The same if all of whom too little is known were they.")
    grade: str = Field(description="Their grade at the time; `unknown` where nobody told, or it is not on the scale.")
    tenure: str = Field(description="The band of their time with the firm then; `unknown` where nobody told.")
    person: str | None = Field(description="Who; null where people are not told apart, and for whom nobody named.")
    cases: int = Field(description="In how many cases.")
    touches: int = Field(description="How many touches.")
    touches_share: float | None = Field(description="The part of the touches for this client under this promise.")
    touches_as_promised: int = Field(description="Of the touches, those by who was promised.")
    touches_below: int = Field(description="Those by somebody else.")
    touches_in_doubt: int = Field(description="Those by somebody of whom too little is known.")
    touches_unmeasured: int = Field(description="Those of which nobody told how long they took.")
    seconds: Seconds = Field(description="How long the others took together.")
    seconds_share: float | None = Field(description="The part of the time for this client under this promise.")
    seconds_as_promised: Seconds = Field(description="Of this time, that of who was promised.")
    seconds_below: Seconds = Field(description="That of somebody else.")
    seconds_in_doubt: Seconds = Field(description="That of somebody of whom too little is known.")
    met_touches_share: float | None = Field(
        description="Of all touches for this client, meetings left out, the part by people whom the client has met."
    )
    met_touches_share_at_most: float | None = Field(
        description="The same if the client has met everybody of whom that is not known."
    )
    met_seconds_share: float | None = Field(
        description="Of all time for this client, meetings left out, that of people whom the client has met."
    )
    met_seconds_share_at_most: float | None = Field(description="The same at most.")
    touches_met: int = Field(description="Of the touches of this row, meetings left out, those by people met.")
    seconds_met: Seconds = Field(description="Their time.")
    touches_unmet: int = Field(description="Those by people whom the client has not met.")
    seconds_unmet: Seconds = Field(description="Their time.")
    touches_met_in_doubt: int = Field(
        description="Those by people of whom it is not known: of a meeting nobody told who came, or who the client is."
    )
    seconds_met_in_doubt: Seconds = Field(description="Their time.")
    handoffs: int | None = Field(
        None,
        description="How often all work for this client was handed on, whichever rows are shown; null in a report from before it "
        "was told in them.",
    )
    returns: int | None = Field(None, description="How often it came back to somebody who had had it.")
    hand_downs: int | None = Field(None, description="How often it went to somebody more junior.")


class LedgerRow(Row):
    """Time of cases on one account; the accounts of a ledger add up to the wall time."""

    client: str = Field(description="The client; `unidentified` while nobody knows.")
    case: str | None = Field(description="The case; null where all of a client's are together.")
    account: Literal["person", "team", "nobody", "client", "third party", "closed hours"] = Field(
        description="Whose time it was."
    )
    holder: str | None = Field(description="The person or team.")
    grade: str | None = Field(description="The person's grade at the time.")
    seconds: Seconds = Field(description="How long.")
    share: float = Field(description="The part of the wall time.")
    spells: int = Field(description="In how many stretches.")
    client_clock_seconds: Seconds = Field(
        description="The clock the client sees, which no hand-off sets back: the time of all people and teams, and nobody's."
    )
    wall_seconds: Seconds = Field(description="From the openings to the closings, or as far as the answer goes.")


class CallRow(Row):
    """How the calls of a client were served that were offered in one queue and interval. Counts may be added up; shares
    are of counts and may not."""

    client: str = Field(description="The client; `unidentified` while nobody knows.")
    queue: str | None = Field(
        description="The queue they joined first; null where there was none, or all are together."
    )
    each: str = Field(description="How long the interval is: hour, day, week or month.")
    starts: ShownInstant = Field(description="When the interval begins, in the client's zone, else the book's.")
    offered: int = Field(description="Calls that were owed an answer: in a queue, or answered straight away.")
    answered: int = Field(description="Of these, those a person answered.")
    within: int = Field(description="Of the answered, those in time.")
    abandoned: int = Field(description="Those who hung up while they waited.")
    short_abandons: int = Field(description="Of the abandoned, those who hung up shortly.")
    voicemail: int = Field(description="Those that left a message.")
    cut_off: int = Field(description="Those that ended without anybody answering or hanging up.")
    waiting: int = Field(description="Those that still waited.")
    left_menu: int = Field(description="Calls that were over before they joined a queue; not among the offered.")
    unpromised: int = Field(description="Of the offered, those no time was named for: they are in no share.")
    transfers: int = Field(description="How often these calls were put through.")
    queued: int = Field(description="Those that joined a queue and whose wait is over.")
    average_wait_seconds: float | None = Field(description="Their average wait; null where there are none.")
    longest_wait_seconds: Seconds | None = Field(description="Their longest wait.")
    share_answered: float | None = Field(description="Answered in time, of the answered. Null where none counts.")
    share_offered: float | None = Field(description="Answered in time, of the offered.")
    share_without_short_abandons: float | None = Field(
        description="Answered in time, of the answered and those who hung up later than shortly."
    )
    share_abandons_within_met: float | None = Field(description="Answered or hung up in time, of the offered.")
    share_without_abandons: float | None = Field(description="Answered in time, of those who did not hang up.")


class DeadLetterRow(Row):
    """Bytes that were no event Kept understands, and what became of them."""

    letter: int = Field(description="Its number: where in the journal it stands.")
    recorded: ShownInstant = Field(description="When it arrived.")
    origin: str = Field(description="Where it came from.")
    found: str = Field(description="What was found.")
    expected: str = Field(description="What was expected.")
    key: str = Field(description="Where in the event; empty where it is about the whole.")
    bytes: int = Field(description="How long it is.")
    state: Literal["open", "retried", "dropped"] = Field(
        description="Whether it waits, was taken later, or was dropped."
    )
    ended: ShownInstant | None = Field(description="When somebody put an end to it.")
    author: str | None = Field(description="Who did.")
    reason: str | None = Field(description="Why.")
    digest: str = Field(description="SHA-256 of its bytes: the same bytes are kept once.")


class EditionRow(Row):
    """A text of the promise book as it was applied."""

    edition: int = Field(description="Its number, from 1 on.")
    recorded: ShownInstant = Field(description="When it was applied.")
    since: ShownInstant | None = Field(description="It governs what opens from here on; null: from the beginning.")
    restates: bool = Field(description="Whether it also governs what had opened before it was applied.")
    author: str = Field(description="Who applied it.")
    reason: str = Field(description="Why.")
    digest: str = Field(description="SHA-256 of the text.")


class ProposalRow(Row):
    """A promise that somebody proposed, and what the record said of it then."""

    time: ShownInstant = Field(description="When it was proposed.")
    promise: str = Field(description="The promise's identifier.")
    client: str = Field(description="To whom; `unidentified` where nobody knows.")
    case: str = Field(description="The case it came up in.")
    speaker: str | None = Field(description="Who proposed it.")
    words: str | None = Field(description="In which words.")
    kind: str | None = Field(description="What sort of thing, as the proposal says it.")
    within: str | None = Field(description="How soon, as the proposal says it.")
    by: ShownInstant | None = Field(description="Until when, where it is a date.")
    hours: str | None = Field(description="In which calendar, as the proposal says it.")
    share: str | None = Field(description="How often at least, as the proposal says it.")
    finding: Finding | None = Field(
        description="What the record said of it when Kept learned of it; null where it can't be asked: `reason` says why."
    )
    reason: str = Field(description="The finding in a sentence.")
    circle: CircleKind | None = Field(description="Whose cases it was judged by.")
    name: str | None = Field(description="Which client, or which tier; null: everybody.")
    kept: int | None = Field(description="How many of the comparable cases would have been kept.")
    of: int | None = Field(description="Of how many.")
    lower_bound: float | None = Field(description="The share that is kept at least, one-sided, 95 %.")
    tightest_seconds: Seconds | None = Field(
        description="The smallest target in these hours whose lower bound reaches the share; null where none does."
    )
    tightest: str | None = Field(description="The same for people.")
    recorded: ShownInstant = Field(description="When Kept came to know: the record is that of this instant.")
    source: str = Field(description="The source of the event.")
    id: str = Field(description="The identifier of the event.")
    position: int = Field(description="Where in the journal it stands.")


class ChangeRow(Row):
    """An obligation that another book would make different."""

    client: str = Field(description="The client it is owed to.")
    case: str = Field(description="The case it belongs to.")
    kind: Kind = Field(description="What sort of thing was promised.")
    obligation: str = Field(description="The obligation: case, kind and occasion.")
    outcome_before: str = Field(description="What it is counted as; `none` where it would be new.")
    outcome_after: str = Field(description="What it would be counted as.")
    due_before: ShownInstant | None = Field(description="Until when it is owed.")
    due_after: ShownInstant | None = Field(description="Until when it would be owed.")
    promise_before: str | None = Field(description="The promise it is bound by, and its version.")
    promise_after: str = Field(description="The promise it would be bound by, and its version.")
    reason: str = Field(description="Why that would be held true.")


class ChangeCountRow(Row):
    """How many obligations of a kind another book would count otherwise, or leave in place with another due or promise."""

    kind: Kind = Field(description="What sort of thing was promised.")
    outcome_before: str = Field(description="What they are counted as; `none` where they would be new.")
    outcome_after: str = Field(description="What they would be counted as.")
    obligations: int = Field(description="How many.")
