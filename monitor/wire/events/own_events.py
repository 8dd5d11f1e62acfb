"""Events of Kept's own source, made of what people tell Kept itself.

Nothing is changed by what they say: it becomes an event, which goes the way of every event. The event's id follows from what is
said, so that saying it again is a repeat.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson

from monitor.domain.facts.events import OWN_SOURCE
from monitor.domain.hours.instant import InstantUs, format_instant


def own_event(
    event_type: str, data: Mapping[str, Any], at: InstantUs | None, told_by: str | None
) -> tuple[str, dict[str, Any]]:
    """(id, event) of what somebody said; `at` is when it happened if they say so, `told_by` the token it came with.

    The event has no time yet, nor what it is about: those are no part of what is said.
    """
    identity = orjson.dumps([event_type, data, at], default=str, option=orjson.OPT_SORT_KEYS)
    name = f"{event_type}/{sha256(identity).hexdigest()[:32]}"
    event = {
        "specversion": "1.0",
        "id": name,
        "source": OWN_SOURCE,
        "type": event_type,
        "data": {**data} | ({} if told_by is None else {"told_by": told_by}),
    }
    return name, event


def written(event: Mapping[str, Any], at: InstantUs, **about: str) -> bytes:
    """Such an event as it goes into the journal: at an instant, `about` a case or a client."""
    return orjson.dumps({**event, **about, "time": format_instant(at)}, default=str)
