"""What another book would change, added up: how many obligations of each kind, and which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from monitor.service.commits.preview import Change


class ChangeKey(NamedTuple):
    """What changes are counted by."""

    kind: str
    outcome_before: str
    outcome_after: str


@dataclass(slots=True)
class ChangeList:
    """Changes counted, and the first of them."""

    counts: Counter[ChangeKey] = field(default_factory=Counter)
    listed: list[Change] = field(default_factory=list)

    @property
    def changed(self) -> int:
        """How many there are."""
        return self.counts.total()

    @property
    def left_out(self) -> int:
        """How many are counted and not listed."""
        return self.changed - len(self.listed)


def listed(changes: Iterable[Change], limit: int | None = None) -> ChangeList:
    """Counts all of them and keeps the first `limit`, all where there is none."""
    found = ChangeList()
    for change in changes:
        found.counts[ChangeKey(change.after.kind, *change.outcomes)] += 1
        if limit is None or len(found.listed) < limit:
            found.listed.append(change)
    return found
