"""Looking at the history again and again, for whoever shows how things stand."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from monitor.adapters.reader import Reader
from monitor.domain.instant import DurationUs
from monitor.errors import TransientError
from monitor.service.ports import Clock

_log = logging.getLogger(__name__)


async def look_again(look: Callable[[], None], reader: Reader, clock: Clock, every: DurationUs, what: str) -> None:
    """Looks on the threads of questions, until cancelled. A database that is away is looked at again."""
    while True:
        try:
            await reader.run(look)
        except TransientError as error:
            _log.warning("%s are as they were: %s", what, error)
        until = clock.now() + every
        while until - every <= clock.now() < until:
            await clock.wait(asyncio.Event(), until)
