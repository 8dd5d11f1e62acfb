"""The `data` of events about breaches: what somebody did to own one. What would count for nothing is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from monitor.domain.facts.events import CLOSE, ClientTold, Excused, Fact, StepTaken
from monitor.domain.promises.promise import Kind
from monitor.wire.events.event_data import Data, Name, Words

Amount = Annotated[Decimal, Field(gt=0, max_digits=11, decimal_places=2)]
"""A sum of money, to the cent."""
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""As ISO 4217 has it, e.g. GBP."""
Reason = Annotated[Words, StringConstraints(min_length=1)]


class _AboutBreach(Data):
    kind: Name | None = Field(None, description="The kind of promise; its latest breach in the case is meant.")
    obligation: Name | None = Field(None, description="The obligation's identifier.")


class _BreachStep(_AboutBreach):
    by: Name | None = Field(None, description="Who did it.")
    words: Words | None = None


class BreachAcknowledged(_AboutBreach):
    by: Name = Field(description="Who acknowledges it.")
    words: Words | None = None

    def fact(self) -> Fact:
        return StepTaken(Kind.ACKNOWLEDGE.value, self.obligation, self.kind, self.by, self.words)


class BreachExplained(_BreachStep):
    cause: Name = Field(description="One of the book's causes.")
    words: Reason = Field(description="What happened.")

    def fact(self) -> Fact:
        return StepTaken(Kind.EXPLAIN.value, self.obligation, self.kind, self.by, self.words, cause=self.cause)


class BreachClientTold(_BreachStep):
    """Also beforehand: that somebody else will stand in, or that a promise will be broken."""

    def fact(self) -> Fact:
        return ClientTold(self.obligation, self.kind, self.by, self.words)


class BreachApologised(_BreachStep):
    def fact(self) -> Fact:
        return StepTaken(Kind.APOLOGISE.value, self.obligation, self.kind, self.by, self.words)


class BreachRemedied(_BreachStep):
    amount: Amount | None = Field(None, description="A goodwill credit; `currency` and `approved_by` go with it.")
    currency: CurrencyCode | None = Field(None, description="The credit's currency, e.g. GBP.")
    approved_by: Name | None = Field(None, description="Who approved the credit.")
    reason: Reason | None = Field(None, description="Why there is no credit; needed where there is none.")

    @model_validator(mode="after")
    def _is_a_remedy(self) -> Self:
        if self.amount is None and self.reason is None:
            raise ValueError("an `amount`, or a `reason` why there is none")
        if self.amount is not None and (self.currency is None or self.approved_by is None):
            raise ValueError("`currency` and `approved_by` beside the `amount`")
        return self

    def fact(self) -> Fact:
        return StepTaken(
            Kind.REMEDY.value,
            self.obligation,
            self.kind,
            self.by,
            self.words,
            amount=self.amount,
            currency=self.currency,
            approved_by=self.approved_by,
            reason=self.reason,
        )


class BreachClosed(_AboutBreach):
    """Nothing more will be done about it."""

    by: Name = Field(description="Who decided so.")
    reason: Reason = Field(description="Why what is left will not be done.")

    def fact(self) -> Fact:
        return StepTaken(CLOSE, self.obligation, self.kind, self.by, None, reason=self.reason)


class BreachExcused(Data):
    kind: Name | None = Field(None, description="The kind of promise; its latest obligation in the case is meant.")
    obligation: Name | None = Field(None, description="The obligation's identifier.")
    reason: Name = Field(description="Why the breach is not the firm's.")
    approved_by: Name = Field(description="Who decided so.")

    def fact(self) -> Fact:
        return Excused(self.obligation, self.kind, self.reason, self.approved_by)
