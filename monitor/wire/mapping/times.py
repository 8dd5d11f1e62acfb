"""Times as exports write them, to instants: formats, a zone, and a date where the export has none.

A local time that exists twice means the first occurrence; one that clocks skipped is refused, for in somebody's export
it is a sign of a wrong zone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from monitor.domain.hours.instant import InstantUs, from_datetime
from monitor.domain.hours.local_time import instant_of, local_of, local_us_of, zone_named
from monitor.errors import UnreadableEvent
from monitor.wire.written.plain_words import shown

ISO: Final = "iso"
"""The format of `datetime.fromisoformat`: ISO 8601 with or without an offset."""

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
"""Years a time may be of: more than an event's (1990 to 2099), for somebody may have joined the firm long ago."""

_DIRECTIVE: Final = re.compile(r"%(.)")
_KNOWN_DIRECTIVES: Final = frozenset("aAbBdfHIjmMpSyYz%")
"""Of strptime's directives those that mean the same on every machine: `%Z`, `%c` and their like depend on it."""

_REMEMBERED: Final = 65_536
"""Texts whose instant is remembered: exports repeat times, e.g. the opening on every row. About 10 MB when full."""


def readable_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """The formats, or ValueError for the first that can't give one instant for every text that fits it."""
    for text in formats:
        if text != ISO:
            _check_format(text)
    return tuple(formats)


def _check_format(text: str) -> None:
    letters = _DIRECTIVE.findall(text)
    unknown = sorted(set(letters) - _KNOWN_DIRECTIVES)
    if unknown:
        raise ValueError(
            f"found %{unknown[0]} in {shown(text)}, expected letters of strptime such as %d/%m/%Y %H:%M:%S"
        )
    if len(set(letters)) < len(letters):
        raise ValueError(f"found a letter twice in {shown(text)}, expected each once")
    if not (_has(letters, "H") or _has(letters, "I", "p")):
        raise ValueError(f"found {shown(text)} without an hour, expected %H, or %I with %p")
    month = _has(letters, "m") or _has(letters, "b") or _has(letters, "B")
    has_date = (_has(letters, "Y") or _has(letters, "y")) and (_has(letters, "j") or (_has(letters, "d") and month))
    if not has_date and set(letters) & set("YymbBdj"):
        raise ValueError(f"found part of a date in {shown(text)}, expected year, month and day, or none of them")


def _has(letters: list[str], *wanted: str) -> bool:
    return all(letter in letters for letter in wanted)


class WrittenTimes:
    """Reads the times of one export."""

    def __init__(self, formats: Sequence[str], zone: str, day: date | None = None) -> None:
        self._formats = tuple(formats)
        self._zone_name = zone
        self._zone = zone_named(zone)
        self._day = day
        self.read = lru_cache(_REMEMBERED)(self._read)

    def _read(self, text: str) -> InstantUs:
        """The instant of a text; raises UnreadableEvent where no format fits or the zone's clocks skipped it."""
        moment = next(
            (moment for moment in map(self._parse, self._formats, [text] * len(self._formats)) if moment), None
        )
        if moment is None:
            raise UnreadableEvent(shown(text), f"a time written as {' or '.join(self._formats)}")
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise UnreadableEvent(shown(text), f"a year from {FIRST_YEAR} to {LAST_YEAR}")
        if moment.tzinfo is not None:
            return from_datetime(moment)
        local = local_us_of(moment)
        instant = instant_of(local, self._zone)
        if local_of(instant, self._zone) != local:
            raise UnreadableEvent(shown(text), f"a time that exists in {self._zone_name}: its clocks skipped this one")
        return instant

    def _parse(self, form: str, text: str) -> datetime | None:
        try:
            moment = datetime.fromisoformat(text) if form == ISO else datetime.strptime(text, form)  # noqa: DTZ007  the zone comes next
        except ValueError:
            return None
        return moment if self._day is None else datetime.combine(self._day, moment.timetz())
