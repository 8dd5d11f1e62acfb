"""What a proposal proposes, as far as it says so: the promise that the past can be asked about."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from monitor.domain.hours.instant import InstantUs, format_instant, from_datetime
from monitor.domain.hours.target import CalendarDuration, Target, WorkingDuration, parse_target
from monitor.domain.hours.working_hours import WorkingHours
from monitor.domain.promises.promise import Kind
from monitor.wire.events.cloud_events import validate_event
from monitor.wire.events.event_data import PromiseProposed
from monitor.wire.questions.parameters import USUAL_SHARE, KeptShare, TimedKind
from monitor.wire.written.amounts import TargetText
from monitor.wire.written.plain_words import describe_error


class Unasked(ValueError):
    """A proposal that does not say enough, or not in words that are read."""


class Terms(NamedTuple):
    """What is proposed: kind, target and how often it has to be kept."""

    kind: Kind
    target: Target
    share: float


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: TimedKind
    within: TargetText | None = None
    share: KeptShare = USUAL_SHARE


def read_proposal(content: bytes) -> PromiseProposed:
    """What the bytes of a proposal say, which were read before; raises UnreadableEvent."""
    data: PromiseProposed = validate_event(content).data
    return data


def terms_of(said: PromiseProposed, at: InstantUs, hours: WorkingHours) -> Terms:
    """The terms of a proposal made at an instant; raises Unasked with what was found and what was expected.

    A date is the time from the proposal to it: working time where hours are named, calendar time otherwise.
    """
    is_date_only = said.kind is None and said.within is None and said.by is not None
    named = {"kind": Kind.BY.value if is_date_only else said.kind, "within": said.within, "share": said.share}
    try:
        read = _Said.model_validate({name: text for name, text in named.items() if text is not None})
    except ValidationError as error:
        faults = [describe_error(detail) for detail in error.errors()]
        raise Unasked(
            "; ".join(f"{key}: found {found}, expected {expected}" for found, expected, key in faults)
        ) from None
    return Terms(read.kind, _target(said, read.within, at, hours), read.share)


def _target(said: PromiseProposed, within: str | None, at: InstantUs, hours: WorkingHours) -> Target:
    if within is not None:
        return parse_target(within)
    if said.by is None:
        raise Unasked("within: found neither a time nor a date (`by`), expected one, e.g. 4h or 2 business days")
    by = from_datetime(said.by)
    length = by - at if said.hours is None else hours.between(at, by)
    if length <= 0:
        raise Unasked(f"by: found {format_instant(by)}, which leaves no time, expected a date after the proposal")
    return CalendarDuration(length) if said.hours is None else WorkingDuration(length)
