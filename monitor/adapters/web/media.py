"""Which form an answer has: what the `Accept` of a request says of those that can be given (RFC 9110, 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from monitor.adapters.web.problems import Problem


class _Range(NamedTuple):
    main: str
    sub: str
    quality: float

    def covers(self, media: str) -> bool:
        main, _, sub = media.partition("/")
        return self.main in {"*", main} and self.sub in {"*", sub}

    @property
    def specificity(self) -> int:
        return (self.main != "*") + (self.sub != "*")


def chosen_media(accept: str, offered: Sequence[str]) -> str:
    """The form wanted most, of two wanted alike the one offered first; raises Problem where none is wanted."""
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return offered[0]
    best = max(offered, key=lambda media: _quality(media, ranges))
    if _quality(best, ranges) <= 0:
        raise Problem(406, "Not acceptable", f"found Accept: {accept[:200]}, expected one of {', '.join(offered)}")
    return best


def _range(text: str) -> _Range:
    media, *parameters = (part.strip().casefold() for part in text.split(";"))
    main, _, sub = media.partition("/")
    quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return _Range(main, sub, float(quality))
    except ValueError:
        return _Range(main, sub, 0)


def _quality(media: str, ranges: Sequence[_Range]) -> float:
    """That of the most specific range which covers it; 0 where none does."""
    covering = [each for each in ranges if each.covers(media)]
    return max(covering, key=lambda each: each.specificity).quality if covering else 0.0
