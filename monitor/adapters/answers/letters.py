"""One dead letter, and one book: what questions don't read, for they are about one thing and have its bytes."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from monitor.adapters.answers.plans import LETTERS
from monitor.adapters.journal import tables as t
from monitor.adapters.journal.row_shapes import letter_row
from monitor.service.ports.records import EditionRecord


class Letter(NamedTuple):
    """A dead letter as `deadletters` has it, and its bytes."""

    row: dict[str, Any]
    content: bytes

    @property
    def is_open(self) -> bool:
        """Whether nobody has put an end to it."""
        return bool(self.row["state"] == "open")


def letter_of(connection: Connection, number: int) -> Letter | None:
    """The dead letter of a number; None where there is none."""
    found = connection.execute(LETTERS.where(t.DEAD_LETTERS.c.position == number)).first()
    if found is None:
        return None
    content = connection.scalar(select(t.DEAD_LETTERS.c.content).where(t.DEAD_LETTERS.c.position == number))
    return Letter(letter_row(found), bytes(content or b""))


def newest_edition(connection: Connection, recorded: int) -> EditionRecord | None:
    """The edition that was applied last, of those recorded by then."""
    row = t.EDITIONS.c
    asked = select(t.EDITIONS).where(row.recorded <= recorded).order_by(row.number.desc()).limit(1)
    found = connection.execute(asked).first()
    return None if found is None else EditionRecord._make(found)
