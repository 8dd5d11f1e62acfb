"""What is done in a case while it is open, as promises about people judge it."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from monitor.domain.events import Event
from monitor.domain.instant import InstantUs
from monitor.domain.touches import Touch
from monitor.domain.trail import Holding


class Transfer(NamedTuple):
    """A call was put through to somebody else."""

    at: InstantUs
    call: str
    event: Event


class Stopped(NamedTuple):
    """The case was resolved or closed: until it is reopened nothing that is done counts."""

    at: InstantUs
    event: Event


Deed: TypeAlias = Touch | Holding | Transfer | Stopped
