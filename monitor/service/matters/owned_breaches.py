"""How long breaches take until they are owned: counted by the commit behind which no step that is owed for one is open.

A breach is counted once. What a late event, a correction or another book changes of steps that had ended before is a
restatement, and counts nothing again. The rows of the history say the same, commit by commit, so that what retention takes
out is counted apart to the unit.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final, TypeAlias

from monitor.domain.cases.decisions import DecisionType
from monitor.domain.promises.promised_amends import STEPS
from monitor.service.matters.at_hand import Held
from monitor.service.ports.changes import Changes
from monitor.service.ports.counts import OWNING_EDGES, Counts, OwningKey
from monitor.service.ports.records import DecisionRecord, ObligationName, ObligationRecord

OWNED: Final = "owned"
"""What stands for all of a breach where single steps are counted."""

Breach: TypeAlias = tuple[str, str]
"""(case, the rest of the name of what was broken)."""

_STEP_KINDS: Final = frozenset(step.value for step in STEPS)
_ENDS: Final = frozenset(
    kind.value for kind in (DecisionType.KEPT, DecisionType.DONE_LATE, DecisionType.VOID, DecisionType.EXCUSED)
)


def breach_it_ends_for(row: DecisionRecord) -> Breach | None:
    """The breach for which a step ended by this decision, for the first time; None where none did."""
    if row.kind not in _STEP_KINDS or row.type not in _ENDS or row.restated or row.is_open or row.occasion is None:
        return None
    return row.case_id, row.occasion


def count_owned(
    counts: Counts, ended: Sequence[DecisionRecord], steps: Iterable[ObligationRecord | DecisionRecord], home: int = 0
) -> None:
    """Counts a breach for which these steps `ended` in one commit, unless one of all its `steps` is open behind it."""
    ends = [row.at if row.ended is None else row.ended for row in ended]
    for step in steps:
        if step.is_open:
            return
        ends += [] if step.ended is None else [step.ended]
    first = ended[0]
    took = max(ends) - first.opened
    kind, _, _ = (first.occasion or "").partition("/")
    edge = OWNING_EDGES[bisect_left(OWNING_EDGES, took)]
    counts.observe_step(OwningKey(OWNED, kind, first.tier or "", edge, home), took)


class EndedSteps:
    """The steps that a commit ends, by the breach they are owed for."""

    def __init__(self) -> None:
        self._of: dict[Breach, tuple[Held, list[DecisionRecord]]] = {}

    def note(self, rows: Sequence[DecisionRecord], held: Held) -> None:
        """Decisions about one obligation of a matter, which may end a step."""
        for row in rows if rows[0].kind in _STEP_KINDS else ():
            breach = breach_it_ends_for(row)
            if breach is not None:
                self._of.setdefault(breach, (held, []))[1].append(row)

    def count(self, changes: Changes) -> None:
        """Counts the breaches for which nothing is owed any more, now that all the commit changes is known."""
        if not self._of:
            return
        changed = {row.name: row for row in changes.obligations}
        for (case, occasion), (held, ended) in self._of.items():
            names: list[ObligationName] = [(case, step.value, occasion) for step in STEPS]
            steps = (changed.get(name) or held.obligations.get(name) for name in names)
            count_owned(changes.counts, ended, filter(None, steps), held.home)


def recount_owned(counts: Counts, rows: Iterable[DecisionRecord]) -> None:
    """Counts what the whole history of some cases says of it."""
    steps: dict[Breach, dict[str, DecisionRecord]] = {}
    of_steps = sorted((row for row in rows if row.kind in _STEP_KINDS), key=lambda row: row.position)
    for _, committed in groupby(of_steps, key=lambda row: row.recorded):
        ended: dict[Breach, list[DecisionRecord]] = {}
        for row in committed:
            steps.setdefault((row.case_id, row.occasion or ""), {})[row.kind] = row
            if (breach := breach_it_ends_for(row)) is not None:
                ended.setdefault(breach, []).append(row)
        for breach, rows_of_it in ended.items():
            count_owned(counts, rows_of_it, steps[breach].values())
