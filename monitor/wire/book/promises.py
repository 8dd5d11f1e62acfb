"""The kinds of promises in the book, a model for each: a key that makes no sense for a kind is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal, TypeAlias, get_args

from pydantic import BeforeValidator, Field

from monitor.domain.hours.instant import describe_duration
from monitor.domain.hours.period import PeriodKind
from monitor.domain.hours.target import Target, WorkingDuration, parse_target
from monitor.domain.promises.clock_rules import BeforeFirstReply, MeasuredFrom
from monitor.domain.promises.promise import Answer, Kind
from monitor.domain.promises.promised_calls import CallbackTerms, CallTerms, Credit, Formula, RungAgain
from monitor.domain.promises.promised_people import (
    MILLION,
    AttendTerms,
    HandoffLimits,
    Measure,
    SeniorityTerms,
    Substitution,
)
from monitor.wire.amounts import Share, TargetText
from monitor.wire.book.promise_base import (
    Answered,
    Clocked,
    Contacts,
    Misfit,
    PromiseEntry,
    Running,
    Shared,
    Targeted,
    Within,
)
from monitor.wire.book.values import (
    Count,
    Duration,
    Entry,
    Name,
    Names,
    Switch,
    TenureText,
    Warnings,
    folded,
)

KIND: Final = "What sort of thing is promised; it decides which other keys there are."


class EndsAt(StrEnum):
    """What ends a `resolve` promise."""

    RESOLVED = "resolved"
    CLOSED = "closed"


class Over(StrEnum):
    """Over what the share of the work is reckoned."""

    CASE = "case"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def period(self) -> PeriodKind | None:
        """The kind of period; None for each case by itself."""
        return None if self is Over.CASE else PeriodKind(self.value)


class InsideTeam(StrEnum):
    """Whether a hand-off between two people of one team is one."""

    COUNT = "count"
    IGNORE = "ignore"


class FirstResponse(Answered, Running, Within):
    """How soon the client hears from a person for the first time."""

    kind: Literal[Kind.FIRST_RESPONSE] = Field(description=KIND)


class NextResponse(Answered, Running, Within):
    """How soon each later message of the client is answered."""

    pauses_by_default: ClassVar[bool] = True

    kind: Literal[Kind.NEXT_RESPONSE] = Field(description=KIND)
    each_message: Switch = Field(
        default=False, description="Each message starts the clock afresh; the first unanswered one otherwise."
    )
    before_first_reply: BeforeFirstReply | None = Field(
        None,
        description="Whether it runs before the first reply; if left out, unless a first_response promise applies.",
    )


class UpdateEvery(Contacts, Running, Targeted):
    """How often the client hears from the firm while a case is open."""

    kind: Literal[Kind.UPDATE_EVERY] = Field(description=KIND)
    every: TargetText = Field(description="The longest silence: `2h`, `1 business day`.")
    measured_from: MeasuredFrom = Field(MeasuredFrom.FIRM_CONTACT, description="Where the silence begins.")

    def target_text(self) -> str:
        return self.every


Owner = Literal[Answer.ASSIGNMENT, Answer.TEAM_ASSIGNMENT]
OwnerList = Annotated[tuple[Owner, ...], Field(min_length=1)]
Owners = Annotated[OwnerList, BeforeValidator(folded, json_schema_input_type=Owner | OwnerList)]


class Own(Running, Within):
    """How soon somebody has the case in hand."""

    kind: Literal[Kind.OWN] = Field(description=KIND)
    answered_by: Owners = Field(
        (Answer.ASSIGNMENT,), description="Whether a named person, or also a team, is an owner."
    )


class Resolve(Running, Within):
    """How soon the matter is settled."""

    pauses_by_default: ClassVar[bool] = True

    kind: Literal[Kind.RESOLVE] = Field(description=KIND)
    ends_at: EndsAt = Field(EndsAt.RESOLVED, description="Whether resolving or only closing the case keeps it.")


class By(Contacts, Clocked):
    """Dates given to clients are kept; each date comes with its own event."""

    kind: Literal[Kind.BY] = Field(description=KIND)
    warn: Warnings | None = Field(
        None, description="When to warn: after a share of the time given, or a time before the date."
    )


class AnswerCall(Shared):
    """How soon the telephone is answered."""

    kind: Literal[Kind.ANSWER_CALL] = Field(description=KIND)
    within: TargetText = Field(description="The longest wait after joining the queue: `20s`.")
    expected: TargetText | None = Field(None, description="What the client believes was promised, where it differs.")
    formula: Formula = Field(Formula.WITHOUT_SHORT_ABANDONS, description="Which calls the share is a share of.")
    short_abandon: Duration | None = Field(None, description="A caller who hangs up sooner than this doesn't count.")
    neither: Credit | None = Field(
        None,
        description="What a call counts as that ended without an answer or a hang-up; as the formula has it if left out.",
    )

    def target(self) -> Target | None:
        return parse_target(self.within)

    def expected_target(self) -> Target | None:
        return None if self.expected is None else parse_target(self.expected)

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        if self.short_abandon is not None and self.formula is not Formula.WITHOUT_SHORT_ABANDONS:
            yield Misfit("short_abandon", f"it beside the formula {self.formula}", "the formula without_short_abandons")
        target = self.target()
        if (
            self.short_abandon is not None
            and isinstance(target, WorkingDuration)
            and self.short_abandon > target.length
        ):
            expected = f"at most {self.within}: who waited longer has waited too long"
            yield Misfit("short_abandon", describe_duration(self.short_abandon), expected)

    def terms(self) -> CallTerms:
        """How calls are counted, in the domain's words."""
        return CallTerms(self.formula, self.short_abandon or 0, self.neither)


class Callback(Within):
    """How soon a caller who asked for it is called back."""

    kind: Literal[Kind.CALLBACK] = Field(description=KIND)
    voicemail: Switch = Field(default=True, description="A message on the answering machine asks for a callback.")
    abandoned: Switch = Field(default=False, description="A caller who hung up in a queue is called back too.")
    short_abandon: Duration | None = Field(
        None, description="A caller who hangs up sooner than this is not called back; for `abandoned`."
    )
    any_channel: Switch = Field(default=False, description="Any contact keeps it, not only a call.")
    rung_again: RungAgain = Field(
        RungAgain.RELEASED, description="What becomes of it when the client rings again and is answered."
    )

    @property
    def channels(self) -> tuple[str, ...] | None:
        """The channels on which reaching the client keeps it; None for all."""
        return None if self.any_channel else ("call",)

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        if self.short_abandon is not None and not self.abandoned:
            yield Misfit("short_abandon", "it where nobody who hung up is called back", "`abandoned: true` beside it")

    def terms(self) -> CallbackTerms:
        """Which calls ask for a callback, in the domain's words."""
        return CallbackTerms(self.voicemail, self.abandoned, self.short_abandon or 0, self.rung_again)


class Who(StrEnum):
    """Of whom at a meeting something must be true."""

    EVERYBODY = "everybody"
    SOMEBODY = "somebody"


class Attend(Shared):
    """Who comes to meetings."""

    kind: Literal[Kind.ATTEND] = Field(description=KIND)
    people: Names | None = Field(None, description="The people who were promised, as `staff` names them.")
    of_people: Who = Field(Who.EVERYBODY, description="Whether all of `people` come, or one of them will do.")
    at_least: Name | None = Field(None, description="The lowest grade of whoever comes.")
    of_grade: Who = Field(
        Who.EVERYBODY, description="Whether everybody who comes has that grade or a higher one, or one who comes."
    )
    as_invited: Switch = Field(default=False, description="Everybody comes who was announced when it was arranged.")
    told_within: TargetText = Field(
        "1 business day",
        description="How long after a meeting was to be held it may be told who came; then it is not known.",
    )

    def target(self) -> Target | None:
        return parse_target(self.told_within)

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        if self.people is None and self.at_least is None and not self.as_invited:
            yield Misfit("", "neither people nor a grade nor `as_invited`", "`people`, `at_least` or `as_invited`")
        if "of_people" in self.model_fields_set and self.people is None:
            yield Misfit("of_people", f"{self.of_people} without people", "`people` beside it")
        if "of_grade" in self.model_fields_set and self.at_least is None:
            yield Misfit("of_grade", f"{self.of_grade} without a grade", "`at_least` beside it")

    def terms(self) -> AttendTerms:
        """Who comes, in the domain's words."""
        return AttendTerms(
            people=self.people,
            is_one_enough=self.of_people is Who.SOMEBODY,
            at_least=self.at_least,
            is_one_grade_enough=self.of_grade is Who.SOMEBODY,
            as_invited=self.as_invited,
        )


class SubstitutionEntry(Entry):
    """When somebody else may do the promised person's work."""

    told_first: Switch = Field(default=False, description="Only if the client was told beforehand.")
    equal_grade: Switch = Field(default=False, description="Only by somebody of at least the same grade.")
    either: Switch = Field(default=False, description="One of the two will do; else both must hold where both are set.")

    @property
    def terms(self) -> Substitution:
        """The same in the domain's words."""
        return Substitution(self.told_first, self.equal_grade, self.either)


class Seniority(PromiseEntry):
    """Who does the work."""

    kind: Literal[Kind.SENIORITY] = Field(description=KIND)
    at_least: Name | None = Field(None, description="The lowest grade that was promised.")
    people: Names | None = Field(None, description="The people who were promised, as `staff` names them.")
    tenure: TenureText | None = Field(None, description="How long they are with the firm at least: `6 months`.")
    share: Share = Field(1.0, description="What share of the work they do; all of it if left out.")
    of: Measure = Field(Measure.MINUTES, description="What the share is a share of.")
    over: Over = Field(Over.CASE, description="Over what the share is reckoned.")
    substitution: SubstitutionEntry | None = Field(
        None, description="When somebody else may stand in; never if left out."
    )

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        if self.at_least is None and self.people is None and self.tenure is None:
            yield Misfit("", "no grade, people or tenure", "`at_least`, `people` or `tenure`")
        if "of" in self.model_fields_set and self.share == 1.0:
            yield Misfit("of", f"{self.of} without a share", "`share` beside it, e.g. 60%")
        if self.over is not Over.CASE and self.share == 1.0:
            found = f"{self.over} without a share"
            yield Misfit(
                "over", found, "`share` beside it, e.g. 60%, or `over` left out: all of the work is judged by case"
            )

        if self.substitution is not None:
            yield from self._misfits_of(self.substitution)

    def _misfits_of(self, substitution: SubstitutionEntry) -> Iterator[Misfit]:
        if substitution.either and not (substitution.told_first and substitution.equal_grade):
            yield Misfit("substitution.either", "one condition", "`told_first` and `equal_grade` beside it")
        if substitution.equal_grade and self.people is None and self.at_least is None:
            expected = "`people` or `at_least` beside it, whose grade is meant"
            yield Misfit("substitution.equal_grade", "no grade to be equal to", expected)

    def terms(self, zone: str) -> SeniorityTerms:
        """What was promised, in the domain's words."""
        return SeniorityTerms(
            at_least=self.at_least,
            people=self.people,
            tenure=self.tenure,
            share_millionths=round(self.share * MILLION),
            measure=self.of,
            substitution=None if self.substitution is None else self.substitution.terms,
            zone=zone,
            over=self.over.period,
        )


class Handoffs(PromiseEntry):
    """How often the client's matter may change hands."""

    kind: Literal[Kind.HANDOFFS] = Field(description=KIND)
    at_most: Count | None = Field(None, description="The most hand-offs from one holder to another in a case.")
    returns: Count | None = Field(None, description="The most times a case comes back to somebody who had it before.")
    transfers: Count | None = Field(None, description="The most times a call is put through.")
    one_owner: Switch = Field(default=False, description="One person has the case from beginning to end.")
    without_holder: Duration | None = Field(None, description="The longest working time in which nobody has the case.")
    inside_team: InsideTeam = Field(
        InsideTeam.COUNT, description="Whether hand-offs other than from one team to another count."
    )

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        limits = (self.at_most, self.returns, self.transfers, self.without_holder)
        if not self.one_owner and all(limit is None for limit in limits):
            yield Misfit("", "no limit", "`at_most`, `returns`, `transfers`, `without_holder` or `one_owner`")

    def limits(self) -> HandoffLimits:
        """What was promised, in the domain's words."""
        lying_about = self.without_holder
        return HandoffLimits(
            at_most=self.at_most,
            returns=self.returns,
            transfers=self.transfers,
            one_owner=self.one_owner,
            without_holder=None if lying_about is None else WorkingDuration(lying_about),
            counts_inside_team=self.inside_team is InsideTeam.COUNT,
        )


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

MODELS: Final[Mapping[str, type[PromiseEntry]]] = {
    get_args(model.model_fields["kind"].annotation)[0].value: model for model in get_args(AnyPromise)
}
"""The model of each kind, by its name in the book."""
