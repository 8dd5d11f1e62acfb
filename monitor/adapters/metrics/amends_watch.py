"""What is owed to each client for breaches, for whoever watches: credits of running and last periods, and how far breaches
are owned.

It is reckoned anew from the history every minute, on the threads of questions: after a restart it says what it said before,
and it is the sum of what `/v1/breaches` says of each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from math import inf
from typing import Final, NamedTuple

from prometheus_client.metrics_core import Metric
from sqlalchemy import Connection, case, func, select

from monitor.adapters.answers.reader import Connect
from monitor.adapters.journal import tables as t
from monitor.adapters.metrics.breach_status import STATES, lacking_steps
from monitor.adapters.metrics.looking import BookWatch
from monitor.adapters.metrics.series import gauge, gauges, zeros
from monitor.adapters.metrics.share_watch import LAST, RUNNING
from monitor.conventions import limits, promise_metrics
from monitor.conventions.metric_name import OTHER
from monitor.domain.cases.decisions import DecisionType
from monitor.domain.cases.obligation import Verdict
from monitor.domain.hours.instant import DAY_US, FOREVER_US, MINUTE_US, SECOND_US, DurationUs, InstantUs
from monitor.domain.promises.promise import Book, Kind
from monitor.domain.promises.promised_amends import STEPS, BreachRule, BreachState, CreditRule, rule_named
from monitor.service.ports.machine import Clock

SHOWN_US: Final[DurationUs] = 30 * DAY_US
"""How long a breach for which nothing is owed any more is counted among its client's."""

_STEP: Final = t.DECISIONS.c
_LATEST: Final = t.OBLIGATIONS.alias("latest")
_BROKEN: Final = t.OBLIGATIONS.alias("broken")
_HELD_STEPS: Final = t.DECISIONS.join(_LATEST, _LATEST.c.decision == _STEP.position)
"""Decisions that hold now."""
_SHOWN_STATES: Final = [state.value for state in BreachState if state is not BreachState.NOTHING_OWED]


class CreditKey(NamedTuple):
    """What credits are summed by; `which` period is `running` or `last`."""

    client: str
    currency: str
    which: str


class AmendsReadings(NamedTuple):
    """What was owed at the last look, by client.

    `owed` are credits, `currencies` those that the book owes credits in; `breaches` counts by (client, how far they are owned)
    those for which something is still owed, and those of the last thirty days for which nothing is any more; `earliest` is
    when the oldest of the former happened.
    """

    owed: Mapping[CreditKey, Decimal] = {}
    currencies: Sequence[str] = ()
    breaches: Mapping[tuple[str, str], int] = {}
    earliest: Mapping[str, InstantUs] = {}
    looked_at: InstantUs = 0
    """When, 0 before the first look."""


class AmendsWatch(BookWatch):
    """Keeps what is owed for breaches up to date."""

    every = MINUTE_US
    what = "credits and breaches of clients"

    def __init__(self, connect: Connect, book: Callable[[], Book], clock: Clock) -> None:
        super().__init__(connect, book, clock)
        self.readings = AmendsReadings()

    def look(self) -> None:
        """Reckons what is owed now. Raises TransientError; then the readings stay as they were."""
        now, rules = self._clock.now(), self._book().breach_rules
        if not rules:
            self.forget()
            return
        with self._connect() as connection:
            owed, currencies = _credits(connection, rules, now)
            breaches, earliest = _unowned(connection)
            breaches |= _owned(connection, now - SHOWN_US)
        self.readings = AmendsReadings(owed, currencies, breaches, earliest, now)

    def forget(self) -> None:
        """Knows nothing any more."""
        self.readings = AmendsReadings()


# Credits


class _Account(NamedTuple):
    """Breaches that are credited together: of one client, by one version of an entry, in one period."""

    client: str
    entry: str
    version: int
    starts_at: InstantUs
    credit: CreditRule


def _credits(
    connection: Connection, rules: Sequence[BreachRule], now: InstantUs
) -> tuple[dict[CreditKey, Decimal], list[str]]:
    """What is owed, and the currencies it may be owed in."""
    owed: dict[CreditKey, Decimal] = defaultdict(Decimal)
    crediting = [rule.credit for rule in rules if rule.credit is not None]
    if crediting:
        since = min(_last_period(credit, now) for credit in crediting)
        for each, breaches in _counted(connection, rules, since).items():
            which = _which(each.credit, each.starts_at, now)
            if which is not None:
                owed[CreditKey(each.client, each.credit.currency, which)] += each.credit.owed(breaches)
    return owed, sorted({credit.currency for credit in crediting})


def _last_period(credit: CreditRule, now: InstantUs) -> InstantUs:
    """When the period before the running one began."""
    return credit.period_start(credit.period_start(now) - 1)


def _which(credit: CreditRule, starts_at: InstantUs, now: InstantUs) -> str | None:
    names = {credit.period_start(now): RUNNING, _last_period(credit, now): LAST}
    return names.get(starts_at)


def _counted(connection: Connection, rules: Sequence[BreachRule], since: InstantUs) -> Counter[_Account]:
    """How many breaches since an instant show broken, of those that a remedy is or was owed for."""
    step_of = _STEP.case_id + "/" + _STEP.occasion
    joined = _HELD_STEPS.join(_BROKEN, _BROKEN.c.id == step_of)
    asked = select(_STEP.client, _STEP.promise, _STEP.version, _STEP.opened).select_from(joined)
    is_owed = (_STEP.kind == Kind.REMEDY.value) & (_STEP.opened >= since) & (_STEP.type != DecisionType.WITHDRAWN.value)
    found: Counter[_Account] = Counter()
    for client, entry, version, opened in connection.execute(
        asked.where(is_owed, _BROKEN.c.verdict == Verdict.BROKEN.value)
    ):
        rule = rule_named(rules, entry, version, opened)
        if rule is not None and rule.credit is not None:
            found[_Account(client, entry, version, rule.credit.period_start(opened), rule.credit)] += 1
    return found


# How far breaches are owned


def _unowned(connection: Connection) -> tuple[dict[tuple[str, str], int], dict[str, InstantUs]]:
    """Breaches with a step still to be taken, by client and the first such step; and the oldest of each client's."""
    lacking = lacking_steps()
    grouped = (lacking.c.client, lacking.c.place)
    asked = select(*grouped, func.count(), func.min(lacking.c.since)).group_by(*grouped)
    breaches: dict[tuple[str, str], int] = {}
    earliest: dict[str, InstantUs] = {}
    for client, place, count, since in connection.execute(asked):
        breaches[client, STATES[place].value] = count
        earliest[client] = min(int(since), earliest.get(client, FOREVER_US))
    return breaches, earliest


def _owned(connection: Connection, since: InstantUs) -> dict[tuple[str, str], int]:
    """Breaches since an instant for which steps were owed, and none is any more, by client."""
    breach = (_STEP.client, _STEP.case_id, _STEP.occasion)
    is_step = _STEP.kind.in_([step.value for step in STEPS]) & (_STEP.type != DecisionType.WITHDRAWN.value)
    asked = select(*breach).select_from(_HELD_STEPS).where(is_step, _STEP.opened >= since)
    done = asked.group_by(*breach).having(func.max(case((_STEP.is_open, 1), else_=0)) == 0).subquery()
    of_breach = _BROKEN.c.id == done.c.case_id + "/" + done.c.occasion
    counted = select(done.c.client, _BROKEN.c.verdict, func.count()).select_from(done.join(_BROKEN, of_breach))
    rows = connection.execute(counted.group_by(done.c.client, _BROKEN.c.verdict))
    found: Counter[tuple[str, str]] = Counter()
    for client, verdict, count in rows:
        state = BreachState.EXCUSED if verdict == Verdict.EXCUSED else BreachState.CLOSED
        found[client, state.value] += count
    return found


# Series


def amends_series(readings: AmendsReadings, clients: Sequence[str]) -> Iterator[Metric]:
    """What is owed to `clients`, in the order in which they have series; those beyond the limit together.

    Who was let down by nothing lately has no series here: of hundreds of clients these are most.
    """
    concerned = {client for client, _ in readings.breaches} | {key.client for key in readings.owed}
    shown = concerned & set(clients[: limits.CLIENTS_WITH_SERIES])
    names = [*sorted(shown), *([OTHER] if concerned - shown else [])]

    def name(client: str) -> str:
        return client if client in shown else OTHER

    states = zeros(names, _SHOWN_STATES)
    for (client, state), count in readings.breaches.items():
        states[name(client), state] += count
    earliest = dict.fromkeys([(each,) for each in names], inf)
    for client, since in readings.earliest.items():
        earliest[name(client),] = min(since / SECOND_US, earliest[name(client),])
    yield gauges(promise_metrics.CLIENT_BREACHES, states)
    yield gauges(promise_metrics.CLIENT_EARLIEST_BREACH, earliest)
    owed = dict.fromkeys(product(names, readings.currencies, (RUNNING, LAST)), 0.0)
    for (client, currency, which), amount in readings.owed.items():
        owed[name(client), currency, which] += float(amount)
    yield gauges(promise_metrics.CREDITS_OWED, owed)
    yield gauge(promise_metrics.AMENDS_READ, readings.looked_at / SECOND_US)
