"""What concerns everybody is found by an index of its own, however many other events there are."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from monitor.adapters.answers.known import Known
from monitor.adapters.answers.testimony import changes_of_all
from monitor.testing import plans_of_questions, sqlite_store


def test_changes_of_clients_and_staff_are_found_by_their_indexes(tmp_path: Path) -> None:
    with (
        closing(sqlite_store(tmp_path / "kept.db")) as store,
        store._engine.connect() as connection,
        plans_of_questions(connection) as plans,
    ):
        assert [*store.client_changes(), *store.staff_changes(), *changes_of_all(Known(connection, 0))] == []
    assert [plan[0] for plan in plans] == 2 * [
        "SCAN events USING INDEX events_of_clients",
        "SCAN events USING INDEX events_of_staff",
    ]
