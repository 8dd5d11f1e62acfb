"""Looks at the history every so often, beside whatever is committed, for series that hang on more than single commits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from monitor.adapters.reader import Reader
from monitor.domain.instant import DurationUs
from monitor.errors import TransientError
from monitor.service.ports import Clock

_log = logging.getLogger(__name__)


async def look_every(pause_us: DurationUs, look: Callable[[], None], reader: Reader, clock: Clock, what: str) -> None:
    """Looks for ever, until cancelled, on the threads of questions; `what` it is about, for the log.

    A database that is away is looked at again. A clock that is set back holds nothing up.
    """
    while True:
        try:
            await reader.run(look)
        except TransientError as error:
            _log.warning("%s are as they were: %s", what, error)
        until = clock.now() + pause_us
        while until - pause_us <= clock.now() < until:
            await clock.wait(asyncio.Event(), until)
