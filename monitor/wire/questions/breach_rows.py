"""The row of a breach: what was broken, how far it is owned, and what was said, by whom and when, at each step."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field, create_model

from monitor.domain.cases.obligation import Verdict
from monitor.domain.promises.promise import Kind
from monitor.domain.promises.promised_amends import STEPS, BreachState
from monitor.wire.questions.rows import Row, Seconds
from monitor.wire.questions.values import ShownInstant


class _Broken(Row):
    since: ShownInstant = Field(description="Since when it is broken: when it was due, or the deed that broke it.")
    state: BreachState = Field(description="How far it is owned: the first step still owed, or what came of it.")
    verdict: Verdict = Field(description="Whether it is broken, or excused.")
    client: str = Field(description="The client it is owed to.")
    case: str = Field(description="The case it belongs to.")
    kind: Kind = Field(description="What sort of thing was promised.")
    promise: str = Field(description="The promise that was broken.")
    version: int = Field(description="The version of that promise.")
    holder: str | None = Field(description="Who had the case, failing a person the team.")
    grade: str | None = Field(description="The grade of that person when this came true; null: not known.")
    channel: str | None = Field(description="How the case came in.")
    tier: str | None = Field(description="The client's tier.")
    reason: str = Field(description="Why it is held to be broken, or who excused it and why.")
    owed_by: str | None = Field(
        description="The entry of the book by which something is owed for it; null: nothing is."
    )


class _Owned(Row):
    cause: str | None = Field(description="The cause that the explanation names.")
    credit_owed: str | None = Field(description="What the client is owed in money by the book, to the cent.")
    credit_owed_currency: str | None = Field(description="The currency of that.")
    credit_given: str | None = Field(description="What the remedy gave, to the cent; null where it gave nothing.")
    credit_given_currency: str | None = Field(description="The currency of that.")
    approved_by: str | None = Field(description="Who approved what was given.")
    owned: ShownInstant | None = Field(description="When nothing more was owed for it.")
    own_seconds: Seconds | None = Field(description="Calendar time from the breach until then.")
    excused_by: str | None = Field(description="Who excused it.")
    excuse: str | None = Field(description="Why.")
    obligation: str = Field(description="The obligation that was broken: case, kind and occasion.")


def _of_step(step: Kind) -> dict[str, Any]:
    return {
        step.value: (Verdict | None, Field(description=f"What is held true of the step `{step}`; null: not owed.")),
        f"{step}_due": (ShownInstant | None, Field(description="Until when it is owed.")),
        f"{step}_at": (ShownInstant | None, Field(description="When it was taken.")),
        f"{step}_by": (str | None, Field(description="Who took it.")),
        f"{step}_words": (str | None, Field(description="Their words, or why there is no credit.")),
    }


_COLUMNS: Final[dict[str, Any]] = {
    **{name: field for step in STEPS for name, field in _of_step(step).items()},
    **{name: (field.annotation, field) for name, field in _Owned.model_fields.items()},
}
BREACH_ROW: Final[type[Row]] = create_model(
    "BreachRow", __base__=_Broken, __doc__="A broken obligation, and what was done about it.", **_COLUMNS
)
"""The columns of what was broken, five of each step, then what came of it."""
