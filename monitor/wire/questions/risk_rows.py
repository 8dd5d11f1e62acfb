"""The rows of answers about risk: facts that put a client at risk."""

from __future__ import annotations

from pydantic import Field

from monitor.domain.figures.risk import RiskFact
from monitor.wire.questions.rows import Row
from monitor.wire.questions.values import ShownInstant


class RiskRow(Row):
    """A fact by which a client is at risk, or was until somebody cleared them."""

    client: str = Field(description="The client.")
    fact: RiskFact = Field(
        description="unowned: a breach for which something is still owed; below_grade: other people than were promised; "
        "run_around: too many hand-offs or returns; silence: nothing heard while a case is open; bad_word: a bad score."
    )
    at: ShownInstant = Field(description="Since when it is one: when the limit of the book was passed.")
    case: str = Field(description="The case.")
    says: str = Field(description="What it was, in words.")
    cleared: ShownInstant | None = Field(description="When somebody cleared the client of it; null: it stands.")
    cleared_by: str | None = Field(description="Who did.")
    reason: str | None = Field(description="Why.")
