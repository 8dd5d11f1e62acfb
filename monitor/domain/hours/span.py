"""Half-open spans of time: merge, subtract, clip, measure.

A span is `(opens, closes)`, two whole numbers of microseconds with `opens < closes`; the first belongs to
it, the second does not. Ranges of other whole numbers are spans, too (`monitor.domain.facts.offsets`). Lists of spans are sorted and apart (no two overlap or touch) wherever not said otherwise.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import TypeAlias

from monitor.domain.hours.instant import DurationUs, InstantUs

Span: TypeAlias = tuple[InstantUs, InstantUs]
"""`[opens, closes)` in microseconds."""


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same time as sorted spans that are apart; the input may overlap, touch, be empty or in any order."""
    merged: list[Span] = []
    last_close: InstantUs | None = None
    for opens, closes in sorted(spans):
        if opens >= closes:
            continue
        if last_close is None or opens > last_close:
            merged.append((opens, closes))
            last_close = closes
        elif closes > last_close:
            merged[-1] = (merged[-1][0], closes)
            last_close = closes
    return merged


def subtract(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    """What is left of `spans` outside `holes`, in one walk along both."""
    if not holes:
        return list(spans)
    left: list[Span] = []
    first_hole = 0
    for opens, closes in spans:
        while first_hole < len(holes) and holes[first_hole][1] <= opens:
            first_hole += 1
        left.extend(_cut((opens, closes), holes, first_hole))
    return left


def _cut(span: Span, holes: Sequence[Span], first_hole: int) -> list[Span]:
    """One span without the holes from `first_hole` on, which is the first that may reach into it."""
    opens, closes = span
    pieces: list[Span] = []
    for index in range(first_hole, len(holes)):
        hole_opens, hole_closes = holes[index]
        if hole_opens >= closes:
            break
        if hole_opens > opens:
            pieces.append((opens, hole_opens))
        opens = hole_closes
    if opens < closes:
        pieces.append((opens, closes))
    return pieces


def clip(spans: Sequence[Span], start: InstantUs, end: InstantUs) -> list[Span]:
    """The parts of `spans` inside `[start, end)`."""
    first = bisect_right(spans, start, key=itemgetter(1))
    last = bisect_left(spans, end, key=itemgetter(0))
    inside = list(spans[first:last])
    if inside:
        inside[0] = (max(inside[0][0], start), inside[0][1])
        inside[-1] = (inside[-1][0], min(inside[-1][1], end))
    return inside


def measure(spans: Iterable[Span]) -> DurationUs:
    """The total length of spans that are apart."""
    return sum(closes - opens for opens, closes in spans)
