"""Comparable occasions of the past, read from the history as of a recorded instant.

Where there are very many decisions only one in so many is looked at (`position_sample`): of a circle that is a large part of the
journal those at certain positions of all of it, each found by its key, so that it takes the same time however many there are; of a
smaller one, those among what an index has of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, and_, case, func, literal, or_, select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.position_sample import chosen_before, is_chosen
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import without_canary
from monitor.adapters.journal.recorded import held_before
from monitor.domain.cases.decisions import DecisionType
from monitor.domain.cases.obligation import Verdict
from monitor.domain.figures.evidence import Circle, CircleKind
from monitor.domain.figures.occasion import Ending, Occasion
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Answer, Book, Kind, Promise
from monitor.domain.promises.promised_calls import Formula

MOST_DECISIONS: Final = 50_000
"""Decisions looked at, of 2 to 3 for each occasion: of 20,000 a bound at 95 % lies 0.25 % below the share that was kept."""
MOST_COUNTED: Final = 250_000
"""Decisions of a circle up to which they are counted; of more the size of the journal is taken for their number at first."""
FEW_ROWS: Final = 5_000
"""Occasions that are enough where more would have to be counted first: a bound at 95 % lies 0.5 % below the share."""


class Comparable(NamedTuple):
    """Which occasions: of a kind, opened in [since, until), of whose cases; `until` may be open."""

    kind: Kind
    since: InstantUs
    until: InstantUs | None
    circle: Circle


_ROW: Final = t.DECISIONS.c


def newest_opening(known: Known, kind: Kind, until: InstantUs | None) -> InstantUs | None:
    """When the last occasion of a kind opened, of those recorded by then and, where `until` is given, opened before it."""
    wanted = [_ROW.kind == kind.value, _ROW.opened <= known.as_of, _ROW.position < known.end, *_real(kind)]
    if until is not None:
        wanted.append(_ROW.opened < until)
    return known.connection.scalar(select(_ROW.opened).where(*wanted).order_by(_ROW.opened.desc()).limit(1))


def occasions(known: Known, wanted: Comparable, book: Book) -> tuple[int, list[Occasion]]:
    """(n, occasions): one decision in n was looked at."""
    one_in, rows = _rows(known, wanted)
    promises = _Promises(book)
    return one_in, [_occasion(row, promises, known.as_of) for row in rows]


class PastOccasion(NamedTuple):
    """An occasion with the case it was in, the name it had there, and what is held true of it."""

    case: str
    name: str | None
    verdict: Verdict
    occasion: Occasion


def told_occasions(
    known: Known, wanted: Comparable, book: Book, *, most: int | None = None
) -> tuple[int, list[PastOccasion]]:
    """(n, occasions): one decision in n was looked at, of `most` or fewer; of all where nothing is said."""
    connection, promises = known.connection, _Promises(book)
    in_circle = [*_bounds(wanted), _ROW.position < known.end]
    one_in = 1 if most is None else _portion(_count(connection, in_circle), most)
    is_looked_at = [is_chosen(_ROW.position, one_in)] if one_in > 1 else []
    conditions = [*in_circle, *held_before(known.end), _ROW.kind == wanted.kind.value, *is_looked_at]
    rows = connection.execute(_held(t.DECISIONS, conditions).add_columns(_ROW.case_id, _ROW.occasion)).all()
    return one_in, [
        PastOccasion(row.case_id, row.occasion, Verdict(row.verdict), _occasion(row[:-2], promises, known.as_of))
        for row in rows
    ]


def _rows(known: Known, wanted: Comparable) -> tuple[int, Sequence[Row[Any]]]:
    connection, end = known.connection, known.end
    in_circle = [*_bounds(wanted), _ROW.position < end]
    conditions = [*in_circle, *held_before(end), _ROW.kind == wanted.kind.value]
    decisions = _count(connection, in_circle, MOST_COUNTED + 1)
    if decisions > MOST_COUNTED and (one_in := _portion(end, MOST_DECISIONS)) > 1:
        chosen = chosen_before(end, one_in)
        source = chosen.join(t.DECISIONS, _ROW.position == chosen.c.position)
        rows = connection.execute(_held(source, conditions)).all()
        if len(rows) >= FEW_ROWS:
            return one_in, rows
        # Of the whole journal it is a small part: of that more can be looked at.
        decisions = _count(connection, in_circle)
    one_in = _portion(decisions, MOST_DECISIONS)
    is_looked_at = [is_chosen(_ROW.position, one_in)] if one_in > 1 else []
    return one_in, connection.execute(_held(t.DECISIONS, [*conditions, *is_looked_at])).all()


def _count(connection: Connection, in_circle: Sequence[ColumnElement[bool]], most: int | None = None) -> int:
    """How many decisions there are, counted up to `most`; an index has all it takes."""
    found = select(literal(1)).select_from(t.DECISIONS).where(*in_circle).limit(most).subquery()
    return connection.scalar(select(func.count()).select_from(found)) or 0


def _portion(decisions: int, most: int) -> int:
    return -(-decisions // most) or 1


def _bounds(wanted: Comparable) -> list[ColumnElement[bool]]:
    """What one index has: that of the client, or that of the kind."""
    circle = wanted.circle
    bounds = [_ROW.opened >= wanted.since]
    if wanted.until is not None:
        bounds.append(_ROW.opened < wanted.until)
    if circle.kind is CircleKind.CLIENT:
        return [_ROW.client == circle.name, *bounds]
    of_tier = [_ROW.tier == circle.name] if circle.kind is CircleKind.TIER else []
    return [_ROW.kind == wanted.kind.value, *bounds, *of_tier, *_real(wanted.kind)]


def _real(kind: Kind) -> list[ColumnElement[bool]]:
    """Without the canary's, which are of one kind: of others the index need not have the client."""
    return without_canary(_ROW.client) if kind is Kind.BY else []


_HAS_AN_END: Final = or_(
    _ROW.verdict.in_([Verdict.BROKEN.value, Verdict.EXCUSED.value]) & _ROW.ended.is_not(None),
    _ROW.type == DecisionType.VOID.value,
)
_END: Final = and_(t.EVENTS.c.source == _ROW.cause_source, t.EVENTS.c.id == _ROW.cause_id, _HAS_AN_END)
_COLUMNS: Final = (
    _ROW.opened,
    _ROW.verdict,
    case((_ROW.type == DecisionType.VOID.value, _ROW.at), else_=_ROW.ended).label("ended"),
    _ROW.elapsed,
    _ROW.due,
    _ROW.kind,
    _ROW.promise,
    _ROW.version,
    t.EVENTS.c.type.label("end"),
)


def _held(decisions: FromClause, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Of what ended otherwise than in time also the type of the event that ended it: a case may end, and nothing was done."""
    return select(*_COLUMNS).select_from(decisions.outerjoin(t.EVENTS, _END)).where(*conditions)


class _Promises:
    """The promises of a book by name, version and the instant they govern."""

    def __init__(self, book: Book) -> None:
        self._known: dict[tuple[str, int], list[Promise]] = {}
        for promise in book.promises:
            self._known.setdefault((promise.id, promise.version), []).append(promise)

    def of(self, name: str, version: int, opened: InstantUs) -> Promise | None:
        """The one that governed an opening; None for a date that was given without one."""
        known = self._known.get((name, version))
        if known is None or len(known) == 1:
            return known[0] if known else None
        return next((each for each in known if each.starts_at <= opened < each.ends_at), known[0])


_SETTLED: Final = {
    Verdict.UNKNOWN.value: Ending.UNKNOWN,
    Verdict.PAUSED.value: Ending.PAUSED,
    Verdict.KEPT.value: Ending.DONE,
    Verdict.RUNNING.value: Ending.OPEN,
}
_EXCUSED: Final = Verdict.EXCUSED.value


def _occasion(row: Any, promises: _Promises, as_of: InstantUs) -> Occasion:
    opened, said, ended, elapsed, due, kind, name, version, end = row
    promise = promises.of(name, version, opened)
    ending = _SETTLED.get(said)
    if ending is None:
        ending = _ending(Kind(kind), end, promise, verdict=Verdict(said), is_over=ended is not None)
    until = max(opened, as_of) if ended is None else ended
    return Occasion(opened, until, ending, said == _EXCUSED, promise, elapsed, due)


def _ending(kind: Kind, end: str | None, promise: Promise | None, *, verdict: Verdict, is_over: bool) -> Ending:
    """How what is broken, excused or void came to its end; `end` is the type of the event behind it, None where it is gone."""
    if _ends_undone(kind, end, promise):
        return Ending.UNDONE
    if verdict is Verdict.VOID:
        return Ending.VOID
    if not is_over:
        return Ending.OPEN
    if kind is not Kind.ANSWER_CALL or end == "call.answered":
        return Ending.DONE
    calls = None if promise is None else promise.calls
    counts_hanging_up = calls is not None and calls.formula is Formula.ABANDONS_WITHIN_MET
    return Ending.DONE if counts_hanging_up and end == "call.abandoned" else Ending.MISSED


def _ends_undone(kind: Kind, end: str | None, promise: Promise | None) -> bool:
    """Whether the case came to an end, or went on in another one, before what was promised was done."""
    if end in {"ticket.merged", "ticket.deleted"}:
        return kind is not Kind.ANSWER_CALL
    is_released = end in {"ticket.resolved", "ticket.closed"} and kind in _RELEASED
    return is_released and (promise is None or Answer.STATUS_CHANGE not in promise.answered_by)


_RELEASED: Final = frozenset({Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE, Kind.UPDATE_EVERY, Kind.OWN})
"""Kinds whose wait ends with the case: without what was promised, unless a change of status is what was promised."""
