"""The rows of the question about notices."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from monitor.wire.questions.rows import Row
from monitor.wire.questions.values import ShownInstant


class NoticeRow(Row):
    """What somebody outside is told of one obligation, of one share, or of a storm, and who has heard of it."""

    notice: str = Field(description="Its key, the label `notice` of an alert and the name of a webhook's message.")
    kind: Literal["due_soon", "broken", "unknown", "missed", "canary"] = Field(description="What it says.")
    client: str = Field(description="Whose promise; of a storm: empty.")
    case: str | None = Field(description="Of which case; null: of a share or a storm.")
    obligation: str | None = Field(description="Of which obligation; null: of a share or a storm.")
    promise: str = Field(description="Which promise governs it.")
    promise_kind: str = Field(description="Of which kind.")
    tier: str | None = Field(description="Of which tier the client was when it opened.")
    holder: str | None = Field(description="Who has the case, as last heard.")
    grade: str | None = Field(description="The grade of that person then; null: not known.")
    says: str = Field(
        description="What there is to say of it beside its instants: who did what, and what was promised."
    )
    version: int | None = Field(description="Of a share: of which version of the promise.")
    period: str | None = Field(description="Of a share: of which period, e.g. `2026-03`.")
    promised: float | None = Field(description="Of a share: what was promised, e.g. 0.95.")
    delivered: float | None = Field(description="Of a share: what was kept of what counted, as last counted.")
    due: ShownInstant | None = Field(description="When it is due, or was; of a share: the end of its period.")
    opened: ShownInstant = Field(description="When the notice was opened.")
    resolved: ShownInstant | None = Field(description="When it was over.")
    state: Literal["open", "resolved"] = Field(description="Whether it stands.")
    reason: str = Field(description="Why it is over.")
    storm: str | None = Field(description="The notice it was folded into: nobody was told of it alone.")
    folded: int = Field(description="Of a storm: how many it is about.")
    left: int = Field(description="Of a storm: how many of these are not over.")
    told: str = Field(description="The receivers that took a message about it, by name, with commas between.")
    told_at: ShownInstant | None = Field(description="When the first of them did.")
    undelivered: int = Field(description="Messages that were tried and did not arrive.")
    fault: str = Field(description="Why one of them did not.")
