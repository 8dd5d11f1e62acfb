"""Which rows a rule is for."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.wire.mapping.conditions import CellsOfRow, checks_of
from monitor.wire.mapping.model import When

NEW: CellsOfRow = {"state": "New", "team": None}
ACTIVE: CellsOfRow = {"state": "Active", "team": "A"}
CLOSED: CellsOfRow = {"state": "Closed", "team": "A"}


def holds(when: dict[str, Any], now: CellsOfRow, before: CellsOfRow | None) -> bool:
    return all(check(now, before) for check in checks_of(When.model_validate(when)))


@pytest.mark.parametrize(
    ("when", "now", "before", "expected"),
    [
        ({}, NEW, None, True),
        ({"row": "first"}, NEW, None, True),
        ({"row": "first"}, ACTIVE, NEW, False),
        ({"row": "later"}, NEW, None, False),
        ({"row": "later"}, ACTIVE, NEW, True),
        ({"changed": ["state"]}, NEW, None, False),
        ({"changed": ["state", "team"]}, CLOSED, ACTIVE, True),
        ({"changed": ["team"]}, CLOSED, ACTIVE, False),
        ({"changed": ["team"]}, ACTIVE, NEW, True),
        ({"becomes": {"state": "Closed"}}, CLOSED, ACTIVE, True),
        ({"becomes": {"state": "Closed"}}, CLOSED, CLOSED, False),
        ({"becomes": {"state": "Closed"}}, CLOSED, None, True),
        ({"becomes": {"state": ["Active", "Closed"]}}, CLOSED, ACTIVE, False),
        ({"leaves": {"state": "Closed"}}, ACTIVE, CLOSED, True),
        ({"leaves": {"state": "Closed"}}, CLOSED, CLOSED, False),
        ({"leaves": {"state": "Closed"}}, ACTIVE, None, False),
        ({"leaves": {"state": ["Active", "Closed"]}}, CLOSED, ACTIVE, False),
        ({"equals": {"state": ["New", "Active"], "team": "A"}}, ACTIVE, NEW, True),
        ({"equals": {"state": "New", "team": "A"}}, NEW, None, False),
        ({"differs": {"state": "New"}}, ACTIVE, None, True),
        ({"differs": {"state": "New", "team": "A"}}, ACTIVE, None, False),
        ({"differs": {"team": "A"}}, NEW, None, True),
        ({"given": ["state", "team"]}, NEW, None, False),
        ({"given": ["state", "team"]}, ACTIVE, None, True),
        ({"empty": ["team"]}, NEW, None, True),
        ({"empty": ["state", "team"]}, NEW, None, False),
        ({"row": "later", "equals": {"state": "Closed"}}, CLOSED, None, False),
    ],
)
def test_a_rule_is_for_rows_of_which_all_it_says_is_true(
    when: dict[str, Any], now: CellsOfRow, before: CellsOfRow | None, expected: bool
) -> None:
    assert holds(when, now, before) is expected
