"""Which decisions are looked at where there are very many: one in so many, spread over all positions.

Position p is chosen where p g mod P lies below P / n, with the prime P and its golden section g: any run of positions is
sampled evenly, whatever rhythm outcomes come in. Where all of a journal is sampled, no row is read to see whether it is chosen:
from one chosen position to the next there are only three steps, a, b and a + b (the three-gap theorem, proved by V. T. Sós,
Annales Universitatis Scientiarum Budapestinensis 1, 1958). Step a moves p g mod P forward by less than P / n, b moves it back by
less; the next position is p + a where that stays below P / n, p + b where that stays at 0 or above, else p + a + b.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import CTE, BigInteger, ColumnElement, case, cast, literal, select

_PRIME: Final = 2_147_483_647
"""2^31 - 1."""
_GOLDEN: Final = 1_327_217_885
"""The golden section of it."""


def is_chosen(position: ColumnElement[Any], one_in: int) -> ColumnElement[bool]:
    """Whether a position is one of those of which there is one in so many."""
    return position % _PRIME * _GOLDEN % _PRIME < _PRIME // one_in


def chosen_before(end: int, one_in: int) -> CTE:
    """The same positions, from 0 up to before `end`, as rows with the column `position`; `one_in` is above 1."""
    below = _PRIME // one_in
    forward, back = _steps(one_in)
    ahead, behind = forward * _GOLDEN % _PRIME, -back * _GOLDEN % _PRIME
    first = select(cast(literal(0), BigInteger).label("position"), cast(literal(0), BigInteger).label("place"))
    at = first.cte("chosen", recursive=True)
    position, place = at.c.position, at.c.place
    goes_forward, goes_back = place < below - ahead, place >= behind
    following = select(
        position + case((goes_forward, forward), (goes_back, back), else_=forward + back),
        place + case((goes_forward, ahead), (goes_back, -behind), else_=ahead - behind),
    )
    return at.union_all(following.where(position < end))


@lru_cache(maxsize=64)
def _steps(one_in: int) -> tuple[int, int]:
    """The first step that moves forward by less than one in so many of the prime, and the first that moves back by less."""
    below = _PRIME // one_in
    forward = next(step for step in range(1, _PRIME) if step * _GOLDEN % _PRIME < below)
    back = next(step for step in range(1, _PRIME) if -step * _GOLDEN % _PRIME < below)
    return forward, back
