"""A wall clock that is set forward and back by an hour, also while Kept is down: nothing is fired twice, nothing is missed.

The stories and the Kept that is killed and started again are those of `test_daemon.py`. Time itself goes on; the clock
shows it with an error that changes now and then.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from typing import Final

import pytest
from sqlalchemy import func, select

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from monitor.service.intake.agenda import Agenda
from monitor.service.intake.pipeline import Pipeline
from monitor.testing import BOOK, MONDAY, InlineWorker, ManualClock, arrivals, cloud_event, commit_point, sqlite_store
from tests.simulation.test_daemon import (
    LISTENING_BOOK,
    SEEDS,
    Story,
    World,
    _assert_as_judged,
    _assert_counts_are_a_recount,
)

ERRORS_US: Final = (0, HOUR_US, -HOUR_US)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("book", [BOOK, LISTENING_BOOK], ids=["all heard", "silences"])
async def test_whatever_the_clock_showed_the_journal_ends_as_a_judgement_of_all_events(
    tmp_path: Path, seed: int, book: str
) -> None:
    print(f"KEPT_SEED={seed}")
    dice = Random(seed)
    story = Story(dice).tell()
    world = World(Location(tmp_path / "kept.db"), dice, book)
    left, error_us, latest = list(story), 0, MONDAY
    while left:
        size = dice.randint(1, 6)
        batch, left = left[:size], left[size:]
        if dice.random() < 0.3:
            error_us = dice.choice(ERRORS_US)
            if dice.random() < 0.5:
                world.clock.set(batch[0].arrives + error_us)
                world.restart()
        latest = max(latest, batch[-1].arrives)
        await world.pass_time(latest + error_us)
        await world.deliver([sent.content for sent in batch])
    # In the end the clock is right again, and beyond all it ever showed.
    await world.pass_time(latest + HOUR_US + dice.randrange(1, 3 * DAY_US))
    # Once more, for the store may just have failed.
    world.restart()
    await world.pass_time(world.clock.now() + HOUR_US)
    _assert_as_judged(world, story)
    _assert_counts_are_a_recount(world)
    world.close()


class Watched:
    """One case of which a first response is due at ten (the small book), and the breaches of it on record."""

    def __init__(self, file: Path, clock: ManualClock) -> None:
        self.store = sqlite_store(file)
        self.clock = clock
        self.point = commit_point(self.store, now=clock.now())
        self.pipeline = Pipeline(self.point, clock, InlineWorker())
        self.agenda = Agenda(self.point, clock, InlineWorker())

    def send(self, *contents: bytes) -> None:
        self.point.take(arrivals(contents), self.clock.now())

    def fired(self) -> dict[str, int]:
        """How many decisions there are of the first response, by type."""
        columns = t.DECISIONS.c
        of_first = columns.kind == "first_response"
        asked = select(columns.type, func.count()).where(of_first).group_by(columns.type)
        with self.store._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(asked)}


OPENED = cloud_event("ticket.opened", "A", MONDAY, "1", client="acme")
DUE: Final = MONDAY + HOUR_US
"""BOOK: a first response within an hour, around the clock; a warning at half of it."""


async def _watch(file: Path, clock: ManualClock) -> dict[str, int]:
    """Starts a Kept, lets it look once, stops it."""
    kept = Watched(file, clock)
    await kept.agenda.turn()
    found = kept.fired()
    kept.store.close()
    return found


async def test_a_clock_set_back_over_a_breach_fires_it_once(tmp_path: Path) -> None:
    clock, file = ManualClock(), tmp_path / "kept.db"
    kept = Watched(file, clock)
    kept.send(OPENED)
    # From before the warning to after the breach in one step: a warning would come too late.
    expected = {"opened": 1, "broken": 1}
    clock.set(DUE + MINUTE_US)
    await kept.agenda.turn()
    assert kept.fired() == expected
    for now in (MONDAY + MINUTE_US, DUE, DUE + MINUTE_US, DUE + HOUR_US):
        clock.set(now)
        await kept.agenda.turn()
        assert kept.fired() == expected
    kept.store.close()
    for now in (MONDAY + MINUTE_US, DUE + HOUR_US):
        clock.set(now)
        assert await _watch(file, clock) == expected


async def test_a_clock_set_back_before_a_breach_misses_none(tmp_path: Path) -> None:
    clock, file = ManualClock(MONDAY + HOUR_US // 2 + MINUTE_US), tmp_path / "kept.db"
    kept = Watched(file, clock)
    kept.send(OPENED)
    await kept.agenda.turn()
    assert kept.fired() == {"opened": 1, "warned": 1}
    kept.store.close()
    clock.set(MONDAY - HOUR_US)
    assert await _watch(file, clock) == {"opened": 1, "warned": 1}
    clock.set(DUE + 1)
    assert await _watch(file, clock) == {"opened": 1, "warned": 1, "broken": 1}


async def test_an_answer_in_time_withdraws_what_a_clock_an_hour_ahead_fired(tmp_path: Path) -> None:
    clock = ManualClock(MONDAY + HOUR_US + MINUTE_US)
    kept = Watched(tmp_path / "kept.db", clock)
    kept.send(OPENED)
    await kept.agenda.turn()
    assert kept.fired()["broken"] == 1
    clock.set(MONDAY + 10 * MINUTE_US)
    kept.send(cloud_event("email.sent", "A", MONDAY + 5 * MINUTE_US, "2", author="Ann"))
    assert kept.fired() == {"opened": 1, "broken": 1, "kept": 1}
    kept.store.close()


async def test_whoever_sleeps_while_the_clock_is_set_wakes_for_what_is_due_then(tmp_path: Path) -> None:
    clock = ManualClock()
    kept = Watched(tmp_path / "kept.db", clock)
    kept.send(OPENED)
    running = asyncio.ensure_future(kept.agenda.run(kept.pipeline))
    for now in (MONDAY - HOUR_US, DUE + SECOND_US):
        clock.set(now)
        while kept.agenda.last_run != now:  # noqa: ASYNC110  it is set by turns of the loop, not by time
            await asyncio.sleep(0)
    assert kept.fired() == {"opened": 1, "broken": 1}
    running.cancel()
    kept.store.close()
