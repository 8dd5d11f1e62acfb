"""What was promised: kinds, options, who it is for, and which promise wins.

Kinds apply side by side. Inside one kind the most specific wins: a promise to the client itself, then to
its tier, then to everybody; among equals the order of the book. The promises in force at an instant are
its *terms*; they depend only on a handful of attributes, so a book remembers them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from monitor.domain.facts.events import CANARY, UNIDENTIFIED, Contact
from monitor.domain.hours.instant import FOREVER_US, DurationUs, InstantUs
from monitor.domain.hours.target import Target
from monitor.domain.hours.working_hours import WorkingHours
from monitor.domain.promises.clock_rules import BeforeFirstReply, MeasuredFrom, OnChange, PauseCount, Reopen
from monitor.domain.promises.knowledge import Client, Person, SourceRule, StatusRule, normal_address
from monitor.domain.promises.promised_calls import CallbackTerms, CallTerms
from monitor.domain.promises.promised_people import AttendTerms, HandoffLimits, SeniorityTerms
from monitor.domain.promises.promised_shares import ShareTerms
from monitor.domain.promises.references import References
from monitor.domain.promises.risk_limits import RiskLimits
from monitor.domain.promises.tenure_bands import TenureBands

if TYPE_CHECKING:  # a rule's steps are promises
    from monitor.domain.promises.promised_amends import BreachRule


class Kind(StrEnum):
    """What sort of thing is promised."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    UPDATE_EVERY = "update_every"
    OWN = "own"
    RESOLVE = "resolve"
    BY = "by"
    ANSWER_CALL = "answer_call"
    CALLBACK = "callback"
    ATTEND = "attend"
    SENIORITY = "seniority"
    HANDOFFS = "handoffs"
    ACKNOWLEDGE = "acknowledge"
    """This and the next four are owed for a breach, by the book's section `breaches` (`promised_amends.py`)."""
    EXPLAIN = "explain"
    TELL = "tell"
    APOLOGISE = "apologise"
    REMEDY = "remedy"
    HAND_DOWN = "hand_down"
    """Nothing that anybody promises: what stands in a decision about work that went to somebody more junior."""


JUDGED_KINDS = (
    Kind.FIRST_RESPONSE,
    Kind.NEXT_RESPONSE,
    Kind.UPDATE_EVERY,
    Kind.OWN,
    Kind.RESOLVE,
    Kind.BY,
    Kind.SENIORITY,
    Kind.HANDOFFS,
    Kind.ANSWER_CALL,
    Kind.CALLBACK,
    Kind.ATTEND,
)
"""The kinds of promises that the engine judges; the others are read and checked. The steps owed for a breach are none."""

WATCHED_KINDS = frozenset({Kind.ANSWER_CALL, Kind.CALLBACK, Kind.ATTEND})
"""The kinds of which each call, callback or meeting is owed by itself, whatever becomes of the case's clocks."""

PEOPLE_KINDS = frozenset({Kind.ATTEND, Kind.SENIORITY, Kind.HANDOFFS})
"""The kinds that promise something of the people who do the work."""


CONDUCT_KINDS = (Kind.SENIORITY, Kind.HANDOFFS)
"""The kinds that are judged by what is done in a case, in the order in which they are opened."""


class Answer(StrEnum):
    """What may end the wait for a response, an update or an owner."""

    CONTACT = "contact"
    STATUS_CHANGE = "status_change"
    ASSIGNMENT = "assignment"
    TEAM_ASSIGNMENT = "team_assignment"


@dataclass(frozen=True, slots=True)
class Said:
    """Who promised it, where and when, in which words. `on` is an ISO date."""

    by: str | None = None
    on: str | None = None
    where: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class WarningRule:
    """When to warn: after this share of the target (0 to 1), or this much working time before the due instant."""

    share: float | None = None
    before: DurationUs | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which cases a promise is for; None means any. A promise with tags wants at least one of them."""

    priority: frozenset[str] | None = None
    channel: frozenset[str] | None = None
    service: frozenset[str] | None = None
    tags: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Promise:
    """One version of one thing promised. Its options are named and explained in `BOOK.md`.

    `starts_at`/`ends_at` bound, half-open, the openings it governs; `target` is None where the kind has
    none (`by`, `seniority`, `handoffs`, ...). `pauses_in` holds the case-folded statuses in which its clock stands still.
    """

    id: str
    version: int
    kind: Kind
    starts_at: InstantUs
    ends_at: InstantUs
    hours: WorkingHours
    hours_name: str
    target: Target | None = None
    client: str | None = None
    tier: str | None = None
    when: Conditions = field(default_factory=Conditions)
    warn: tuple[WarningRule, ...] = ()
    answered_by: frozenset[Answer] = frozenset({Answer.CONTACT})
    channels: frozenset[str] | None = None
    authors: frozenset[str] | None = None
    pauses_in: frozenset[str] = frozenset()
    pause_count: PauseCount = PauseCount.BUSINESS
    reopen: Reopen = Reopen.RESUME
    on_change: OnChange = OnChange.FROM_START
    until_closed: bool = False
    """`resolve` only: the clock runs to the closing, not to the resolution."""
    each_message: bool = False
    """`next_response` only: each message of the client restarts the clock."""
    before_first_reply: BeforeFirstReply | None = None
    """`next_response` only."""
    measured_from: MeasuredFrom = MeasuredFrom.FIRM_CONTACT
    handoffs: HandoffLimits | None = None
    """`handoffs` only."""
    calls: CallTerms | None = None
    """`answer_call` only."""
    callback: CallbackTerms | None = None
    """`callback` only."""
    attend: AttendTerms | None = None
    """`attend` only; the target is until when it is to be known who came."""
    seniority: SeniorityTerms | None = None
    """`seniority` only."""
    share: ShareTerms | None = None
    """In how many cases it is kept over periods, where not in each one. Each obligation is judged all the same."""
    expected: Target | None = None
    said: Said | None = None
    counts_any_contact: bool = field(init=False)
    """Whether every contact that reaches the client is what was promised: the usual case, known in advance."""

    def __post_init__(self) -> None:
        is_any = Answer.CONTACT in self.answered_by and self.channels is None and self.authors is None
        object.__setattr__(self, "counts_any_contact", is_any)

    @property
    def is_over_periods(self) -> bool:
        """Whether it is a share of all of a client's work in a period, and nothing in any one case."""
        return self.seniority is not None and self.seniority.over is not None

    @property
    def is_judged(self) -> bool:
        """Whether the engine judges it, case by case."""
        return self.kind in JUDGED_KINDS and not self.is_over_periods

    @property
    def specificity(self) -> int:
        """2 for a promise to one client, 1 to a tier, 0 to everybody."""
        return 2 if self.client is not None else 1 if self.tier is not None else 0

    @property
    def heeds_messages(self) -> bool:
        """Whether a further message of the client makes a difference to its clock."""
        return self.each_message or self.measured_from in {MeasuredFrom.ANY_CONTACT, MeasuredFrom.WHILE_NOT_WAITING}

    def is_for(self, subject: Subject) -> bool:
        """Whether the promise is made to this client and covers a case like this one."""
        when = self.when
        return (
            (self.client is None or self.client == subject.client)
            and (self.tier is None or self.tier == subject.tier)
            and (when.priority is None or subject.priority in when.priority)
            and (when.channel is None or subject.channel in when.channel)
            and (when.service is None or subject.service in when.service)
            and (when.tags is None or not when.tags.isdisjoint(subject.tags))
        )

    def counts(self, contact: Contact) -> bool:
        """Whether a contact that reached the client is what was promised."""
        return self.counts_any_contact or (
            Answer.CONTACT in self.answered_by
            and (self.channels is None or contact.channel in self.channels)
            and (self.authors is None or not self.authors.isdisjoint(contact.people))
        )


class Subject(NamedTuple):
    """The attributes of a case that decide which promises apply to it."""

    client: str
    tier: str | None = None
    priority: str | None = None
    channel: str | None = None
    service: str | None = None
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Terms:
    """The promise of each judged kind that applies to a subject; None where none does.

    They hold for what opens in [starts_at, ends_at): no promise of the book begins or ends in between.
    """

    starts_at: InstantUs
    ends_at: InstantUs
    first_response: Promise | None = None
    next_response: Promise | None = None
    update_every: Promise | None = None
    own: Promise | None = None
    resolve: Promise | None = None
    by: Promise | None = None
    seniority: Promise | None = None
    work: Promise | None = None
    """The share of the work over periods that is promised in the place of `seniority`: of one kind, one promise applies."""
    handoffs: Promise | None = None
    answer_call: Promise | None = None
    callback: Promise | None = None
    attend: Promise | None = None
    by_kind: Mapping[Kind, Promise | None] = field(init=False, repr=False, compare=False)
    """The same, to be looked up."""
    conduct: tuple[Promise, ...] = field(init=False, repr=False, compare=False)
    """Those of them that are judged by what is done in a case, in the order in which they are opened."""

    def __post_init__(self) -> None:
        by_kind = {kind: getattr(self, kind) for kind in JUDGED_KINDS}
        of_conduct = (by_kind[kind] for kind in CONDUCT_KINDS)
        object.__setattr__(self, "by_kind", by_kind)
        object.__setattr__(self, "conduct", tuple(promise for promise in of_conduct if promise is not None))

    def of(self, kind: Kind) -> Promise | None:
        """The promise of one judged kind."""
        return self.by_kind[kind]


@dataclass(slots=True, kw_only=True, eq=False)
class Book:
    """All promises, calendars, clients and staff, checked and compiled.

    `promises` keeps the order of the file. `contacts` maps case-folded addresses and telephone numbers (digits with
    a leading +) to client ids; an entry starting with `@` stands for a whole mail domain. Statuses are case-folded.
    """

    name: str
    zone: str
    version: str
    hours: WorkingHours
    promises: tuple[Promise, ...]
    calendars: Mapping[str, WorkingHours]
    clients: Mapping[str, Client]
    contacts: Mapping[str, str]
    statuses: Mapping[str, StatusRule]
    grades: tuple[str, ...] = ()
    staff: Mapping[str, Person] = field(default_factory=dict)
    robots: frozenset[str] = frozenset()
    sources: Mapping[str, SourceRule] = field(default_factory=dict)
    references: References = field(default_factory=References)
    """How titles of messages name cases: the same in every edition of a book."""
    earlier_tiers: Mapping[str, tuple[tuple[InstantUs, str | None], ...]] = field(default_factory=dict)
    """Tiers that earlier editions of the book gave to clients, as (until, tier), the earliest first."""
    tier_names: Mapping[str, str] = field(default_factory=dict)
    """The tiers, case-folded, as the book spells them."""
    tenure_bands: TenureBands = field(default_factory=TenureBands)
    """By which time with the firm work is counted."""
    breach_rules: tuple[BreachRule, ...] = ()
    """What is owed for breaches; without any, nothing is."""
    risk: RiskLimits | None = None
    """By which facts clients are at risk; None: nobody looks."""
    watches_people: bool = field(init=False)
    """Whether it makes a difference who does the work, calls or comes: the book has a scale of grades, or promises it."""
    kinds: frozenset[Kind] = field(init=False)
    """The kinds that are promised to anybody and judged."""
    conduct_kinds: tuple[Kind, ...] = field(init=False)
    """Those of them that are judged by what is done in a case."""
    answers_calls: bool = field(init=False)
    """Whether it is promised that calls are answered."""
    has_watches: bool = field(init=False)
    """Whether callbacks or meetings are promised."""
    reads_touches: bool = field(init=False)
    """Whether it makes a difference who did what: the book has a scale of grades, or promises who does the work."""
    heeds_messages: bool = field(init=False)
    """Whether a message of the client makes a difference to any clock that runs already."""
    named_people: frozenset[str] = field(init=False)
    """Who is promised by name."""
    limits_absence: bool = field(init=False)
    """Whether it is promised anybody that their case is not without a holder for long."""
    answers: frozenset[Answer] = field(init=False)
    """What counts as an answer for any promise."""
    _boundaries: list[InstantUs] = field(init=False, repr=False)
    _terms: dict[tuple[int, Subject], Terms] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.kinds = frozenset(promise.kind for promise in self.promises if promise.is_judged)
        self.watches_people = bool(self.grades) or not self.kinds.isdisjoint(PEOPLE_KINDS | WATCHED_KINDS)
        self.answers_calls = Kind.ANSWER_CALL in self.kinds
        self.has_watches = not self.kinds.isdisjoint({Kind.CALLBACK, Kind.ATTEND})
        self.conduct_kinds = tuple(kind for kind in CONDUCT_KINDS if kind in self.kinds)
        self.reads_touches = bool(self.grades) or Kind.SENIORITY in self.kinds
        of_people = [terms for each in self.promises for terms in (each.seniority, each.attend) if terms is not None]
        self.named_people = frozenset(person for terms in of_people for person in terms.people or ())
        limits = [promise.handoffs for promise in self.promises if promise.handoffs is not None]
        self.limits_absence = any(each.without_holder is not None for each in limits)
        self.heeds_messages = any(promise.heeds_messages for promise in self.promises)
        self.answers = frozenset(answer for promise in self.promises for answer in promise.answered_by)
        starts = {promise.starts_at for promise in self.promises}
        self._boundaries = sorted(starts | {promise.ends_at for promise in self.promises})

    def following_people(self) -> Book:
        """The same book, by which it is followed who does the work whatever it promises."""
        book = copy(self)
        book.watches_people = True
        return book

    def terms(self, subject: Subject, at: InstantUs) -> Terms:
        """The promises that govern what opens at `at` for this subject."""
        key = (bisect_right(self._boundaries, at), subject)
        known = self._terms.get(key)
        if known is None:
            known = self._terms[key] = self._select_terms(subject, at)
        return known

    def _select_terms(self, subject: Subject, at: InstantUs) -> Terms:
        chosen: dict[str, Any] = {}
        # Stable sort: among promises equally specific the order of the book decides.
        promises = () if subject.client == CANARY else self.promises
        for promise in sorted(promises, key=lambda promise: -promise.specificity):
            if promise.starts_at <= at < promise.ends_at and promise.is_for(subject):
                chosen.setdefault(promise.kind.value, promise)
        if (seniority := chosen.get("seniority")) is not None and seniority.is_over_periods:
            chosen["work"] = chosen.pop("seniority")
        index = bisect_right(self._boundaries, at)
        starts_at = self._boundaries[index - 1] if index else -FOREVER_US
        ends_at = self._boundaries[index] if index < len(self._boundaries) else FOREVER_US
        return Terms(starts_at, ends_at, **chosen)

    def is_robot(self, name: str | None) -> bool:
        """Whether the book lists this author or holder among its robots, in whatever case."""
        return bool(self.robots) and name is not None and name.casefold() in self.robots

    def is_by_robots(self, contact: Contact) -> bool:
        """Whether nobody but robots spoke, or was there: one that takes notes of a meeting makes it nobody's."""
        return self.is_robot(contact.author) and all(self.is_robot(other) for other in contact.others)

    def tier_of(self, client: str, at: InstantUs = FOREVER_US) -> str | None:
        """The tier the book gives a client, the newest or that of `at`; None for a client it does not list."""
        for until, tier in self.earlier_tiers.get(client, ()):
            if at < until:
                return tier
        known = self.clients.get(client)
        return known.tier if known else None

    def tier_named(self, tier: str) -> str:
        """A tier that an event names, as the book spells it; as it stands where the book has none of that name."""
        return self.tier_names.get(tier.casefold(), tier)

    def client_of(self, address: str | None) -> str:
        """The client an address or telephone number belongs to, `unidentified` where it maps to nobody."""
        if not address:
            return UNIDENTIFIED
        folded = normal_address(address)
        _, _, domain = folded.rpartition("@")
        return self.contacts.get(folded) or self.contacts.get("@" + domain) or UNIDENTIFIED
