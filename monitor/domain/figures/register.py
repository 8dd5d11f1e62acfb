"""The register of promises: what the editions of the book said, what was said in cases, and what gives cause for doubt.

A *wording* is one version of a promise as people read it: for whom, for which cases, what, in which hours, who said it.
An edition that says something else under the same version makes another wording. How clocks pause and when Kept warns is
no part of it. What the book owes for breaches is promised, too: each step of an entry is a wording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import permutations
from typing import Any, Final, NamedTuple, TypeAlias

from monitor.domain.cases.handoffs import describe_limits
from monitor.domain.figures.four_numbers import lasts, length_of
from monitor.domain.hours.instant import InstantUs, format_instant
from monitor.domain.hours.target import WorkingDuration
from monitor.domain.promises.editions import Edition, bind
from monitor.domain.promises.promise import Book, Conditions, Kind, Promise, Said
from monitor.domain.promises.promised_amends import BreachRule


class RegisterState(StrEnum):
    """Where a promise stands: the first four of the book, the others of what was said in a case."""

    PLANNED = "planned"
    IN_FORCE = "in_force"
    ENDED = "ended"
    REPLACED = "replaced"
    PROPOSED = "proposed"
    DECLINED = "declined"
    MADE = "made"
    AMENDED = "amended"
    WITHDRAWN = "withdrawn"


OF_BOOK: Final = (RegisterState.PLANNED, RegisterState.IN_FORCE, RegisterState.ENDED, RegisterState.REPLACED)


class RegisterFinding(StrEnum):
    """What gives cause for doubt about a promise."""

    NEVER_EXERCISED = "never_exercised"
    NO_SOURCE = "no_source"
    NOBODY_ANSWERABLE = "nobody_answerable"
    CONTRADICTED = "contradicted"
    MADE_AGAINST_THE_RECORD = "made_against_the_record"


# The book

Spans: TypeAlias = list[tuple[InstantUs, InstantUs]]


@dataclass(slots=True)
class Wording:
    """A wording with the numbers of the first and the last edition that have it, and when it was in force: half-open
    spans in order, none where a restatement took its place from the beginning."""

    promise: Promise
    first_edition: int
    last_edition: int
    spans: Spans = field(default_factory=list)
    rule: BreachRule | None = None
    """The entry about breaches of which it is a step; None of what is promised by itself."""

    @property
    def target(self) -> str:
        """What is promised, in words: of a remedy the credit, too."""
        return promised_words(self.promise) + _credit_words(self.promise, self.rule)

    @property
    def conditions(self) -> str | None:
        """For which cases, in words, and for breaches of what; None: for all."""
        kinds = None if self.rule is None else self.rule.kinds
        named = [described_conditions(self.promise.when), None if kinds is None else f"of: {', '.join(sorted(kinds))}"]
        return "; ".join(each for each in named if each is not None) or None

    def state(self, as_of: InstantUs) -> RegisterState:
        """Where it stands at an instant."""
        if not self.spans:
            return RegisterState.REPLACED
        if any(since <= as_of < until for since, until in self.spans):
            return RegisterState.IN_FORCE
        return RegisterState.ENDED if self.spans[-1][1] <= as_of else RegisterState.PLANNED


def wordings(editions: Sequence[tuple[int, Edition]]) -> list[Wording]:
    """Every wording of editions, numbered, in the order in which they were applied; by promise, version and edition."""
    found: dict[Any, Wording] = {}
    for number, edition in editions:
        for promise, rule in _promised(edition.book):
            known = found.setdefault(_wording_of(promise, rule), Wording(promise, number, number))
            known.promise, known.rule, known.last_edition = promise, rule, number
    for promise, rule in _promised(bind([edition for _, edition in editions])):
        found[_wording_of(promise, rule)].spans.append((promise.starts_at, promise.ends_at))
    for wording in found.values():
        wording.spans.sort()
    return sorted(found.values(), key=lambda each: (each.promise.id, each.promise.version, each.first_edition))


def _promised(book: Book) -> Iterator[tuple[Promise, BreachRule | None]]:
    """The promises of a book, then each step that it owes for breaches, with its entry."""
    for promise in book.promises:
        yield promise, None
    for rule in book.breach_rules:
        for step in rule.steps.values():
            yield step, rule


def _wording_of(promise: Promise, rule: BreachRule | None) -> tuple[Any, ...]:
    whom = (promise.client, promise.tier, promise.when)
    what = (promise.kind, promised_words(promise), promise.share, promise.hours_name, promise.expected)
    owed = None if rule is None else (rule.kinds, _credit_words(promise, rule))
    return (promise.id, promise.version, *whom, *what, promise.said, owed)


def _credit_words(promise: Promise, rule: BreachRule | None) -> str:
    credit = None if rule is None or promise.kind is not Kind.REMEDY else rule.credit
    if credit is None:
        return ""
    capped = "" if credit.at_most is None else f", at most {credit.at_most} a {credit.each}"
    return f", a credit of {credit.amount} {credit.currency} each{capped}"


def promised_words(promise: Promise) -> str:
    """What is promised, in words."""
    if promise.handoffs is not None:
        return describe_limits(promise.handoffs)
    people = promise.seniority or promise.attend
    if people is not None:
        return people.words
    return "the date that is given" if promise.target is None else promise.target.describe()


def described_conditions(when: Conditions) -> str | None:
    """For which cases, in words; None: for all."""
    named = [(name, getattr(when, name)) for name in ("priority", "channel", "service", "tags")]
    return "; ".join(f"{name}: {', '.join(sorted(values))}" for name, values in named if values is not None) or None


def has_source(said: Said | None) -> bool:
    """Whether the book says anything of where a promise comes from."""
    return said is not None and said != Said()


class Contradiction(NamedTuple):
    """Of two promises that are in force for the same client, kind and conditions the narrower, which governs, asks less."""

    wider: Wording
    narrower: Wording

    @property
    def words(self) -> str:
        """What contradicts what."""
        return f"{_named(self.narrower)} governs and asks less than {_named(self.wider)}"


def contradictions(found: Iterable[Wording], tier_of: Callable[[str], str | None]) -> Iterator[Contradiction]:
    """Those between promises in force at one time, what is owed for breaches left out; `tier_of` tells the tier of a client.

    Only lengths in the same time are compared: of working time those in the same hours. A narrower promise of more
    contradicts nothing: who keeps it has kept the wider one.
    """
    groups: dict[Any, list[Wording]] = {}
    for wording in found:
        if wording.rule is None:
            groups.setdefault((wording.promise.kind, wording.promise.when), []).append(wording)
    for group in groups.values():
        for wider, narrower in permutations(group, 2):
            is_within = _includes(wider.promise, narrower.promise, tier_of) and _meet(wider, narrower)
            if is_within and _asks_less(narrower.promise, wider.promise):
                yield Contradiction(wider, narrower)


def _named(wording: Wording) -> str:
    promise = wording.promise
    return f"{promise.id} {promise.version} ({promised_words(promise)}, {_whom(promise)})"


def _whom(promise: Promise) -> str:
    if promise.client is not None:
        return f"client {promise.client}"
    return "everybody" if promise.tier is None else f"tier {promise.tier}"


def _includes(wider: Promise, narrower: Promise, tier_of: Callable[[str], str | None]) -> bool:
    """Whether one is made to everybody the other is made to, and to others."""
    if wider.client is not None or wider.specificity >= narrower.specificity:
        return False
    tier = narrower.tier if narrower.client is None else tier_of(narrower.client)
    return wider.tier in (None, tier)


def _meet(one: Wording, other: Wording) -> bool:
    return any(max(since, start) < min(until, end) for since, until in one.spans for start, end in other.spans)


def _asks_less(narrower: Promise, wider: Promise) -> bool:
    if not (lasts(narrower) and lasts(wider)) or type(narrower.target) is not type(wider.target):
        return False
    if isinstance(wider.target, WorkingDuration) and narrower.hours_name != wider.hours_name:
        return False
    longer, shorter = length_of(narrower.target), length_of(wider.target)
    return longer is not None and shorter is not None and longer > shorter


# What was said in cases


class Saying(NamedTuple):
    """One event about a promise of a case: `step` is what its type says was done with it, `by` the date it names."""

    at: InstantUs
    step: RegisterState
    by: InstantUs | None = None
    agreed: bool = False
    speaker: str | None = None
    words: str | None = None


@dataclass(slots=True)
class GivenPromise:
    """What became of a promise that was said in a case: told by its sayings in their order, at least one.

    The first date given stands until the client agrees to another one, or it is withdrawn; neither counts once it has
    passed. `others` are the sayings by another date that do not count.
    """

    first: Saying
    state: RegisterState
    made: Saying | None = None
    due: InstantUs | None = None
    ended: InstantUs | None = None
    others: list[Saying] = field(default_factory=list)

    @property
    def source(self) -> Saying:
        """The saying it rests on: that by which it was made, failing that the first."""
        return self.made or self.first

    def take(self, saying: Saying) -> None:
        """Goes on by the next saying."""
        is_open = self.ended is None and (self.due is None or saying.at <= self.due)
        match saying.step:
            case RegisterState.MADE if self.made is None:
                self.made, self.state, self.due, self.ended = saying, RegisterState.MADE, saying.by, None
            case RegisterState.AMENDED if self.made is not None and saying.agreed:
                if is_open:
                    self.state, self.due = RegisterState.AMENDED, saying.by
            case RegisterState.MADE | RegisterState.AMENDED:
                if self.made is not None and saying.by != self.due:
                    self.others.append(saying)
            case RegisterState.WITHDRAWN if is_open:
                self.state, self.ended = saying.step, saying.at
            case RegisterState.DECLINED if self.made is None:
                self.state, self.ended = saying.step, saying.at
            case _:
                pass

    def contradiction(self) -> str | None:
        """What else was said of the date, in words; None where nothing was."""
        if not self.others or self.due is None:
            return None
        said = "; ".join(
            f"{format_instant(each.by or 0)}, {each.step} {format_instant(each.at)}" for each in self.others
        )
        return f"by {format_instant(self.due)}, and without the client's consent by {said}"


def given_by(sayings: Iterable[Saying]) -> GivenPromise:
    """What became of a promise by its sayings in their order; at least one."""
    first, *others = sayings
    given = GivenPromise(first, first.step)
    for saying in (first, *others):
        given.take(saying)
    return given
