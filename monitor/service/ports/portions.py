"""Long lists, a portion at a time: a statement takes so many names, a transaction so many events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def portions(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in order, `size` of them at a time and what is left at last."""
    return (items[start : start + size] for start in range(0, len(items), size))
