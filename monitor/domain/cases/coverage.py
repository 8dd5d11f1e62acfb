"""What Kept could not hear: spans in which a source was silent longer than it may be, or missed a number.

A breach by absence ("nobody answered until the due instant") is only as good as the ears. While a span
in which an answer may have been lost meets the time an obligation was running, its breach is *unknown*.
A kept promise needs no such doubt: an event proves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from monitor.domain.facts.events import Event
from monitor.domain.hours.instant import FOREVER_US, InstantUs
from monitor.domain.promises.knowledge import SourceRule


class Gap(NamedTuple):
    """A span [starts_at, ends_at) in which a source may have said something that did not arrive."""

    starts_at: InstantUs
    ends_at: InstantUs
    source: str
    why: str
    channels: frozenset[str] | None = None
    """The channels whose contacts it may have swallowed; None for any."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The gaps known at an instant, in no particular order."""

    gaps: tuple[Gap, ...] = ()

    def gap_between(
        self, starts_at: InstantUs, ends_at: InstantUs, channels: frozenset[str] | None = None
    ) -> Gap | None:
        """A gap that touches [starts_at, ends_at] and may have swallowed a contact on one of `channels` (None: any).

        Where no contact counts, on no channel, none can have been lost.
        """
        for gap in self.gaps:
            heard_elsewhere = channels is not None and channels.isdisjoint(
                channels if gap.channels is None else gap.channels
            )
            if gap.starts_at <= ends_at and starts_at < gap.ends_at and not heard_elsewhere:
                return gap
        return None

    def with_gaps(self, gaps: tuple[Gap, ...]) -> Coverage:
        """This and some more gaps."""
        return Coverage(self.gaps + gaps) if gaps else self


FULL = Coverage()
"""Everything was heard."""


@dataclass(slots=True)
class Hearing:
    """What has been heard of one source: its last instant and, where it numbers its events, which are missing."""

    rule: SourceRule
    heard_at: InstantUs | None = None
    numbers: dict[int, InstantUs] | None = None

    def hear(self, event: Event) -> None:
        """Takes note of an event of this source, in any order."""
        if self.heard_at is None or event.time > self.heard_at:
            self.heard_at = event.time
        if self.rule.sequenced and event.sequence >= 0:
            if self.numbers is None:
                self.numbers = {}
            self.numbers[event.sequence] = event.time

    def gaps(self, source: str, now: InstantUs) -> Iterable[Gap]:
        """The silence up to `now` and the spans around missing numbers."""
        if self.heard_at is None:
            return
        silent_after = self.rule.silent_after
        if silent_after is not None and now > self.heard_at + silent_after:
            yield Gap(self.heard_at, FOREVER_US, source, f"{source} has been silent", self.rule.channels)
        numbers = sorted(self.numbers or ())
        for before, after in pairwise(numbers):
            if after != before + 1:
                times = self.numbers or {}
                missing = f"{source} never sent number {before + 1}"
                starts_at, ends_at = sorted((times[before], times[after]))
                yield Gap(starts_at, ends_at, source, missing, self.rule.channels)


class Ears:
    """What has been heard of every source that the book expects to hear from."""

    def __init__(self, sources: Mapping[str, SourceRule]) -> None:
        self._hearings = {source: Hearing(rule) for source, rule in sources.items()}

    def hear(self, event: Event) -> None:
        """Takes note of an event; sources the book says nothing about are ignored."""
        hearing = self._hearings.get(event.source)
        if hearing is not None:
            hearing.hear(event)

    def coverage(self, now: InstantUs) -> Coverage:
        """What could not be heard, as known at `now`."""
        gaps = [gap for source, hearing in self._hearings.items() for gap in hearing.gaps(source, now)]
        return Coverage(tuple(gaps)) if gaps else FULL
