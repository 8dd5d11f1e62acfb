"""Proposed promises, and what the past said of each at the instant at which Kept learned of it.

Nothing of that is stored: as of a recorded instant the past says the same for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, select

from monitor.adapters.answers.attainability import Offered, UnknownHours, hours_of, judged, tier_of
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.pages import Plan, Row, Stage
from monitor.adapters.answers.plans import Scene
from monitor.adapters.journal import tables as t
from monitor.domain.facts.events import UNIDENTIFIED
from monitor.domain.hours.instant import InstantUs, format_instant, from_datetime
from monitor.wire.answers.attainability import attainable_body
from monitor.wire.answers.proposals import Unasked, read_proposal, terms_of
from monitor.wire.events.event_data import PromiseProposed
from monitor.wire.questions import parameters as p

_EVENT: Final = t.EVENTS.c
_CASE: Final = t.DECISIONS.c
_CLIENT_OF_CASE: Final = (
    select(_CASE.client)
    .where(_CASE.case_id == _EVENT.case_id, _CASE.recorded <= _EVENT.recorded)
    .order_by(_CASE.position.desc())
    .limit(1)
    .correlate(t.EVENTS)
    .scalar_subquery()
)
CLIENT_THEN: Final[ColumnElement[Any]] = func.coalesce(_EVENT.client, _CLIENT_OF_CASE, UNIDENTIFIED)
"""The client that the event names, failing one the one whose case it was then."""
_PROPOSALS: Final[Select[Any]] = select(
    _EVENT.source,
    _EVENT.id,
    _EVENT.case_id,
    CLIENT_THEN.label("client"),
    _EVENT.time,
    _EVENT.recorded,
    _EVENT.content,
).where(t.PROPOSED)


def proposals(asked: p.ProposalParameters, scene: Scene) -> Plan:
    """Proposals in the order in which they came."""
    connection = scene.known.connection
    wanted: list[ColumnElement[bool]] = [t.STILL_THERE, _EVENT.recorded <= scene.known.as_of]
    pairs = ((CLIENT_THEN, asked.client), (_EVENT.case_id, asked.case))
    wanted += [column == value for column, value in pairs if value is not None]

    def shown(rows: Sequence[Any]) -> list[Row]:
        return [_row(connection, row) for row in rows]

    return Plan(_PROPOSALS.where(*wanted), [Stage((_EVENT.position,))], shown)


def _row(connection: Connection, row: Any) -> Row:
    source, event_id, case, client, time, recorded, content, position = row
    said = read_proposal(bytes(content))
    return {
        "time": format_instant(time),
        "promise": said.promise,
        "client": client,
        "case": case,
        "speaker": said.speaker,
        "words": said.words,
        "kind": said.kind,
        "within": said.within,
        "by": None if said.by is None else format_instant(from_datetime(said.by)),
        "hours": said.hours,
        "share": said.share,
        **found_of(Known(connection, recorded), said, client=client, at=time),
        "recorded": format_instant(recorded),
        "source": source,
        "id": event_id,
        "position": position,
    }


_TOLD: Final = ("finding", "reason", "circle", "name", "kept", "of", "lower_bound", "tightest_seconds", "tightest")
"""What a proposal's row has of the answer."""


def found_of(known: Known, said: PromiseProposed, *, client: str, at: InstantUs) -> Row:
    """What the past says of what was proposed to a client at an instant; only a reason where it can't be asked."""
    book = known.book
    untold = dict.fromkeys(_TOLD)
    if book is None:
        return {**untold, "reason": "found no promise book recorded by then, expected one"}
    try:
        name, hours = hours_of(book, said.hours)
        terms = terms_of(said, at, hours)
    except UnknownHours as error:
        return {**untold, "reason": f"hours: {error}"}
    except Unasked as error:
        return {**untold, "reason": str(error)}
    whom = None if client == UNIDENTIFIED else client
    tier = None if whom is None else tier_of(known, whom, book)
    offered = Offered(terms.kind, terms.target, hours, name, terms.share, whom, tier)
    body = attainable_body(*judged(known, offered, book))
    return {key: body[key] for key in _TOLD}
