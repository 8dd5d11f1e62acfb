"""How shares of the work stand whose period is over, for whoever tells of those that were missed.

Minutes and touches are in no table, so a client's matters are read again where something was recorded that may count in a
period that is over: from half a day before the earliest such event on, for a call may have been answered that long before it
ended. What is promised of work hangs on what its case is like now. So they are read again from the beginning of the matter,
whenever something happened that puts all of it into another light: where cases came to be one, or two, another promise may govern,
or the client came to be known; and where a client is of another tier, from the beginning of the last period, or of the earliest
of which there is a notice. That takes longer than counting decisions, and is done every ten minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select

from monitor.adapters.answers.ended_shares import EndedShares, Scene
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.share_counts import Wanted
from monitor.adapters.answers.work_counts import work_counted
from monitor.adapters.journal import tables as t
from monitor.domain.facts.events import UNIDENTIFIED, ClientChanged, canonical_order
from monitor.domain.figures.shares import Occasions
from monitor.domain.hours.instant import HOUR_US, MINUTE_US, DurationUs, InstantUs
from monitor.domain.hours.period import PeriodKind, period_of
from monitor.domain.promises.shared_promises import SharedPromise, SharedPromises, ShareKey
from monitor.service.matters.reach import recasts
from monitor.wire.events.cloud_events import recall_event

REACH_US: Final[DurationUs] = 12 * HOUR_US
"""How long before an event lies what it may tell the length of."""
_SPLIT: Final = "ticket.split"
_RECASTING: Final = (_SPLIT, "ticket.merged", "case.linked", "ticket.opened", "ticket.changed")
"""The types of events that may put all that was done in a case into another light."""
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
        yield from self._first_of_those_recast(scene, until)

    def _first_of_those_recast(self, scene: Scene, until: InstantUs) -> Iterator[tuple[str, InstantUs]]:
        """The same of matters that were put into another light, whenever that was."""
        event, case, connection = t.EVENTS.c, t.CASES.c, scene.known.connection
        for matter in _recast(scene, until):
            asked = select(event.client, case.client, func.min(event.time)).select_from(_IN_CASES)
            rows = connection.execute(asked.where(case.matter == matter).group_by(event.client, case.client)).all()
            first = min(row[2] for row in rows)
            yield from ((name, first) for row in rows for name in {*row[:2], UNIDENTIFIED} if name is not None)


def _recast(scene: Scene, until: InstantUs) -> set[str]:
    """The matters in which something happened before `until` and that what was recorded since the last look puts into another
    light."""
    event, case, theirs, earlier = t.EVENTS.c, t.CASES.c, t.CASES.alias("theirs"), t.EVENTS.alias("earlier")
    of_matter = theirs.join(earlier, earlier.c.case_id == theirs.c.id)
    is_old = (
        select(earlier.c.position).select_from(of_matter).where(theirs.c.matter == case.matter, earlier.c.time < until)
    )
    is_new = event.position > scene.since.position, is_old.exists()
    names_client = _names_client_first(scene.since.position)
    asked = select(case.matter, event.type, event.content, names_client).select_from(_IN_CASES)
    rows = scene.known.connection.execute(asked.where(*is_new, or_(event.type.in_(_RECASTING), names_client)))
    return {
        matter
        for matter, kind, content, names in rows
        if names or kind == _SPLIT or recasts(recall_event(bytes(content)))
    }


def _names_client_first(position: int) -> ColumnElement[bool]:
    """That an event names the client of its case, and none that was recorded up to a position did before it."""
    event, earlier = t.EVENTS.c, t.EVENTS.alias("naming").c
    is_of_it = earlier.case_id == event.case_id, earlier.client.is_not(None)
    known = select(earlier.position).where(*is_of_it, earlier.position <= position, earlier.time <= event.time)
    return event.client.is_not(None) & ~known.exists()


def _first_noted(scene: Scene, noted: Iterable[ShareKey]) -> Iterator[tuple[str, InstantUs]]:
    """By another book, all of which there is a notice; of clients that are of another tier these and the last periods."""
    of_another_tier = set(_of_another_tier(scene))
    yield from ((client, _last_start(scene)) for client in of_another_tier)
    for key in noted:
        if scene.has_other_book or key.client in of_another_tier:
            yield key.client, key.starts_at


def _of_another_tier(scene: Scene) -> Iterator[str]:
    """The clients whose tier was told since the last look and is not the one that was known before it."""
    event, connection = t.EVENTS.c, scene.known.connection
    is_new = select(event.client).where(event.position > scene.since.position, t.OF_CLIENTS)
    told = select(event.position, event.content).where(t.OF_CLIENTS, event.client.in_(is_new))
    rows = [(position, recall_event(bytes(content))) for position, content in connection.execute(told)]
    tiers: dict[str, str | None] = {}
    for position, changed in sorted(rows, key=lambda row: canonical_order(row[1])):
        client, fact = changed.client, changed.fact
        if client is None or not isinstance(fact, ClientChanged) or fact.tier is None:
            continue
        tier = scene.book.tier_named(fact.tier)
        if position > scene.since.position and tier != tiers.get(client, scene.book.tier_of(client)):
            yield client
        tiers[client] = tier


def _last_start(scene: Scene) -> InstantUs:
    """When the earliest of the last periods began."""
    ends = ((kind, zone, period_of(kind, scene.until.until, zone).starts_at) for kind, zone in _places(scene))
    return min(period_of(kind, ends_at - 1, zone).starts_at for kind, zone, ends_at in ends)


def _last_end(scene: Scene) -> InstantUs:
    """When the latest of the periods ended that are over."""
    return max(period_of(kind, scene.until.until, zone).starts_at for kind, zone in _places(scene))


def _places(scene: Scene) -> set[tuple[PeriodKind, str]]:
    """The kinds of periods that shares of the work are of, each with every zone."""
    shared = scene.shared
    return {(each.terms.each, zone) for each in shared.of_work.values() for zone in (shared.book_zone, *shared.zones())}
