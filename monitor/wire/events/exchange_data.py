"""What the `data` of each event says in which the client and the firm exchange something: calls, callbacks, messages, meetings.

Each of them may name what else belongs to the same matter (`references`).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from monitor.domain.cases.joining import thread_of
from monitor.domain.facts.events import (
    Call,
    CallbackPromised,
    CallStep,
    Contact,
    Fact,
    Meeting,
    MeetingCancelled,
    MeetingMoved,
    MeetingScheduled,
    Noted,
    Side,
    meeting_held,
)
from monitor.domain.hours.instant import SECOND_US, from_datetime
from monitor.domain.promises.references import LONGEST_TITLE
from monitor.wire.events.event_data import LONGEST_SECONDS, Data, Instant, Name, Words


class _About(Data):
    about: tuple[Name, ...] = Field(
        (), description="Cases it names, e.g. by [#4711] in a subject line or typed in by a caller."
    )

    def references(self) -> tuple[str, ...]:
        return self.about


class _CallData(_About):
    call: Name = Field(description="The call's own identifier.")
    direction: Literal["inbound", "outbound"] = "inbound"
    number: Name | None = Field(None, description="The client's telephone number.")
    queue: Name | None = Field(None, description="The queue it waits in; absent while in the voice menu.")
    agent: Name | None = Field(None, description="Who of the firm is on the line.")
    robot: bool = Field(False, description="The agent is a robot.")

    def _step(self, step: CallStep) -> Call:
        return Call(step, self.call, self.direction == "inbound", self.queue, self.agent, not self.robot)

    def contact_address(self) -> str | None:
        return self.number


class CallOffered(_CallData):
    """Sent when a call arrives and again, with `queue`, when it joins a queue."""

    def fact(self) -> Fact:
        return self._step(CallStep.OFFERED)


class CallAnswered(_CallData):
    def fact(self) -> Fact:
        return self._step(CallStep.ANSWERED)


class CallAbandoned(_CallData):
    def fact(self) -> Fact:
        return self._step(CallStep.ABANDONED)


class CallTransferred(_CallData):
    def fact(self) -> Fact:
        return self._step(CallStep.TRANSFERRED)


class CallVoicemail(_CallData):
    def fact(self) -> Fact:
        return self._step(CallStep.VOICEMAIL)


class CallEnded(_CallData):
    def fact(self) -> Fact:
        return self._step(CallStep.ENDED)


class CallbackPromisedData(_About):
    by: Instant = Field(description="Until when the client is to be called, that instant included.")
    number: Name | None = Field(None, description="The client's telephone number.")
    speaker: Name | None = None
    words: Words | None = None

    def fact(self) -> Fact:
        return CallbackPromised(from_datetime(self.by), self.speaker, self.words)

    def contact_address(self) -> str | None:
        return self.number


class CallbackMade(_About):
    reached: bool = Field(description="Whether the client was reached.")
    agent: Name | None = None
    number: Name | None = None
    robot: bool = Field(False, description="A robot called, which is nobody.")

    def fact(self) -> Fact:
        return Noted("a robot called") if self.robot else Contact(Side.FIRM, "call", self.agent, self.reached)

    def contact_address(self) -> str | None:
        return self.number


class _Message(_About):
    address: Name | None = Field(None, description="The client's address, where the event names no client.")
    title: Words | None = Field(
        None,
        description="What stands above it, e.g. an email's subject line; the book's `references` are looked for in it.",
    )
    message_id: Name | None = Field(None, description="The message's own name: an email's Message-ID.")
    in_reply_to: tuple[Name, ...] = Field(
        (), description="The messages it answers: an email's In-Reply-To and References."
    )

    def references(self) -> tuple[str, ...]:
        own = self.message_id
        if own is None and not self.in_reply_to:
            return self.about  # as most are
        messages = self.in_reply_to if own is None else (own, *self.in_reply_to)
        return tuple(dict.fromkeys((*self.about, *map(thread_of, messages))))

    def contact_address(self) -> str | None:
        return self.address

    def message_title(self) -> str | None:
        return None if self.title is None else self.title[:LONGEST_TITLE]


class _MessageReceived(_Message):
    author: Name | None = None
    automatic: bool = Field(False, description="Out-of-office replies, delivery reports: they start no clock.")


class _MessageSent(_Message):
    author: Name | None = Field(None, description="Who of the firm wrote it.")
    automatic: bool = Field(False, description="Sent by a rule or a robot: it answers nobody.")
    internal: bool = Field(False, description="An internal note: the client never sees it.")


class EmailReceived(_MessageReceived):
    def fact(self) -> Fact:
        return Contact(Side.CLIENT, "email", self.author, not self.automatic)


class EmailSent(_MessageSent):
    def fact(self) -> Fact:
        return Contact(Side.FIRM, "email", self.author, not (self.automatic or self.internal))


class LetterReceived(_MessageReceived):
    def fact(self) -> Fact:
        return Contact(Side.CLIENT, "letter", self.author, not self.automatic)


class LetterSent(_MessageSent):
    def fact(self) -> Fact:
        return Contact(Side.FIRM, "letter", self.author, not (self.automatic or self.internal))


class ChatReceived(_MessageReceived):
    channel: Literal["chat", "portal", "ticket"] = Field(
        "chat", description="A chat, a web form or portal, the ticket."
    )

    def fact(self) -> Fact:
        return Contact(Side.CLIENT, self.channel, self.author, not self.automatic)


class ChatSent(_MessageSent):
    channel: Literal["chat", "portal", "ticket"] = Field(
        "chat", description="A chat, a web form or portal, the ticket."
    )

    def fact(self) -> Fact:
        return Contact(Side.FIRM, self.channel, self.author, not (self.automatic or self.internal))


class _MeetingData(_About):
    meeting: Name | None = Field(
        None, description="The meeting's own name; without one it is the next that was arranged without a name."
    )


class MeetingScheduledData(_MeetingData):
    """One that is arranged already under this name is moved."""

    at: Instant = Field(description="When it is to be held.")
    visit: bool = Field(False, description="In person, not remote.")
    invited: list[Name] = Field([], description="Who of the firm was announced to the client.")

    def fact(self) -> Fact:
        return MeetingScheduled(self.meeting, from_datetime(self.at), self.visit, tuple(self.invited))


class MeetingMovedData(_MeetingData):
    at: Instant = Field(description="When it is to be held now.")

    def fact(self) -> Fact:
        return MeetingMoved(self.meeting, from_datetime(self.at))


class MeetingCancelledData(_MeetingData):
    by: Literal["client", "firm"] = Field("client", description="Who cancelled it.")
    reason: Words | None = None

    def fact(self) -> Fact:
        return MeetingCancelled(self.meeting, self.by == "client", self.reason)


class MeetingHeld(_MeetingData):
    visit: bool = Field(False, description="In person, not remote.")
    attended: list[Name] | None = Field(None, description="Who of the firm came; absent: nobody tells.")
    client_attended: bool = Field(True, description="Whether the client came; a meeting without them is no contact.")
    seconds: int | None = Field(None, ge=0, le=LONGEST_SECONDS, description="How long it took.")

    def fact(self) -> Fact:
        channel = "visit" if self.visit else "remote"
        length = None if self.seconds is None else self.seconds * SECOND_US
        meeting = Meeting(self.meeting, self.client_attended, self.attended is not None)
        return meeting_held(channel, meeting, tuple(self.attended or ()), length)
