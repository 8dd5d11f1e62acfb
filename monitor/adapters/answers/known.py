"""The journal as it was known at a recorded instant: what every answer is read from."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Connection

from monitor.adapters.answers.books import book_of, shelf_as_of
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.canary_rows import without_canary
from monitor.adapters.journal.recorded import Conditions, first_position_from, held_before, standing
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Book
from monitor.service.editions.shelf import Shelf


class Known:
    """What was recorded by an instant, and the connection that reads it, in one transaction.

    What is looked up for all of an answer is looked up once: as of a recorded instant it never changes.
    """

    def __init__(self, connection: Connection, as_of: InstantUs) -> None:
        self.connection = connection
        self.as_of = as_of

    @classmethod
    def by(cls, connection: Connection, instant: InstantUs | None = None) -> Known:
        """What stands: all that was recorded, or all that was by an instant."""
        return cls(connection, standing(connection, instant))

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
