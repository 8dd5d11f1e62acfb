"""The one function that asks: every question of `monitor.wire.questions`, answered from the journal by SQL.

What held as of a recorded instant is what was recorded by then and no row recorded by then replaces. Everything an answer
says is read in one transaction, beside whatever is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import Connection

from monitor.adapters.answers import plans
from monitor.adapters.answers.breaches import breaches
from monitor.adapters.answers.four_numbers import numbers
from monitor.adapters.answers.known import Known
from monitor.adapters.answers.notice_lists import notices
from monitor.adapters.answers.pages import Answer, Cursor, Plan, Told, digest_of, page, read_cursor, slice_of
from monitor.adapters.answers.people import people, touches
from monitor.adapters.answers.perception import perception, relations
from monitor.adapters.answers.proposals import proposals
from monitor.adapters.answers.reader import Connect
from monitor.adapters.answers.register import register
from monitor.adapters.answers.reports import reports
from monitor.adapters.answers.risk import risk
from monitor.adapters.answers.shares import shares
from monitor.adapters.answers.time_and_calls import calls, ledger
from monitor.adapters.journal.recorded import gone_before
from monitor.domain.hours.instant import InstantUs
from monitor.wire.questions import Question, table
from monitor.wire.questions.parameters import ROWS_A_PAGE, AsOf

ROWS_A_PORTION: Final = 2_000
"""Rows read at once of an answer without an end: so many that reading costs little, so few that they fit anywhere."""


class Asked(NamedTuple):
    """A question as somebody asks it. `subject` is what its address names, `now` when it is asked."""

    question: Question
    parameters: Any
    now: InstantUs
    subject: str | None = None

    def start(self, connection: Connection) -> Cursor:
        """Where the answer begins, or goes on; raises UnreadableCursor."""
        parameters = self.parameters
        digest = digest_of(self.question, parameters, self.subject)
        if parameters.cursor is not None:
            return read_cursor(parameters.cursor, digest)
        as_of = parameters.as_of if isinstance(parameters, AsOf) else None
        known = Known.by(connection, as_of, now=self.now)
        return Cursor(asked=digest, as_of=known.as_of, at=known.at, stage=0, values=())

    def plan(self, known: Known) -> Plan | Told:
        """How it is answered from what was known; all of the answer, where it is reckoned."""
        tell = _TELLERS.get(self.question.name)
        if tell is not None:
            return tell(known, self.parameters)
        return _PLANS[self.question.name](self.parameters, plans.Scene(known, self.now, self.subject or ""))


_Planner: TypeAlias = Callable[[Any, plans.Scene], Plan]

_PLANS: Final[dict[str, _Planner]] = {
    table.CLIENTS.name: plans.clients,
    table.CASES.name: plans.cases,
    table.OBLIGATIONS.name: plans.obligations,
    table.VERDICTS.name: plans.verdicts,
    table.DECISIONS.name: plans.decisions,
    table.BREACHES.name: breaches,
    table.HISTORY.name: plans.history,
    table.DEAD_LETTERS.name: plans.dead_letters,
    table.NOTICES.name: notices,
    table.EDITIONS.name: plans.editions,
    table.REPORTS.name: reports,
    table.PROPOSALS.name: proposals,
}

_Teller: TypeAlias = Callable[[Known, Any], Told]

_TELLERS: Final[dict[str, _Teller]] = {
    table.PEOPLE.name: people,
    table.TOUCHES.name: touches,
    table.LEDGER.name: ledger,
    table.CALLS.name: calls,
    table.PERCEPTION.name: perception,
    table.RELATIONS.name: relations,
    table.RISK.name: risk,
    table.SHARES.name: shares,
    table.NUMBERS.name: numbers,
    table.REGISTER.name: register,
}


def ask(connection: Connection, asked: Asked) -> Answer:
    """One page of an answer; raises UnreadableCursor."""
    start = asked.start(connection)
    limit = asked.parameters.limit or min(ROWS_A_PAGE, asked.question.portion)
    return _answer(connection, asked.plan(Known(connection, start.as_of, start.at)), start, limit=limit)


def _answer(connection: Connection, plan: Plan | Told, start: Cursor, *, limit: int) -> Answer:
    if isinstance(plan, Told):
        answer = slice_of(plan, start, limit=limit)
    else:
        answer = page(connection, plan, start, limit=limit)
    return answer._replace(gone_before=gone_before(connection))


def ask_for_all(connect: Connect, asked: Asked) -> Iterator[Answer]:
    """All of an answer, or one page of it where it has a limit.

    Each portion is read by a transaction of its own, for nobody should wait for the last; what is reckoned is
    reckoned once. Raises UnreadableCursor.
    """
    size = asked.parameters.limit or min(ROWS_A_PORTION, asked.question.portion)
    cursor: Cursor | None = None
    told: Told | None = None
    while True:
        if told is not None and cursor is not None:
            answer = slice_of(told, cursor, limit=size)
        else:
            with connect() as connection:
                start = asked.start(connection) if cursor is None else cursor
                plan = asked.plan(Known(connection, start.as_of, start.at))
                answer = _answer(connection, plan, start, limit=size)
            told = plan if isinstance(plan, Told) else None
        yield answer
        cursor = answer.next
        if cursor is None or asked.parameters.limit is not None:
            return
