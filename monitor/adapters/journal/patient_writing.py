"""Writing a row beside a Kept that may be running on the same database: what is none of its own work, tokens and reports."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine

from monitor.adapters.journal.database import WRITING
from monitor.adapters.journal.driver_errors import translated
from monitor.errors import TransientError

T = TypeVar("T")

TRIES: Final = 20
"""How often a lock that another process has is waited for, each time as long as the database does."""


class PatientWriter:
    """Writes in transactions of its own."""

    def __init__(self, engine: Engine) -> None:
        self._writing = engine.execution_options(**WRITING)

    def write(self, work: Callable[[Connection], T]) -> T:
        """In a transaction. A Kept that commits without pause leaves little room beside it: tried again, with a limit.

        Raises TransientError where the database does not work.
        """
        for _ in range(TRIES - 1):
            with suppress(TransientError):
                return self._try(work)
        return self._try(work)

    def _try(self, work: Callable[[Connection], T]) -> T:
        with translated(), self._writing.begin() as connection:
            return work(connection)
