"""The book's section `breaches`: what the firm owes when it has broken a promise, as it is written."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic.functional_validators import PlainValidator

from monitor.domain.hours.period import PeriodKind
from monitor.domain.hours.target import BusinessDays, DayRule, Target, parse_target
from monitor.domain.promises.promise import JUDGED_KINDS, Kind
from monitor.domain.promises.promised_amends import STEPS
from monitor.wire.book.promise_base import Misfit, ScopedEntry
from monitor.wire.book.values import Currency, Entry, Money, Names, Warnings, as_list, folded, folded_text
from monitor.wire.written.amounts import Share, TargetText


def _judged_kind(value: object) -> Kind:
    name = folded_text(value)
    kinds = [kind.value for kind in JUDGED_KINDS]
    if name not in kinds:
        raise ValueError(f"found {value!r}, expected one of {', '.join(kinds)}")
    return Kind(str(name))


JudgedKind = Annotated[
    Kind,
    PlainValidator(_judged_kind),
    WithJsonSchema({"type": "string", "enum": [kind.value for kind in JUDGED_KINDS]}),
]
KindList = Annotated[tuple[JudgedKind, ...], Field(min_length=1)]
Kinds = Annotated[KindList, BeforeValidator(as_list, json_schema_input_type=JudgedKind | KindList)]
Step: TypeAlias = Literal[Kind.ACKNOWLEDGE, Kind.EXPLAIN, Kind.TELL, Kind.APOLOGISE, Kind.REMEDY]
StepList = Annotated[tuple[Step, ...], Field(min_length=1)]
Steps = Annotated[StepList, BeforeValidator(folded, json_schema_input_type=Step | StepList)]

CENT: Final = Decimal("0.01")


class CreditEntry(Entry):
    """What the client is owed in money: a sum, or a percentage of a fee."""

    amount: Money | None = Field(None, description="The sum owed for each breach, in the book's currency.")
    share: Share | None = Field(None, description="The percentage of `fee` owed for each breach, instead of a sum.")
    fee: Money | None = Field(None, description="The fee that `share` is a percentage of.")
    at_most: Money | None = Field(
        None, description="The most that one client is owed in a period; no limit if left out."
    )
    each: Annotated[Literal[PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR], BeforeValidator(folded_text)] = (
        Field(PeriodKind.MONTH, description="The period that `at_most` is for.")
    )

    def misfits(self) -> Iterator[Misfit]:
        """Keys of this entry that contradict each other."""
        if (self.amount is None) == (self.share is None):
            found = "neither a sum nor a percentage" if self.amount is None else "both a sum and a percentage"
            yield Misfit("credit", found, "`amount`, or `share` with `fee`")
        elif (self.share is None) != (self.fee is None):
            yield Misfit("credit", "only one of `share` and `fee`", "both of them")
        if "each" in self.model_fields_set and self.at_most is None:
            yield Misfit("credit", f"{self.each} without a limit", "`at_most` beside it, e.g. 200")
        if self.at_most is not None and self.at_most < self.sum_owed():
            yield Misfit("credit", f"at most {self.at_most}, less than one breach costs", f"{self.sum_owed()} or more")

    def sum_owed(self) -> Decimal:
        """What is owed for one breach, to the cent; halves are rounded to even."""
        if self.amount is not None:
            return self.amount
        return ((self.fee or Decimal(0)) * Decimal(str(self.share or 0))).quantize(CENT)


class OwedEntry(ScopedEntry):
    """What is owed for some breaches: the steps of owning up to one, each with its own target."""

    of: Kinds | None = Field(None, description="The kinds of promises whose breaches it is for; all if left out.")
    acknowledge: TargetText | None = Field(None, description="How soon a named person acknowledges the breach.")
    explain: TargetText | None = Field(None, description="How soon its cause is said, with words of explanation.")
    tell: TargetText | None = Field(None, description="How soon the client is told.")
    apologise: TargetText | None = Field(None, description="How soon the firm apologises.")
    remedy: TargetText | None = Field(None, description="How soon a credit is given, or a reason why none is.")
    days: DayRule = Field(DayRule.SAME_TIME, description="At what time of the last day `business days` end.")
    warn: Warnings | None = Field(
        None, description="When to warn: after a share of a step's target, or a time before it."
    )
    despite_excuse: Steps | None = Field(None, description="The steps that are owed although the breach is excused.")
    credit: CreditEntry | None = Field(None, description="What the client is owed in money.")

    def targets(self) -> dict[Kind, Target]:
        """The target of each step that is owed."""
        written = {kind: getattr(self, kind.value) for kind in STEPS}
        return {kind: parse_target(text, rule=self.days) for kind, text in written.items() if text is not None}

    def misfits(self) -> Iterator[Misfit]:
        yield from super().misfits()
        targets = self.targets()
        if not targets:
            yield Misfit("", "no step that is owed", f"one of {', '.join(STEPS)}, e.g. `acknowledge: 30m`")
        if "days" in self.model_fields_set and not any(isinstance(each, BusinessDays) for each in targets.values()):
            yield Misfit("days", "it without a step in business days", "a target in business days, or `days` left out")
        for step in self.despite_excuse or ():
            if step not in targets:
                yield Misfit(
                    "despite_excuse", f"{step.value}, which is not owed", f"`{step.value}` with a target beside it"
                )
        if self.credit is not None:
            yield from self.credit.misfits()
            if Kind.REMEDY not in targets:
                yield Misfit("credit", "a credit that nobody has to give", "`remedy` beside it, e.g. 5 business days")


class BreachesEntry(Entry):
    """What the firm owes when it has broken a promise."""

    currency: Currency | None = Field(None, description="The currency of credits, e.g. GBP.")
    causes: Names | None = Field(None, description="The causes an explanation may name; any if left out.")
    owed: tuple[OwedEntry, ...] = Field((), description="What is owed, for which breaches.")
