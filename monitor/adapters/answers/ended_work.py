"""How shares of the work stand whose period is over, for whoever tells of those that were missed.

Minutes and touches are in no table, so a client's matters are read again where something was recorded that may count in a
period that is over: from half a day before the earliest such event on, for a call may have been answered that long before it
ended; from the beginning of the matter, where cases came to be one, or two. That takes longer than counting decisions, and is
done every ten minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sqlalchemy import func, select

from monitor.adapters.answers.ended_shares import EndedShares, Scene
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.share_counts import Wanted
from monitor.adapters.answers.work_counts import work_counted
from monitor.adapters.journal import tables as t
from monitor.domain.figures.shares import Occasions
from monitor.domain.hours.instant import HOUR_US, MINUTE_US, DurationUs, InstantUs
from monitor.domain.hours.period import period_of
from monitor.domain.promises.shared_promises import SharedPromise, SharedPromises, ShareKey

REACH_US: Final[DurationUs] = 12 * HOUR_US
"""How long before an event lies what it may tell the length of."""
_MAKING_ONE_OR_TWO: Final = ("ticket.merged", "ticket.split", "case.linked")
_IN_CASES: Final = t.EVENTS.join(t.CASES, t.CASES.c.id == t.EVENTS.c.case_id)
EVERYBODY: Final = None


class EndedSharesOfWork(EndedShares):
    """Shares of the work: found by the events that count for them."""

    note = "notices of shares of the work"
    every = 10 * MINUTE_US

    def _promises(self, shared: SharedPromises) -> Mapping[tuple[str, int], SharedPromise]:
        return shared.of_work

    def _last(self, known: Known) -> int:
        return known.connection.scalar(select(func.max(t.EVENTS.c.position))) or 0

    def _count(self, scene: Scene, wanted: Wanted) -> dict[ShareKey, Occasions]:
        work = work_counted(scene.known, scene.shared, wanted)
        return {key: done.as_occasions for key, done in work.items()}

    def _again(self, scene: Scene) -> dict[ShareKey, Occasions]:
        promises, until = scene.shared.of_work, _last_end(scene)
        noted = {key: scene.shared.period(promises[key.promise, key.version], key) for key in scene.noted(promises)}
        found: dict[ShareKey, Occasions] = {}
        for client, since in self._concerned(scene, noted, until).items():
            if since < until:
                theirs = {key: period for key, period in noted.items() if client in (EVERYBODY, key.client)}
                found |= {key: Occasions() for key, period in theirs.items() if period.ends_at > since}
                found |= self._count(scene, Wanted(list(promises.values()), since, until, client))
        return found

    def _concerned(self, scene: Scene, noted: Iterable[ShareKey], until: InstantUs) -> dict[str | None, InstantUs]:
        """Whose work may count otherwise than at the last look, and since when; everybody's alone where it is everybody's."""
        found: dict[str | None, InstantUs] = {}
        everybody = self._first_of_staff(scene, until)
        for client, at in (*self._first_events(scene, until), *_first_noted(scene, noted)):
            found[client] = min(at, found.get(client, at))
        if everybody is None:
            return found
        return {EVERYBODY: min([everybody, *found.values()])}

    def _first_of_staff(self, scene: Scene, until: InstantUs) -> InstantUs | None:
        """The earliest instant since which something new is known of somebody of the firm."""
        event = t.EVENTS.c
        is_new = event.position > scene.since.position, event.time < until
        found = scene.known.connection.scalar(select(func.min(event.time)).where(t.OF_STAFF, *is_new))
        return None if found is None else int(found)

    def _first_events(self, scene: Scene, until: InstantUs) -> Iterator[tuple[str, InstantUs]]:
        """The clients of whom something was recorded that may count in a period that is over, with when that begins."""
        event, theirs, connection = t.EVENTS.c, t.CASES.alias("theirs"), scene.known.connection
        is_new = event.position > scene.since.position, event.time < until + REACH_US
        of_matters = _IN_CASES.join(theirs, theirs.c.matter == t.CASES.c.matter)
        for client, rows in ((theirs.c.client, of_matters), (event.client, t.EVENTS)):
            asked = select(client, func.min(event.time)).select_from(rows).where(*is_new, client.is_not(None))
            yield from ((name, at - REACH_US) for name, at in connection.execute(asked.group_by(client)))
        yield from self._first_of_those_made_one(scene)

    def _first_of_those_made_one(self, scene: Scene) -> Iterator[tuple[str, InstantUs]]:
        """The same of matters whose cases came to be one, or two, whenever that was."""
        event, case, connection = t.EVENTS.c, t.CASES.c, scene.known.connection
        is_new = event.position > scene.since.position, event.type.in_(_MAKING_ONE_OR_TWO)
        matters = connection.scalars(select(case.matter).distinct().select_from(_IN_CASES).where(*is_new)).all()
        for matter in matters:
            asked = select(event.client, case.client, func.min(event.time)).select_from(_IN_CASES)
            rows = connection.execute(asked.where(case.matter == matter).group_by(event.client, case.client)).all()
            first = min(row[2] for row in rows)
            yield from ((name, first) for row in rows for name in row[:2] if name is not None)


def _first_noted(scene: Scene, noted: Iterable[ShareKey]) -> Iterator[tuple[str, InstantUs]]:
    """By another book, all of which there is a notice."""
    return ((key.client, key.starts_at) for key in noted if scene.has_other_book)


def _last_end(scene: Scene) -> InstantUs:
    """When the latest of the periods ended that are over."""
    shared = scene.shared
    places = {
        (each.terms.each, zone) for each in shared.of_work.values() for zone in (shared.book_zone, *shared.zones())
    }
    return max(period_of(kind, scene.until.until, zone).starts_at for kind, zone in places)
