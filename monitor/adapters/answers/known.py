"""The journal as it was known at a recorded instant: what every answer is read from."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from sqlalchemy import Connection

from monitor.adapters.answers.books import book_of, shelf_as_of
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import without_canary
from monitor.adapters.journal.recorded import Conditions, first_position_from, held_before, standing
from monitor.domain.hours.instant import MINUTE_US, InstantUs
from monitor.domain.promises.promise import Book
from monitor.service.editions.shelf import Shelf

BEING_RECORDED_US: Final = MINUTE_US
"""What is under way to the journal is recorded as of when that began, and is there within this."""


def told_at(instant: InstantUs | None, now: InstantUs | None) -> InstantUs | None:
    """At which instant an answer is told: the one it was asked for, if that has passed; failing one, so lately that nothing
    is recorded as of then any more, and the answer is the same when it is asked for again."""
    if now is None:
        return None
    return now - BEING_RECORDED_US if instant is None else min(instant, now)


class Known:
    """What was recorded by an instant, and the connection that reads it, in one transaction.

    What is looked up for all of an answer is looked up once: as of a recorded instant it never changes.
    `at` is the instant at which it is told, never before `as_of`: a period is over once its end has come, whether or not
    anything was recorded since. Before anything was recorded at all both are 0.
    """

    def __init__(self, connection: Connection, as_of: InstantUs, at: InstantUs | None = None) -> None:
        self.connection = connection
        self.as_of = as_of
        self.at = as_of if at is None or not as_of else max(as_of, at)

    @classmethod
    def by(cls, connection: Connection, instant: InstantUs | None = None, *, now: InstantUs | None = None) -> Known:
        """What stands: all that was recorded, or all that was by an instant; told at that instant, failing one a minute before now."""
        return cls(connection, standing(connection, instant), told_at(instant, now))

    @cached_property
    def end(self) -> int:
        """The position of the first decision that was recorded later; where there is none, the one behind the last."""
        return first_position_from(self.connection, self.as_of + 1)

    def held(self, client: str | None = None) -> Conditions:
        """The conditions of a decision that held then: recorded by then, and replaced by none that was.

        The canary's are left out where no `client` is asked about by itself.
        """
        return (*held_before(self.end), *without_canary(t.DECISIONS.c.client, client))

    @cached_property
    def shelf(self) -> Shelf | None:
        """The editions there were, the same shelf each time; None where there were none. Raises ConfigError."""
        return shelf_as_of(self.connection, self.as_of)

    @cached_property
    def book(self) -> Book | None:
        """The book that these editions make, the same one each time; None where there were none.

        Raises ConfigError where one can't be read any more.
        """
        return None if self.shelf is None else book_of(self.shelf)
