"""A promise of how a case is worked on, by whom and through how many hands: it is bound to the whole of the case.

An account counts what was done so far, as the promise that governs has it, and tells the obligation what comes of it.
The obligation has no due instant of its own. Something that is done breaks it there and then, for good; where nothing
did, it is kept when the case is resolved or closed, and stands again if the case is reopened. While nobody has a case that
must not lie about for long it is due when that has lasted too long, and then an absence breaks it, as with any other
obligation.

    event                        running                       broken
    ---------------------------  ----------------------------  -----------------------
    a deed against the promise   broken: ended by that deed    -
    its due instant passes       broken, open                  -
    somebody takes the case      running, not due any more     done late, if it was open
    resolved, closed             kept; unknown where what was  (nothing; ended if it was open)
                                 done can't be told
    reopened                     kept, unknown: running again  -
"""

from __future__ import annotations

from monitor.domain.cases.deeds import Deed
from monitor.domain.cases.obligation import Conclusion, Obligation


class Account:
    """What was done in one case so far, as the promise that governs an obligation counts it."""

    __slots__ = ("obligation",)

    def __init__(self, obligation: Obligation) -> None:
        """A new account is told everything that was done since the opening."""
        self.obligation = obligation

    def take(self, deed: Deed) -> bool:
        """Counts a deed, unless the obligation has ended; says whether that is different for it."""
        raise NotImplementedError

    def outcome(self) -> Conclusion:
        """What comes of it if nothing broke it until the case was settled."""
        raise NotImplementedError
