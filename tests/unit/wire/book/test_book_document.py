"""BOOK.md tells account managers the truth: its examples work and it leaves nothing out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from monitor.wire.book import book_json_schema, read_book

DOCUMENT: Final = Path(__file__).resolve().parents[4] / "BOOK.md"
EXAMPLES: Final = re.findall(r"^```yaml\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)

SECTIONS: Final = {
    "book": "book: Example",
    "calendars": "calendars: {london: {zone: Europe/London, weekly: {mon-fri: ['09:00-17:30']}}}",
    "statuses": "statuses: {waiting on client: {pauses: client}}",
    "clients": "clients: {acme: {tier: gold}}",
    "grades": "grades: [trainee, associate, senior, partner]",
    "staff": "staff: {R. Finch: {grade: partner}, A. Reed: {grade: senior}}",
}
"""What an example that shows only a part needs around it."""


def completed(example: str) -> str:
    """The example with whatever it lacks to be a book: a list of promises, or a section or two."""
    if example.startswith("- "):
        return "\n".join([*SECTIONS.values(), "promises:", example])
    if "\npromises:" in example:
        return example
    missing = [text for name, text in SECTIONS.items() if not re.search(rf"^{name}:", example, re.MULTILINE)]
    return "\n".join([example.rstrip(), *(text for text in missing if not text.startswith("staff"))])


def properties_of(schema: Any) -> set[str]:
    """Every key that the schema names, however deep."""
    if isinstance(schema, list):
        return {key for item in schema for key in properties_of(item)}
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", {})) | {key for value in schema.values() for key in properties_of(value)}


def choices_of(schema: Any) -> set[str]:
    """Every word of a fixed choice that the schema names."""
    if isinstance(schema, list):
        return {word for item in schema for word in choices_of(item)}
    if not isinstance(schema, dict):
        return set()
    own = {*schema.get("enum", ()), *([schema["const"]] if "const" in schema else [])}
    return own | {word for value in schema.values() for word in choices_of(value)}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_document_is_accepted(example: str) -> None:
    read_book(completed(example), "BOOK.md")


def test_the_document_has_an_example_for_every_kind() -> None:
    kinds = set(book_json_schema()["properties"]["promises"]["items"]["discriminator"]["mapping"])
    assert kinds <= set(re.findall(r"kind: (\w+)", "".join(EXAMPLES)))


def test_the_document_names_every_key() -> None:
    named = set(re.findall(r"`([a-z_]+)`", DOCUMENT.read_text(encoding="utf-8")))
    assert sorted(properties_of(book_json_schema()) - named) == []


def test_the_document_shows_every_key_in_an_example() -> None:
    shown = set(re.findall(r"([a-z_]+):", "".join(EXAMPLES)))
    assert sorted(properties_of(book_json_schema()) - shown) == []


def test_the_document_names_every_choice() -> None:
    named = set(re.findall(r"`([a-z_ ]+)`", DOCUMENT.read_text(encoding="utf-8")))
    assert sorted(choices_of(book_json_schema()) - named) == []


def test_every_key_of_the_schema_has_a_description() -> None:
    schema = book_json_schema()
    undescribed = [
        f"{name}.{key}"
        for name, model in {**schema["$defs"], "Book": schema}.items()
        for key, entry in model.get("properties", {}).items()
        if "description" not in entry
    ]
    assert undescribed == []


def test_the_schema_is_valid_and_takes_the_first_example() -> None:
    schema = book_json_schema()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(_plain(EXAMPLES[0]))


@pytest.mark.parametrize("wrong", ["kind: never", "colour: red", "within: null"])
def test_the_schema_refuses_what_the_reader_refuses(wrong: str) -> None:
    promise = {"id": "one", "kind": "own", "within": "1h"} | dict([wrong.split(": ")])
    value = {"book": "Example", "promises": [{key: None if text == "null" else text for key, text in promise.items()}]}
    assert list(Draft202012Validator(book_json_schema()).iter_errors(value))


def _plain(text: str) -> Any:
    """The example as an editor sees it, which has dates as texts."""
    yaml = YAML(typ="safe", pure=True)
    yaml.constructor.yaml_constructors.pop("tag:yaml.org,2002:timestamp", None)
    yaml.constructor.yaml_constructors["tag:yaml.org,2002:timestamp"] = lambda _, node: node.value
    return yaml.load(text)
