"""What may be promised of many cases at once: in how many of them it is kept, over which periods."""

from __future__ import annotations

from typing import NamedTuple

from monitor.domain.hours.period import PeriodKind


class ShareTerms(NamedTuple):
    """In how many of a million cases a promise is to be kept, in each period of a kind."""

    millionths: int
    each: PeriodKind
