"""Figures of several matters added up, to be held against what commits have counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from monitor.domain.cases.workload import FigureKey
from monitor.service.matters.figures import Figures
from monitor.service.ports.counts import Moved


def summed(all_figures: Iterable[Mapping[FigureKey, int]]) -> Figures:
    """The figures of several matters together."""
    total: Counter[FigureKey] = Counter()
    for figures in all_figures:
        total.update(figures)
    return dict(total)


def net(counts: Mapping[FigureKey, Moved]) -> Figures:
    """What stands, of what was counted and taken back."""
    return {key: moved.counted - moved.withdrawn for key, moved in counts.items() if moved.counted != moved.withdrawn}
