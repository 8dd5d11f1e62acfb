"""Decisions as CloudEvents, as they go to the topic `kept.decisions`.

The event's id is the decision's, which is derived from what it decides: a repeat is recognised by it. `data` is the row
that `/v1/decisions` has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from monitor.conventions.media_types import JSON
from monitor.domain.cases.decisions import DecisionType
from monitor.wire.questions.rows import DecisionRow
from monitor.wire.questions.values import ShownInstant

SOURCE: Final = "/kept"
_TYPE: Final = "decision."


class DecisionEvent(BaseModel):
    """What Kept decided about one obligation. Events of a case come in the order in which it was decided; some may come twice."""

    model_config = ConfigDict(extra="forbid")

    specversion: Literal["1.0"]
    id: str = Field(description="The decision: the same for a repeat of it.", min_length=1)
    source: Literal["/kept"]
    type: str = Field(
        description="What was decided.",
        json_schema_extra={"enum": [f"{_TYPE}{each.value}" for each in DecisionType]},
    )
    subject: str = Field(description="The case.")
    client: str = Field(description="The client.")
    time: ShownInstant = Field(description="When Kept came to know.")
    datacontenttype: Literal["application/json"]
    data: DecisionRow


def decision_event(row: Mapping[str, Any]) -> bytes:
    """The event of a decision, given as a row of an answer, in structured JSON."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": row["id"],
            "source": SOURCE,
            "type": f"{_TYPE}{row['type']}",
            "subject": row["case"],
            "client": row["client"],
            "time": row["recorded"],
            "datacontenttype": JSON,
            "data": row,
        }
    )
