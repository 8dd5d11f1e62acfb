"""What a firm owes for a broken promise beside keeping it late: the steps of owning up to it, each with its own target, and
the credit due to the client.

An entry of the book's section `breaches` is a rule here. Which one governs a breach is settled as for promises: the most
specific one, then the first in the book, of those in force at the breach for the case as it was then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from monitor.domain.facts.events import CANARY
from monitor.domain.hours.instant import InstantUs
from monitor.domain.hours.period import PeriodKind, period_of
from monitor.domain.promises.promise import Kind, Promise, Subject

STEPS: Final = (Kind.ACKNOWLEDGE, Kind.EXPLAIN, Kind.TELL, Kind.APOLOGISE, Kind.REMEDY)
"""The steps of owning a breach, in the order in which a firm usually takes them; nothing asks for that order."""


class BreachState(StrEnum):
    """How far a breach is owned."""

    UNACKNOWLEDGED = "unacknowledged"
    UNEXPLAINED = "unexplained"
    UNTOLD = "untold"
    UNAPOLOGISED = "unapologised"
    UNREMEDIED = "unremedied"
    EXCUSED = "excused"
    CLOSED = "closed"
    NOTHING_OWED = "nothing_owed"


LACKING: Final = dict(zip(STEPS, BreachState, strict=False))
"""The state of a breach for which this step, and none before it, is still owed."""


def state_of_breach(steps: Mapping[str, bool], *, is_excused: bool) -> BreachState:
    """How far a breach is owned; `steps` says of each one that is owed whether it is still to be taken."""
    for step, state in LACKING.items():
        if steps.get(step):
            return state
    if is_excused:
        return BreachState.EXCUSED
    return BreachState.CLOSED if steps else BreachState.NOTHING_OWED


@dataclass(frozen=True, slots=True)
class CreditRule:
    """What the client is owed for a breach: `amount`, and for all breaches of a period together `at_most`, in `zone`."""

    amount: Decimal
    currency: str
    at_most: Decimal | None
    each: PeriodKind
    zone: str

    def period_start(self, instant: InstantUs) -> InstantUs:
        """The first instant of the period that an instant lies in."""
        return period_of(self.each, instant, self.zone).starts_at

    def owed(self, breaches: int) -> Decimal:
        """What is owed for so many breaches of one client in one period."""
        whole = self.amount * breaches
        return whole if self.at_most is None else min(whole, self.at_most)

    def owed_for(self, number: int) -> Decimal:
        """What the `number`-th breach of a period adds to that, counted from 1."""
        return self.owed(number) - self.owed(number - 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BreachRule:
    """One version of what is owed for breaches of some promises. Each of `steps` is a promise that its breach makes.

    `kinds` are those whose breaches it is for, None for all; `causes`, case-folded, are those an explanation may name, none
    for any; the steps in `despite_excuse` are owed also where the breach is excused.
    """

    id: str
    version: int
    steps: Mapping[Kind, Promise]
    kinds: frozenset[Kind] | None = None
    causes: frozenset[str] = frozenset()
    despite_excuse: frozenset[Kind] = frozenset()
    credit: CreditRule | None = None

    @property
    def scope(self) -> Promise:
        """Any of its steps: they are owed to the same clients, for the same cases, at the same time."""
        return next(iter(self.steps.values()))

    def within(self, starts_at: InstantUs, ends_at: InstantUs) -> BreachRule | None:
        """The rule while an edition of the book governs, in [starts_at, ends_at); None where that is never."""
        scope = self.scope
        starts_at, ends_at = max(scope.starts_at, starts_at), min(scope.ends_at, ends_at)
        if starts_at >= ends_at:
            return None
        steps = {kind: replace(promise, starts_at=starts_at, ends_at=ends_at) for kind, promise in self.steps.items()}
        return replace(self, steps=steps)


def governing(rules: Iterable[BreachRule], subject: Subject, kind: Kind, at: InstantUs) -> BreachRule | None:
    """The rule for a breach at `at` of a promise of this kind in a case like this; None where nothing is owed for it."""
    if subject.client == CANARY:
        return None
    covering = [
        rule
        for rule in rules
        if (rule.kinds is None or kind in rule.kinds)
        and rule.scope.starts_at <= at < rule.scope.ends_at
        and rule.scope.is_for(subject)
    ]
    # Of several that are equally specific `max` takes the first.
    return max(covering, key=lambda rule: rule.scope.specificity, default=None)


def rule_named(rules: Iterable[BreachRule], name: str, version: int, at: InstantUs) -> BreachRule | None:
    """The rule of this name and version that was in force at an instant."""
    named = (rule for rule in rules if (rule.id, rule.version) == (name, version))
    return next((rule for rule in named if rule.scope.starts_at <= at < rule.scope.ends_at), None)
