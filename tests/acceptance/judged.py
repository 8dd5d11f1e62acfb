"""What workers wrote down held against a judgement of all events by the engine alone, and against itself."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final, Protocol, TypeAlias

from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book
from monitor.service.judging.judgement import Judgement
from monitor.testing import eventually
from monitor.wire.events.cloud_events import decode_event
from tests.acceptance.journals import assert_whole, rows

Verdicts: TypeAlias = dict[str, tuple[Any, ...]]

OVERDUE: Final = (
    "SELECT count(*) FROM obligations WHERE verdict = 'running' AND due < extract(epoch FROM now()) * 1000000 - 5e6"
)
_VERDICTS: Final = "SELECT id, verdict, due, client FROM obligations WHERE kind <> 'hand_down'"
_POSITIONS: Final = """SELECT count(*), coalesce(max(position), 0) FROM (SELECT position FROM events UNION ALL
    SELECT position FROM decisions UNION ALL SELECT position FROM dead_letters) AS every"""
_ORDER: Final = """SELECT count(*) FROM (SELECT recorded, lag(recorded) OVER (ORDER BY position) AS before FROM
    (SELECT position, recorded FROM events UNION ALL SELECT position, recorded FROM decisions) AS every) AS pairs
    WHERE recorded < before"""
_FORKS: Final = "SELECT replaces FROM decisions WHERE replaces IS NOT NULL GROUP BY replaces HAVING count(*) > 1"


class Watched(Protocol):
    """A worker that shows its metrics."""

    def metrics(self) -> dict[str, float]:
        """Every series by its name and labels."""
        ...


def verdicts_of(contents: Iterable[bytes], book: Book, now: InstantUs) -> Verdicts:
    """The verdict, the due instant and the client of each obligation, as `kept judge` finds them from all these events."""
    judgement = Judgement(book, now)
    judgement.gather(map(decode_event, contents))
    return {each.obligation: (each.verdict.value, each.due, each.client) for each in judgement.statements()}


def assert_as_judged(database: str, judged: Verdicts, events: int) -> None:
    """Verdicts are those of a judgement of all events; counts are a recount; nothing is missing and nothing is twice."""
    # What hangs on somebody's silence is looked at every second.
    with suppress(AssertionError):
        eventually(lambda: not differences(database, judged), "the verdicts are those of a judgement of all events")
    found = differences(database, judged)
    assert not found, f"{len(found)} differ: {found[:20]}"
    assert rows(database, "SELECT count(*), count(DISTINCT (source, id)) FROM events") == [(events, events)]
    assert_whole(database)
    ((count, last),) = rows(database, _POSITIONS)
    assert count == last
    assert rows(database, _ORDER) == [(0,)]
    assert rows(database, _FORKS) == []


def differences(database: str, judged: Verdicts) -> list[tuple[str, Any, Any]]:
    """Obligations of which something else is held, in the order of their names: what is held, and what was judged."""
    found = standing(database, judged)
    names = sorted(found.keys() | judged.keys())
    return [(name, found.get(name), judged.get(name)) for name in names if found.get(name) != judged.get(name)]


def standing(database: str, judged: Verdicts) -> Verdicts:
    """What is held of each obligation. What comes in another order may show for a while something that never was, and is
    withdrawn: that is left out."""
    found = {row[0]: row[1:] for row in rows(database, _VERDICTS)}
    return {name: row for name, row in found.items() if name in judged or row[0] != "void"}


def assert_metrics_are_the_history(database: str, *workers: Watched) -> None:
    """The series that are counted by partition, summed over partitions and workers, are the rows of the history."""
    sums: dict[str, float] = {}
    accepted = 0.0
    for worker in workers:
        for name, value in worker.metrics().items():
            if 'partition="' in name and "kept_worker" not in name:
                metric = name.partition("{")[0]
                sums[metric] = sums.get(metric, 0) + value
            if name.startswith("kept_events_total{") and 'outcome="accepted"' in name:
                accepted += value
    ((decisions, obligations, events),) = rows(
        database,
        "SELECT (SELECT count(*) FROM decisions), (SELECT count(*) FROM obligations), (SELECT count(*) FROM events)",
    )
    assert sums["kept_decisions_total"] == decisions
    assert sums["kept_obligations"] == obligations
    assert accepted == events
