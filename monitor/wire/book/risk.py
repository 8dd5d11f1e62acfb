"""The book's section `risk`: by which facts a client is at risk, as it is written."""

from __future__ import annotations

from pydantic import Field

from monitor.domain.promises.risk_limits import RiskLimits
from monitor.wire.book.values import Count, Duration, Entry, Switch
from monitor.wire.written.amounts import Share


class RiskEntry(Entry):
    """From where on a fact puts a client at risk; what is left out is not looked at."""

    unowned_after: Duration | None = Field(
        None, description="How long after a breach something that is owed for it may be left undone, in calendar time."
    )
    below_grade: Switch = Field(default=False, description="Whether a broken `seniority` promise is such a fact.")
    handoffs: Count | None = Field(None, description="How often one case may be handed on.")
    returns: Count | None = Field(None, description="How often one case may come back to somebody who had it.")
    silent_after: Duration | None = Field(
        None, description="How long the client may hear nothing while a case is open, in calendar time."
    )
    score_below: Share | None = Field(
        None, description="The part of its scale below which a score is bad: 0 % is its worst, 100 % its best."
    )

    @property
    def limits(self) -> RiskLimits:
        """As the domain has them."""
        return RiskLimits(**self.model_dump())
