"""The shares of the work that are shown are those that are asked for, whatever happens in between; on every database."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, Final

import pytest

from monitor.adapters.answers.work_counts import shared_work_in
from monitor.adapters.journal.location import Location
from monitor.adapters.metrics import work_watch
from monitor.adapters.metrics.share_series import share_series
from monitor.adapters.metrics.share_watch import RUNNING, ShareReadings
from monitor.adapters.metrics.work_watch import WorkWatch
from monitor.conventions import promise_metrics
from monitor.domain.hours.instant import DAY_US, HOUR_US, MINUTE_US, InstantUs, format_instant, parse_instant
from monitor.domain.promises.promised_people import Measure
from monitor.service.commits.retention import Progress, first_progress, read_policy
from monitor.service.editions.shelf import BookText, Offer
from monitor.testing import ManualClock, cloud_event, judge_what_is_left
from tests.contract.test_shares import Journal
from tests.contract.test_work_shares import BOOK

CLIENTS: Final = ("acme", "umbra", "stranger")
MAY: Final = parse_instant("2026-05-04T09:00:00Z")


@pytest.fixture
def journal(any_database: Location) -> Iterator[Journal]:
    opened = Journal(any_database, BOOK)
    yield opened
    opened.store.close()


def _watch(journal: Journal, clock: ManualClock) -> WorkWatch:
    return WorkWatch(journal.store._engine.connect, clock)


def _asked(journal: Journal, now: InstantUs) -> list[tuple[Any, ...]]:
    """What the question says of the same periods: the last quarter or month, and the running one."""
    # Last periods begin 184 days ago at most; of months only the last but one are wanted, so more is cut off below.
    rows = journal.shares(kind="seniority", since=format_instant(now - 190 * DAY_US))
    by_share: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        by_share.setdefault((row["client"], row["promise"]), []).append(row)
    names = ("client", "promise", "starts", "share", "below", "left", "left_by_end", "pace")
    return sorted(tuple(row[name] for name in names) for share in by_share.values() for row in share[-2:])


def _shown(watch: WorkWatch) -> list[tuple[Any, ...]]:
    found = []
    for each in watch.readings.shares:
        unit = MINUTE_US if each.measure is Measure.MINUTES else 1
        amounts = (each.broken / unit, each.left / unit, each.left_by_end / unit)
        found.append((each.client, each.promise, format_instant(each.starts_at), each.ratio, *amounts, each.pace))
    return sorted(found)


@pytest.mark.parametrize("seed", range(2))
def test_what_is_shown_is_what_is_asked_for(journal: Journal, seed: int) -> None:
    random, clock = Random(seed), ManualClock(MAY)
    watch, differing = _watch(journal, clock), set()
    for number in range(24):
        # Six days each: months turn meanwhile, and the quarter in New York.
        now = MAY + number * 6 * DAY_US
        clock.set(now)
        case, at = f"C{random.randrange(8)}", now - random.choice([0, HOUR_US, 9 * DAY_US, 40 * DAY_US])
        person, seconds = random.choice(["Ann", "Bea", "Zoe"]), random.randrange(1, 100) * 60
        client = CLIENTS[int(case[1]) % 3]
        events = [cloud_event("work.logged", case, at, f"w{number}", client=client, person=person, seconds=seconds)]
        chance = random.random()
        if chance < 0.2:
            # Whose a case is comes to be seen otherwise, and two become one.
            events.append(
                cloud_event("email.received", case, at - HOUR_US, f"e{number}", client=random.choice(CLIENTS))
            )
        elif chance < 0.3:
            events.append(cloud_event("ticket.merged", case, now, f"m{number}", into=f"C{random.randrange(8)}"))
        if number < 8:
            events.append(cloud_event("ticket.opened", f"C{number}", MAY - 60 * DAY_US, "o", source=f"/{number}"))
        if number == 12:
            events.append(cloud_event("staff.changed", None, MAY, "s", person="Zoe", grade="senior"))
            events.append(cloud_event("client.changed", None, MAY, "t", client="stranger", tier="gold"))
        journal.take(*events, at=now)
        if number == 18:
            text = BOOK.replace("share: 60%", "share: 80%")
            journal.point.apply(Offer(BookText(text, "new.yaml"), "Ann", "agreed"), now + 1)
            judge_what_is_left(journal.point, now + 1)
        if random.random() < 0.7:
            # An answer stands as of what was recorded last; something is, at this very instant.
            journal.take(cloud_event("source.heartbeat", None, now, f"h{number}"), at=now + 2)
            clock.set(now + 2)
            watch.look()
            assert _shown(watch) == _asked(journal, now)
            anew = _watch(journal, clock)
            anew.look()
            assert watch.readings == anew.readings
            assert watch._totals == anew._totals
            differing.add(tuple(_shown(watch)))
    assert len(differing) > 8
    assert {"acme", "umbra", "stranger"} == {each.client for each in watch.readings.shares}


def _worked(journal: Journal, case: str, at: InstantUs) -> None:
    journal.take(
        cloud_event("ticket.opened", case, at, f"{case}-1", client="acme"),
        cloud_event("work.logged", case, at + 1, f"{case}-{at}", person="Bea", seconds=60),
        at=at + HOUR_US,
    )


def test_a_look_reads_again_only_what_something_was_recorded_of(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        _worked(journal, f"C{number}", MAY + number)
    read: list[str] = []

    def noted(matter: Any, shared: Any) -> Any:
        read.extend(matter.cases)
        return shared_work_in(matter, shared)

    monkeypatch.setattr(work_watch, "shared_work_in", noted)
    watch = _watch(journal, ManualClock(MAY + DAY_US))
    watch.look()
    assert sorted(read) == [f"C{number}" for number in range(5)]
    read.clear()
    # Neither the time that passes, nor somebody's promotion from now on, nor a client without such a promise.
    late = MAY + DAY_US
    journal.take(cloud_event("source.heartbeat", None, late, "h"), at=late)
    journal.take(cloud_event("staff.changed", None, late, "s", person="Bea", grade="senior"), at=late + 1)
    watch.look()
    assert read == []
    journal.take(cloud_event("work.logged", "C3", late + 2, "w", person="Bea", seconds=60), at=late + 2)
    watch.look()
    watch.look()
    assert read == ["C3"]
    read.clear()
    # A promotion that is told late concerns the work since: C3's, which Bea did as a senior.
    journal.take(cloud_event("staff.changed", None, late + 2, "t", person="Bea", grade="senior"), at=late + 3)
    watch.look()
    assert read == ["C3"]


def test_what_retention_took_out_counts_no_more(journal: Journal) -> None:
    _worked(journal, "gone", MAY)
    journal.take(cloud_event("ticket.closed", "gone", MAY + 2 * HOUR_US, "x"), at=MAY + 2 * HOUR_US)
    _worked(journal, "stays", MAY + 3 * HOUR_US)
    clock = ManualClock(MAY + 40 * DAY_US)
    watch = _watch(journal, clock)
    watch.look()
    # A minute each by Bea, who is no senior.
    assert {each.broken for each in watch.readings.shares if (each.client, each.which) == ("acme", RUNNING)} == {
        2 * MINUTE_US
    }
    progress: Progress | None = first_progress(read_policy("30d"), clock.now())
    while progress is not None:
        progress = journal.point.retire(progress, clock.now())
    watch.look()
    assert {each.broken for each in watch.readings.shares if (each.client, each.which) == ("acme", RUNNING)} == {
        MINUTE_US
    }


def test_what_a_long_run_of_retention_takes_out_is_forgotten_with_each_of_its_commits(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.service.commits.commit_point.MATTERS_A_PORTION", 1)
    for case in ("A", "B", "C"):
        _worked(journal, case, MAY)
        journal.take(cloud_event("ticket.closed", case, MAY + 2 * HOUR_US, f"{case}-x"), at=MAY + 2 * HOUR_US)
    clock = ManualClock(MAY + 40 * DAY_US)
    watch = _watch(journal, clock)
    watch.look()
    minutes = []
    progress: Progress | None = first_progress(read_policy("30d"), clock.now())
    while progress is not None:
        progress = journal.point.retire(progress, clock.now())
        watch.look()
        [running] = [each for each in watch.readings.shares if (each.client, each.which) == ("acme", RUNNING)]
        minutes.append(running.broken // MINUTE_US)
    # A minute each; the last commit finds that nothing is left.
    assert minutes == [2, 1, 0, 0]


def test_minutes_are_shown_in_seconds_and_touches_as_they_are(journal: Journal) -> None:
    clock = ManualClock(MAY + DAY_US)
    for client, person, number in (("acme", "Ann", 1), ("acme", "Bea", 2), ("umbra", "Ann", 3), ("umbra", "Bea", 4)):
        opened = cloud_event("ticket.opened", f"C{number}", MAY, f"{number}", client=client)
        work = {"person": person, "seconds": 600 * number}
        journal.take(opened, cloud_event("work.logged", f"C{number}", MAY + HOUR_US, f"w{number}", **work), at=MAY)
    watch = _watch(journal, clock)
    watch.look()
    series = {
        (metric.name, *sample.labels.values()): sample.value
        for metric in share_series(ShareReadings(), watch.readings, ["acme", "umbra"])
        for sample in metric.samples
    }
    minutes, touches = ("acme", "seniors", "1"), ("umbra", "half", "1")
    # Acme: ten minutes of thirty by Ann, where 60 % are promised: others may do 40 %, 720 s, and did 1200 s, 5/3 of it.
    assert series[promise_metrics.SHARE.name, *minutes, RUNNING] == 0.333333
    assert series[promise_metrics.SHARE_PROMISED.name, *minutes] == 0.6
    assert series[promise_metrics.SHARE_BELOW_SECONDS.name, *minutes, RUNNING] == 1_200
    assert series[promise_metrics.SHARE_LEFT_SECONDS.name, *minutes, RUNNING] == -480
    assert series[promise_metrics.SHARE_PACE.name, *minutes, RUNNING] == 1.666666
    # Umbra: one touch of two, where half are promised. Four days and nine hours of May: 105 of 744, 14 touches by the end.
    assert series[promise_metrics.SHARE_BELOW_TOUCHES.name, *touches, RUNNING] == 1
    assert series[promise_metrics.SHARE_LEFT_TOUCHES.name, *touches, RUNNING] == 0
    assert series[promise_metrics.SHARE_LEFT_TOUCHES_BY_END.name, *touches, RUNNING] == 6
    # Nothing of it is in breaches.
    assert not [
        labels for labels in series if labels[0].endswith("_breaches") or labels[0] == promise_metrics.SHARE_BROKEN.name
    ]


def test_a_book_without_such_promises_is_not_asked_about(any_database: Location) -> None:
    journal = Journal(any_database)
    watch = _watch(journal, ManualClock(MAY))
    watch.look()
    assert not watch.readings.shares
    assert watch.readings.looked_at == MAY
    watch.forget()
    assert watch.readings == ShareReadings()
    journal.store.close()
