"""YAML as people write it, with the line of every key and value.

ruamel.yaml (YAML 1.2) gives the events; from them come plain mappings, lists and texts, nothing else: no tags, no
Python objects. Every scalar stays the text that was written (`50%`, `on`, `+44 20 7946 0000`, `1.0`), for only the model
that reads it knows whether a number or a name was meant. A key without a value is a fault here, so that the models
need not tell "nothing" from "left out".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from monitor.errors import ConfigError, Fault
from monitor.wire.written.yaml_source import Entries, Items, Place, Source, printable

DEEPEST: Final = 32
"""Levels of nesting; a book needs seven, and a limit keeps rubbish from exhausting the stack."""

MOST_VALUES: Final = 1_000_000
"""Keys and values after aliases are followed: a book of 1,000 clients has 20,000; nested aliases could make billions."""

_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})
"""How YAML's core schema spells that there is no value."""

_SYNTAX: Final[tuple[tuple[str, str, str], ...]] = (
    # what ruamel says, what was found, what was expected
    ("found character '\\t'", "a tab", "spaces instead"),
    ("found character '@'", "a text that begins with @", 'quotes around it, e.g. "@acme.example"'),
    ("found character '%'", "a text that begins with %", "quotes around it"),
    ("found character '`'", "a text that begins with `", "quotes around it"),
    (
        "mapping values are not allowed",
        "a second colon",
        "one `key: value` a line, or quotes around a text with a colon",
    ),
    ("but found '<scalar>'", "more text behind a value", "quotes around all of it"),
    ("expected <block end>", "a line that stands further in or out than its neighbours", "the same indentation"),
    ("unknown escape character", "a backslash in double quotes", "single quotes around the text"),
    ("while scanning a quoted scalar", "a quote that is never closed", "the closing quote"),
    ("expected ',' or ']'", "a list in brackets that goes wrong", "commas between its items and `]` at its end"),
    ("expected ',' or '}'", "a group in braces that goes wrong", "commas between its keys and `}` at its end"),
    ("could not find expected ':'", "a line without a colon", "`key: value`"),
)

_SHOWS_LATE: Final = ("a quote that", "a list in", "a group in", "a line without")
"""What is noticed only further down: the line on which it began is where to look."""


def read_text(path: Path) -> str:
    """The text of a UTF-8 file (with or without a byte-order mark); raises ConfigError where it can't be read."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        words = error.strerror or type(error).__name__
        raise ConfigError.of(path, words, "a file that can be read") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{raw[error.start]:02x} that is not UTF-8"
        raise ConfigError([Fault(str(path), line, "", found, "a text file saved as UTF-8")]) from error


def read_yaml(text: str, file: str) -> Source:
    """One YAML document; raises ConfigError with a single fault where the text is no YAML at all.

    Duplicate keys, tags, keys without a value and the like leave the rest readable: they are in `Source.faults`.
    """
    source = Source(file)
    yaml = YAML(typ="safe", pure=True)
    try:
        _Reader(yaml.parse(text), source).read()
    except YAMLError as error:
        raise ConfigError([_syntax_fault(error, file)]) from error
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, OverflowError) as error:
        # ruamel's scanner lets a few of these through on rubbish, e.g. an escape beyond Unicode.
        raise ConfigError.of(file, printable(f"text that is no YAML ({error})"), "a YAML file") from error
    return source


def _syntax_fault(error: YAMLError, file: str) -> Fault:
    if not isinstance(error, MarkedYAMLError):
        first = (str(error).splitlines() or [""])[0]
        return Fault(file, 0, "", printable(f"text that is no YAML ({first})"), "a YAML file")
    said = f"{error.context or ''} {error.problem or ''}".strip()
    found, expected = next(
        ((found, expected) for words, found, expected in _SYNTAX if words in said),
        (f"text that is no YAML ({said})", "a YAML file"),
    )
    mark = (error.context_mark if found.startswith(_SHOWS_LATE) else None) or error.problem_mark or error.context_mark
    return Fault(file, mark.line + 1 if mark else 0, "", printable(found), expected)


class _Reader:
    """Builds the values of one document from ruamel's events, counting what it builds."""

    def __init__(self, events: Iterator[Any], source: Source) -> None:
        self._events = events
        self._source = source
        self._count = 0
        self._anchors: dict[str, tuple[Any, int]] = {}

    def read(self) -> None:
        event = self._next_content()
        if event is None:
            return
        self._source.root = self._value(event, ())
        event = self._next_content()
        if event is not None:
            self._note(event, (), "a second document", "one book in one file, without `---` inside")

    def _next_content(self) -> Any:
        """The next event that starts a value at the top; None at the end of the file."""
        for event in self._events:
            if isinstance(event, StreamEndEvent):
                return None
            if isinstance(event, (ScalarEvent, MappingStartEvent, SequenceStartEvent, AliasEvent)):
                return event
        return None

    def _value(self, event: Any, place: Place) -> Any:
        if isinstance(event, AliasEvent):
            return self._alias(event, place)
        before = self._count
        self._count_up(event, 1)
        if event.ctag is not None:
            self._note(event, place, f"the tag {event.ctag}", "a plain value")
        value: Any
        if isinstance(event, ScalarEvent):
            value = self._scalar(event, place)
        elif len(place) >= DEEPEST:
            raise ConfigError([self._fault(event, place, "deeper nesting", f"at most {DEEPEST} levels")])
        elif isinstance(event, MappingStartEvent):
            value = self._mapping(place)
        else:
            value = self._list(place)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._count - before)
        return value

    def _alias(self, event: Any, place: Place) -> Any:
        if event.anchor not in self._anchors:
            self._note(event, place, f"*{event.anchor}", f"an anchor &{event.anchor} that is complete before this")
            return ""
        value, weight = self._anchors[event.anchor]
        self._count_up(event, weight)
        return value

    def _scalar(self, event: Any, place: Place) -> str | None:
        text: str = event.value
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            # An escape can spell half of a pair of UTF-16, which no file or database takes.
            self._note(event, place, "half a character", "an escape for a whole one")
        if "\0" in text:
            self._note(event, place, "the character NUL", "a text without it: PostgreSQL takes none")
        plain = event.implicit[0]
        return None if plain and text in _NOTHING else text

    def _mapping(self, place: Place) -> Entries:
        entries = Entries()
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._key(event, place)
            follower = next(self._events)
            value = self._value(follower, (*place, key))
            self._note_nothing(value, event, (*place, key))
            if key in entries:
                first = entries.lines[key][0]
                self._note(event, (*place, key), "the key a second time", f"it once: line {first} has it")
            else:
                entries[key] = value
                # ruamel sees a value that is left out only on the line after its key.
                line_of_value = event if value is None else follower
                entries.lines[key] = (event.start_mark.line + 1, line_of_value.start_mark.line + 1)
        return entries

    def _key(self, event: Any, place: Place) -> str:
        if isinstance(event, ScalarEvent):
            if event.value == "<<" and event.implicit[0]:
                self._note(event, (*place, "<<"), "a merge key", "the keys themselves: YAML 1.2 has no merging")
            return str(event.value)
        self._value(event, (*place, "?"))
        self._note(event, place, "a list or group as a key", "a name as a key")
        return "?"

    def _list(self, place: Place) -> Items:
        items = Items()
        for event in self._events:
            if isinstance(event, (SequenceEndEvent, DocumentEndEvent)):
                break
            value = self._value(event, (*place, len(items)))
            self._note_nothing(value, event, (*place, len(items)))
            items.append(value)
            items.lines.append(event.start_mark.line + 1)
        return items

    def _note_nothing(self, value: Any, event: Any, place: Place) -> None:
        if value is None:
            self._note(event, place, "nothing", "a value, or the key left out")

    def _count_up(self, event: Any, weight: int) -> None:
        self._count += weight
        if self._count > MOST_VALUES:
            raise ConfigError(
                [self._fault(event, (), f"more than {MOST_VALUES:,} values", "a book of a sensible size")]
            )

    def _fault(self, event: Any, place: Place, found: str, expected: str) -> Fault:
        return self._source.fault_on(event.start_mark.line + 1, place, found, expected)

    def _note(self, event: Any, place: Place, found: str, expected: str) -> None:
        self._source.faults.append(self._fault(event, place, found, expected))


def refused(faults: Iterable[Fault]) -> ConfigError:
    """A file with these faults, told in the order of its lines."""
    return ConfigError(sorted(faults, key=lambda fault: fault.line))
