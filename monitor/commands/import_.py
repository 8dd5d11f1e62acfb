"""`kept import`: files of events into the database of a Kept that does not run, or into one that does.

Everything goes the way that events over HTTP go. While the files are read nothing is broken by time alone, for the
answer may be some lines further down; when they are through, the clock decides. Stopped in the middle and started
again, it takes what is missing: events are told apart by source and id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from monitor.adapters.machine.clock import SystemClock
from monitor.adapters.machine.garbage import settle_garbage
from monitor.bootstrap.opening import opened_journal
from monitor.commands.credentials import TokenFile
from monitor.commands.place_options import StoppedOption, UrlOption, Where
from monitor.commands.reading import LINE_END, EventsArgument, Place, RejectsOption, read_places, reject
from monitor.commands.rejects import Rejects
from monitor.commands.running import running
from monitor.domain.number import grouped, number_of
from monitor.errors import UnreadableEvent
from monitor.service.doors.arrivals import Arrival, Outcome, Rejection
from monitor.service.intake.pipeline import EVENTS_A_COMMIT
from monitor.service.ports.counts import Intake
from monitor.wire.events.cloud_events import LONGEST_EVENT_BYTES

PORTION_BYTES: Final = 8 * LONGEST_EVENT_BYTES
"""A portion ends here, or after so many events as it may have."""
EVENTS_A_PORTION: Final = 10_000
"""Nobody waits for the database of a Kept that does not run: more events of each case together, and fewer commits."""

Take: TypeAlias = Callable[[Sequence[Arrival]], list[Outcome]]


def import_events(
    files: EventsArgument,
    database: StoppedOption = None,
    book: Annotated[
        Path | None, typer.Option("--book", help="The promise book, with --database; default: the one in there.")
    ] = None,
    url: UrlOption = None,
    token_file: TokenFile = None,
    rejects: RejectsOption = None,
) -> None:
    """Take files of events in, once each, however often this is started."""
    if url is None and database is not None:
        with opened_journal(database, book) as journal:
            settle_garbage()
            clock, commit_point = SystemClock(), journal.commit_point
            _import(files, rejects, lambda arrivals: commit_point.take(arrivals, clock.now()), EVENTS_A_PORTION)
            commit_point.release(clock.now())
            while commit_point.earliest_wake <= clock.now():
                commit_point.wake(clock.now())
            commit_point.listen(clock.now())
    elif url is not None and database is None and book is None:
        with running(Where(None, url, token_file)) as kept:
            _import(
                files, rejects, lambda arrivals: kept.send([arrival.content for arrival in arrivals]), EVENTS_A_COMMIT
            )
            kept.end_catching_up()
    else:
        raise typer.BadParameter("expected --database FILE|URL, or --url URL without a book")


def _import(files: list[Path], rejects: Path | None, take: Take, events_a_portion: int) -> None:
    """Reads, takes and counts."""
    counts = {Intake.ACCEPTED: 0, Intake.DUPLICATE: 0}
    with Rejects("line", rejects) as rejected:
        for places in _portions(read_places(files), events_a_portion):
            outcomes = take([_arrival(place) for place in places])
            for place, outcome in zip(places, outcomes, strict=True):
                if isinstance(outcome, Rejection):
                    reject(rejected, place, UnreadableEvent(*outcome))
                else:
                    counts[outcome] += 1
    accepted, duplicates = counts[Intake.ACCEPTED], counts[Intake.DUPLICATE]
    typer.echo(
        f"{grouped(accepted)} accepted, {number_of(duplicates, 'duplicate')}, {grouped(rejected.count)} rejected"
    )


def _arrival(place: Place) -> Arrival:
    return Arrival(place.line.text.rstrip(LINE_END), f"{place.file}:{place.line.number}", catching_up=True)


def _portions(places: Iterator[Place], most: int) -> Iterator[list[Place]]:
    """So many at a time as one transaction takes and one request may carry."""
    portion: list[Place] = []
    size = 0
    for place in places:
        portion.append(place)
        size += len(place.line.text)
        if len(portion) == most or size >= PORTION_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion
