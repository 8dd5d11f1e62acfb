"""How senders share a commit, and what they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.adapters.journal.store import SqlStore
from monitor.domain.hours.instant import HOUR_US
from monitor.errors import Displaced, TransientError
from monitor.service.intake.agenda import CATCHING_UP_ENDS_US, Agenda
from monitor.service.intake.feed import Feed
from monitor.service.intake.pipeline import EVENTS_A_COMMIT, EVENTS_WAITING, Pipeline
from monitor.service.ports.counts import Intake
from monitor.testing import (
    MONDAY,
    FaultyStore,
    InlineWorker,
    ManualClock,
    Script,
    arrivals,
    cloud_event,
    commit_point,
    no_space,
    sqlite_store,
)


class Running:
    """A pipeline and an agenda on a manual clock."""

    def __init__(self, store: SqlStore) -> None:
        self.script = Script(no_space)
        self.store = store
        self.point = commit_point(FaultyStore(store, self.script))
        self.clock = ManualClock()
        self.pipeline = Pipeline(self.point, self.clock, InlineWorker())
        self.agenda = Agenda(self.point, self.clock, InlineWorker())

    def commits(self) -> int:
        return self.script.seen.count("committed")

    def broken(self) -> int:
        return sum(count for (_, kind), count in self.point.totals().decisions.items() if kind == "broken")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    store = sqlite_store(tmp_path / "kept.db")
    yield Running(store)
    store.close()


async def until(is_so: Callable[[], bool]) -> None:
    """Lets others work until a condition holds."""
    for _ in range(10_000):
        if is_so():
            return
        await asyncio.sleep(0)
    raise AssertionError("still not so")


def opened(number: int) -> bytes:
    return cloud_event("ticket.opened", f"C{number}", MONDAY, str(number), client="acme")


async def test_senders_that_come_together_share_a_commit(running: Running) -> None:
    before = running.commits()
    senders = [asyncio.ensure_future(running.pipeline.submit(arrivals([opened(n)]))) for n in range(50)]
    await until(lambda: running.pipeline.waiting_events == 50)
    await running.pipeline.commit_next()
    assert await asyncio.gather(*senders) == [[Intake.ACCEPTED]] * 50
    assert running.commits() == before + 1


async def test_each_sender_is_told_of_its_own(running: Running) -> None:
    one = asyncio.ensure_future(running.pipeline.submit(arrivals([opened(1), opened(2)])))
    two = asyncio.ensure_future(running.pipeline.submit(arrivals([opened(2), opened(3)])))
    await until(lambda: running.pipeline.waiting_events == 4)
    await running.pipeline.commit_next()
    assert await one == [Intake.ACCEPTED, Intake.ACCEPTED]
    assert await two == [Intake.DUPLICATE, Intake.ACCEPTED]


async def test_nobody_is_answered_before_the_commit(running: Running) -> None:
    sender = asyncio.ensure_future(running.pipeline.submit(arrivals([opened(1)])))
    await until(lambda: running.pipeline.waiting_events == 1)
    running.script.fail_in(4)
    await running.pipeline.commit_next()
    with pytest.raises(TransientError, match="full"):
        await sender


async def test_a_kept_that_another_has_displaced_refuses_what_it_was_given_and_stops(running: Running) -> None:
    running.script._error = lambda: Displaced("another Kept has it")
    sender = asyncio.ensure_future(running.pipeline.submit(arrivals([opened(1), opened(2)])))
    running.script.fail_in(0)
    with pytest.raises(Displaced):
        await running.pipeline.run()
    with pytest.raises(TransientError, match="another Kept has it"):
        await sender
    assert running.point.totals().intake == {}


async def test_more_than_a_commit_takes_is_taken_in_several(running: Running) -> None:
    task = asyncio.ensure_future(running.pipeline.run())
    outcomes = await running.pipeline.submit(arrivals(opened(n) for n in range(EVENTS_A_COMMIT + 1)))
    assert outcomes == [Intake.ACCEPTED] * (EVENTS_A_COMMIT + 1)
    running.pipeline.close()
    await task


async def test_a_full_queue_turns_senders_away(running: Running) -> None:
    waiting = [arrivals(opened(n) for n in range(EVENTS_A_COMMIT))] * (EVENTS_WAITING // EVENTS_A_COMMIT)
    senders = [asyncio.ensure_future(running.pipeline.submit(each)) for each in waiting]
    await until(lambda: running.pipeline.waiting_events == EVENTS_WAITING)
    with pytest.raises(TransientError, match="waiting"):
        await running.pipeline.submit(arrivals([opened(1)]))
    for sender in senders:
        sender.cancel()


async def test_closed_it_finishes_what_it_took_and_takes_no_more(running: Running) -> None:
    sender = asyncio.ensure_future(running.pipeline.submit(arrivals([opened(1)])))
    await until(lambda: running.pipeline.waiting_events == 1)
    running.pipeline.close()
    await running.pipeline.run()
    assert await sender == [Intake.ACCEPTED]
    with pytest.raises(TransientError, match="stopping"):
        await running.pipeline.submit(arrivals([opened(2)]))


async def test_a_sender_that_went_away_does_not_undo_what_it_sent(running: Running) -> None:
    sender = asyncio.ensure_future(running.pipeline.submit(arrivals([opened(1)])))
    await until(lambda: running.pipeline.waiting_events == 1)
    sender.cancel()
    await until(sender.done)
    await running.pipeline.commit_next()
    assert running.point.totals().intake[Intake.ACCEPTED] == 1


async def test_the_agenda_wakes_at_a_deadline_and_needs_no_event(running: Running) -> None:
    committing = asyncio.ensure_future(running.pipeline.run())
    agenda = asyncio.ensure_future(running.agenda.run(running.pipeline))
    await running.pipeline.submit(arrivals([opened(1)]))
    await until(lambda: running.agenda.last_run == MONDAY)
    running.clock.set(MONDAY + HOUR_US)
    await until(lambda: running.agenda.last_run == MONDAY + HOUR_US)
    assert running.broken() == 0
    running.clock.set(MONDAY + HOUR_US + 1)
    await until(lambda: running.broken() == 1)
    agenda.cancel()
    running.pipeline.close()
    await committing


async def test_the_agenda_goes_on_when_the_store_works_again(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    running.point.take(arrivals([opened(1)]), MONDAY)
    running.script.fail_in(2)
    running.clock.set(MONDAY + 2 * HOUR_US)
    agenda = asyncio.ensure_future(running.agenda.run(running.pipeline))
    await until(lambda: "full" in caplog.text)
    assert running.broken() == 0
    running.clock.set(MONDAY + 3 * HOUR_US)
    await until(lambda: running.broken() == 1)
    agenda.cancel()


async def test_whoever_stops_catching_up_without_a_word_is_released(running: Running) -> None:
    running.clock.set(MONDAY + 5 * HOUR_US)
    running.agenda.note_catching_up()
    running.point.take(arrivals([opened(1)], catching_up=True), running.clock.now())
    await running.agenda.turn()
    assert running.broken() == 0
    running.clock.set(MONDAY + 5 * HOUR_US + CATCHING_UP_ENDS_US + 1)
    await running.agenda.turn()
    assert running.broken() == 1


async def test_a_release_that_fails_is_done_again(running: Running) -> None:
    running.clock.set(MONDAY + 5 * HOUR_US)
    running.agenda.note_catching_up()
    running.point.take(arrivals([opened(1)], catching_up=True), running.clock.now())
    running.clock.set(MONDAY + 5 * HOUR_US + CATCHING_UP_ENDS_US + 1)
    running.script.fail_in(2)
    with pytest.raises(TransientError):
        await running.agenda.turn()
    await running.agenda.turn()
    assert running.broken() == 1


async def test_what_comes_when_whoever_caught_up_was_taken_to_be_done_is_released_too(running: Running) -> None:
    """A long request that took more than a minute to arrive."""
    running.clock.set(MONDAY + 5 * HOUR_US)
    running.agenda.note_catching_up()
    running.clock.set(MONDAY + 5 * HOUR_US + CATCHING_UP_ENDS_US + 1)
    await running.agenda.turn()
    assert not running.agenda.is_catching_up
    running.point.take(arrivals([opened(1)], catching_up=True), running.clock.now())
    await running.agenda.turn()
    assert running.broken() == 0
    running.clock.set(MONDAY + 5 * HOUR_US + 2 * (CATCHING_UP_ENDS_US + 1))
    await running.agenda.turn()
    assert running.broken() == 1


async def test_a_deadline_is_known_though_nobody_could_tell_whether_its_commit_came_true(running: Running) -> None:
    """It did, and whoever was told that it may not have never sends again; then nothing else happens."""
    await running.agenda.turn()
    recorded = running.point.last_recorded
    running.script.fail_in(4)
    with pytest.raises(TransientError):
        running.point.take(arrivals([opened(1)]), MONDAY)
    await running.agenda.turn()
    assert running.point.last_recorded > recorded + 1
    running.clock.set(MONDAY + HOUR_US + 1)
    await running.agenda.turn()
    assert running.broken() == 1


async def test_a_restart_leaves_time_to_go_on_catching_up(running: Running) -> None:
    running.clock.set(MONDAY + 5 * HOUR_US)
    running.point.take(arrivals([opened(1)], catching_up=True), running.clock.now())
    again = commit_point(running.store, now=running.clock.now())
    assert again.has_held
    agenda = Agenda(again, running.clock, InlineWorker())
    task = asyncio.ensure_future(agenda.run(running.pipeline))
    await until(lambda: agenda.last_run is not None)
    assert not any(kind == "broken" for _, kind in again.totals().decisions)
    running.clock.set(MONDAY + 5 * HOUR_US + CATCHING_UP_ENDS_US + 1)
    await until(lambda: any(kind == "broken" for _, kind in again.totals().decisions))
    task.cancel()


async def test_a_feed_sends_its_past_at_once_and_the_rest_when_it_is_due(running: Running) -> None:
    committing = asyncio.ensure_future(running.pipeline.run())
    running.clock.set(MONDAY + 2 * HOUR_US)
    answered = cloud_event("email.sent", "C1", MONDAY + HOUR_US // 2, "a", author="Ann")
    later = MONDAY + 3 * HOUR_US
    events = [(MONDAY, opened(1)), (MONDAY + HOUR_US // 2, answered), (later, opened(2))]
    feed = asyncio.ensure_future(Feed(running.pipeline, running.agenda, running.clock, "test").run(events))
    await until(lambda: running.point.totals().intake[Intake.ACCEPTED] == 2)
    await running.agenda.turn()
    assert running.broken() == 0
    assert not feed.done()
    running.clock.set(later)
    await feed
    assert running.point.totals().intake[Intake.ACCEPTED] == 3
    running.pipeline.close()
    await committing
