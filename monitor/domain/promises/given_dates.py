"""What governs a date that was given to a client where the book has no promise for it: a date is a promise."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from monitor.domain.facts.events import CANARY
from monitor.domain.hours.instant import FOREVER_US
from monitor.domain.hours.working_hours import ALWAYS
from monitor.domain.promises.promise import Kind, Promise

GIVEN_DATE: Final = Promise(
    id="date-given",
    version=1,
    kind=Kind.BY,
    starts_at=0,
    ends_at=FOREVER_US,
    hours=ALWAYS,
    hours_name="always",
)
CANARY_DATE: Final = replace(GIVEN_DATE, id="canary", channels=frozenset())
"""A date given to the canary: no contact keeps it, so none that was not heard can make its breach unknown."""


def given_to(client: str) -> Promise:
    """The promise of such a date."""
    return CANARY_DATE if client == CANARY else GIVEN_DATE
