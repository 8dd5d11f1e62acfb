"""How much of the work of a period was done by who was promised, read off the events.

Minutes and touches are in no table: the matters in which something happened in these periods are told again, as they were
known at a recorded instant, and added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.retelling import Retelling, Scope
from monitor.adapters.answers.share_counts import Wanted
from monitor.domain.figures.period_work import WorkDone, amount_of, promised_work_in
from monitor.domain.hours.period import Period, period_of
from monitor.domain.promises.shared_promises import SharedPromises, ShareKey


def work_counted(known: Known, shared: SharedPromises, wanted: Wanted) -> dict[ShareKey, WorkDone]:
    """The work of each share wanted of which there is any, as it was known. Raises TransientError."""
    if not wanted.promises or wanted.since >= wanted.until:
        return {}
    measures = {(promise.id, promise.version): promise.measure for promise in wanted.promises}
    periods = _periods(shared, wanted)
    since, until = min(period.starts_at for period in periods), max(period.ends_at for period in periods)
    found: dict[ShareKey, WorkDone] = {}
    with closing(Retelling(known).matters(Scope(client=wanted.client, since=since, until=until))) as matters:
        for done in (done for matter in matters for done in promised_work_in(matter)):
            promise, fitness, at = done.promise, done.fitness, done.touch.at
            assert promise is not None
            assert fitness is not None
            measure = measures.get((promise.id, promise.version))
            if measure is None or wanted.client not in (None, done.client) or not since <= at < until:
                continue
            amount = amount_of(done, measure)
            if amount:
                key = shared.key_of_work(done.client, promise, at)
                found[key] = found.get(key, _NOTHING).with_more(fitness, amount)
    return {key: done for key, done in found.items() if _is_wanted(shared, key, wanted)}


_NOTHING = WorkDone()


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
