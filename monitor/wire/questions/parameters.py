"""What each question may be asked with. Whatever a model does not name is refused by name."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from monitor.domain.cases.case_state import Phase
from monitor.domain.cases.obligation import Verdict
from monitor.domain.figures.four_numbers import NumbersState
from monitor.domain.figures.occasion import NOT_COMPARABLE, TIMED_KINDS
from monitor.domain.figures.register import RegisterFinding, RegisterState
from monitor.domain.figures.risk import RiskFact
from monitor.domain.figures.shares import ShareState
from monitor.domain.hours.instant import InstantUs
from monitor.domain.hours.intervals import Interval
from monitor.domain.hours.period import PeriodKind
from monitor.domain.promises.promise import Kind
from monitor.wire.questions.values import Instant, Length, PeriodName, Position, Text
from monitor.wire.written.amounts import Share, TargetText

MOST_ROWS: Final = 10_000
"""Rows in one page at most."""
ROWS_A_PAGE: Final = 1_000
"""Rows in one page where nothing is said."""


class Parameters(BaseModel):
    """Any question's."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paged(Parameters):
    """Of a question whose answer may be long."""

    limit: int | None = Field(
        None,
        ge=1,
        le=MOST_ROWS,
        description=f"Rows at most. JSON: {ROWS_A_PAGE} where nothing is said; CSV and JSON Lines: all there are.",
    )
    cursor: Annotated[str, Field(max_length=8_192)] | None = Field(
        None,
        description="`next` of the answer before, with the same parameters: the rows behind it, as of the same instant.",
    )


class OfObligations(Paged):
    """Which obligations."""

    client: Text | None = Field(None, description="Those of this client.")
    kind: Kind | None = Field(None, description="Those of this kind of promise.")
    promise: Text | None = Field(None, description="Those bound by this promise.")
    case: Text | None = Field(None, description="Those of this case.")
    holder: Text | None = Field(None, description="Those that this person, failing a person this team, had.")
    verdict: Verdict | None = Field(None, description="Those of which this is held true.")
    tier: Text | None = Field(None, description="Those of clients of this tier.")
    channel: Text | None = Field(None, description="Those of cases that came in on this channel.")


class AsOf(Parameters):
    """Of a question that can be asked as of an instant that has passed."""

    as_of: Instant | None = Field(
        None, description="Answer as Kept would have answered at this instant; where nothing is said: now."
    )


class InPeriod(Parameters):
    """Of what happened from an instant on, until another."""

    since: Instant | None = Field(None, description="From this instant on.")
    until: Instant | None = Field(None, description="Before this instant.")

    def has(self, at: InstantUs) -> bool:
        """Whether an instant lies in the period asked about."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


class ClientParameters(Paged):
    """Which clients."""

    client: Text | None = Field(None, description="This one.")


class CaseParameters(Paged):
    """Which cases."""

    client: Text | None = Field(None, description="Those of this client.")
    phase: Phase | None = Field(None, description="Those that are in this phase.")
    holder: Text | None = Field(None, description="Those that this person has.")
    team: Text | None = Field(None, description="Those that this team has.")
    priority: Text | None = Field(None, description="Those of this priority.")
    tier: Text | None = Field(None, description="Those of clients of this tier.")
    channel: Text | None = Field(None, description="Those that came in on this channel.")


class ObligationParameters(OfObligations):
    """Which obligations, as they stand."""

    state: Literal["open", "all"] = Field("open", description="Those that still wait for their end, or all.")


def _timed(kind: Kind) -> Kind:
    if kind not in TIMED_KINDS:
        why = NOT_COMPARABLE.get(kind)
        raise ValueError(f"expected {_TIMED_WORDS}" if why is None else f"expected {_TIMED_WORDS}: {why}")
    return kind


def _is_below_all(share: float) -> float:
    if share >= 1:
        raise ValueError("expected a percentage below 100%: no number of cases shows that every one will be kept")
    return share


_TIMED_WORDS: Final = f"one of {', '.join(TIMED_KINDS)}"
TimedKind = Annotated[
    Kind,
    AfterValidator(_timed),
    WithJsonSchema({"type": "string", "enum": [kind.value for kind in TIMED_KINDS]}),
]
"""A kind of which each occasion takes its time."""
KeptShare = Annotated[Share, AfterValidator(_is_below_all)]
USUAL_SHARE: Final = 0.95
"""How often a promise has to be kept where nobody says otherwise."""


class Offer(Parameters):
    """A promise that somebody thinks of making."""

    kind: TimedKind = Field(description="What sort of thing is promised.")
    within: TargetText = Field(description="How soon, as in the book: `4h`, `2 business days`, `3 days`.")
    hours: Text | None = Field(
        None, description="In which of the book's calendars; where nothing is said: in the book's hours."
    )
    share: KeptShare = Field(USUAL_SHARE, description="How often it has to be kept at least; default: 95%.")
    client: Text | None = Field(
        None,
        description="To this client: by what was done for it; where that is too little, for its tier, for everybody.",
    )


class AttainableParameters(Offer, AsOf):
    """A promise that somebody thinks of making, and by which past it is to be judged."""

    tier: Text | None = Field(None, description="To clients of this tier; where a client is named its own tier counts.")
    since: Instant | None = Field(
        None, description="By what opened from here on; where nothing is said: the year up to the last case there was."
    )
    until: Instant | None = Field(None, description="By what opened before this instant.")


class ProposalParameters(Paged, AsOf):
    """Which proposals."""

    client: Text | None = Field(None, description="Those made to this client.")
    case: Text | None = Field(None, description="Those of this case.")


By = Literal["opened", "due", "ended", "recorded"]


class VerdictParameters(OfObligations, AsOf):
    """Which verdicts, as of which instant."""

    since: Instant | None = Field(None, description="From this instant on.")
    until: Instant | None = Field(None, description="Before this instant.")
    by: By = Field(
        "opened",
        description="The instant that `since` and `until` bound, and by which rows are ordered; rows without it are left out.",
    )


class ShareParameters(Paged, AsOf):
    """Which shares, as of which instant; of the running periods where no period is named."""

    client: Text | None = Field(None, description="Those of this client.")
    kind: Kind | None = Field(None, description="Those of this kind of promise.")
    promise: Text | None = Field(None, description="Those of this promise.")
    state: ShareState | None = Field(None, description="Those that stand like this.")
    since: Instant | None = Field(
        None, description="From the period on that contains this instant; where nothing is said: the last period only."
    )
    until: Instant | None = Field(
        None, description="Up to the period that contains the last instant before this one; where nothing is said: now."
    )


class NumberParameters(Paged, AsOf):
    """Whose four numbers, of which period, as of which instant."""

    client: Text | None = Field(
        None, description="Those of promises to this client; what is attainable is told of one client only."
    )
    kind: Kind | None = Field(None, description="Those of this kind of promise.")
    promise: Text | None = Field(None, description="Those of this promise.")
    state: NumbersState | None = Field(None, description="Those that stand like this.")
    period: PeriodName | None = Field(
        None,
        description="Of what opened in this period on the client's clocks: `2026-Q3`, `2026-07`, `2026-W31`, `2026-07-14`, "
        "`2026`; where nothing is said: the running month.",
    )


class ReportParameters(Paged):
    """Which issued reports."""

    client: Text | None = Field(None, description="Those to this client.")


class DraftParameters(AsOf):
    """A report on whom, on which period."""

    client: Text = Field(description="To this client.")
    period: PeriodName = Field(
        description="On this period on the client's clocks: `2026-Q3`, `2026-07`, `2026-W31`, `2026-07-14`, `2026`."
    )


class DecisionParameters(OfObligations, AsOf):
    """Which decisions."""

    after: Position = Field(0, description="Those behind this position: a consumer that follows names the last it has.")


StateOfBreach = Literal[
    "all",
    "open",
    "unacknowledged",
    "unexplained",
    "untold",
    "unapologised",
    "unremedied",
    "excused",
    "closed",
    "nothing_owed",
]


class BreachParameters(Paged, AsOf):
    """Which breaches, as of which instant."""

    client: Text | None = Field(None, description="Those of this client.")
    kind: Kind | None = Field(None, description="Those of this kind of promise.")
    promise: Text | None = Field(None, description="Those of this promise.")
    case: Text | None = Field(None, description="Those in this case.")
    holder: Text | None = Field(None, description="Those that this person, failing a person this team, had.")
    tier: Text | None = Field(None, description="Those of clients of this tier.")
    channel: Text | None = Field(None, description="Those of cases that came in on this channel.")
    obligation: Text | None = Field(None, description="That of this obligation.")
    state: StateOfBreach = Field(
        "all", description="Those in this state; `open`: those for which something is still owed."
    )
    since: Instant | None = Field(None, description="Those broken from this instant on.")
    until: Instant | None = Field(None, description="Those broken before this instant.")


class HistoryParameters(Paged, AsOf):
    """The decisions about one obligation."""


class OfWork(Paged, AsOf, InPeriod):
    """Which work."""

    client: Text | None = Field(None, description="That for this client.")
    case: Text | None = Field(None, description="That in this case.")
    person: Text | None = Field(None, description="That of this person.")
    grade: Text | None = Field(None, description="That of people of this grade at the time; `unknown` is one of them.")
    tenure: Text | None = Field(None, description="That of people in this tenure band at the time; `unknown` is one.")


class TouchParameters(OfWork):
    """Which touches, as of which instant."""


class PeopleParameters(Paged, AsOf, InPeriod):
    """Whose shares of which work, as of which instant."""

    client: Text | None = Field(None, description="Of the work for this client.")
    person: Text | None = Field(None, description="This person's.")
    grade: Text | None = Field(None, description="Those of this grade; `unknown` is one of them.")
    tenure: Text | None = Field(None, description="Those of this tenure band; `unknown` is one of them.")
    by: Literal["grade", "person"] = Field(
        "grade", description="A row for each grade and tenure band, or for each person in them."
    )


class LedgerParameters(Paged, AsOf, InPeriod):
    """Whose ledger, as of which instant."""

    client: Text | None = Field(None, description="Of this client's cases.")
    case: Text | None = Field(None, description="Of this case.")
    by: Literal["client", "case"] = Field("client", description="All cases of a client together, or each by itself.")


class CallParameters(Paged, AsOf, InPeriod):
    """Which calls, counted how, as of which instant."""

    client: Text | None = Field(None, description="Those of this client.")
    queue: Text | None = Field(None, description="Those that joined this queue first.")
    by: Literal["queue", "client"] = Field("queue", description="Each queue by itself, or all of a client together.")
    each: Interval = Field(
        Interval.DAY, description="How much time is counted together, in the client's zone, else the book's."
    )
    within: Length | None = Field(
        None, description="The wait that is in time, e.g. 20s; where nothing is said: the time that was promised."
    )
    short_abandon: Length | None = Field(
        None, description="Who hangs up sooner hangs up shortly, e.g. 5s; where nothing is said: as the promise has it."
    )


class PerceptionParameters(Paged, AsOf, InPeriod):
    """Whose word beside whose record, as of which instant."""

    client: Text | None = Field(None, description="This client's.")
    by: Literal["client", "case"] = Field(
        "client", description="All cases of a client together, or each of which something was said."
    )


class RelationParameters(Paged, AsOf, InPeriod):
    """Which scores, as of which instant."""

    client: Text | None = Field(None, description="Those of this client.")
    each: PeriodKind | None = Field(
        None, description="How much time is looked at together, in the book's zone; where nothing is said: all of it."
    )


class RiskParameters(Paged, AsOf):
    """Which facts, as of which instant."""

    client: Text | None = Field(None, description="Those about this client.")
    fact: RiskFact | None = Field(None, description="Those of this sort.")
    state: Literal["standing", "cleared", "all"] = Field(
        "standing", description="Those that stand, those that somebody cleared, or all."
    )


class RegisterParameters(Paged, AsOf):
    """Which promises, as of which instant."""

    client: Text | None = Field(
        None,
        description="Those made to this client, to its tier or to everybody, with what was owed to it by them; only then is "
        "the record asked whether a date could be kept.",
    )
    kind: Kind | None = Field(None, description="Those of this kind.")
    promise: Text | None = Field(None, description="Those of this name.")
    case: Text | None = Field(None, description="Those made in this case.")
    state: RegisterState | None = Field(None, description="Those that stand like this.")
    finding: RegisterFinding | None = Field(None, description="Those of which this is found.")


class DeadLetterParameters(Paged):
    """Which dead letters."""

    state: Literal["open", "retried", "dropped", "all"] = Field(
        "open",
        description="Those that wait, those that were taken when they were tried again, those that were dropped, or all.",
    )


class NoticeParameters(Paged):
    """Which notices: as they stand now."""

    state: Literal["open", "resolved", "all"] = Field(
        "open",
        description="Those that stand, and those of which some receiver has not heard yet; those that are over; or all.",
    )
    storm: Text | None = Field(
        None, description="Those folded into this notice, whatever their state; otherwise they are not shown."
    )
    client: Text | None = Field(None, description="About promises to this client.")
    case: Text | None = Field(None, description="About this case.")


class EditionParameters(Paged, AsOf):
    """Which editions of the book."""


class ExplanationParameters(AsOf):
    """Of which instant."""


class NoParameters(Parameters):
    """None at all."""
