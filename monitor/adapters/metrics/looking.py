"""Looking at the history again and again, for whoever shows how things stand."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from monitor.adapters.answers.reader import Reader
from monitor.domain.hours.instant import DurationUs
from monitor.errors import TransientError
from monitor.service.ports import Clock

_REST: Final = 9
"""How many times as long as a look took the pause after it is at least."""
_MOST_PAUSES: Final = 30
"""How many times as long as usual a pause is at most, whatever the clock says of how long a look took."""
_log = logging.getLogger(__name__)


async def look_again(look: Callable[[], None], reader: Reader, clock: Clock, every: DurationUs, what: str) -> None:
    """Looks on the threads of questions, until cancelled. A database that is away is looked at again.

    Where a look takes long the next one waits the longer: looking takes a tenth of the time at most.
    """
    while True:
        began = clock.now()
        try:
            await reader.run(look)
        except TransientError as error:
            _log.warning("%s are as they were: %s", what, error)
        pause = min(max(every, _REST * (clock.now() - began)), _MOST_PAUSES * every)
        until = clock.now() + pause
        while until - pause <= clock.now() < until:
            await clock.wait(asyncio.Event(), until)


def while_wanted(
    is_wanted: Callable[[], bool], look: Callable[[], None], forget: Callable[[], None]
) -> Callable[[], None]:
    """A look where it is wanted; where it is not, nothing is looked at and nothing known, so that later all is read anew."""

    def look_or_forget() -> None:
        if is_wanted():
            look()
        else:
            forget()

    return look_or_forget
