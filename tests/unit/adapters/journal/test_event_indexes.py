"""What concerns everybody is found by an index of its own, however many other events there are."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import event

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.testimony import changes_of_all
from monitor.testing import sqlite_store


def test_changes_of_clients_and_staff_are_found_by_their_indexes(tmp_path: Path) -> None:
    asked: list[tuple[str, Any]] = []
    with closing(sqlite_store(tmp_path / "kept.db")) as store, store._engine.connect() as connection:

        def note(*said: Any) -> None:
            asked.append(said[2:4])

        event.listen(store._engine, "before_cursor_execute", note)
        assert [*store.client_changes(), *store.staff_changes(), *changes_of_all(Known(connection, 0))] == []
        event.remove(store._engine, "before_cursor_execute", note)
        plans = [
            [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in asked
            if statement.startswith("SELECT")
        ]
    assert [plan[0] for plan in plans] == 2 * [
        "SCAN events USING INDEX events_of_clients",
        "SCAN events USING INDEX events_of_staff",
    ]
