"""Instants and durations as rows have them, where there may be none."""

from __future__ import annotations

from monitor.domain.hours.instant import DurationUs, InstantUs, format_instant, seconds


def instant_or_none(instant: InstantUs | None) -> str | None:
    """As text; None stays None."""
    return None if instant is None else format_instant(instant)


def seconds_or_none(duration: DurationUs | None) -> int | float | None:
    """In seconds; None stays None."""
    return None if duration is None else seconds(duration)
