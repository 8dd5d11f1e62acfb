"""Numbers of things, as people read them."""

from __future__ import annotations


def grouped(number: int) -> str:
    """A number with its thousands set apart."""
    return f"{number:,}"


def number_of(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 case`, `1,234 cases`."""
    return f"{grouped(number)} {_noun(number, one, many)}"


def plain_number_of(number: int, one: str, many: str = "") -> str:
    """The same in digits alone, for a text that is read again, or stays on record as it is: `1234 cases`."""
    return f"{number} {_noun(number, one, many)}"


def _noun(number: int, one: str, many: str) -> str:
    return one if number == 1 else many or f"{one}s"
