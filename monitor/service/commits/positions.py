"""Numbers for the rows of a commit, in the order of what they say."""

from __future__ import annotations


class Positions:
    """Numbers behind the last one in the journal; -1, -2, ... where that is not known before the rows are written.

    An object of its own, so that who makes rows need not know the commit: two that know each other are a cycle, which
    stays in memory with all rows until Python looks for those.
    """

    __slots__ = ("_step", "last")

    def __init__(self, last: int, step: int = 1) -> None:
        self.last = last
        self._step = step

    def take(self, many: int) -> range:
        """The numbers of so many rows that follow."""
        first = self.last + self._step
        self.last += many * self._step
        return range(first, self.last + self._step, self._step)
