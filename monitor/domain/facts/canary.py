"""The canary: an artificial client to whom a date is given every few minutes that nobody will keep.

Its breach goes the way of every other, from intake to whoever is on call; that it is seen broken and told shows that the way
is open. It is in no figure: whoever counts or lists leaves its client out. All of its events come from one source, each of its
cases has a name of one form, and nobody else may use either (`monitor.wire.events.cloud_events`).
"""

from __future__ import annotations

from typing import Final

from monitor.domain.facts.events import CANARY
from monitor.domain.hours.instant import HOUR_US, MINUTE_US, SECOND_US, DurationUs, InstantUs, format_instant

CANARY_SOURCE: Final = "kept/canary"
CASE_PREFIX: Final = f"{CANARY}/"
CASES_END: Final = f"{CANARY}0"
"""Behind every text with that prefix."""
EVERY_US: Final[DurationUs] = 5 * MINUTE_US
BREAKS_AFTER_US: Final[DurationUs] = MINUTE_US
"""How long after it was made its promise breaks."""
KEPT_US: Final[DurationUs] = HOUR_US
"""How long its cases stay on record."""


def is_of_canary(client: str | None, *cases: str | None) -> bool:
    """Whether what names this client and these cases is about the canary."""
    for case in cases:
        if case is not None and case.startswith(CASE_PREFIX):
            return True
    return client == CANARY


def case_at(instant: InstantUs) -> str:
    """The name of the case that the canary opens at an instant. Names are in the order of these, by whole seconds."""
    return CASE_PREFIX + format_instant(instant - instant % SECOND_US)
