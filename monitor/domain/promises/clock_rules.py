"""How the clock of a promise goes: where it starts, what a pause, a change or a reopening does to it.

`BOOK.md` names and explains what an account manager writes for each.
"""

from __future__ import annotations

from enum import StrEnum


class PauseCount(StrEnum):
    """How a pause moves the due instant: by its working time, by its wall time, or not at all."""

    BUSINESS = "business"
    WALL = "wall"
    HIDE = "hide"


class Reopen(StrEnum):
    """What a reopened case does to an obligation that its ending had ended."""

    RESUME = "resume"
    RESTART = "restart"
    NEW_CYCLE = "new_cycle"
    STAY = "stay"


class OnChange(StrEnum):
    """What a change of priority, tier, service or tags does to a running obligation."""

    FROM_START = "from_start"
    FROM_CHANGE = "from_change"
    FROM_ASSIGNMENT = "from_assignment"
    KEEP = "keep"


class BeforeFirstReply(StrEnum):
    """Whether a next response is owed before the firm's first reply. Where a promise does not say: unless a first response is."""

    RUN = "run"
    WAIT = "wait"


class MeasuredFrom(StrEnum):
    """Where the clock of a periodic update starts."""

    FIRM_CONTACT = "firm_contact"
    ANY_CONTACT = "any_contact"
    AFTER_FIRST_CONTACT = "after_first_contact"
    WHILE_NOT_WAITING = "while_not_waiting"
