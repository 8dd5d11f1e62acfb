"""The documents in `schemas/`, made from the models that read the real thing: nothing in them is written twice.

One JSON Schema (2020-12) for the whole CloudEvent of each type, one each for the files people write, an AsyncAPI
document that names every type on the channel `kept.events` with an example and what goes out on `kept.decisions`, and the OpenAPI document of what is answered over HTTP. `make schemas` writes them; a test holds
what is committed to what is generated here.
"""

from __future__ import annotations

import json
from typing import Any, Final, TypeAlias

from pydantic import Field, create_model

from monitor.conventions.media_types import CLOUDEVENT
from monitor.conventions.topics import DECISIONS_TOPIC, EVENTS_TOPIC
from monitor.wire.answers.decision_events import DecisionEvent, decision_event
from monitor.wire.book.model import book_json_schema, without_null
from monitor.wire.events.cloud_events import EVENT_MODELS, TYPES_WITH_CLIENT, TYPES_WITHOUT_CASE
from monitor.wire.events.event_data import Name
from monitor.wire.interface.openapi import openapi
from monitor.wire.mapping.model import ExportMapping
from monitor.wire.shown.documented import WithoutFieldTitles
from monitor.wire.written.calendars import CalendarModel

Document: TypeAlias = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ADDRESS: Final = "https://kept.example/schemas/"
"""What every `$id` begins with: a name (RFC 2606 reserves `.example`), nothing is to be fetched from it."""
CONTRACT_VERSION: Final = "1.0.0"
"""The version of the events as a contract: its major part moves when an event that was right is refused."""


DECISION_PATH: Final = "decision.schema.json"
"""Where the schema of decisions is, inside `schemas/`."""
_DECISION: Final = "decision"
_EXAMPLE_DECISION: Final[Document] = {
    "client": "acme",
    "case": "T-1042",
    "kind": "first_response",
    "promise": "gold-first-reply",
    "version": 1,
    "verdict": "broken",
    "opened": "2026-07-01T09:04:00Z",
    "due": "2026-07-01T10:04:00Z",
    "ended": None,
    "elapsed_seconds": None,
    "margin_seconds": None,
    "ratio": None,
    "holder": "A. Reed",
    "grade": "senior",
    "channel": "email",
    "tier": "gold",
    "is_open": True,
    "warnings": 2,
    "reason": "no answer by the time it was due",
    "type": "broken",
    "at": "2026-07-01T10:04:00Z",
    "recorded": "2026-07-01T10:04:00.012Z",
    "previous": "running",
    "restated": False,
    "cause_source": None,
    "cause_id": None,
    "obligation": "T-1042/first_response/2026-07-01T09:04:00Z",
    "occasion": None,
    "revision": 4,
    "position": 4711,
    "replaces": 4700,
    "id": "7d1c1f0ab4be5a6f8a33c1b0",
}


EVENT_EXAMPLES: Final[dict[str, tuple[str, Document]]] = {
    # By type: what such an event says, and an example of its `data`.
    "ticket.opened": (
        "A case began.",
        {"by": "client", "channel": "email", "priority": "high", "service": "payroll", "tags": ["vip"], "team": "desk"},
    ),
    "ticket.changed": ("Something about the case is different.", {"status": "waiting on client"}),
    "ticket.assigned": ("The case has another holder or team.", {"holder": "A. Reed", "team": "payroll"}),
    "ticket.resolved": ("The firm holds the case to be solved.", {"by": "A. Reed"}),
    "ticket.closed": ("The case is over.", {"by": "A. Reed", "reason": "confirmed by telephone"}),
    "ticket.reopened": ("A resolved or closed case goes on.", {"by": "J. Doe", "reason": "it happened again"}),
    "ticket.merged": ("The case goes on in another one.", {"into": "T-1040"}),
    "ticket.split": (
        "The case was split off another one.",
        {"out_of": "T-1040", "started_at": "2026-07-01T09:12:00+01:00"},
    ),
    "ticket.deleted": ("The case should never have been.", {"by": "A. Reed", "reason": "spam"}),
    "call.offered": (
        "A call arrived; sent again, with its queue, when it joins one.",
        {"call": "C-77", "number": "+44 20 7946 0000", "queue": "payroll"},
    ),
    "call.answered": ("Somebody of the firm took the call.", {"call": "C-77", "queue": "payroll", "agent": "A. Reed"}),
    "call.abandoned": ("The caller hung up before anybody answered.", {"call": "C-77", "queue": "payroll"}),
    "call.transferred": (
        "The call went to another queue or person.",
        {"call": "C-77", "queue": "tax", "agent": "B. Lund"},
    ),
    "call.voicemail": ("The caller left a message.", {"call": "C-77", "number": "+44 20 7946 0000"}),
    "call.ended": ("The call is over.", {"call": "C-77", "agent": "B. Lund"}),
    "callback.promised": (
        "The client was told that they will be called.",
        {"by": "2026-07-01T16:00:00+01:00", "number": "+44 20 7946 0000", "speaker": "A. Reed"},
    ),
    "callback.made": (
        "The client was called back.",
        {"reached": True, "agent": "A. Reed", "number": "+44 20 7946 0000"},
    ),
    "email.received": ("The client wrote an email.", {"address": "jo@acme.example", "author": "J. Doe"}),
    "email.sent": ("The firm wrote an email.", {"address": "jo@acme.example", "author": "A. Reed"}),
    "letter.received": ("The client wrote a letter.", {"author": "J. Doe"}),
    "letter.sent": ("The firm wrote a letter.", {"author": "A. Reed"}),
    "chat.received": ("The client wrote in a chat, a portal or the ticket.", {"author": "J. Doe", "channel": "portal"}),
    "chat.sent": ("The firm wrote in a chat, a portal or the ticket.", {"author": "A. Reed", "internal": True}),
    "meeting.scheduled": (
        "A meeting was arranged.",
        {"at": "2026-07-08T14:00:00+01:00", "visit": True, "invited": ["A. Reed", "R. Finch"]},
    ),
    "meeting.moved": (
        "A meeting that was arranged is to be held at another time.",
        {"meeting": "M17", "at": "2026-03-06T14:00:00Z"},
    ),
    "meeting.cancelled": (
        "A meeting that was arranged is not to be held.",
        {"meeting": "M17", "by": "client", "reason": "settled by telephone"},
    ),
    "meeting.held": ("A meeting took place.", {"visit": True, "attended": ["R. Finch"], "client_attended": True}),
    "work.logged": ("Somebody worked on the case.", {"person": "A. Reed", "seconds": 2700}),
    "promise.proposed": (
        "Somebody is about to promise something.",
        {"promise": "draft-by-friday", "speaker": "R. Finch", "by": "2026-07-03T17:30:00+01:00"},
    ),
    "promise.made": (
        "A date was given to the client.",
        {
            "promise": "draft-by-friday",
            "by": "2026-07-03T17:30:00+01:00",
            "kept_by": "contact",
            "speaker": "R. Finch",
            "words": "I'll come back to you by Friday.",
        },
    ),
    "promise.amended": (
        "A date given earlier was replaced.",
        {"promise": "draft-by-friday", "by": "2026-07-06T12:00:00+01:00", "agreed": True},
    ),
    "promise.withdrawn": ("A date given earlier no longer stands.", {"promise": "draft-by-friday"}),
    "promise.declined": (
        "What was proposed was not promised.",
        {"promise": "draft-by-friday", "reason": "quarter end"},
    ),
    "staff.changed": (
        "A person's grade or team changed, or they joined or left.",
        {"person": "A. Reed", "grade": "senior", "team": "payroll", "joined": "2024-02-01T00:00:00Z"},
    ),
    "client.changed": ("A client's tier or particulars changed.", {"tier": "gold", "zone": "Europe/London"}),
    "client.risk_cleared": (
        "Somebody decided that a client is not at risk any more.",
        {"by": "R. Finch", "reason": "We met, and they stay with us."},
    ),
    "satisfaction.recorded": (
        "The client said how satisfied they are.",
        {"score": 4, "scale": "1-5", "words": "Quick, but I had to ask twice."},
    ),
    "breach.acknowledged": ("Somebody owned up to a broken promise.", {"kind": "first_response", "by": "A. Reed"}),
    "breach.explained": (
        "Somebody found out why a promise was broken.",
        {"kind": "first_response", "by": "A. Reed", "cause": "too few people", "words": "Nobody saw to it at lunch."},
    ),
    "breach.client_told": ("The client was told of the broken promise.", {"kind": "first_response", "by": "R. Finch"}),
    "breach.apologised": ("The firm apologised for it.", {"kind": "first_response", "by": "R. Finch"}),
    "breach.remedied": (
        "The firm made up for it.",
        {"kind": "first_response", "by": "A. Reed", "amount": 150, "currency": "GBP", "approved_by": "R. Finch"},
    ),
    "breach.closed": (
        "Somebody decided that nothing more will be done about a broken promise.",
        {"kind": "first_response", "by": "R. Finch", "reason": "the client left us before we could make it good"},
    ),
    "breach.excused": (
        "Somebody decided that a breach is not the firm's.",
        {"kind": "resolve", "reason": "the client's own network was down", "approved_by": "R. Finch"},
    ),
    "case.linked": ("Two cases are one matter.", {"to": "T-1040"}),
    "source.heartbeat": ("The source is alive and has nothing to say up to this time.", {}),
}


def documents() -> dict[str, Document]:
    """Every document by its path inside `schemas/`."""
    events = {event_path(event_type): event_schema(event_type) for event_type in EVENT_MODELS}
    return events | {
        "asyncapi.json": asyncapi(),
        "openapi.json": openapi(),
        DECISION_PATH: decision_schema(),
        "calendar.schema.json": file_schema("calendar", "Calendar", _schema_of(CalendarModel)),
        "mapping.schema.json": file_schema("mapping", "Mapping of an export", _schema_of(ExportMapping)),
        "promise-book.schema.json": file_schema("promise-book", "Promise book", book_json_schema()),
    }


def rendered(document: Document) -> str:
    """A document as it stands in its file: keys sorted, two spaces, a newline at the end."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def event_path(event_type: str) -> str:
    """Where the schema of a type is, inside `schemas/`."""
    return f"events/{event_type}.schema.json"


def event_schema(event_type: str) -> Document:
    """The JSON Schema of the whole CloudEvent of one type, with an example."""
    model = EVENT_MODELS[event_type]
    if event_type not in TYPES_WITHOUT_CASE:
        model = _with_required(model, "subject")
    if event_type in TYPES_WITH_CLIENT:
        model = _with_required(model, "client")
    schema = _schema_of(model)
    _inline_data(schema)
    says, _ = EVENT_EXAMPLES[event_type]
    return schema | _head(event_path(event_type), event_type, says) | {"examples": [example_event(event_type)]}


def example_event(event_type: str) -> Document:
    """A CloudEvent of this type such as a firm might send."""
    _, data = EVENT_EXAMPLES[event_type]
    case = {} if event_type in TYPES_WITHOUT_CASE else {"subject": "T-1042"}
    return {
        "specversion": "1.0",
        "id": f"{event_type}-7",
        "source": "/helpdesk",
        "type": event_type,
        "time": "2026-07-01T10:04:00+01:00",
        "client": "acme",
        "sequence": 7,
        "data": data,
    } | case


def decision_schema() -> Document:
    """The JSON Schema of a decision as it goes out, with an example."""
    schema = _schema_of(DecisionEvent)
    _inline_data(schema)
    title = "Decision"
    return schema | _head(DECISION_PATH, title, DecisionEvent.__doc__ or title) | {"examples": [example_decision()]}


def example_decision() -> Document:
    """A breach as it goes out: nobody answered within the hour."""
    found: Document = json.loads(decision_event(_EXAMPLE_DECISION))
    return found


def file_schema(name: str, title: str, schema: Document) -> Document:
    """The JSON Schema of a file that people write, for their editor; a key is left out there, never null."""
    pruned: Document = without_null(schema)
    return pruned | _head(f"{name}.schema.json", title, schema.get("description", title))


def _head(path: str, title: str, description: str) -> Document:
    return {"$schema": DIALECT, "$id": ADDRESS + path, "title": title, "description": description}


def _schema_of(model: Any) -> Document:
    schema: Document = model.model_json_schema(schema_generator=WithoutFieldTitles)
    return schema


def _with_required(model: Any, attribute: str) -> Any:
    """The decoder tells events without a case from those that forgot it; a schema has to say it of each type."""
    description = model.model_fields[attribute].description
    fields: dict[str, Any] = {attribute: (Name, Field(description=description))}
    return create_model(model.__name__, __base__=model, **fields)


def _inline_data(schema: Document) -> None:
    """Puts the schema of `data` where it is used: without `$defs` the whole reads from top to bottom."""
    data = schema["properties"]["data"]
    name = data.pop("$ref").removeprefix("#/$defs/")
    data |= schema["$defs"].pop(name)
    del data["title"]
    if not schema["$defs"]:
        del schema["$defs"]


def asyncapi() -> Document:
    """The AsyncAPI 3.0 document. https://www.asyncapi.com/docs/reference/specification/v3.0.0"""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Kept",
            "version": CONTRACT_VERSION,
            "description": "The facts Kept listens to and what it decides of them: CloudEvents 1.0 in structured JSON.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": CLOUDEVENT,
        "channels": {
            EVENTS_TOPIC: {
                "address": EVENTS_TOPIC,
                "title": "Facts",
                "description": "Every fact about every client's cases, keyed by case.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in EVENT_MODELS},
            },
            DECISIONS_TOPIC: {
                "address": DECISIONS_TOPIC,
                "title": "Decisions",
                "description": "Every decision, keyed by case, in the order in which they came true, at least once.",
                "messages": {_DECISION: {"$ref": f"#/components/messages/{_DECISION}"}},
            },
        },
        "operations": {
            "hearFact": {
                "action": "receive",
                "channel": {"$ref": "#/channels/kept.events"},
                "summary": "Kept takes a fact, once: a second one with the same source and id changes nothing.",
            },
            "tellDecision": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{DECISIONS_TOPIC}"},
                "summary": "Kept tells a decision; a second one with the same id is a repeat.",
            },
        },
        "components": {"messages": {name: _message(name) for name in EVENT_MODELS} | {_DECISION: _decision_message()}},
    }


def _decision_message() -> Document:
    return {
        "name": _DECISION,
        "title": _DECISION,
        "summary": "What Kept decided about one obligation.",
        "payload": {"$ref": DECISION_PATH},
        "examples": [{"name": _DECISION, "payload": example_decision()}],
    }


def _message(event_type: str) -> Document:
    says, _ = EVENT_EXAMPLES[event_type]
    return {
        "name": event_type,
        "title": event_type,
        "summary": says,
        "payload": {"$ref": event_path(event_type)},
        "examples": [{"name": event_type, "payload": example_event(event_type)}],
    }
