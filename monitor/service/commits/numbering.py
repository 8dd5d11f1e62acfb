"""The numbers of the rows that a commit writes.

They are apart from the commit: rows that asked the commit for them would hold it as it holds them, and all that it wrote
would stay in memory until somebody looks for such cycles, which nothing else here makes.
"""

from __future__ import annotations


class Numbering:
    """One number after the other, each `step` from the one before; `last` is the one that was given last."""

    __slots__ = ("_step", "last")

    def __init__(self, last: int, step: int = 1) -> None:
        self.last = last
        self._step = step

    def next(self) -> int:
        """The next number."""
        self.last += self._step
        return self.last

    def take(self, many: int) -> range:
        """The next so many numbers."""
        first = self.last + self._step
        self.last += many * self._step
        return range(first, self.last + self._step, self._step)
