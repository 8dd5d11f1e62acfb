"""Where a command asks: a database, read beside whoever writes it, or a Kept that runs. Both answer the same questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Protocol, TypeVar

from pydantic import BaseModel
from sqlalchemy import Engine

from monitor.adapters.answers.answering import Asked, ask_for_all
from monitor.adapters.answers.attainability import UnknownHours, attainable
from monitor.adapters.answers.case_reading import explained_case
from monitor.adapters.answers.fit import fit
from monitor.adapters.answers.known_clients import NothingKnown
from monitor.adapters.answers.letters import newest_edition
from monitor.adapters.answers.reader import Reader
from monitor.adapters.answers.reports import drafted, issue, issued
from monitor.adapters.machine.clock import SystemClock
from monitor.adapters.web.remote import RemoteKept
from monitor.bootstrap.opening import opened_for_reading
from monitor.commands.place_options import Where
from monitor.commands.running import running
from monitor.commands.said_options import checked, option_fault
from monitor.domain.hours.instant import FOREVER_US, InstantUs, format_instant
from monitor.errors import ConfigError
from monitor.wire.questions import Question
from monitor.wire.questions.fit_rows import FitParameters
from monitor.wire.questions.parameters import AsOf, AttainableParameters, DraftParameters
from monitor.wire.report.body import ReportIssue

LONGEST_QUESTION_SECONDS: Final = 3_600
"""A command may take its time: it keeps nobody waiting."""


class Place(Protocol):
    """Who answers."""

    def rows(self, question: Question, said: Mapping[str, Any], subject: str | None = None) -> Iterator[dict[str, Any]]:
        """The rows of an answer; raises ConfigError where it can't be asked like this."""
        ...

    def book_text(self) -> str | None:
        """The promise book as it was applied last; None where there is none."""
        ...

    def explanation(self, case: str, as_of: InstantUs | None) -> dict[str, Any] | None:
        """A case explained; None where nothing names it."""
        ...

    def attainable(self, said: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the past says of a promise; None without a book. Raises ConfigError where it can't be asked like this."""
        ...

    def fit(self, said: Mapping[str, Any]) -> dict[str, Any] | None:
        """Whether the firm and a client fit; None where there is no such client. Raises ConfigError where it can't be asked like this."""
        ...

    def draft_report(self, said: Mapping[str, Any]) -> dict[str, Any] | None:
        """A report that is not kept; None where there is no such client. Raises ConfigError where it can't be asked like this."""
        ...

    def issued_report(self, number: int) -> dict[str, Any] | None:
        """An issued report; None where there is none of that number."""
        ...

    def issue_report(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Issues a report and says which; raises ConfigError where there is nothing to report."""
        ...


@contextmanager
def asked(where: Where) -> Iterator[Place]:
    """Whoever answers there."""
    if where.database is not None:
        with opened_for_reading(where.database) as engine:
            yield Database(engine)
    else:
        with running(where) as kept:
            yield Running(kept)


class Database:
    """A database."""

    def __init__(self, engine: Engine) -> None:
        self._reader = Reader(engine, seconds=LONGEST_QUESTION_SECONDS)

    def rows(self, question: Question, said: Mapping[str, Any], subject: str | None = None) -> Iterator[dict[str, Any]]:
        now = SystemClock().now()
        question_asked = Asked(question, _parameters(question.parameters, said, now), now, subject)
        for answer in ask_for_all(self._reader.connect, question_asked):
            yield from answer.rows

    def book_text(self) -> str | None:
        with self._reader.connect() as connection:
            edition = newest_edition(connection, FOREVER_US)
        return None if edition is None else edition.text

    def explanation(self, case: str, as_of: InstantUs | None) -> dict[str, Any] | None:
        told_as_of = SystemClock().now() if as_of is None else as_of
        with self._reader.connect() as connection:
            return explained_case(connection, case, told_as_of)

    def attainable(self, said: Mapping[str, Any]) -> dict[str, Any] | None:
        parameters = _parameters(AttainableParameters, said, SystemClock().now())
        try:
            with self._reader.connect() as connection:
                return attainable(connection, parameters)
        except UnknownHours as error:
            raise ConfigError([option_fault(error.found, error.expected, "hours")]) from None

    def fit(self, said: Mapping[str, Any]) -> dict[str, Any] | None:
        parameters = _parameters(FitParameters, said, SystemClock().now())
        try:
            with self._reader.connect() as connection:
                return fit(connection, parameters)
        except NothingKnown:
            return None
        except UnknownHours as error:
            raise ConfigError([option_fault(error.found, error.expected, "hours")]) from None

    def draft_report(self, said: Mapping[str, Any]) -> dict[str, Any] | None:
        now = SystemClock().now()
        asked = _parameters(DraftParameters, said, now)
        try:
            with self._reader.connect() as connection:
                return drafted(connection, asked.client, asked.period, as_of=asked.as_of, now=now)
        except NothingKnown:
            return None

    def issued_report(self, number: int) -> dict[str, Any] | None:
        with self._reader.connect() as connection:
            return issued(connection, number)

    def issue_report(self, said: Mapping[str, Any]) -> dict[str, Any]:
        asked = _parameters(ReportIssue, said, SystemClock().now())
        body = self.draft_report({"client": asked.client, "period": asked.period})
        if body is None:
            raise ConfigError([option_fault(repr(asked.client), "a client that is known", "client")])
        return issue(self._reader.engine, body, author=asked.author, now=SystemClock().now())


P = TypeVar("P", bound=BaseModel)


def _parameters(model: type[P], said: Mapping[str, Any], now: InstantUs) -> P:
    parameters = checked(model, said)
    if isinstance(parameters, AsOf) and parameters.as_of is not None and parameters.as_of > now:
        raise ConfigError(
            [option_fault(format_instant(parameters.as_of), f"an instant up to now, {format_instant(now)}", "as_of")]
        )
    return parameters


class Running:
    """A Kept that runs."""

    def __init__(self, kept: RemoteKept) -> None:
        self._kept = kept

    def rows(self, question: Question, said: Mapping[str, Any], subject: str | None = None) -> Iterator[dict[str, Any]]:
        return self._kept.rows(question, said, subject)

    def book_text(self) -> str | None:
        return (self._kept.ask("/v1/book") or {}).get("text")

    def explanation(self, case: str, as_of: InstantUs | None) -> dict[str, Any] | None:
        return self._kept.explanation(case, as_of)

    def fit(self, said: Mapping[str, Any]) -> dict[str, Any] | None:
        return self._kept.ask("/v1/fit", said)

    def draft_report(self, said: Mapping[str, Any]) -> dict[str, Any] | None:
        return self._kept.ask("/v1/reports/draft", said)

    def issued_report(self, number: int) -> dict[str, Any] | None:
        return self._kept.ask(f"/v1/reports/{number}")

    def issue_report(self, said: Mapping[str, Any]) -> dict[str, Any]:
        return self._kept.tell("/v1/reports", said)

    def attainable(self, said: Mapping[str, Any]) -> dict[str, Any] | None:
        return self._kept.ask("/v1/attainable", said)
