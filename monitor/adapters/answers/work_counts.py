"""How much of the work of a period was done by who was promised, read off the events.

Minutes and touches are in no table: the matters in which something happened in these periods are told again, as they were
known at a recorded instant, and added up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Final, NamedTuple

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.retelling import Retelling, Scope
from monitor.adapters.answers.share_counts import Wanted
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.seniority import Fitness
from monitor.domain.figures.period_work import WorkDone, amount_of, promised_work_in
from monitor.domain.hours.instant import InstantUs
from monitor.domain.hours.period import Period, period_of
from monitor.domain.promises.shared_promises import SharedPromises, ShareKey


def work_counted(known: Known, shared: SharedPromises, wanted: Wanted) -> dict[ShareKey, WorkDone]:
    """The work of each share wanted of which there is any, as it was known. Raises TransientError."""
    if not wanted.promises or wanted.since >= wanted.until:
        return {}
    versions = {(promise.id, promise.version) for promise in wanted.promises}
    periods = _periods(shared, wanted)
    since, until = min(period.starts_at for period in periods), max(period.ends_at for period in periods)
    found: dict[ShareKey, WorkDone] = {}
    with closing(Retelling(known).matters(Scope(client=wanted.client, since=since, until=until))) as matters:
        for done in (done for matter in matters for done in shared_work_in(matter, shared)):
            key = done.key
            is_of_it = (key.promise, key.version) in versions and wanted.client in (None, key.client)
            if is_of_it and since <= done.at < until:
                found[key] = found.get(key, NOTHING_DONE).with_more(done.fitness, done.amount)
    return {key: done for key, done in found.items() if _is_wanted(shared, key, wanted)}


NOTHING_DONE: Final = WorkDone()


class SharedWork(NamedTuple):
    """A touch that counts for a share: in which case, when, whether it is by who was promised, and for how much."""

    case: str
    at: InstantUs
    key: ShareKey
    fitness: Fitness
    amount: int


def shared_work_in(matter: Matter, shared: SharedPromises) -> Iterator[SharedWork]:
    """The touches of a matter that count for any share of the work."""
    for done in promised_work_in(matter):
        promise, fitness, at = done.promise, done.fitness, done.touch.at
        assert promise is not None
        assert fitness is not None
        known = shared.of_work.get((promise.id, promise.version))
        amount = 0 if known is None or known.measure is None else amount_of(done, known.measure)
        if amount:
            yield SharedWork(done.case, at, shared.key_of_work(done.client, promise, at), fitness, amount)


def _periods(shared: SharedPromises, wanted: Wanted) -> Sequence[Period]:
    """The first and the last period of each kind and zone."""
    return [
        period_of(each, at, zone)
        for each in {promise.terms.each for promise in wanted.promises}
        for zone in {shared.book_zone, *shared.zones()}
        for at in (wanted.since, wanted.until - 1)
    ]


def _is_wanted(shared: SharedPromises, key: ShareKey, wanted: Wanted) -> bool:
    period = shared.period(shared.of_work[key.promise, key.version], key)
    return period.starts_at < wanted.until and wanted.since < period.ends_at
