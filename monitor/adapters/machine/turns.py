"""How long a thread that computes keeps the interpreter to itself while others want it."""

from __future__ import annotations

import sys
from typing import Final

TURN_SECONDS: Final = 0.0005
"""A commit gives the interpreter up at each of its two dozen statements, and waits for a turn of whoever computes meanwhile, a
watch over the history perhaps, to have it back: with Python's own 5 ms a commit of 5 ms takes a tenth of a second then."""


def take_short_turns() -> None:
    """For a process that judges beside threads that read."""
    sys.setswitchinterval(TURN_SECONDS)
