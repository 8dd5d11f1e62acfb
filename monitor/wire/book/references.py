"""The book's `references`: patterns for titles of messages, and what makes one a fault.

A title comes from anybody, so a pattern must be quick whatever the text is. `re` goes back over every way to match: groups
that repeat take exponential time, and each further repetition multiplies it by the length of the text. So groups do not
repeat, and repetitions and choices are few: then the worst text of 200 characters takes less than a tenth of a second.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from monitor.wire.book.values import as_list

MOST_PATTERNS: Final = 10
LONGEST_PATTERN: Final = 100
"""Characters."""
MOST_REPEATS: Final = 2
MOST_CHOICES: Final = 2
_TOKEN: Final = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]"  # an escape, a class of characters: what stands in them repeats nothing
    r"|\(\?(?:P<\w+>|i\)|<?[=!]|:)?"  # what a group begins with; of flags only that capitals make no difference
    r"|\)[*+{]|[*+{?|]",
    re.DOTALL,
)


def read_pattern(text: str) -> str:
    """A pattern that can be relied on: it compiles, holds a name, is not found in an empty text, and is quick."""
    try:
        pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"found {text} ({error}), expected a regular expression") from None
    if not pattern.groups:
        raise ValueError(f"found {text}, expected a group around the name of the case, such as \\[#(\\d+)\\]")
    if pattern.search("") is not None:
        raise ValueError(f"found {text}, expected a pattern that is not found in an empty text")
    tokens = [match[0] for match in _TOKEN.finditer(text)]
    if "(?" in tokens:
        raise ValueError(f"found {text}, expected nothing after (? but P<case>, :, i), =, !, <= or <!")
    if any(token[0] == ")" for token in tokens):
        raise ValueError(f"found {text}, expected no group that repeats: that can take for ever")
    if sum(token in ("*", "+", "{") for token in tokens) > MOST_REPEATS:
        raise ValueError(
            f"found {text}, expected at most {MOST_REPEATS} repetitions (*, + or {{}}): more can take long"
        )
    if sum(token in ("?", "|") for token in tokens) > MOST_CHOICES:
        raise ValueError(f"found {text}, expected at most {MOST_CHOICES} choices (? or |): more can take long")
    return text


def _few(patterns: tuple[str, ...]) -> tuple[str, ...]:
    if len(patterns) > MOST_PATTERNS:
        raise ValueError(f"found {len(patterns)} patterns, expected at most {MOST_PATTERNS}")
    return patterns


ReferencePattern = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_PATTERN), AfterValidator(read_pattern)
]
ReferencePatterns = Annotated[tuple[ReferencePattern, ...], BeforeValidator(as_list), AfterValidator(_few)]
"""One pattern or several."""
