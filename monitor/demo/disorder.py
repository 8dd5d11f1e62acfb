"""What the way from a source does to events: some come later than others, some come twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from random import Random  # noqa: TID251  the simulator throws dice
from typing import Final, TypeVar

T = TypeVar("T")

FARTHEST: Final = 50
"""How many places an event, or its duplicate, is late at most."""


def disturbed(events: Iterable[T], seed: int, *, disorder: float, duplicates: float) -> Iterator[T]:
    """The same events, a share of them (`disorder`, 0 to 1) late and a share (`duplicates`) a second time.

    Nothing gets lost, and the same seed disturbs in the same way; at most some hundred events are held back.
    """
    dice = Random(f"{seed}/disorder")  # noqa: S311  no secret
    held: list[tuple[int, int, T]] = []
    for place, event in enumerate(events):
        while held and held[0][0] <= place:
            yield heappop(held)[2]
        if dice.random() < duplicates:
            heappush(held, (place + dice.randint(1, FARTHEST), 2 * place, event))
        if dice.random() < disorder:
            heappush(held, (place + dice.randint(1, FARTHEST), 2 * place + 1, event))
        else:
            yield event
    while held:
        yield heappop(held)[2]
