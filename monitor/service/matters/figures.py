"""What people did, counted over all matters: each commit adds what is different in the matters it concerns.

A matter's figures (`monitor.domain.cases.workload`) are kept beside it as they were last counted, so the counts are the sum over
the matters that are there and those that were retired, whatever book was in force when. What a late event or change of staff
takes back is counted apart: what was counted only ever grows, and the two together say what stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import orjson

from monitor.domain.cases.case_state import Phase
from monitor.domain.cases.matter import Matter
from monitor.domain.cases.workload import FigureKey
from monitor.domain.facts.events import CANARY
from monitor.service.matters.at_hand import Held
from monitor.service.ports.changes import Changes
from monitor.service.ports.records import FiguresRecord

Figures: TypeAlias = dict[FigureKey, int]
"""Amounts by what they are of; none is 0."""

_OPEN = Phase.OPEN


def figures_of(matter: Matter) -> Figures:
    """What people did in a matter; nothing where the book does not care, though a callback makes it follow the calls."""
    found: Figures = {}
    if not matter.book.watches_people:
        return found
    for case in matter.cases.values():
        conduct = case.conduct
        if conduct is None or case.client == CANARY:
            continue
        tier = case.tier or ""
        counted = list(conduct.counts.items())
        if case.phase is _OPEN:
            counted.append((conduct.held(conduct.holding), 1))
        for (figure, subject, detail), amount in counted:
            key = FigureKey(figure, tier, subject, detail)
            found[key] = found.get(key, 0) + amount
    return {key: amount for key, amount in found.items() if amount}


def count_figures(held: Held, changes: Changes) -> None:
    """Adds what is different about a matter's figures to what a commit writes."""
    before, after = held.figures, figures_of(held.matter)
    if after == before and not held.are_figures_joined:
        return
    for key, amount in after.items():
        if before.get(key) != amount:
            changes.counts.move(key, amount - before.get(key, 0))
    for key, amount in before.items():
        if key not in after:
            changes.counts.move(key, -amount)
    held.figures, held.are_figures_joined = after, False
    changes.figures.append(FiguresRecord(held.id, written(after)))


def written(figures: Mapping[FigureKey, int]) -> str:
    """Figures as the journal keeps them, in JSON: `[figure, tier, subject, detail, amount]` each."""
    return orjson.dumps([(*key, amount) for key, amount in figures.items()]).decode()


def read_figures(text: str) -> Figures:
    """The figures in such a text."""
    return {FigureKey(*key): amount for *key, amount in orjson.loads(text)}
