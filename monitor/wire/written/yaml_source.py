"""A file that people wrote: its values, with the line of every key and value, and faults that point at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from monitor.errors import Fault

Place: TypeAlias = tuple[str | int, ...]
"""Where in the file: keys and list positions from the top, e.g. `("promises", 2, "within")`."""


class Entries(dict[str, Any]):
    """A mapping that remembers the line of each key and of each value."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, tuple[int, int]] = {}


class Items(list[Any]):
    """A list that remembers the line of each item."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []


def printable(text: str) -> str:
    """A text on one line and without control characters: a fault is one line, and a terminal obeys escapes."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))


def dotted(place: Place) -> str:
    """`("promises", 2, "within")` as `promises[2].within`."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


@dataclass(slots=True)
class Source:
    """What one file says: `root` is None where nothing usable was found, `faults` are those that leave the rest readable."""

    file: str
    root: Any = None
    faults: list[Fault] = field(default_factory=list)

    def line_of(self, place: Place, *, of_key: bool = False) -> int:
        """The line of the value at `place` (or of its key), from 1; of the nearest entry around it where there is none."""
        line, here = 1, self.root
        for part in place:
            if isinstance(here, Entries) and part in here:
                key_line, value_line = here.lines[str(part)]
                line = key_line if of_key else value_line
            elif isinstance(here, Items) and isinstance(part, int) and part < len(here):
                line = here.lines[part]
            else:
                break
            here = here[part]
        return line

    def fault(self, place: Place, found: str, expected: str, *, at_key: bool = False) -> Fault:
        """A fault at `place`: on the line of its value, or of its key where the key is what is wrong."""
        return self.fault_on(self.line_of(place, of_key=at_key), place, found, expected)

    def fault_on(self, line: int, place: Place, found: str, expected: str) -> Fault:
        """A fault at `place`, on a line the caller knows better."""
        return Fault(self.file, line, printable(dotted(place)), printable(found), printable(expected))
