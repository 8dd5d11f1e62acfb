"""Owning a breach: whatever is broken makes steps owed, each an obligation like any other.

Theory of operation. Which obligations are broken is a function of what happened, of `now` and of what was heard; so is what
is owed for them. Steps are therefore no part of the work of an event: they are made anew from the breaches that stand and from
what was said and done about breaches (`Clocks.amends`), whenever either may be different. Where the book owes nothing for
breaches none of this runs.

A step ends at the first event that takes it. An excuse of the breach, or its closing, ends the others without that: void where
there was still time, broken where there was none. A step's own breach makes nothing owed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from monitor.domain.cases.case_state import CaseState
from monitor.domain.cases.obligation import BROKEN, EXCUSED, Obligation, Verdict
from monitor.domain.facts.events import CLOSE, ClientTold, Event, Excused, StepTaken
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book, Kind, Promise
from monitor.domain.promises.promised_amends import BreachRule, governing

VerdictOf: TypeAlias = Callable[[Obligation], Verdict | None]


class StepObligation(Obligation):
    """One step owed for the breach of another obligation, `of`."""

    __slots__ = ("of", "taken")

    is_step = True

    def __init__(self, of: Obligation, promise: Promise, at: InstantUs) -> None:
        by_deed = of.due is None and of.ended_by is not None
        Obligation.__init__(self, of.case, promise, at, of.ended_by if by_deed and of.ended_by else of.opened_by)
        self.of = of
        self.occasion = of.id[len(of.case) + 1 :]
        self.taken = ""
        """Who took it and what they said, in words; empty while nobody has."""

    @property
    def found(self) -> str:
        """Who took it and what they said."""
        return self.taken

    @property
    def opened_by_time(self) -> bool:
        """Whether time broke what it is about, and no deed."""
        return self.of.due is not None


class Breach(NamedTuple):
    """An obligation that is broken or excused, the case it stands in and since when it is broken."""

    case: CaseState
    obligation: Obligation
    at: InstantUs


def owe_steps(cases: Mapping[str, CaseState], book: Book, verdict_of: VerdictOf) -> None:
    """Makes what is owed for the breaches in the cases of one matter, as `Clocks.steps`, with none of it announced yet."""
    if not book.breach_rules:
        return
    steps: dict[str, list[Obligation]] = {name: [] for name in cases}
    breaches = list(_breaches(cases, verdict_of))
    amends = sorted(((event, case) for case in cases.values() for event in case.clocks.amends), key=_order)
    for breach in breaches:
        rule = governing(book.breach_rules, breach.case.subject_at(breach.at), breach.obligation.kind, breach.at)
        if rule is not None:
            about = [event for event, case in amends if breach in _meant(event, case, breaches, cases)]
            excuses = [event for event, _ in amends if isinstance(event.fact, Excused)]
            steps[breach.case.id] += _steps(breach, rule, about, excuses, book)
    for name, case in cases.items():
        case.clocks.steps = tuple(steps[name])


def _order(amends: tuple[Event, CaseState]) -> tuple[InstantUs, str, int, str]:
    return amends[0][:4]


def _breaches(cases: Mapping[str, CaseState], verdict_of: VerdictOf) -> Iterator[Breach]:
    for case in cases.values():
        for obligation in case.clocks.obligations:
            if verdict_of(obligation) in (BROKEN, EXCUSED):
                yield Breach(case, obligation, obligation.broken_at)


# Which breach is meant


def _meant(event: Event, case: CaseState, breaches: Sequence[Breach], cases: Mapping[str, CaseState]) -> list[Breach]:
    """The breaches an event is about: of the obligation it names, or those that happened last by then in its case, of the
    kind it names if it names one."""
    fact = event.fact
    if isinstance(fact, Excused):
        return [breach for breach in breaches if breach.obligation.excused_by is event]
    assert isinstance(fact, StepTaken | ClientTold)
    if fact.obligation is not None:
        return [breach for breach in breaches if breach.obligation.id == fact.obligation]
    passed = [
        breach
        for breach in breaches
        if breach.at <= event.time
        and fact.kind in (None, breach.obligation.kind)
        and _goes_on_in(breach.case, case, cases)
    ]
    latest = max((breach.at for breach in passed), default=None)
    return [breach for breach in passed if breach.at == latest]


def _goes_on_in(one: CaseState, other: CaseState, cases: Mapping[str, CaseState]) -> bool:
    """Whether a case is another one, or was merged into it, perhaps by way of others."""
    while one is not other:
        if one.merged_into is None:
            return False
        one = cases[one.merged_into]
    return True


# What is owed


def _steps(
    breach: Breach, rule: BreachRule, about: Sequence[Event], excuses: Sequence[Event], book: Book
) -> Iterator[StepObligation]:
    excuse = breach.obligation.excused_by
    is_excused_before = excuse is not None and excuse.time <= breach.at
    for kind, promise in rule.steps.items():
        despite_excuse = kind in rule.despite_excuse
        if is_excused_before and not despite_excuse:
            continue
        step = StepObligation(breach.obligation, promise, breach.at)
        for event in about:
            _take(step, event, rule, book, despite_excuse=despite_excuse)
        named = (event for event in excuses if isinstance(event.fact, Excused) and event.fact.obligation == step.id)
        step.excused_by = next(named, None)
        yield step


def _take(step: StepObligation, event: Event, rule: BreachRule, book: Book, *, despite_excuse: bool) -> None:
    """What an event about the breach does to a step that is still owed."""
    fact = event.fact
    if not step.is_open:
        return
    if isinstance(fact, Excused):
        if not despite_excuse:
            step.void(event, step.of.excuse)
        return
    assert isinstance(fact, StepTaken | ClientTold)
    if book.is_robot(fact.by):
        return
    if isinstance(fact, ClientTold):
        # Whoever told the client beforehand has told them.
        if step.kind is Kind.TELL and step.of.opened <= event.time:
            _end(step, event, _signed("the client was told", fact.by, fact.words))
    elif event.time < step.opened:
        return
    elif fact.step == CLOSE and fact.by and fact.reason:
        step.void(event, _signed("closed", fact.by, fact.reason))
    elif fact.step == step.kind and (words := _taken(fact, rule)) is not None:
        _end(step, event, words)


def _end(step: StepObligation, event: Event, words: str) -> None:
    step.end(event, max(event.time, step.opened))
    step.taken = words


def _taken(fact: StepTaken, rule: BreachRule) -> str | None:
    """What was done, in words; None where it lacks what makes it that step."""
    match fact.step:
        case Kind.ACKNOWLEDGE:
            return _signed("acknowledged", fact.by, fact.words) if fact.by else None
        case Kind.EXPLAIN:
            is_cause = bool(fact.cause) and (not rule.causes or str(fact.cause).casefold() in rule.causes)
            return _signed(f"explained by {fact.cause}", fact.by, fact.words) if is_cause and fact.words else None
        case Kind.REMEDY:
            return _remedy(fact)
        case _:
            return _signed("apologised", fact.by, fact.words)


def _remedy(fact: StepTaken) -> str | None:
    if fact.amount is not None and fact.currency and fact.approved_by:
        return _signed(f"{fact.amount} {fact.currency}, approved by {fact.approved_by}", fact.by, fact.words)
    if fact.amount is None and fact.reason:
        return _signed(f"no credit, because {fact.reason}", fact.by, fact.words)
    return None


def _signed(what: str, by: str | None, words: str | None) -> str:
    return f"{what}{f' by {by}' if by else ''}{f': {words}' if words else ''}"
