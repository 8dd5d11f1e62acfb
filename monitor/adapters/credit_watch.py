"""What clients are owed in credits for the breaches of running and last periods, for whoever watches.

It is reckoned anew from the breaches of these periods every minute, on the threads of questions: after a restart it says what
it said before, and it is the sum of what `/v1/breaches` says of each.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from itertools import product
from typing import Final, NamedTuple

from prometheus_client.metrics_core import Metric
from sqlalchemy import Connection, select

from monitor import conventions as c
from monitor.adapters import tables as t
from monitor.adapters.reader import Reader
from monitor.adapters.series import gauge, gauges
from monitor.adapters.share_watch import LAST, RUNNING
from monitor.domain.instant import MINUTE_US, SECOND_US, DurationUs, InstantUs
from monitor.domain.obligation import Verdict
from monitor.domain.promise import Book, Kind
from monitor.domain.promised_amends import BreachRule, CreditRule, rule_named
from monitor.errors import TransientError
from monitor.service.ports import Clock

LOOK_EVERY_US: Final[DurationUs] = MINUTE_US

_STEP: Final = t.DECISIONS.c
_LATEST: Final = t.OBLIGATIONS.alias("latest")
_BROKEN: Final = t.OBLIGATIONS.alias("broken")

_log = logging.getLogger(__name__)


class CreditKey(NamedTuple):
    """What credits are summed by; `which` period is `running` or `last`."""

    client: str
    currency: str
    which: str


class CreditReadings(NamedTuple):
    """What was owed at the last look, by client; `currencies` are those that the book owes credits in."""

    owed: Mapping[CreditKey, Decimal]
    currencies: Sequence[str] = ()
    looked_at: InstantUs = 0
    """When, 0 before the first look."""


class CreditWatch:
    """Keeps what is owed up to date. One look at a time."""

    def __init__(
        self, connect: Callable[[], AbstractContextManager[Connection]], book: Callable[[], Book], clock: Clock
    ) -> None:
        self._connect = connect
        self._book = book
        self._clock = clock
        self.readings = CreditReadings({})

    async def run(self, reader: Reader) -> None:
        """Looks every so often, until cancelled. A database that is away is looked at again."""
        while True:
            try:
                await reader.run(self.look)
            except TransientError as error:
                _log.warning("credits are as they were: %s", error)
            until = self._clock.now() + LOOK_EVERY_US
            while until - LOOK_EVERY_US <= self._clock.now() < until:
                await self._clock.wait(asyncio.Event(), until)

    def look(self) -> None:
        """Reckons what is owed now. Raises TransientError; then the readings stay as they were."""
        now = self._clock.now()
        rules = self._book().breach_rules
        crediting = [rule.credit for rule in rules if rule.credit is not None]
        owed: dict[CreditKey, Decimal] = defaultdict(Decimal)
        if crediting:
            since = min(_last_period(credit, now) for credit in crediting)
            with self._connect() as connection:
                for each, breaches in _counted(connection, rules, since).items():
                    which = _which(each.credit, each.starts_at, now)
                    if which is not None:
                        owed[CreditKey(each.client, each.credit.currency, which)] += each.credit.owed(breaches)
        self.readings = CreditReadings(owed, sorted({credit.currency for credit in crediting}), now)


class _Account(NamedTuple):
    """Breaches that are credited together: of one client, by one version of an entry, in one period."""

    client: str
    entry: str
    version: int
    starts_at: InstantUs
    credit: CreditRule


def _last_period(credit: CreditRule, now: InstantUs) -> InstantUs:
    """When the period before the running one began."""
    return credit.period_start(credit.period_start(now) - 1)


def _which(credit: CreditRule, starts_at: InstantUs, now: InstantUs) -> str | None:
    names = {credit.period_start(now): RUNNING, _last_period(credit, now): LAST}
    return names.get(starts_at)


def _counted(connection: Connection, rules: Sequence[BreachRule], since: InstantUs) -> Counter[_Account]:
    """How many breaches since an instant show broken, of those that a remedy is or was owed for."""
    step_of = _STEP.case_id + "/" + _STEP.occasion
    joined = t.DECISIONS.join(_LATEST, _LATEST.c.decision == _STEP.position).join(_BROKEN, _BROKEN.c.id == step_of)
    asked = select(_STEP.client, _STEP.promise, _STEP.version, _STEP.opened).select_from(joined)
    is_owed = (_STEP.kind == Kind.REMEDY.value) & (_STEP.opened >= since) & (_STEP.type != "withdrawn")
    found: Counter[_Account] = Counter()
    for client, entry, version, opened in connection.execute(
        asked.where(is_owed, _BROKEN.c.verdict == Verdict.BROKEN.value)
    ):
        rule = rule_named(rules, entry, version, opened)
        if rule is not None and rule.credit is not None:
            found[_Account(client, entry, version, rule.credit.period_start(opened), rule.credit)] += 1
    return found


def credit_series(readings: CreditReadings, clients: Sequence[str]) -> Iterator[Metric]:
    """What is owed to `clients`, in the order in which they have series; those beyond the limit together."""
    shown: Collection[str] = set(clients[: c.CLIENTS_WITH_SERIES])
    names = [*clients[: c.CLIENTS_WITH_SERIES], c.OTHER]
    owed = dict.fromkeys(product(names, readings.currencies, (RUNNING, LAST)), 0.0)
    for (client, currency, which), amount in readings.owed.items():
        owed[client if client in shown else c.OTHER, currency, which] += float(amount)
    if readings.currencies:
        yield gauges(c.CREDITS_OWED, owed)
        yield gauge(c.CREDITS_READ, readings.looked_at / SECOND_US)
