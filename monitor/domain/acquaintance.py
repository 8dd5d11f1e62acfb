"""Whether those who do a client's work are people whom the client has met.

A pure reading of touches (`touches.py`): whoever reports hands over those of the cases in question, and who was met when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from monitor.domain.instant import DurationUs, InstantUs
from monitor.domain.touches import Touch, Way


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """The minutes of some work, by whether the client has met whoever did them; all in microseconds."""

    met: DurationUs = 0
    whole: DurationUs = 0
    strangers: Mapping[str, DurationUs] = field(default_factory=dict)
    """By person, those whom the client has not met."""

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where no minutes are known."""
        return self.met / self.whole if self.whole else None


def first_meetings(touches: Iterable[Touch]) -> dict[str, InstantUs]:
    """When a client first met each person, by the touches of any of their cases, in any order."""
    first: dict[str, InstantUs] = {}
    for touch in touches:
        if touch.way is Way.MET:
            first[touch.person] = min(touch.at, first.get(touch.person, touch.at))
    return first


def acquaintance(
    work: Iterable[Touch], first_met: Mapping[str, InstantUs], *, until: InstantUs | None = None
) -> Acquaintance:
    """How much of the work was done by people whom the client has met by `until`, e.g. the end of the case; at any time if None.

    Each minute of a touch counts, those of the meetings themselves left out: whoever is there is met. Somebody whom the
    client meets after having had their work done by them counts as met: what a client asks is whether they know who works
    for them.
    """
    met = whole = 0
    strangers: dict[str, DurationUs] = {}
    for touch in work:
        if touch.way is Way.MET or not touch.length:
            continue
        whole += touch.length
        met_at = first_met.get(touch.person)
        if met_at is not None and (until is None or met_at <= until):
            met += touch.length
        else:
            strangers[touch.person] = strangers.get(touch.person, 0) + touch.length
    return Acquaintance(met, whole, strangers)
