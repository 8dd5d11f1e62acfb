"""What people do about a breach by way of Kept itself: each act with what it must say, and the event it makes.

An act changes nothing by itself. It becomes an event of Kept's own source, which goes the way of every event. The event's id
follows from what is said, so that saying it again is a repeat; two acts that say the same of one breach are one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pydantic import Field

from monitor.domain.facts.events import CLOSE
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.promise import Kind
from monitor.wire.acts.requests import Request, Words
from monitor.wire.events.breach_data import Amount, CurrencyCode
from monitor.wire.events.own_events import own_event
from monitor.wire.questions.breach_rows import BREACH_ROW
from monitor.wire.questions.rows import Row
from monitor.wire.questions.values import Instant


class Act(Request):
    """What may be said at every act."""

    by: Words | None = Field(None, description="Who does it; the name of the token if left out.")
    at: Instant | None = Field(None, description="When it was done; now if left out.")
    words: Words | None = Field(None, description="In their own words.")


class Explanation(Act):
    """Why a promise was broken."""

    cause: Words = Field(description="One of the causes that the book lists.")
    words: Words = Field(description="What happened.")


class Remedy(Act):
    """A credit, or why there is none."""

    amount: Amount | None = Field(None, description="The sum of the credit.")
    currency: CurrencyCode | None = Field(None, description="Its currency; that of the book if left out.")
    approved_by: Words | None = Field(None, description="Who approved it.")
    reason: Words | None = Field(None, description="Why there is no credit.")


class Decided(Request):
    """A breach is not the firm's, or nothing more will be done about it."""

    by: Words | None = Field(None, description="Who decides so; the name of the token if left out.")
    at: Instant | None = Field(None, description="When it was decided; now if left out.")
    reason: Words = Field(description="Why.")


class Deed(NamedTuple):
    """One act: the step it takes, the type of its event, what it must say."""

    step: str
    event_type: str
    said: type[Request]
    says: str


EXCUSE: Final = "excuse"
DEEDS: Final[Mapping[str, Deed]] = {
    deed.step: deed
    for deed in (
        Deed(Kind.ACKNOWLEDGE.value, "breach.acknowledged", Act, "Acknowledge a broken promise"),
        Deed(Kind.EXPLAIN.value, "breach.explained", Explanation, "Say why a promise was broken"),
        Deed(Kind.TELL.value, "breach.client_told", Act, "Say that the client was told of it"),
        Deed(Kind.APOLOGISE.value, "breach.apologised", Act, "Say that the firm apologised"),
        Deed(Kind.REMEDY.value, "breach.remedied", Remedy, "Give a credit, or say why there is none"),
        Deed(EXCUSE, "breach.excused", Decided, "Decide that a breach is not the firm's"),
        Deed(CLOSE, "breach.closed", Decided, "Decide that nothing more will be done about it"),
    )
}
"""Every act, by the word that commands and addresses have for it."""


class ActAnswer(Row):
    """What became of an act."""

    event: str = Field(description="The identifier of the event it made, whose source is `kept`.")
    repeated: bool = Field(description="Whether the same had been said before: then nothing is new.")
    breach: BREACH_ROW = Field(description="The breach as it stands now.")


def event_of(deed: Deed, obligation: str, said: Mapping[str, Any], told_by: str | None) -> tuple[str, dict[str, Any]]:
    """(id, event) of an act about an obligation; `said` is what its model holds, `told_by` the token it came with.

    The event has neither its time nor its case yet: those are no part of what is said.
    """
    data = {key: value for key, value in said.items() if value is not None and key != "at"}
    if deed.step == EXCUSE:
        data["approved_by"] = data.pop("by")
    data = {"obligation": obligation, **data}
    at: InstantUs | None = said.get("at")
    return own_event(deed.event_type, data, at, told_by)
