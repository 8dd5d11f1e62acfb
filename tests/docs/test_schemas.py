"""`schemas/` is what the models say, and what it says is true."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from jsonschema.validators import validator_for
from ruamel.yaml import YAML

from monitor.errors import UnreadableEvent
from monitor.wire.book import read_book
from monitor.wire.events.cloud_events import EVENT_TYPES, decode_event
from monitor.wire.interface.schemas import asyncapi, documents, event_path, event_schema, example_event, rendered

ROOT: Final = Path(__file__).resolve().parents[2]
SCHEMAS: Final = ROOT / "schemas"

FACTS_IN: Final = """
`ticket.opened .changed .assigned .resolved .closed .reopened .merged .split .deleted` · `call.offered .answered .abandoned
.transferred .voicemail .ended` · `callback.promised .made` · `email.received .sent` · `letter.received .sent` · `chat.received .sent` ·
`meeting.scheduled .moved .cancelled .held` (who attended, visit or remote) · `work.logged` (who, seconds) · `promise.proposed .made .amended .withdrawn .declined` (also the casual
"I'll come back to you by Friday") · `staff.changed` (grade, joined, left) · `client.changed` · `satisfaction.recorded` · `breach.acknowledged
.explained .client_told .apologised .remedied .excused` · `case.linked` · `source.heartbeat`.
"""
"""The list of facts in the design, and how meetings end otherwise: `` `noun.verb .verb` `` groups in backquotes."""

DECIDED_LATER: Final = {"breach.closed", "client.risk_cleared"}
"""Facts that the design does not have: a breach may be closed with something left undone, a client may be at risk no longer,
and somebody decides so."""

OFFICIAL_ASYNCAPI: Final = Path(__file__).with_name("asyncapi-3.0.0.schema.json.xz")
"""The AsyncAPI initiative's own JSON Schema of AsyncAPI 3.0.0, unchanged: `schemas/3.0.0-without-$id.json` of the npm
package @asyncapi/specs 6.11.1 (Apache-2.0, https://github.com/asyncapi/spec-json-schemas)."""


def _designed_types() -> set[str]:
    types = set()
    for group in FACTS_IN.split("`")[1::2]:
        noun, _, first = group.split()[0].partition(".")
        types |= {f"{noun}.{verb.removeprefix('.')}" for verb in (first, *group.split()[1:])}
    return types


def test_committed_documents_are_the_generated_ones() -> None:
    generated = {path: rendered(document) for path, document in documents().items()}
    committed = {
        path.relative_to(SCHEMAS).as_posix(): path.read_bytes().decode()
        for path in SCHEMAS.rglob("*")
        if path.is_file()
    }
    assert sorted(committed) == sorted(generated), "run make schemas, and remove what is not generated any more"
    stale = [path for path, text in generated.items() if committed[path] != text]
    assert not stale, "run make schemas"


def test_generating_twice_gives_the_same_bytes() -> None:
    first, second = documents(), documents()
    assert [rendered(document) for document in first.values()] == [rendered(document) for document in second.values()]


def test_every_fact_of_the_design_has_a_schema() -> None:
    assert _designed_types() | DECIDED_LATER == set(EVENT_TYPES)
    assert all((SCHEMAS / event_path(event_type)).is_file() for event_type in _designed_types())


@pytest.mark.parametrize("path", sorted(documents()))
def test_each_document_is_what_its_dialect_allows(path: str) -> None:
    document = documents()[path]
    if "$schema" in document:
        validator_for(document).check_schema(document)
        assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert document["$id"].endswith(f"/schemas/{path}")
        assert document["title"]
        assert document["description"]


@pytest.mark.parametrize("event_type", sorted(EVENT_TYPES))
def test_each_example_is_valid_and_readable(event_type: str) -> None:
    event = example_event(event_type)
    _validate(event_schema(event_type), event)
    assert decode_event(json.dumps(event)).type == event_type


@pytest.mark.parametrize("event_type", sorted(EVENT_TYPES))
def test_each_example_says_something_in_every_key_it_has(event_type: str) -> None:
    described = event_schema(event_type)["properties"]["data"].get("properties", {})
    assert example_event(event_type)["data"].keys() <= described.keys()


BROKEN: Final[list[tuple[str, dict[str, Any]]]] = [
    ("no identifier", {"id": None}),
    ("an empty source", {"source": ""}),
    ("another version of CloudEvents", {"specversion": "0.3"}),
    ("a type nobody knows", {"type": "ticket.opend"}),
    ("no case", {"subject": None}),
    ("a number for an instant", {"time": 1_782_896_640}),
    ("a channel nobody knows", {"data": {"channel": "telepathy"}}),
    ("a list for a text", {"data": {"priority": ["high"]}}),
    ("a sequence below nothing", {"sequence": -1}),
]


@pytest.mark.parametrize("change", [change for _, change in BROKEN], ids=[case for case, _ in BROKEN])
def test_what_the_schema_refuses_the_decoder_refuses_too(change: dict[str, Any]) -> None:
    event = example_event("ticket.opened") | change
    with pytest.raises(jsonschema.ValidationError):
        _validate(event_schema("ticket.opened"), event)
    with pytest.raises(UnreadableEvent):
        decode_event(json.dumps(event))


def test_a_source_may_be_alive_without_a_case() -> None:
    event = example_event("source.heartbeat")
    assert "subject" not in event
    _validate(event_schema("source.heartbeat"), event)


def test_the_asyncapi_document_is_valid() -> None:
    official = json.loads(lzma.decompress(OFFICIAL_ASYNCAPI.read_bytes()))
    _validate(official, asyncapi())
    bundled = asyncapi()
    for message in bundled["components"]["messages"].values():
        message["payload"] = json.loads((SCHEMAS / message["payload"]["$ref"]).read_text(encoding="utf-8"))
    _validate(official, bundled)


def test_the_asyncapi_document_has_a_channel_with_every_type_and_one_of_decisions() -> None:
    document = asyncapi()
    assert set(document["channels"]["kept.events"]["messages"]) == set(EVENT_TYPES)
    assert set(document["channels"]["kept.decisions"]["messages"]) == {"decision"}
    assert set(document["components"]["messages"]) == {*EVENT_TYPES, "decision"}


def test_the_example_of_a_decision_is_valid_and_one_without_a_case_is_not() -> None:
    schema = documents()["decision.schema.json"]
    (example,) = schema["examples"]
    _validate(schema, example)
    with pytest.raises(jsonschema.ValidationError):
        _validate(schema, {key: value for key, value in example.items() if key != "subject"})


BOOK: Final = """
book: Alder & Finch
from: 2026-01-01
grades: [trainee, associate, senior, partner]
calendars:
  london: {zone: Europe/London, weekly: {mon-fri: ["09:00-17:30"]}, holidays: {country: GB, subdivision: ENG}}
statuses:
  waiting on client: {pauses: client}
clients:
  acme: {name: Acme Ltd, tier: gold, zone: Europe/London, contacts: ["@acme.example", "+44 20 7946 0000"]}
promises:
  - id: gold-first-reply
    kind: first_response
    for: {tier: gold}
    when: {priority: [high, urgent], channel: email}
    within: 1h
    hours: london
    warn: [50%, 80%]
    said: {by: R. Finch, on: 2025-11-03, where: engagement letter 4.2}
"""


def test_a_book_that_is_right_is_valid_and_one_that_is_not_is_not() -> None:
    schema = documents()["promise-book.schema.json"]
    read_book(BOOK, "book.yaml")
    _validate(schema, _as_an_editor_reads(BOOK))
    with pytest.raises(jsonschema.ValidationError):
        _validate(schema, _as_an_editor_reads(BOOK.replace("within: 1h", "witin: 1h")))


@pytest.mark.parametrize("path", sorted((ROOT / "deploy" / "mappings").glob("*.y*ml")), ids=lambda path: path.name)
def test_each_mapping_and_book_that_comes_with_kept_is_valid(path: Path) -> None:
    name = "promise-book" if path.stem.endswith(".book") else "mapping"
    _validate(documents()[f"{name}.schema.json"], _as_an_editor_reads(path.read_text(encoding="utf-8")))


def test_a_mapping_may_name_a_column_by_a_plain_word() -> None:
    mapping = """
mapping: tickets of the old help desk
source: /helpdesk
times: {format: iso}
case: number
time: opened_at
events:
  - {type: ticket.opened, when: first, data: {priority: priority}}
"""
    _validate(documents()["mapping.schema.json"], _as_an_editor_reads(mapping))


def _as_an_editor_reads(text: str) -> Any:
    """YAML 1.2 as JSON: a date is a text there."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))


def _validate(schema: dict[str, Any], instance: Any) -> None:
    validator = validator_for(schema)
    validator(schema, format_checker=validator.FORMAT_CHECKER).validate(instance)
