"""The rows of answers: every column with its type and what it says, in the order in which tables and CSV have them.

These models describe; rows themselves are plain dictionaries, for an answer may have very many. Instants are texts in
UTC, durations are seconds.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from monitor.domain.decisions import DecisionType
from monitor.domain.obligation import Verdict
from monitor.domain.promise import Kind
from monitor.domain.shares import ShareState
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
    """The share of one promise that was kept to one client in one period. Obligations belong to the period they opened in."""

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
    share: float | None = Field(description="Kept among kept and broken, rounded down; null where there are none.")
    lower: float | None = Field(description="The share if all that is unknown was broken.")
    upper: float | None = Field(description="The share if all that is unknown was kept, rounded up.")
    kept: int = Field(description="Kept; they count.")
    broken: int = Field(description="Broken, done late or still open; they count.")
    unknown: int = Field(description="Kept or broken, nobody can tell: they count in `lower` and `upper` only.")
    waiting: int = Field(description="Not decided yet.")
    excused: int = Field(description="Broken, and the firm was excused: left out.")
    void: int = Field(description="Ended without a verdict: left out.")
    allowed: int = Field(description="How many of those that count may be broken: the error budget until now.")
    left: int = Field(description="What is left of it; negative: how many too many were broken.")
    allowed_by_end: int = Field(description="The error budget of the whole period, if as many more come as until now.")
    left_by_end: int = Field(description="What is left of that; negative: the promise can't be kept any more.")
    pace: float | None = Field(
        description="How many times as many were broken as the promise allows: at 1 the budget lasts just to the end."
    )
    in_a_row: int | None = Field(
        description="How many must be kept in a row until the promise is kept again; null: no number is enough."
    )
    starts: ShownInstant = Field(description="When the period begins.")
    ends: ShownInstant = Field(description="When the next one begins.")
    zone: str = Field(description="The zone it is reckoned in: the client's, else the book's.")


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
