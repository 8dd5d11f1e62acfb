"""What is open is found by an index of its own, however many obligations ever ended; SQLite takes it only for its own words."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from monitor.adapters.answers.answering import Asked, ask
from monitor.adapters.answers.board import board
from monitor.testing import MONDAY, plans_of_questions, sqlite_store
from monitor.wire.questions import table
from monitor.wire.questions.parameters import ObligationParameters


def test_the_board_and_the_question_what_is_owed_read_no_obligation_that_ended(tmp_path: Path) -> None:
    with closing(sqlite_store(tmp_path / "kept.db")) as store, store._engine.connect() as connection:
        with plans_of_questions(connection) as plans:
            board(connection, MONDAY)
            ask(connection, Asked(table.OBLIGATIONS, ObligationParameters.model_validate({}), MONDAY))
        read = [step for plan in plans for step in plan if step.split()[1] == "obligations"]
    # Of the board two counts, two lists, and what was broken lately; of the question those with a due instant, then those without.
    assert len(read) == 7
    assert all("INDEX open_obligations" in detail or "INDEX late_obligations" in detail for detail in read), read
