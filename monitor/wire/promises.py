"""What one promise in the book may say, a model for each kind: a key that makes no sense for a kind is refused.

The kinds up to `by` are judged by the engine; the others are read and checked in full, and their details wait here.
`misfits` names what is wrong between two keys of one promise; what is wrong between promises is for `book_checks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, NamedTuple, TypeAlias

from pydantic import BeforeValidator, Field

from monitor.domain.promise import Answer, Kind, MeasuredFrom, OnChange, PauseCount, Reopen
from monitor.domain.target import BusinessDays, DayRule, Target, WorkingDuration, parse_target
from monitor.wire.book_values import (
    Answers,
    Channels,
    Count,
    Day,
    Duration,
    Entry,
    Name,
    Names,
    Pauses,
    Period,
    Share,
    Switch,
    TargetText,
    Tenure,
    Warnings,
    Words,
    folded,
)


class Misfit(NamedTuple):
    """Two keys of one entry that contradict each other; `key` is the one to look at first."""

    key: str
    found: str
    expected: str


class EndsAt(StrEnum):
    """What ends a `resolve` promise."""

    RESOLVED = "resolved"
    CLOSED = "closed"


class BeforeFirstReply(StrEnum):
    """What a `next_response` clock does while the first reply is still due."""

    RUN = "run"
    WAIT = "wait"


class Formula(StrEnum):
    """The five denominators of a call service level (semantics.md)."""

    ANSWERED = "answered"
    OFFERED = "offered"
    WITHOUT_SHORT_ABANDONS = "without_short_abandons"
    ABANDONS_WITHIN_MET = "abandons_within_met"
    WITHOUT_ABANDONS = "without_abandons"


class Over(StrEnum):
    """Over what the share of the work is reckoned."""

    CASE = "case"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class InsideTeam(StrEnum):
    """Whether a hand-off between two people of one team is one."""

    COUNT = "count"
    IGNORE = "ignore"


class Whom(Entry):
    """Who the promise was made to: one client or one tier."""

    client: Name | None = Field(None, description="The client it was made to, as `clients` names it.")
    tier: Name | None = Field(None, description="The tier it was made to: every client of that tier.")


class When(Entry):
    """Which cases it covers; several conditions must all hold, of one condition's values any."""

    priority: Names | None = Field(None, description="Only cases with one of these priorities.")
    channel: Channels | None = Field(None, description="Only cases that came in on one of these channels.")
    service: Names | None = Field(None, description="Only cases about one of these services.")
    tag: Names | None = Field(None, description="Only cases with at least one of these tags.")


class SaidEntry(Entry):
    """Who promised it, where, when and in which words."""

    by: Words | None = Field(None, description="Who said it.")
    on: Day | None = Field(None, description="The day it was said.")
    where: Words | None = Field(None, description="Where: the contract, letter or meeting.")
    words: Words | None = Field(None, description="The words themselves.")


class Substitution(Entry):
    """When somebody else may do the promised person's work."""

    told_first: Switch = Field(default=False, description="Only if the client was told beforehand.")
    equal_grade: Switch = Field(default=False, description="Only by somebody of at least the same grade.")


class PromiseEntry(Entry):
    """What every promise may say, whatever its kind."""

    pauses_by_default: ClassVar[bool] = False

    id: Name = Field(description="The promise's own name; it appears in every report, so it must not change.")
    version: int = Field(1, ge=1, le=1_000_000, description="Counts up when the promise is changed.")
    kind: Kind
    since: Day | None = Field(None, alias="from", description="First day it governs; the book's `from` otherwise.")
    until: Day | None = Field(None, description="First day it no longer governs.")
    whom: Whom | None = Field(None, alias="for", description="Who it was made to; everybody if left out.")
    when: When = Field(When(), description="Which cases it covers; all if left out.")
    hours: Name | None = Field(None, description="The calendar its time is counted in; the book's `hours` otherwise.")
    said: SaidEntry | None = Field(None, description="Who promised it, where, when and in which words.")

    def misfits(self) -> Iterator[Misfit]:
        """Keys of this promise that contradict each other."""
        if self.whom is not None and (self.whom.client is None) == (self.whom.tier is None):
            found = "neither a client nor a tier" if self.whom.client is None else "both a client and a tier"
            yield Misfit("for", found, "one of them, or `for` left out for everybody")
        if self.since and self.until and self.until <= self.since:
            yield Misfit("until", f"{self.until}", f"a day after `from`, {self.since}")

    def target(self) -> Target | None:
        """What has to be done by when; None for kinds without a target of their own."""
        return None

    def expected_target(self) -> Target | None:
        """What the client believes the target to be; None where it is the target."""
        return None


class _Shared(PromiseEntry):
    """A promise that may be kept in a share of cases, rather than in each one."""

    share: Share | None = Field(
        None, description="In how many of all cases it is to be kept; in every one if left out."
    )
    each: Period | None = Field(None, description="Over which period the share is reckoned; month if left out.")

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        if self.each is not None and self.share is None:
            yield Misfit("each", f"{self.each} without a share", "`share` beside it, e.g. 90%")


class _Targeted(_Shared):
    """A promise with a target: so much time and not more."""

    expected: TargetText | None = Field(None, description="What the client believes was promised, where it differs.")
    days: DayRule = Field(DayRule.SAME_TIME, description="At what time of the last day `business days` end.")
    roll_to_opening: Switch = Field(
        default=False, description="A target used up exactly at closing time falls due at the next opening."
    )
    warn: Warnings | None = Field(None, description="When to warn: after a share of the target, or a time before it.")

    def target_text(self) -> str:
        """The target as the book spells it."""
        raise NotImplementedError

    def target(self) -> Target | None:
        return self._read(self.target_text())

    def expected_target(self) -> Target | None:
        return None if self.expected is None else self._read(self.expected)

    def _read(self, text: str) -> Target:
        return parse_target(text, rule=self.days, roll_to_opening=self.roll_to_opening)

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        targets = (self.target(), self.expected_target())
        if "days" in self.model_fields_set and not any(isinstance(target, BusinessDays) for target in targets):
            yield Misfit("days", f"it beside {self.target_text()}", "a target in business days, or `days` left out")
        if self.roll_to_opening and not any(isinstance(target, WorkingDuration) for target in targets):
            yield Misfit("roll_to_opening", f"it beside {self.target_text()}", "a target in working time, e.g. 4h")


class _Within(_Targeted):
    """A targeted promise whose target is called `within`."""

    within: TargetText = Field(description="How long it may take: `4h`, `3 business days`, `3 days`.")

    def target_text(self) -> str:
        return self.within


class _Clocked(PromiseEntry):
    """A promise whose clock belongs to a case, and meets the case's changes."""

    reopen: Reopen = Field(Reopen.RESUME, description="What happens to the clock when a closed case is opened again.")


class _Running(_Clocked):
    """A clock with a target of its own: it pauses, and follows the case's attributes."""

    pauses: Pauses | None = Field(None, description="Whether, or in which statuses, the clock stands still.")
    pause_counts: PauseCount = Field(PauseCount.BUSINESS, description="How a pause moves the due instant.")
    on_change: OnChange = Field(OnChange.FROM_START, description="What a change of priority, tier or service does.")

    @property
    def pausing(self) -> bool | tuple[str, ...]:
        """`pauses`, or what the kind does by itself."""
        return self.pauses_by_default if self.pauses is None else self.pauses

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        if "pause_counts" in self.model_fields_set and not self.pausing:
            yield Misfit(
                "pause_counts", f"{self.pause_counts} on a clock that never pauses", "`pauses` beside it, e.g. true"
            )


class _Contacts(PromiseEntry):
    """A promise that a contact with the client keeps."""

    channels: Channels | None = Field(None, description="Only contacts on these channels count.")
    authors: Names | None = Field(None, description="Only contacts by these people count.")


class _Answered(_Contacts):
    """A promise of an answer, and what counts as one."""

    answered_by: Answers = Field((Answer.CONTACT,), description="What counts as the answer.")


class FirstResponse(_Answered, _Running, _Within):
    """How soon the client hears from a person for the first time."""

    kind: Literal[Kind.FIRST_RESPONSE]


class NextResponse(_Answered, _Running, _Within):
    """How soon each later message of the client is answered."""

    pauses_by_default: ClassVar[bool] = True

    kind: Literal[Kind.NEXT_RESPONSE]
    each_message: Switch = Field(
        default=False, description="Each message starts the clock afresh; the first unanswered one otherwise."
    )
    before_first_reply: BeforeFirstReply = Field(
        BeforeFirstReply.WAIT, description="Whether it runs, or waits, while a first_response promise is still open."
    )


class UpdateEvery(_Answered, _Running, _Targeted):
    """How often the client hears from the firm while a case is open."""

    kind: Literal[Kind.UPDATE_EVERY]
    every: TargetText = Field(description="The longest silence: `2h`, `1 business day`.")
    measured_from: MeasuredFrom = Field(MeasuredFrom.FIRM_CONTACT, description="Where the silence begins.")

    def target_text(self) -> str:
        return self.every


Owners = Annotated[
    tuple[Literal[Answer.ASSIGNMENT, Answer.TEAM_ASSIGNMENT], ...], BeforeValidator(folded), Field(min_length=1)
]


class Own(_Running, _Within):
    """How soon somebody has the case in hand."""

    kind: Literal[Kind.OWN]
    answered_by: Owners = Field(
        (Answer.ASSIGNMENT,), description="Whether a named person, or also a team, is an owner."
    )


class Resolve(_Running, _Within):
    """How soon the matter is settled."""

    pauses_by_default: ClassVar[bool] = True

    kind: Literal[Kind.RESOLVE]
    ends_at: EndsAt = Field(EndsAt.RESOLVED, description="Whether resolving or only closing the case keeps it.")


class By(_Contacts, _Clocked):
    """Dates given to clients are kept; each date comes with its own event."""

    kind: Literal[Kind.BY]
    warn: Warnings | None = Field(
        None, description="When to warn: after a share of the time given, or a time before the date."
    )


class AnswerCall(_Shared):
    """How soon the telephone is answered."""

    kind: Literal[Kind.ANSWER_CALL]
    within: TargetText = Field(description="The longest wait after joining the queue: `20s`.")
    expected: TargetText | None = Field(None, description="What the client believes was promised, where it differs.")
    formula: Formula = Field(Formula.WITHOUT_SHORT_ABANDONS, description="Which calls the share is a share of.")
    short_abandon: Duration | None = Field(None, description="A caller who hangs up sooner than this doesn't count.")

    def target(self) -> Target | None:
        return parse_target(self.within)

    def expected_target(self) -> Target | None:
        return None if self.expected is None else parse_target(self.expected)

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        if self.short_abandon is not None and self.formula is not Formula.WITHOUT_SHORT_ABANDONS:
            yield Misfit("short_abandon", f"it beside the formula {self.formula}", "the formula without_short_abandons")


class Callback(_Within):
    """How soon a caller who asked for it is called back."""

    kind: Literal[Kind.CALLBACK]
    voicemail: Switch = Field(default=True, description="A message on the answering machine asks for a callback.")
    abandoned: Switch = Field(default=False, description="A caller who hung up is called back too.")
    any_channel: Switch = Field(default=False, description="Any contact keeps it, not only a call.")


class Attend(_Shared):
    """Who comes to meetings."""

    kind: Literal[Kind.ATTEND]
    people: Names | None = Field(None, description="The people who were promised, as `staff` names them.")
    at_least: Name | None = Field(None, description="The lowest grade of whoever comes.")

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        if self.people is None and self.at_least is None:
            yield Misfit("", "neither people nor a grade", "`people` or `at_least`")


class Seniority(PromiseEntry):
    """Who does the work."""

    kind: Literal[Kind.SENIORITY]
    at_least: Name | None = Field(None, description="The lowest grade that was promised.")
    people: Names | None = Field(None, description="The people who were promised, as `staff` names them.")
    tenure: Tenure | None = Field(None, description="How long they are with the firm at least: `6 months`.")
    share: Share = Field(1.0, description="What share of the work they do; all of it if left out.")
    over: Over = Field(Over.CASE, description="Over what the share is reckoned.")
    substitution: Substitution | None = Field(None, description="When somebody else may stand in; never if left out.")

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        if self.at_least is None and self.people is None and self.tenure is None:
            yield Misfit("", "no grade, people or tenure", "`at_least`, `people` or `tenure`")


class Handoffs(PromiseEntry):
    """How often the client's matter may change hands."""

    kind: Literal[Kind.HANDOFFS]
    at_most: Count | None = Field(None, description="The most hand-offs from one holder to another in a case.")
    returns: Count | None = Field(None, description="The most times a case comes back to somebody who had it before.")
    transfers: Count | None = Field(None, description="The most times a call is put through.")
    one_owner: Switch = Field(default=False, description="One person has the case from beginning to end.")
    without_holder: Duration | None = Field(None, description="The longest working time in which nobody has the case.")
    inside_team: InsideTeam = Field(InsideTeam.COUNT, description="Whether hand-offs inside one team count.")

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        limits = (self.at_most, self.returns, self.transfers, self.without_holder)
        if not self.one_owner and all(limit is None for limit in limits):
            yield Misfit("", "no limit", "`at_most`, `returns`, `transfers`, `without_holder` or `one_owner`")


AnyPromise: TypeAlias = (
    FirstResponse
    | NextResponse
    | UpdateEvery
    | Own
    | Resolve
    | By
    | AnswerCall
    | Callback
    | Attend
    | Seniority
    | Handoffs
)
ByKind = Annotated[AnyPromise, Field(discriminator="kind")]
