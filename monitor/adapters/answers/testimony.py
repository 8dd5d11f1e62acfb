"""What the journal holds about one case, and about clients, as of a recorded instant: events, and when sources were heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import ColumnElement, select

from monitor.adapters.answers.known import Known
from monitor.adapters.journal import tables as t
from monitor.domain.hours.instant import InstantUs
from monitor.service.judging.case_accounts import Testimony

_EVENT: Final = t.EVENTS.c


def testimony_about(known: Known, case: str, sources: Sequence[str]) -> Testimony:
    """What was recorded about a case, the cases it makes one matter with now, and what it was judged beside."""
    matter = select(t.CASES.c.matter).where(t.CASES.c.id == case).scalar_subquery()
    cases = select(t.CASES.c.id).where(t.CASES.c.matter == matter)
    told = select(_EVENT.content).where(_EVENT.case_id.in_(cases), _EVENT.recorded <= known.as_of)
    events = [bytes(content) for content in known.connection.scalars(told.order_by(_EVENT.position))]
    return Testimony(events, changes_of_all(known), _heard(known, sources))


def changes_of_all(known: Known) -> list[bytes]:
    """What was recorded of clients and of staff."""
    return [*_changes(known, t.OF_CLIENTS), *_changes(known, t.OF_STAFF)]


def _changes(known: Known, of_type: ColumnElement[bool]) -> Iterator[bytes]:
    """Found by the partial index of their type."""
    told = select(_EVENT.content).where(of_type, _EVENT.recorded <= known.as_of).order_by(t.IN_ORDER)
    return map(bytes, known.connection.scalars(told))


def _heard(known: Known, sources: Sequence[str]) -> list[tuple[str, InstantUs, int]]:
    wanted = select(_EVENT.source, _EVENT.time, _EVENT.sequence).where(
        _EVENT.source.in_(sources), _EVENT.recorded <= known.as_of
    )
    if not sources:
        return []
    return [(source, int(time), int(sequence)) for source, time, sequence in known.connection.execute(wanted)]
