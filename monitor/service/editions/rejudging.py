"""What is still to be judged by a new edition of the book: in portions, matter by matter, so that nobody waits for it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

from monitor.service.ports.journal import Transaction

MATTERS_A_PORTION: Final = 100
"""Matters judged again in one transaction: a few hundredths of a second, so that deadlines are decided in time meanwhile."""
NOTE: Final = "rejudging"


@dataclass(frozen=True, slots=True)
class Rejudging:
    """The edition to judge by, whether everything is judged by it or only what is open, and how far it has come, by name."""

    edition: int
    everything: bool
    after: str = ""

    def next_names(self, transaction: Transaction) -> list[str]:
        """The next portion of matters."""
        ask = transaction.matters_after if self.everything else transaction.matters_open
        return ask(self.after, MATTERS_A_PORTION)

    def concerns(self, matter: str) -> bool:
        """Whether a matter is still to be judged."""
        return matter > self.after

    def written(self) -> str:
        """As the journal notes it."""
        return json.dumps(asdict(self))


def read_rejudging(note: str | None) -> Rejudging | None:
    """What a note says; None where nothing is left to do."""
    return Rejudging(**json.loads(note)) if note else None
