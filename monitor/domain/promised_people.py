"""What may be promised of the people who do the work: how senior they are, and how often a case changes hands."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.domain.target import WorkingDuration


@dataclass(frozen=True, slots=True)
class HandoffLimits:
    """How often a case may change hands at the most; None where nothing is said of it."""

    at_most: int | None = None
    """Hand-offs in a case."""
    returns: int | None = None
    """Hand-offs to somebody who had it before."""
    transfers: int | None = None
    """How often one call is put through."""
    one_owner: bool = False
    """Whether one person has the case from beginning to end."""
    without_holder: WorkingDuration | None = None
    """The longest working time in which neither a person nor a team has it."""
    counts_inside_team: bool = True
    """Whether also those count that are not known to go from one team to another."""
