"""Clearing a client of what put them at risk: what must be said, the event it makes, and what is answered."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from monitor.wire.acts.requests import Request, Words
from monitor.wire.questions.rows import Row
from monitor.wire.questions.values import Instant

RISK_CLEARED: Final = "client.risk_cleared"


class RiskClearance(Request):
    """A client is not at risk any more."""

    by: Words | None = Field(None, description="Who decides so; the name of the token if left out.")
    at: Instant | None = Field(None, description="When it was decided; now if left out.")
    reason: Words = Field(description="Why.")


class ClearanceAnswer(Row):
    """What became of it."""

    event: str = Field(description="The identifier of the event it made, whose source is `kept`.")
    repeated: bool = Field(description="Whether the same had been said before: then nothing is new.")
    cleared: int = Field(description="How many facts it cleared the client of.")
    standing: int = Field(description="How many still stand, for they came after it.")
