"""What the journal holds about one case as of a recorded instant: events, editions of the book, and when sources were heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, literal_column, select

from monitor.adapters.journal import tables as t
from monitor.domain.hours.instant import InstantUs
from monitor.service.judging.case_accounts import Testimony
from monitor.service.ports.records import EditionRecord

_EVENT: Final = t.EVENTS.c
_CHANGES: Final = ("client.changed", "staff.changed")


def testimony_about(connection: Connection, case: str, recorded: InstantUs, sources: Sequence[str]) -> Testimony:
    """What was recorded by then about a case, the cases it makes one matter with now, and what it was judged beside."""
    matter = select(t.CASES.c.matter).where(t.CASES.c.id == case).scalar_subquery()
    cases = select(t.CASES.c.id).where(t.CASES.c.matter == matter)
    known = _EVENT.recorded <= recorded
    told = select(_EVENT.content).where(_EVENT.case_id.in_(cases), known).order_by(_EVENT.position)
    events = [bytes(content) for content in connection.scalars(told)]
    return Testimony(events, changes_by(connection, recorded), _heard(connection, recorded, sources))


def changes_by(connection: Connection, recorded: InstantUs) -> list[bytes]:
    """What was recorded by then of clients and of staff, each found by the partial index of its type."""
    found: list[bytes] = []
    for name in _CHANGES:
        of_type = _EVENT.type == literal_column(f"'{name}'")
        told = select(_EVENT.content).where(of_type, _EVENT.recorded <= recorded).order_by(_EVENT.position)
        found += map(bytes, connection.scalars(told))
    return found


def _heard(connection: Connection, recorded: InstantUs, sources: Sequence[str]) -> list[tuple[str, InstantUs, int]]:
    wanted = select(_EVENT.source, _EVENT.time, _EVENT.sequence).where(
        _EVENT.source.in_(sources), _EVENT.recorded <= recorded
    )
    if not sources:
        return []
    return [(source, int(time), int(sequence)) for source, time, sequence in connection.execute(wanted)]


def editions_by(connection: Connection, recorded: InstantUs) -> list[EditionRecord]:
    """The editions that were applied by then, with their texts, in order."""
    row = t.EDITIONS.c
    found = connection.execute(select(t.EDITIONS).where(row.recorded <= recorded).order_by(row.number))
    return [EditionRecord._make(edition) for edition in found]
