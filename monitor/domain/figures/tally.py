"""How many of each verdict, per client and kind. An open-and-late obligation counts beside a done-late one, and a
case that a kind is not promised to is a count of its own: silence is not compliance."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from monitor.domain.cases.case import Case
from monitor.domain.cases.obligation import Verdict
from monitor.domain.cases.statement import Statement
from monitor.domain.promises.promise import Kind


class Outcome(StrEnum):
    """A verdict as it is counted."""

    RUNNING = "running"
    PAUSED = "paused"
    KEPT = "kept"
    OPEN_LATE = "open_late"
    DONE_LATE = "done_late"
    EXCUSED = "excused"
    VOID = "void"
    UNKNOWN = "unknown"
    NO_PROMISE = "no_promise"


def outcome_of(verdict: Verdict, *, is_done: bool) -> Outcome:
    """A verdict as it is counted; `is_done` tells a broken obligation that was done late from one still open."""
    if verdict is Verdict.BROKEN:
        return Outcome.DONE_LATE if is_done else Outcome.OPEN_LATE
    return Outcome(verdict.value)


class Tally:
    """Counts of outcomes by (client, kind)."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, Kind], Counter[Outcome]] = {}

    def add(self, statement: Statement) -> None:
        """Counts one obligation."""
        outcome = outcome_of(statement.verdict, is_done=statement.ended is not None)
        self._counts(statement.client, statement.kind)[outcome] += 1

    def add_unpromised(self, case: Case) -> None:
        """Counts the kinds that are promised to others but not to this case."""
        for kind in case.unpromised:
            self._counts(case.client, kind)[Outcome.NO_PROMISE] += 1

    def _counts(self, client: str, kind: Kind) -> Counter[Outcome]:
        return self.counts.setdefault((client, kind), Counter())

    def totals(self) -> dict[Kind, Counter[Outcome]]:
        """The counts of each kind over all clients."""
        totals: dict[Kind, Counter[Outcome]] = {}
        for (_, kind), counts in self.counts.items():
            totals.setdefault(kind, Counter()).update(counts)
        return totals
