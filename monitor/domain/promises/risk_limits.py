"""From where on a fact puts a client at risk, as the promise book says it."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.domain.hours.instant import DurationUs


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """From where on each fact counts; None or false: it does not. `handoffs` and `returns` are what one case may have,
    `score_below` is the place on its scale, from 0 to 1, below which a score is bad."""

    unowned_after: DurationUs | None = None
    below_grade: bool = False
    handoffs: int | None = None
    returns: int | None = None
    silent_after: DurationUs | None = None
    score_below: float | None = None

    @property
    def counts_moves(self) -> bool:
        """Whether hand-offs are a fact."""
        return (self.handoffs, self.returns) != (None, None)

    @property
    def takes_work(self) -> bool:
        """Whether what people did in a case is a fact; else of a case only what its client said is."""
        return self.counts_moves or self.silent_after is not None
