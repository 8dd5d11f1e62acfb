"""CloudEvents 1.0 in JSON to domain events: one table of types, one door.

The envelope's `subject` is the case, the extension attributes `client` and `sequence` name the client and
the source's own counter. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
"""

from __future__ import annotations

from datetime import datetime
from sys import intern
from typing import Annotated, Any, Final, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, WithJsonSchema, create_model

from monitor.domain.facts.canary import CANARY_SOURCE, is_of_canary
from monitor.domain.facts.events import CANARY, Event, Linked, Merged, Noted
from monitor.domain.hours.instant import InstantUs, from_datetime
from monitor.errors import UnreadableEvent
from monitor.wire.events import breach_data
from monitor.wire.events import event_data as data
from monitor.wire.events import exchange_data as exchanged
from monitor.wire.events.event_texts import refuse_what_no_database_takes
from monitor.wire.written.json_text import refuse_numbers_by_name
from monitor.wire.written.plain_words import EXPECTED, describe_error, shown

LONGEST_EVENT_BYTES: Final = 1_048_576
"""The most one event may measure: what CloudEvents asks of intermediaries is 64 KiB, Kept takes sixteen times that."""

EVENT_TYPES: Final[dict[str, type[data.Data]]] = {
    "ticket.opened": data.TicketOpened,
    "ticket.changed": data.TicketChanged,
    "ticket.assigned": data.TicketAssigned,
    "ticket.resolved": data.TicketResolved,
    "ticket.closed": data.TicketClosed,
    "ticket.reopened": data.TicketReopened,
    "ticket.merged": data.TicketMerged,
    "ticket.split": data.TicketSplit,
    "ticket.deleted": data.TicketDeleted,
    "call.offered": exchanged.CallOffered,
    "call.answered": exchanged.CallAnswered,
    "call.abandoned": exchanged.CallAbandoned,
    "call.transferred": exchanged.CallTransferred,
    "call.voicemail": exchanged.CallVoicemail,
    "call.ended": exchanged.CallEnded,
    "callback.promised": exchanged.CallbackPromisedData,
    "callback.made": exchanged.CallbackMade,
    "email.received": exchanged.EmailReceived,
    "email.sent": exchanged.EmailSent,
    "letter.received": exchanged.LetterReceived,
    "letter.sent": exchanged.LetterSent,
    "chat.received": exchanged.ChatReceived,
    "chat.sent": exchanged.ChatSent,
    "meeting.scheduled": exchanged.MeetingScheduledData,
    "meeting.moved": exchanged.MeetingMovedData,
    "meeting.cancelled": exchanged.MeetingCancelledData,
    "meeting.held": exchanged.MeetingHeld,
    "work.logged": data.WorkLogged,
    "promise.proposed": data.PromiseProposed,
    "promise.made": data.PromiseMade,
    "promise.amended": data.PromiseAmended,
    "promise.withdrawn": data.PromiseWithdrawn,
    "promise.declined": data.PromiseDeclined,
    "staff.changed": data.StaffChangedData,
    "client.changed": data.ClientChangedData,
    "client.risk_cleared": data.ClientRiskCleared,
    "satisfaction.recorded": data.SatisfactionRecorded,
    "breach.acknowledged": breach_data.BreachAcknowledged,
    "breach.explained": breach_data.BreachExplained,
    "breach.client_told": breach_data.BreachClientTold,
    "breach.apologised": breach_data.BreachApologised,
    "breach.remedied": breach_data.BreachRemedied,
    "breach.closed": breach_data.BreachClosed,
    "breach.excused": breach_data.BreachExcused,
    "case.linked": data.CaseLinked,
    "source.heartbeat": data.SourceHeartbeat,
}
"""Every type Kept reads, with the model of its `data`."""

TYPES_WITH_CLIENT: Final = frozenset({"client.risk_cleared"})
"""Those that count for nothing without a client."""
TYPES_WITHOUT_CASE: Final = frozenset({"staff.changed", "client.changed", "client.risk_cleared", "source.heartbeat"})
_STATING_FACTS_ALONE: Final = frozenset(
    model
    for model in EVENT_TYPES.values()
    if (model.contact_address, model.references, model.message_title)
    == (data.Data.contact_address, data.Data.references, data.Data.message_title)
)
"""Models that know of no address, title or other case: they need not be asked."""
# `Event(...)` would take these as arguments and make the same tuple of them, in twice the time.
_new_tuple = tuple.__new__
_FIRST_US: Final = from_datetime(data.FIRST)
_LAST_US: Final = from_datetime(data.LAST)
_SEQUENCE_SCHEMA: Final = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\d{1,18}$"}]}
"""CloudEvents' own `sequence` extension is a text, many producers send a number: both are read."""


class Envelope(BaseModel):
    """The context attributes of a CloudEvent, as Kept reads them."""

    model_config = ConfigDict(extra="ignore")

    specversion: Literal["1.0"] = Field(description="The CloudEvents version.")
    id: data.Name = Field(description="With `source`, identifies the event: a second one with both is a duplicate.")
    source: data.Name = Field(description="The system the event comes from, e.g. `/helpdesk`.")
    time: data.WrittenInstant = Field(description="When it happened, RFC 3339 with an offset.")
    subject: data.Name | None = Field(None, description="The case it belongs to.")
    datacontenttype: Literal["application/json"] | None = None
    client: data.Name | None = Field(None, description="The client it is about, by the book's identifier.")
    sequence: Annotated[int, Field(ge=0, lt=2**63), WithJsonSchema(_SEQUENCE_SCHEMA)] | None = Field(
        None, description="The source's own counter, for the order of events at the same instant and for gaps."
    )


class _Recalled(Envelope):
    """Any event that was taken once, but for its data."""

    type: str


def _model_of(event_type: str, data_model: type[data.Data]) -> Any:
    """The CloudEvent of one type. `data` may be left out where nothing in it is required."""
    required = any(field.is_required() for field in data_model.model_fields.values())
    default = ... if required else Field(default_factory=data_model)
    name = "".join(part.capitalize() for part in event_type.replace("_", ".").split("."))
    fields: dict[str, Any] = {"type": (Literal[event_type], ...), "data": (data_model, default)}
    return create_model(name, __base__=Envelope, **fields)


EVENT_MODELS: Final[dict[str, Any]] = {name: _model_of(name, model) for name, model in EVENT_TYPES.items()}
"""The whole CloudEvent of each type."""

_ONE_OF_THEM: Final[Any] = Union[tuple(EVENT_MODELS.values())]  # noqa: UP007  a union made from a table
_ANY_EVENT: Final[TypeAdapter[Any]] = TypeAdapter(Annotated[_ONE_OF_THEM, Field(discriminator="type")])
_validate_json: Final = _ANY_EVENT.validator.validate_json
"""The adapter's own method asks for options that nobody sets here, at each event."""


def decode_event(line: bytes | str) -> Event:
    """The domain event in one CloudEvent in structured JSON.

    Raises `UnreadableEvent` with what was found, what was expected and where in the event.
    """
    event = _to_domain(validate_event(line))
    refuse_numbers_by_name(line.encode() if isinstance(line, str) else line)
    return event


def recall_event(content: bytes) -> Event:
    """The domain event in what the journal has taken.

    An earlier Kept may have asked less of it: what could not be taken today is on record all the same, and moves no clock.
    """
    try:
        return _to_domain(validate_event(content))
    except UnreadableEvent as error:
        known = _Recalled.model_validate_json(content)
        words = f"not read any more: found {error.found}, expected {error.expected}"
        return Event(
            _instant(known.time),
            intern(known.source),
            -1 if known.sequence is None else known.sequence,
            known.id,
            known.type,
            None if known.type in TYPES_WITHOUT_CASE else known.subject,
            known.client,
            None,
            Noted(words),
            (),
        )


def validate_event(line: bytes | str) -> Any:
    """The pydantic model of one CloudEvent in structured JSON; raises `UnreadableEvent`.

    NaN and Infinity in what is not read are left alone: the journal has events with them, from before they were refused.
    """
    if len(line) > LONGEST_EVENT_BYTES:
        raise UnreadableEvent(f"{len(line)} bytes", f"at most {LONGEST_EVENT_BYTES} bytes an event")
    try:
        event = _validate_json(line)
    except ValidationError as error:
        found, expected, key = describe_error(error.errors(include_url=False)[0])
        raise UnreadableEvent(found, expected, key) from None
    refuse_what_no_database_takes(event, line.encode() if isinstance(line, str) else line)
    return event


def _to_domain(event: Any) -> Event:
    # Its fields as a dictionary: one by its name takes several times as long, and every event asks for all.
    known = event.__dict__
    event_type, case, client, sequence, stated = (
        known["type"],
        known["subject"],
        known["client"],
        known["sequence"],
        known["data"],
    )
    # What concerns a client, a person or a source concerns no case, whatever subject a producer gives it.
    if event_type in TYPES_WITHOUT_CASE:
        case = None
    elif case is None:
        raise UnreadableEvent("no subject", "the case's identifier", "subject")
    if client is None and event_type in TYPES_WITH_CLIENT:
        raise UnreadableEvent("no client", "the client's identifier", "client")
    fact_alone = type(stated) in _STATING_FACTS_ALONE
    fact = stated.fact()
    made = (
        _instant(known["time"]),
        # The same few texts come with every event of a case: a million events keep one copy of each.
        intern(known["source"]),
        -1 if sequence is None else sequence,
        known["id"],
        event_type,
        case if case is None else intern(case),
        client if client is None else intern(client),
        None if fact_alone else stated.contact_address(),
        fact,
        () if fact_alone else stated.references(),
        None if fact_alone else stated.message_title(),
    )
    arrived = _new_tuple(Event, made)
    # Of every event that arrives is asked no more than this.
    if type(fact) in _NAMING_CASES or arrived.source == CANARY_SOURCE or is_of_canary(client, case):
        _refuse_strays(arrived)
    return arrived


_NAMING_CASES: Final = (Merged, Linked)


def _refuse_strays(event: Event) -> None:
    """Raises where something is of the canary, which is in no figure, and not from it, or the other way round."""
    fact = event.fact
    other = fact.into if type(fact) is Merged else fact.to if type(fact) is Linked else None
    if (event.source == CANARY_SOURCE) is not is_of_canary(event.client, event.case, other):
        case = other or event.case or ""
        found = f"source {shown(event.source)}, client {shown(event.client or '')}, case {shown(case)}"
        expected = f"{CANARY} and its cases from {CANARY_SOURCE}, and nothing else from there"
        raise UnreadableEvent(found, expected, "source")


def _instant(text: str) -> InstantUs:
    """The instant of an event's `time`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UnreadableEvent(shown(text), EXPECTED["datetime_parsing"], "time") from None
    if moment.tzinfo is None:
        raise UnreadableEvent(shown(text), EXPECTED["timezone_aware"], "time")
    instant = from_datetime(moment)
    if not _FIRST_US <= instant < _LAST_US:
        raise UnreadableEvent(shown(text), "an instant from 1990 to 2099", "time")
    return instant
