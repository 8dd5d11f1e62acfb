"""What the bodies of all requests under way may measure together: memory has an end, and senders do not know of each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from monitor.errors import TransientError

BYTES_IN_FLIGHT: Final = 67_108_864


class ByteBudget:
    """Counts what has come, not what was announced: whoever announces much and sends little keeps nobody else out."""

    def __init__(self, limit: int = BYTES_IN_FLIGHT) -> None:
        self._limit = limit
        self._taken = 0

    @contextmanager
    def share(self) -> Iterator[Callable[[int], None]]:
        """For one request: what takes so many bytes more, and raises TransientError where there are too many.

        They are given back at the end of the block.
        """
        held = 0

        def take(size: int) -> None:
            nonlocal held
            if self._taken + size > self._limit:
                raise TransientError(f"{self._taken} bytes of events are on their way already")
            self._taken += size
            held += size

        try:
            yield take
        finally:
            self._taken -= held
