"""Shares followed decision by decision say what a new count says, whatever happens in between; on every database."""

from __future__ import annotations

from random import Random
from typing import Final

import pytest

from monitor.adapters.journal.location import Location
from monitor.adapters.metrics.looking import look_or_forget
from monitor.adapters.metrics.share_watch import ShareReadings, ShareWatch
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, parse_instant
from monitor.errors import TransientError
from monitor.service.commits.retention import Progress, first_progress, read_policy
from monitor.service.editions.shelf import BookText, Offer
from monitor.testing import ManualClock, arrivals, cloud_event, commit_point, judge_what_is_left, store_at
from tests.contract.growing import on_each_database
from tests.contract.test_shares import NOVEMBER, SHARED, Journal

CLIENTS: Final = ("acme", "koala", "umbra", "stranger")


journal = on_each_database(Journal)


def _watch(journal: Journal, clock: ManualClock) -> ShareWatch:
    return ShareWatch(journal.store._engine.connect, lambda: journal.point.book, clock)


def _turn(random: Random, journal: Journal, now: InstantUs, number: int) -> None:
    """Something happens: some of it late, some of it changes whose a case is."""
    case, at = f"C{random.randrange(12)}", now - random.choice([0, 0, HOUR_US, 3 * DAY_US, 40 * DAY_US])
    kind = random.choice(["ticket.opened", "email.received", "email.sent", "ticket.resolved", "ticket.changed"])
    data = {"author": "Ann"} if kind.startswith("email") else {}
    client = {} if kind == "ticket.changed" else {"client": random.choice(CLIENTS)}
    journal.take(cloud_event(kind, case, at, f"{number}", **client, **data), at=now)


@pytest.mark.parametrize("seed", range(3))
def test_followed_shares_are_those_of_a_new_count(journal: Journal, seed: int) -> None:
    random, clock = Random(seed), ManualClock(NOVEMBER)
    following = _watch(journal, clock)
    differing = set()
    for number in range(60):
        # Forty days: weeks and a month turn meanwhile, in three zones.
        now = NOVEMBER + number * 16 * HOUR_US
        clock.set(now)
        _turn(random, journal, now, number)
        if number == 30:
            text = SHARED.replace("share: 50%", "share: 60%")
            journal.point.apply(Offer(BookText(text, "new.yaml"), "Ann", "agreed", since=0), now + 1)
            judge_what_is_left(journal.point, now + 1)
        if random.random() < 0.7:
            following.look()
            anew = _watch(journal, clock)
            anew.look()
            assert following.readings == anew.readings
            differing.add(tuple(reading[3:] for reading in anew.readings.shares))
    assert len(differing) > 10


def _counted_anew(journal: Journal, clock: ManualClock) -> ShareReadings:
    anew = _watch(journal, clock)
    anew.look()
    return anew.readings


def test_what_opened_ahead_of_the_clock_counts_once_its_period_has_begun(journal: Journal) -> None:
    """By a sender's clock that is an hour ahead of this one it is Monday 16 November, a new week of umbra's, already."""
    sunday = parse_instant("2026-11-15T23:30:00Z")
    opened = cloud_event("ticket.opened", "A", sunday + HOUR_US, "1", client="umbra")
    answered = cloud_event("email.sent", "A", sunday + HOUR_US + MINUTE_US, "2", author="Ann")
    journal.take(opened, answered, at=sunday)
    clock = ManualClock(sunday)
    watch = _watch(journal, clock)
    watch.look()
    clock.set(sunday + 2 * HOUR_US)
    watch.look()
    [running] = [each for each in watch.readings.shares if each[:2] == ("umbra", "first") and each.which == "running"]
    assert running.ratio == 1
    assert watch.readings == _counted_anew(journal, clock)


def test_what_retention_took_out_counts_no_more(journal: Journal) -> None:
    """The broken one of two is closed and gone before its month is over; what was over before that month matters to nobody."""
    clock = ManualClock(NOVEMBER + 15 * DAY_US)
    _, broken = journal.cases("acme", NOVEMBER, kept=1, broken=1)
    journal.take(cloud_event("ticket.closed", broken, NOVEMBER + 3 * HOUR_US, "closed"), at=journal.now + 1)
    watch = _watch(journal, clock)
    ratios = []
    for policy in ("400d", "10d"):
        watch.look()
        ratios += [each.ratio for each in watch.readings.shares if each[0] == "acme" and each.which == "running"]
        progress: Progress | None = first_progress(read_policy(policy), clock.now())
        while progress is not None:
            progress = journal.point.retire(progress, clock.now())
    watch.look()
    ratios += [each.ratio for each in watch.readings.shares if each[0] == "acme" and each.which == "running"]
    assert ratios == [0.5, 0.5, 1]
    assert watch.readings == _counted_anew(journal, clock)


def test_after_a_failure_it_counts_again(any_database: Location) -> None:
    store = store_at(any_database)
    point, clock = commit_point(store, SHARED), ManualClock(NOVEMBER)
    broken = False

    def connect() -> object:
        if broken:
            raise TransientError("away")
        return store._engine.connect()

    watch = ShareWatch(connect, lambda: point.book, clock)  # type: ignore[arg-type]
    watch.look()
    known = watch.readings
    point.take(arrivals([cloud_event("ticket.opened", "A", NOVEMBER, "1", client="umbra")]), NOVEMBER)
    broken = True
    with pytest.raises(TransientError):
        watch.look()
    assert watch.readings == known
    broken = False
    clock.set(NOVEMBER + 2 * HOUR_US)
    point.wake(clock.now())
    watch.look()
    [running] = [each for each in watch.readings.shares if each[:2] == ("umbra", "first") and each.which == "running"]
    assert running.broken == 1
    store.close()


def test_what_nobody_wants_is_not_looked_at_and_is_counted_anew_when_it_is_wanted(any_database: Location) -> None:
    store = store_at(any_database)
    point, clock = commit_point(store, SHARED), ManualClock(NOVEMBER)
    watch, wanted = ShareWatch(store._engine.connect, lambda: point.book, clock), [False]
    for is_wanted in (False, True, False, True):
        wanted[0] = is_wanted
        clock.set(clock.now() + ShareWatch.every)
        look_or_forget(watch, lambda: wanted[0])
        if is_wanted:
            assert watch.readings.looked_at == clock.now()
            assert watch.readings.shares
        else:
            assert watch.readings == ShareReadings()
    store.close()
