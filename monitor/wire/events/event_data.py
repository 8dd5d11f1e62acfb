"""The `data` of every event type, as pydantic models; each says which fact it states.

Unknown keys are ignored (a producer may say more than Kept reads); what is read is checked. Texts have
limits so that one field cannot fill the journal.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, core_schema

from monitor.domain.facts.events import (
    Amended,
    Assigned,
    Changed,
    ClientChanged,
    Ended,
    Ending,
    Fact,
    Heard,
    Linked,
    Merged,
    Noted,
    Opened,
    Promised,
    Rated,
    Reopened,
    RiskCleared,
    Split,
    StaffChanged,
    Withdrawn,
    Worked,
)
from monitor.domain.hours.instant import SECOND_US, from_datetime

Name = Annotated[str, StringConstraints(min_length=1, max_length=512)]
"""An identifier, a person's name, an address."""
Words = Annotated[str, StringConstraints(max_length=65_536)]
"""What somebody wrote or said."""


_DATE_AND_TIME = core_schema.custom_error_schema(
    core_schema.str_schema(strict=True, pattern=r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d"),
    custom_error_type="datetime_type",
)
"""A text that begins like a date and a time: pydantic would also take the digits of a Unix time, in whatever unit fits."""


class _WrittenOut:
    """An instant that stays the text it is."""

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return _DATE_AND_TIME

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


class _Parsed(_WrittenOut):
    """An instant written out, as a `datetime`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.chain_schema([_DATE_AND_TIME, handler(source)])


def _within_calendars(moment: datetime) -> datetime:
    if not FIRST <= moment < LAST:
        raise ValueError("an instant from 1990 to 2099")
    return moment


LONGEST_SECONDS = 366 * 86_400
"""A year: nobody's meeting or day's work is longer, and a number without a limit can fill the journal."""
FIRST, LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""The instants that calendars answer for, the last one outside."""

WrittenInstant = Annotated[str, _WrittenOut()]
"""RFC 3339 with an offset, not parsed yet: every event has one, and the standard library parses it several times faster."""
Instant = Annotated[AwareDatetime, _Parsed(), AfterValidator(_within_calendars)]
"""RFC 3339 with an offset."""
Channel = Literal["email", "chat", "call", "letter", "visit", "remote", "portal", "ticket"]


def _instant(moment: datetime | None) -> int | None:
    return None if moment is None else from_datetime(moment)


class Data(BaseModel):
    """What a type's `data` says."""

    model_config = ConfigDict(extra="ignore")

    def fact(self) -> Fact:
        """The domain's word for it."""
        raise NotImplementedError

    def contact_address(self) -> str | None:
        """The client's address or telephone number, where the data has one."""
        return None

    def message_title(self) -> str | None:
        """What stands above a message, where the data has it."""
        return None

    def references(self) -> tuple[str, ...]:
        """What else belongs to the same matter: names of cases, and of messages (`thread_of`)."""
        return ()


class _Noted(Data):
    """Data that is kept and shown, and moves no clock yet."""

    def fact(self) -> Fact:
        said = self.model_dump(mode="json", exclude_none=True)
        return Noted(", ".join(f"{key} {value}" for key, value in said.items() if value not in ([], {})))


class TicketOpened(Data):
    by: Literal["client", "staff"] = Field("client", description="Who opened it: staff start no response clock.")
    channel: Channel = Field("ticket", description="How it came in.")
    status: Name | None = Field(None, description="The status it was opened in.")
    priority: Name | None = None
    service: Name | None = None
    tags: frozenset[Name] = frozenset()
    holder: Name | None = Field(None, description="The person who has it from the start.")
    team: Name | None = None

    def fact(self) -> Fact:
        return Opened(
            self.by == "client",
            self.channel,
            self.status,
            self.priority,
            self.service,
            self.tags,
            self.holder,
            self.team,
        )


class TicketChanged(Data):
    status: Name | None = Field(None, description="Its new status; absent: unchanged.")
    priority: Name | None = None
    service: Name | None = None
    tags: frozenset[Name] | None = Field(None, description="All its tags from now on; absent: unchanged.")

    def fact(self) -> Fact:
        return Changed(self.status, self.priority, self.service, self.tags)


class TicketAssigned(Data):
    holder: Name | None = Field(None, description="The person who has it from now on; absent: nobody.")
    team: Name | None = None
    robot: bool = Field(False, description="The holder is a robot: nobody has it.")

    def fact(self) -> Fact:
        return Assigned(None if self.robot else self.holder, self.team)


class _TicketEnded(Data):
    by: Name | None = Field(None, description="Who did it.")
    reason: Words | None = None


class TicketResolved(_TicketEnded):
    def fact(self) -> Fact:
        return Ended(Ending.RESOLVED)


class TicketClosed(_TicketEnded):
    def fact(self) -> Fact:
        return Ended(Ending.CLOSED)


class TicketDeleted(_TicketEnded):
    def fact(self) -> Fact:
        return Ended(Ending.DELETED)


class TicketReopened(_TicketEnded):
    def fact(self) -> Fact:
        return Reopened()


class TicketMerged(Data):
    into: Name = Field(description="The case in which this one goes on.")

    def fact(self) -> Fact:
        return Merged(self.into)


class TicketSplit(Data):
    out_of: Name = Field(description="The case this one was split off.")
    started_at: Instant | None = Field(None, description="When this case's first message was sent.")

    def fact(self) -> Fact:
        return Split(self.out_of, _instant(self.started_at))


class WorkLogged(Data):
    person: Name
    seconds: int = Field(ge=0, le=LONGEST_SECONDS, description="How long they worked.")

    def fact(self) -> Fact:
        return Worked(self.person, self.seconds * SECOND_US)


class PromiseProposed(_Noted):
    """Somebody thinks of promising something. What is named of it is told whether it can be kept (`kept proposals`)."""

    promise: Name = Field(description="The promise's identifier.")
    speaker: Name | None = Field(None, description="Who proposes it.")
    words: Words | None = None
    by: Instant | None = Field(None, description="Until when, where it is a date.")
    kind: Name | None = Field(None, description="What sort of thing, as in the book; with nothing but a date: `by`.")
    within: Name | None = Field(None, description="How soon, as in the book, e.g. `4h` or `2 business days`.")
    hours: Name | None = Field(None, description="In which of the book's calendars; absent: in the book's hours.")
    share: Name | None = Field(None, description="How often at least, e.g. `90%`; absent: 95 %.")


class PromiseDeclined(_Noted):
    promise: Name
    reason: Words | None = None


class PromiseMade(Data):
    """Also the casual one: "I'll come back to you by Friday"."""

    promise: Name = Field(description="The promise's identifier, unique within the case.")
    by: Instant = Field(description="Until when it is to be done, that instant included.")
    kept_by: Literal["contact", "resolution"] = Field("contact", description="What keeps it.")
    speaker: Name | None = None
    words: Words | None = None

    def fact(self) -> Fact:
        resolving = self.kept_by == "resolution"
        return Promised(self.promise, from_datetime(self.by), resolving, self.speaker, self.words)


class PromiseAmended(Data):
    promise: Name
    by: Instant = Field(description="The new date.")
    agreed: bool = Field(False, description="Whether the client agreed; without that the first date stands.")

    def fact(self) -> Fact:
        return Amended(self.promise, from_datetime(self.by), self.agreed)


class PromiseWithdrawn(Data):
    promise: Name
    reason: Words | None = None

    def fact(self) -> Fact:
        return Withdrawn(self.promise)


class StaffChangedData(Data):
    person: Name
    grade: Name | None = None
    team: Name | None = None
    joined: Instant | None = None
    left: Instant | None = None
    absent: bool | None = Field(None, description="Away from now on, or back; absent from the data: unchanged.")

    def fact(self) -> Fact:
        joined, left = _instant(self.joined), _instant(self.left)
        return StaffChanged(self.person, self.grade, self.team, joined, left, self.absent)


class ClientChangedData(Data):
    tier: Name | None = Field(None, description="The tier from now on; absent: unchanged.")
    name: Name | None = Field(None, description="What people call it now: on record only, what is shown is the book's.")
    zone: Name | None = Field(None, description="Its time zone: on record only, its periods are those of the book's.")

    def fact(self) -> Fact:
        return ClientChanged(self.tier)


class ClientRiskCleared(Data):
    """Somebody decided that a client is not at risk any more, by whatever happened up to then."""

    by: Name = Field(description="Who decided so.")
    reason: Annotated[Words, StringConstraints(min_length=1)] = Field(description="Why.")

    def fact(self) -> Fact:
        return RiskCleared(self.by, self.reason)


class SatisfactionRecorded(Data):
    score: Annotated[float, Field(allow_inf_nan=False)] | None = None
    scale: Name | None = Field(
        None,
        description="What the score is out of: `nps`, `csat`, `ces`, `percent`, or the worst and the best, e.g. `1-5`.",
    )
    words: Words | None = None

    def fact(self) -> Fact:
        return Rated(self.score, self.scale, self.words)


class CaseLinked(Data):
    to: Name = Field(description="The case this one is part of.")

    def fact(self) -> Fact:
        return Linked(self.to)


class SourceHeartbeat(Data):
    def fact(self) -> Fact:
        return Heard()
