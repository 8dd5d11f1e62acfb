"""How a reference to a case looks in the title of a message, as the book has it: `[#4711]`, `Our ref. 4711`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LONGEST_TITLE: Final = 200
"""Characters of a title that are looked at. A reference stands near the front, and what a pattern costs grows with the text."""
LONGEST_REFERENCE: Final = 100
"""Characters of a name of a case that a title may hold; what is longer is taken for something else."""
CASE_GROUP: Final = "case"
"""The group that holds the name; in a pattern without one of this name it is the first."""


@dataclass(frozen=True, slots=True)
class References:
    """Patterns in the order of the book, each with a group; checked when the book is read."""

    patterns: tuple[re.Pattern[str], ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The patterns as they are written."""
        return tuple(pattern.pattern for pattern in self.patterns)

    def case_in(self, title: str) -> str | None:
        """The case that a title names: what the first pattern that is found in it holds; None where that is nothing."""
        looked_at = title[:LONGEST_TITLE]
        for pattern in self.patterns:
            match = pattern.search(looked_at)
            if match is not None:
                found = match[CASE_GROUP if CASE_GROUP in pattern.groupindex else 1]
                return found if found and len(found) <= LONGEST_REFERENCE else None
        return None
