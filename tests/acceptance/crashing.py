"""Stands in for the command `kept`: a Kept that is killed at a labelled step of a commit.

`KEPT_CRASH_AT=written:7` kills it when it reaches the step `written` for the seventh time (`monitor.testing.STEPS`).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Engine

from monitor import cli
from monitor.adapters.journal.database_lock import DatabaseLock
from monitor.adapters.journal.store import SqlStore
from monitor.bootstrap import opening
from monitor.testing import FaultyStore
from tests.acceptance.standing_in import put

VARIABLE: Final = "KEPT_CRASH_AT"


def _script() -> Callable[[str], None]:
    label, _, count = os.environ[VARIABLE].partition(":")
    left = int(count)

    def reach(step: str) -> None:
        nonlocal left
        left -= step == label
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return reach


def main() -> None:
    """Runs the command with a store that ends the process."""
    script = _script()

    def store(engine: Engine, lock: DatabaseLock) -> Any:
        return FaultyStore(SqlStore(engine, lock), script)

    put(opening, "SqlStore", store)
    cli.main()


if __name__ == "__main__":
    main()
