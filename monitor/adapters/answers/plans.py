"""The plan of each question: which rows, in which order, and how each is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, select

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.pages import Plan, Row, Stage
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import without_canary
from monitor.adapters.journal.recorded import first_position_from
from monitor.adapters.journal.row_shapes import case_row, decision_row, edition_row, letter_row, obligation_row
from monitor.domain.cases.case_state import Phase
from monitor.domain.figures.tally import Outcome
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Kind
from monitor.service.ports.portions import portions
from monitor.wire.questions import parameters as p


class Scene(NamedTuple):
    """What an answer depends on beside its parameters: what was known, when it is asked, and what its address names."""

    known: Known
    now: InstantUs
    subject: str = ""


def _each(shown: Callable[[Any], Row]) -> Callable[[Sequence[Any]], list[Row]]:
    return lambda rows: [shown(row) for row in rows]


def _equal(*pairs: tuple[ColumnElement[Any], Any]) -> list[ColumnElement[bool]]:
    """The conditions of those parameters that were given."""
    return [column == value for column, value in pairs if value is not None]


# As things stand


def clients(asked: p.ClientParameters, scene: Scene) -> Plan:
    """Clients with counts of the obligations to them."""
    known = select(t.CLIENTS.c.id).where(*_equal((t.CLIENTS.c.id, asked.client)))
    by_name = [Stage((t.CLIENTS.c.id,))]
    return Plan(known, by_name, lambda rows: _with_counts(scene.known.connection, [row[0] for row in rows]))


def counted_clients(connection: Connection) -> list[Row]:
    """Every client there is, with counts of the obligations to them."""
    return _with_counts(connection, list(connection.scalars(select(t.CLIENTS.c.id))))


_OUTCOMES: Final = tuple(outcome.value for outcome in Outcome if outcome is not Outcome.NO_PROMISE)


def _with_counts(connection: Connection, names: list[str]) -> list[Row]:
    """What was owed to each: a hand-down has a row like an obligation, and was owed to nobody."""
    counts = t.OBLIGATION_COUNTS.c
    counted = select(counts.client, counts.outcome, func.sum(counts.count)).where(counts.kind != Kind.HAND_DOWN.value)
    counted = counted.group_by(counts.client, counts.outcome)
    rows: dict[str, Row] = {name: {"client": name, **dict.fromkeys(_OUTCOMES, 0)} for name in names}
    for portion in portions(names, _NAMES_AT_ONCE):
        for client, outcome, count in connection.execute(counted.where(counts.client.in_(portion))):
            rows[client][outcome] = int(count)
    return list(rows.values())


_NAMES_AT_ONCE: Final = 500


def cases(asked: p.CaseParameters, _: Scene) -> Plan:
    """Cases as they stand; the names of messages, by which cases are joined, are none."""
    case = t.CASES.c
    wanted = [case.phase != Phase.MESSAGE.value, *without_canary(case.client, asked.client)]
    wanted += _equal(
        (case.client, asked.client),
        (case.phase, asked.phase),
        (case.holder, asked.holder),
        (case.team, asked.team),
        (case.priority, asked.priority),
        (case.tier, asked.tier),
        (case.channel, asked.channel),
    )
    return Plan(select(t.CASES).where(*wanted), [Stage((case.id,))], _each(case_row))


_HOLDER: Final = func.coalesce(t.CASES.c.holder, t.CASES.c.team)
HELD_OBLIGATIONS: Final[Select[Any]] = select(t.OBLIGATIONS, _HOLDER.label("case_holder")).outerjoin(
    t.CASES, t.CASES.c.id == t.OBLIGATIONS.c.case_id
)
"""Obligations with who has their case, as `obligation_row` shows them."""


def obligations(asked: p.ObligationParameters, scene: Scene) -> Plan:
    """Obligations as they stand: those with a due instant first, then those that have none while they are paused."""
    row = t.OBLIGATIONS.c
    wanted = [*_of_obligation(t.OBLIGATIONS, asked), *_equal((_HOLDER, asked.holder))]
    wanted += without_canary(row.client, asked.client)
    if asked.state == "open":
        wanted.append(t.OPEN)
    stages = [Stage((row.due, row.id), row.due.is_not(None)), Stage((row.id,), row.due.is_(None))]
    return Plan(HELD_OBLIGATIONS.where(*wanted), stages, _each(lambda found: obligation_row(found, scene.now)))


def _of_obligation(table: Any, asked: p.OfObligations) -> list[ColumnElement[bool]]:
    row = table.c
    return _equal(
        (row.client, asked.client),
        (row.kind, asked.kind),
        (row.promise, asked.promise),
        (row.case_id, asked.case),
        (row.verdict, asked.verdict),
        (row.tier, asked.tier),
        (row.channel, asked.channel),
    )


# The history


def verdicts(asked: p.VerdictParameters, scene: Scene) -> Plan:
    """The latest decision about each obligation, of those recorded by then."""
    row = t.DECISIONS.c
    statement = select(t.DECISIONS).where(*scene.known.held(asked.client), *_of_decision(asked))
    if asked.by == "recorded":
        bounds = _positions(scene.known.connection, asked)
        return Plan(statement.where(*bounds), [Stage((row.position,))], _each(decision_row))
    instant = {"opened": row.opened, "due": row.due, "ended": row.ended}[asked.by]
    bounds = [] if asked.since is None else [instant >= asked.since]
    bounds += [] if asked.until is None else [instant < asked.until]
    has_it = None if asked.by == "opened" else instant.is_not(None)
    return Plan(statement.where(*bounds), [Stage((instant, row.position), has_it)], _each(decision_row))


def _of_decision(asked: p.OfObligations) -> list[ColumnElement[bool]]:
    return [*_of_obligation(t.DECISIONS, asked), *_equal((t.DECISIONS.c.holder, asked.holder))]


def _positions(connection: Connection, asked: p.VerdictParameters) -> list[ColumnElement[bool]]:
    """What was recorded in a period stands between two positions."""
    position = t.DECISIONS.c.position
    bounds = [] if asked.since is None else [position >= first_position_from(connection, asked.since)]
    return bounds + ([] if asked.until is None else [position < first_position_from(connection, asked.until)])


def decisions(asked: p.DecisionParameters, scene: Scene) -> Plan:
    """Every decision behind a position."""
    row = t.DECISIONS.c
    wanted = [row.position > asked.after, row.recorded <= scene.known.as_of, *_of_decision(asked)]
    wanted += without_canary(row.client, asked.client)
    return Plan(select(t.DECISIONS).where(*wanted), [Stage((row.position,))], _each(decision_row))


def history(_: p.HistoryParameters, scene: Scene) -> Plan:
    """Every decision about one obligation, found by its case."""
    row = t.DECISIONS.c
    case = select(t.OBLIGATIONS.c.case_id).where(t.OBLIGATIONS.c.id == scene.subject).scalar_subquery()
    wanted = [row.case_id == case, row.obligation == scene.subject, row.recorded <= scene.known.as_of]
    return Plan(select(t.DECISIONS).where(*wanted), [Stage((row.position,))], _each(decision_row))


# The rest


def dead_letters(asked: p.DeadLetterParameters, _: Scene) -> Plan:
    """Dead letters, without their bytes."""
    number, state = t.DEAD_LETTERS.c.position, t.LETTER_ENDINGS.c.state
    statement = LETTERS
    if asked.state == "open":
        statement = statement.where(state.is_(None))
    elif asked.state != "all":
        statement = statement.where(state == asked.state)
    return Plan(statement, [Stage((number,))], _each(letter_row))


_LETTER: Final = t.DEAD_LETTERS.c
LETTERS: Final = select(
    _LETTER.position,
    _LETTER.recorded,
    _LETTER.origin,
    _LETTER.found,
    _LETTER.expected,
    _LETTER.key,
    func.length(_LETTER.content).label("bytes"),
    t.LETTER_ENDINGS.c.state,
    t.LETTER_ENDINGS.c.ended,
    t.LETTER_ENDINGS.c.author,
    t.LETTER_ENDINGS.c.reason,
    _LETTER.digest,
).outerjoin(t.LETTER_ENDINGS, t.LETTER_ENDINGS.c.letter == _LETTER.position)
"""A dead letter with what became of it, as `letter_row` shows it."""


def editions(_: p.EditionParameters, scene: Scene) -> Plan:
    """Editions of the book, without their texts."""
    row = t.EDITIONS.c
    shown = select(row.number, row.recorded, row.since, row.restates, row.author, row.reason, row.digest)
    return Plan(shown.where(row.recorded <= scene.known.as_of), [Stage((row.number,))], _each(edition_row))
