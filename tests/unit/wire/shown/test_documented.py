"""JSON Schemas say the same of Enums, compiled or not."""

from __future__ import annotations

from enum import Enum

import pytest
from pydantic import TypeAdapter

from monitor.domain.cases.case_state import Phase
from monitor.domain.figures.fit import Compared
from monitor.wire.shown.documented import Documented


class Undescribed(Enum):
    ONE = "one"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Phase, "Where a case stands."),  # as in their sources
        (Compared, "Whose occasions a wish is held against, the narrowest first."),
        (Undescribed, None),
    ],
)
def test_an_enum_is_described_by_its_docstring(kind: type[Enum], words: str | None) -> None:
    assert TypeAdapter(kind).json_schema(schema_generator=Documented).get("description") == words
