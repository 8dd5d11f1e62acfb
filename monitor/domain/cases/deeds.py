"""What is done in a case while it is open, as promises about people judge it."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from monitor.domain.facts.events import ClientTold, Event
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Kind
from monitor.domain.work.touches import Touch
from monitor.domain.work.trail import Holding


class Transfer(NamedTuple):
    """A call was put through to somebody else."""

    at: InstantUs
    call: str
    event: Event


class Told(NamedTuple):
    """The client was told beforehand of what will not be as promised; `kind` is None where the event names none."""

    at: InstantUs
    kind: str | None
    event: Event


class Stopped(NamedTuple):
    """The case was resolved or closed: until it is reopened nothing that is done counts."""

    at: InstantUs
    event: Event


Deed: TypeAlias = Touch | Holding | Transfer | Told | Stopped


def kind_told(fact: ClientTold) -> str | None:
    """The kind of promise the client was told about; an obligation's name has it in its middle."""
    if fact.obligation is None:
        return fact.kind
    return next((kind.value for kind in Kind if f"/{kind.value}/" in fact.obligation), "")
