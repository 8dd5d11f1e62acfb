"""Hand-offs, the ledger and calls of three real logs, taken in by the commands and asked of the database as anybody would.

The expected numbers are those of `shared/data/README.md`, and what the rows of the logs themselves show.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from tests.acceptance import journals
from tests.acceptance.test_real_logs import (
    EXPORTS,
    MAPPINGS,
    csv_rows,
    incidents_by_update,  # noqa: F401  a fixture
    run,
    shares_of_the_day,
    visible_changes,
    waits_of_the_day,
)

pytestmark = pytest.mark.slow

HANDS: Final = "{id: hands, kind: handoffs, at_most: 9999}"
CALLS: Final = "{id: calls, kind: answer_call, within: 20s, formula: without_short_abandons, short_abandon: 5s}"


def imported(name: str, promise: str, data: Path, folder: Path) -> Path:
    """A database with the events of a log, by a book of one promise."""
    events, book, database = folder / "events.jsonl", folder / "book.yaml", folder / "kept.db"
    run("convert", "--mapping", MAPPINGS / f"{name}.yaml", "--output", events, data / EXPORTS[name][0])
    book.write_text(f"book: Asked\npromises: [{promise}]\n")
    run("import", "--book", book, "--database", database, events)
    return database


def asked(database: Path, *words: str) -> list[dict[str, Any]]:
    told = run(*words, "--database", database, "--format", "jsonl")
    return [orjson.loads(line) for line in told.stdout.splitlines()]


def hands_counted(database: Path, between: str) -> dict[str, int]:
    """What a daemon's counters say of hand-offs: {whether it was a return: how many}."""
    question = "SELECT detail, sum(counted - withdrawn) FROM figure_counts WHERE figure = 'handoffs' AND subject = '{}' GROUP BY 1"
    return {detail: int(count) for detail, count in journals.rows(database, question.format(between))}


@pytest.fixture(scope="module")
def incidents(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return imported("incidents", HANDS, data_dir, tmp_path_factory.mktemp("incidents"))


@pytest.fixture(scope="module")
def helpdesk(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return imported("helpdesk", HANDS, data_dir, tmp_path_factory.mktemp("helpdesk"))


@pytest.fixture(scope="module")
def bank_calls(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return imported("bank_calls", CALLS, data_dir, tmp_path_factory.mktemp("bank_calls"))


# Hand-offs and time


def test_changes_of_group_and_their_returns_are_counted_over_all_incidents(
    incidents: Path,
    incidents_by_update: dict[str, list[dict[str, str]]],  # noqa: F811
    data_dir: Path,
) -> None:
    moves, returns = (sum(each) for each in zip(*map(visible_changes, incidents_by_update.values()), strict=True))
    assert hands_counted(incidents, "teams") == {"false": moves - returns, "true": returns}
    told = sum(int(row["reassignment_count"]) for row in csv_rows(data_dir / "incident_truth.csv.xz"))
    assert moves <= told == 11_295


def test_hand_offs_in_open_work_are_counted_over_all_tickets(helpdesk: Path, data_dir: Path) -> None:
    takers: dict[str, list[str]] = defaultdict(list)
    for row in csv_rows(data_dir / "helpdesk_tickets.csv.xz"):
        takers[row["Case ID"]] += [row["Resource"]] if row["Activity"] == "Take in charge ticket" else []
    expected = sum(one != other for people in takers.values() for one, other in pairwise(people))
    assert sum(hands_counted(helpdesk, "people").values()) == expected


@pytest.mark.parametrize(("name", "cases"), [("incidents", 9_202), ("helpdesk", 4_580)])
def test_the_ledger_of_every_case_adds_up_to_its_life(request: pytest.FixtureRequest, name: str, cases: int) -> None:
    by_case: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in asked(request.getfixturevalue(name), "ledger", "--by", "case"):
        by_case[row["case"]].append(row)
    assert len(by_case) == cases
    for rows in by_case.values():
        assert sum(row["seconds"] for row in rows) == pytest.approx(rows[0]["wall_seconds"], abs=1e-3)


# Calls


def test_the_calls_of_the_day_are_those_of_the_rows_and_their_shares_by_each_formula(
    bank_calls: Path, data_dir: Path
) -> None:
    (row,) = asked(bank_calls, "calls", "--by", "client", "--each", "month")
    calls = waits_of_the_day(data_dir / "bank_calls_one_day.csv.xz")
    outcomes = Counter(how for how, _ in calls)
    # shared/data/README.md: 1,511 reached an agent, 726 hung up while queueing; 404 were answered within 20 s (26.7 %).
    assert (row["answered"], row["abandoned"], row["within"]) == (1_511, 726, 404)
    assert (outcomes["answered"], outcomes["abandoned"], outcomes["neither"]) == (1_511, 726, row["cut_off"])
    assert (row["offered"], row["left_menu"]) == (len(calls), 2_375 - len(calls))
    assert row["short_abandons"] == sum(how == "abandoned" and wait < 5 for how, wait in calls)
    waits = (row["queued"], round(row["average_wait_seconds"]), row["longest_wait_seconds"])
    assert waits == (1_987, 133, 1_823)
    shares = {name: round(met / counted, 6) for name, (met, counted) in shares_of_the_day(calls).items()}
    assert {name: row[f"share_{name}"] for name in shares} == shares


def test_hours_and_queues_add_up_to_the_day(bank_calls: Path) -> None:
    (day,) = asked(bank_calls, "calls", "--by", "client")
    hours = asked(bank_calls, "calls", "--each", "hour")
    assert len({row["starts"] for row in hours}) > 12
    assert len({row["queue"] for row in hours}) > 3
    for count in ("offered", "answered", "within", "abandoned", "cut_off", "left_menu", "queued", "short_abandons"):
        assert sum(row[count] for row in hours) == day[count]
    waited = sum(row["average_wait_seconds"] * row["queued"] for row in hours if row["queued"])
    assert waited / day["queued"] == pytest.approx(day["average_wait_seconds"], abs=1e-4)


def test_a_wait_that_is_asked_about_is_held_against_every_call(bank_calls: Path) -> None:
    (row,) = asked(bank_calls, "calls", "--by", "client", "--within", "60s")
    assert row["within"] == 607  # 40.2 % of 1,511


def test_the_series_count_the_calls_of_the_day(bank_calls: Path) -> None:
    question = "SELECT figure, detail, sum(counted - withdrawn) FROM figure_counts GROUP BY 1, 2"
    counted = {(figure, detail): int(count) for figure, detail, count in journals.rows(bank_calls, question)}
    assert (counted["calls", "answered"], counted["calls", "abandoned"]) == (1_511, 726)
    waits = {int(edge): count for (figure, edge), count in counted.items() if figure == "call_waits"}
    assert sum(waits.values()) == 1_987
    # To the second: 133 s on average.
    assert round(counted["call_wait_time", ""] / 1_987 / 1_000_000) == 133
