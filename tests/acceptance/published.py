"""What `kept publish` made of a journal: every decision is in the topic, and those of a case are in their order."""

from __future__ import annotations

from typing import Any, Final

import orjson

from tests.acceptance.journals import rows

DECISIONS: Final = "SELECT id, case_id, position FROM decisions ORDER BY position"
NOTED: Final = "SELECT value FROM notes WHERE key = 'published'"


def noted(journal: str) -> int:
    """The position up to which all is published, as the journal says."""
    found = rows(journal, NOTED)
    return int(found[0][0]) if found else 0


def is_all_published(journal: str) -> bool:
    """Whether the journal says that its last decision is published."""
    return bool(noted(journal) == rows(journal, "SELECT max(position) FROM decisions")[0][0])


def assert_all_published(records: list[Any], journal: str) -> None:
    """Every decision is there; the first time each is, it is behind those that were decided before it in its case."""
    first: dict[str, list[str]] = {}
    partitions: dict[str, int] = {}
    seen: set[str] = set()
    for record in records:
        event = orjson.loads(record.value)
        assert record.key.decode() == event["subject"]
        assert partitions.setdefault(event["subject"], record.partition) == record.partition
        if event["id"] not in seen:
            seen.add(event["id"])
            first.setdefault(event["subject"], []).append(event["id"])
    expected: dict[str, list[str]] = {}
    for decision, case, _ in rows(journal, DECISIONS):
        expected.setdefault(case, []).append(decision)
    assert first == expected
