"""What rows add to the counts: decisions, endings, and obligations as they stand. The canary's are in no count.

Rows are counted all at once by the bare tuples of what they are counted by, and only the sums get keys that have names.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Final

from monitor.domain.cases.decisions import DecisionType
from monitor.domain.facts.events import CANARY
from monitor.domain.promises.promised_amends import STEPS
from monitor.service.ports.counts import (
    OWNING_EDGES,
    RATIO_EDGES,
    Counts,
    DecisionKey,
    ObligationKey,
    OwningKey,
    RatioKey,
)
from monitor.service.ports.records import OUTCOMES, DecisionRecord, ObligationRecord

_ENDING: Final = frozenset({DecisionType.KEPT.value, DecisionType.DONE_LATE.value})
_COUNTED_BY: Final = itemgetter(
    *map(DecisionRecord._fields.index, ("type", "verdict", "restated", "kind", "client", "channel", "tier"))
)


def count_decisions(counts: Counts, rows: Sequence[DecisionRecord], homes: Sequence[int]) -> None:
    """Counts decisions, each in its home, and what they say of endings."""
    for (by, home), count in Counter(zip(map(_COUNTED_BY, rows), homes, strict=True)).items():
        type_, verdict, restated, kind, client, channel, tier = by
        if client != CANARY:
            key = DecisionKey(type_, verdict, restated, kind, client, channel or "", tier or "", home)
            counts.decisions[key] += count
    for row, home in zip(rows, homes, strict=True):
        if row.type in _ENDING and not row.restated and row.client != CANARY:
            _count_ending(counts, row, home)


def _count_ending(counts: Counts, row: DecisionRecord, home: int) -> None:
    """Counts an obligation that was done, in time or late: how much of its time that took, and how soon a step was taken."""
    if row.ratio is not None:
        key = RatioKey(row.kind, row.tier or "", RATIO_EDGES[bisect_left(RATIO_EDGES, row.ratio)], home)
        counts.observe(key, row.ratio)
    if row.kind in STEPS and row.ended is not None and row.occasion is not None:
        took = row.ended - row.opened
        kind, _, _ = row.occasion.partition("/")
        edge = OWNING_EDGES[bisect_left(OWNING_EDGES, took)]
        counts.observe_step(OwningKey(row.kind, kind, row.tier or "", edge, home), took)


def count_obligations(counts: Counts, standing: Iterable[tuple[ObligationRecord, int]], sign: int = 1) -> None:
    """Counts obligations as they stand, each with its home; with the `sign` -1 takes them out of the counts."""
    rows = [(row, home) for row, home in standing if row.client != CANARY]
    alike = Counter(
        [(row.kind, row.client, row.tier, row.verdict, row.ended is not None, row.is_open, home) for row, home in rows]
    )
    for (kind, client, tier, verdict, has_ended, is_open, home), count in alike.items():
        key = ObligationKey(kind, client, tier or "", OUTCOMES[verdict, has_ended], is_open, home)
        counts.obligations[key] += sign * count
    for running, count in Counter([row.running_key for row, _ in rows]).items():
        if running is not None:
            counts.running[running] += sign * count
