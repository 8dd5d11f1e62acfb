"""`kept shares`, of a database. A first response is owed within an hour; umbra is promised half of them each month."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Final

import pytest

from monitor.cli import main
from monitor.domain.hours.instant import HOUR_US, MINUTE_US
from monitor.testing import BOOK, MONDAY, arrivals, cloud_event, commit_point, sqlite_store

SHARED: Final = BOOK.replace(
    "within: 1h, warn: [50%]}", "for: {client: umbra}, within: 1h, share: 50%, each: month}"
).replace("  - {id: first,", "  - {id: half,")

THAT_DAY: Final = ("--as-of", "2026-03-02T23:00:00Z")
"""Its month is running; by now it is long over."""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """One of four cases was answered in time, the others an hour and a half after they were opened."""
    file = tmp_path / "kept.db"
    store = sqlite_store(file)
    point = commit_point(store, SHARED)
    for number, minutes in enumerate((30, 90, 90, 90)):
        opened = cloud_event("ticket.opened", f"C{number}", MONDAY, f"{number}-1", client="umbra")
        answered = cloud_event("email.sent", f"C{number}", MONDAY + minutes * MINUTE_US, f"{number}-2", author="Ann")
        point.take(arrivals([opened, answered]), MONDAY + 2 * HOUR_US + number)
    store.close()
    return file


def _printed(database: Path, capfd: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    with pytest.raises(SystemExit) as end:
        main(["shares", *words, "--database", str(database)])
    out, err = capfd.readouterr()
    assert (end.value.code or 0) == code, err
    return err if code else out


def test_csv_has_every_figure(database: Path, capfd: pytest.CaptureFixture[str]) -> None:
    [row] = csv.DictReader(io.StringIO(_printed(database, capfd, *THAT_DAY, "--client", "umbra", "--format", "csv")))
    # Half of four may be broken, and three were; 34 or so of 744 hours have passed, and two in a row would do.
    assert (row["share"], row["allowed"], row["left"], row["in_a_row"]) == ("0.25", "2", "-1", "2")
    assert (row["period"], row["state"], row["pace"]) == ("2026-03", "at_risk", "1.5")
    assert (row["starts"], row["ends"], row["zone"]) == ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", "UTC")


def test_a_table_has_the_breaches_left_as_a_number(database: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told = _printed(database, capfd, *THAT_DAY, "--format", "table")
    assert "at_risk" in told
    assert "-1" in told
    assert "paused" not in told


def test_asked_as_of_then_it_is_as_it_was_and_a_state_there_is_not_is_refused(
    database: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = _printed(database, capfd, "--as-of", "2026-03-02T11:00:00Z", "--format", "csv")
    [row] = csv.DictReader(io.StringIO(before))
    assert (row["share"], row["kept"]) == ("1.0", "1")
    wrong = _printed(database, capfd, "--state", "splendid", code=2)
    assert "splendid" in wrong
