"""The kinds of promises in the book, a model for each: a key that makes no sense for a kind is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal, TypeAlias, get_args

from pydantic import BeforeValidator, Field

from monitor.domain.hours.instant import describe_duration
from monitor.domain.hours.target import Target, WorkingDuration, parse_target
from monitor.domain.promises.clock_rules import BeforeFirstReply, MeasuredFrom
from monitor.domain.promises.promise import Answer, Kind
from monitor.domain.promises.promised_calls import CallbackTerms, CallTerms, Credit, Formula, RungAgain
from monitor.wire.book.promise_base import (
    KIND,
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
from monitor.wire.book.promises_of_people import Attend, Handoffs, Seniority
from monitor.wire.book.values import (
    Duration,
    Switch,
    Warnings,
    folded,
)
from monitor.wire.written.amounts import TargetText


class EndsAt(StrEnum):
    """What ends a `resolve` promise."""

    RESOLVED = "resolved"
    CLOSED = "closed"


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


class By(Contacts, Clocked, Shared):
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
