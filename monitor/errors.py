"""Every error Kept raises on purpose, sorted by who must act.

KeptError
├── ConfigError        the operator: every fault at once, refuse to start
├── UnreadableEvent    the producer: dead letter, go on
├── TransientError     nobody: try again, with a limit
│   ├── Outdated       another process wrote meanwhile: look again, and do the work anew
│   │   └── OutdatedBook   it brought a new edition of the book: all that is at hand was made by an older one
│   └── Superseded     another process has some of the partitions by now: give them up
├── NotHere            the caller: another process does it, the message says which
└── InvariantError     us: stop loudly
    └── Displaced      another process does the work of this one by now
"""

from __future__ import annotations

from dataclasses import dataclass


class KeptError(Exception):
    """Anything Kept raises on purpose."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file: where it is, what was found there and what was expected.

    `line` counts from 1, 0 where the fault belongs to the file as a whole; `key` is the dotted path
    of the entry, e.g. `promises[2].within`.
    """

    file: str
    line: int
    key: str
    found: str
    expected: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        key = f" {self.key}:" if self.key else ""
        return f"{place}:{key} found {self.found}, expected {self.expected}"


class ConfigError(KeptError):
    """What the operator wrote can't be used; carries every fault found, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults

    @classmethod
    def of(cls, place: object, found: str, expected: str) -> ConfigError:
        """One fault of a file, an option or whatever goes by the name of `place`, as a whole."""
        return cls([Fault(str(place), 0, "", found, expected)])


class UnreadableEvent(KeptError):
    """Bytes that are not an event Kept understands.

    `found` and `expected` say what is wrong, `key` where inside the event; the original bytes
    stay with whoever read them.
    """

    def __init__(self, found: str, expected: str, key: str = "") -> None:
        at = f"{key}: " if key else ""
        super().__init__(f"{at}found {found}, expected {expected}")
        self.found = found
        self.expected = expected
        self.key = key


class TransientError(KeptError):
    """Something outside did not work this time; the same call may succeed later."""


class NotHere(KeptError):
    """What was asked for is done by another process; the message says where to send it."""


class Outdated(TransientError):
    """Another process of the same journal has written what this one judged by: nothing of it was written."""


class OutdatedBook(Outdated):
    """There is a newer edition of the book than those this process knows."""


class Superseded(TransientError):
    """Another process has taken some of the partitions that something was to be written for: nothing of it was."""

    def __init__(self, partitions: frozenset[int]) -> None:
        listed = ", ".join(map(str, sorted(partitions)))
        super().__init__(f"partitions {listed}: found that another worker has them, expected to have them")
        self.partitions = partitions


class InvariantError(KeptError):
    """Kept contradicts itself. Going on would spread the damage."""


class Displaced(InvariantError):
    """Another process has taken what only one may have, or the journal is not the one that this process wrote. Whoever has it
    goes on with the work; this one must not."""
