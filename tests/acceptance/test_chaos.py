"""Three workers, two edges, a publisher, a broker and a database, all of which fail at random under load while somebody restates
the past: the history is that of a judgement of all events, and nobody was told what was not so.

A short form runs with all tests. `make chaos` runs the long one, of at least 50 faults and 200,000 events. KEPT_SEED chooses
other luck, KEPT_CHAOS the number of faults, KEPT_EVENTS the least number of events; they are printed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from monitor.testing import PATIENCE_SECONDS, eventually
from tests.acceptance.chaos import Chaos, Installation, Load, await_more, new_ways
from tests.acceptance.chaos_verdict import books_of, breach_delays, logged, percentile, taken_back, waits_around
from tests.acceptance.journals import rows
from tests.acceptance.judged import OVERDUE, assert_as_judged, assert_metrics_are_the_history, verdicts_of
from tests.acceptance.live_cases import LONGEST_SECONDS, Sent, Stories
from tests.acceptance.published import assert_all_published, is_all_published
from tests.services.kafka_broker import KafkaBroker, kafka_or_skip
from tests.services.kafka_reading import read_topic
from tests.services.network import Network
from tests.services.postgres import PostgresByWays, programs_or_skip

pytestmark = pytest.mark.slow

SEED: Final = int(os.environ.get("KEPT_SEED", "1"))
FAULTS: Final = int(os.environ.get("KEPT_CHAOS", "13"))
EVENTS: Final = int(os.environ.get("KEPT_EVENTS", "0" if FAULTS <= 13 else "200000"))
CASES_A_SECOND: Final = int(os.environ.get("KEPT_CASES", "12" if FAULTS <= 13 else "50"))
"""Each has some five events."""


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """All of it, started."""
    with Network() as network:
        ways = new_ways(network)
        postgres = PostgresByWays(programs_or_skip())
        try:
            broker = KafkaBroker(*kafka_or_skip(), ways[:5])
            try:
                with Installation(broker, postgres, ways, tmp_path) as there:
                    yield there
            finally:
                broker.remove()
        finally:
            postgres.remove()


def test_whatever_fails_the_history_is_that_of_a_judgement_of_all_events(installation: Installation) -> None:
    print(f"KEPT_SEED={SEED} KEPT_CHAOS={FAULTS} KEPT_EVENTS={EVENTS} KEPT_CASES={CASES_A_SECOND}")
    dice = Random(SEED)
    load = Load(installation.broker, installation.topics, Stories(SEED), cases_a_second=CASES_A_SECOND)
    chaos = Chaos(installation, dice)
    load.start()
    try:
        chaos.await_moving()
        plan = chaos.plan(FAULTS)
        for number, kind in enumerate(plan):
            chaos.bring(kind)
            chaos.await_moving()
            print(f"fault {number + 1}: {chaos.happened[-1].victim}, {kind}; {len(load.sent)} records sent", flush=True)
            _await_events(load, EVENTS * (number + 1) // len(plan))
    finally:
        load.stop()
    ended = time.time()
    _assert_sound(installation, load.sent, ended)
    _tell(installation, chaos, load.sent)


def _await_events(load: Load, goal: int) -> None:
    """Waits until so many have been sent: the faults are spread over all of them."""
    give_up_at = time.monotonic() + max(PATIENCE_SECONDS, EVENTS / CASES_A_SECOND)
    while len(load.sent) < goal:
        assert load.is_alive(), "the load has ended"
        assert time.monotonic() < give_up_at, f"found {len(load.sent)} events sent, expected {goal}"
        time.sleep(0.05)


def _await_journal(database: str, goal: int) -> None:
    """Waits until so many events are in the journal, as long as there are more and more."""
    count = 0
    while count != goal:
        count = await_more(database, count)


def _assert_sound(there: Installation, sent: list[Sent], ended: float) -> None:
    contents = [each.event for each in sent if each.event is not None]
    _await_journal(there.database, len(contents))
    all_due = int((ended + LONGEST_SECONDS) * 1e6)
    eventually(lambda: time.time() * 1e6 > all_due, "all that was promised is due")
    eventually(lambda: rows(there.database, OVERDUE) == [(0,)], "all that is over is decided")
    eventually(
        lambda: not sum(each.total("kept_rejudging") for each in there.workers()), "all is judged by the last book"
    )
    *_, (_, book) = books_of(there.database)
    assert_as_judged(there.database, verdicts_of(contents, book, all_due), len(contents))
    assert_metrics_are_the_history(there.database, *there.workers())
    assert [each.total("kept_worker_lost_records_total") for each in there.workers()] == [0, 0, 0]
    eventually(lambda: is_all_published(there.database), "all is published")
    assert [each.stop() for each in there.members.values()] == [0] * len(there.members)
    assert_all_published(_topic(there, there.topics.decisions), there.database)
    letters = {_origin(letter) for letter in _topic(there, there.topics.dead_letters)}
    assert len(letters) == len(sent) - len(contents)


def _tell(there: Installation, chaos: Chaos, sent: list[Sent]) -> None:
    """The figures; and no breach was told that the log had shown to be none."""
    events = logged(there.database, _topic(there, there.topics.events))
    number, false = taken_back(there.database, events)
    broken = rows(there.database, "SELECT count(*) FROM obligations WHERE verdict = 'broken'")[0][0]
    delays = breach_delays(there.database)
    decisions = rows(there.database, "SELECT count(*) FROM decisions")[0][0]
    print(f"{len(sent)} records, {len(events)} events, {decisions} decisions, {len(chaos.happened)} faults")
    for kind, waits in waits_around(events, chaos.happened).items():
        print(f"  {len(waits)} x {kind}: an event waited {_spread(waits)} for its commit at the most")
    print(f"{broken} breaches stand; told {_spread(delays)} after due; {number} were taken back, {len(false)} false")
    for name, member in there.members.items():
        by_itself = [code for _, code in member.ended_by_themselves()]
        print(f"  {name}: ended {len(member.ended)} times, by itself with {by_itself}")
    assert false == []


def _spread(seconds: list[float]) -> str:
    return f"{percentile(seconds, 0.5):.2f} s (median), {percentile(seconds, 0.99):.2f} s (99 %)"


def _topic(there: Installation, topic: str) -> list[Any]:
    return read_topic(topic, bootstrap_servers=there.broker.address)


def _origin(letter: Any) -> tuple[bytes, ...]:
    said = dict(letter.headers)
    return said["kept-topic"], said["kept-partition"], said["kept-offset"]
