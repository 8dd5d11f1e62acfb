"""An edge's file from disk, with its mappings and its book: everything that is wrong with any of them, at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from monitor.domain.promises.promise import Book
from monitor.errors import ConfigError, Fault
from monitor.wire.book import load_book
from monitor.wire.book.values import Entry
from monitor.wire.edge.intake import Intake
from monitor.wire.edge.model import EdgeEntry, Kafka, Sasl, SourceEntry, Tls
from monitor.wire.edge.readers import EventReader, MappedReader, Reader
from monitor.wire.mapping.faults import model_faults
from monitor.wire.mapping.loading import MappingFile, load_mapping
from monitor.wire.mapping.model import When
from monitor.wire.written.yaml_reader import read_text, read_yaml, refused
from monitor.wire.written.yaml_source import Place

_MODELS: Final[dict[Place, type[Entry]]] = {
    (): EdgeEntry,
    ("kafka",): Kafka,
    ("kafka", "tls"): Tls,
    ("kafka", "sasl"): Sasl,
}
_COMPARING: Final = ("changed", "becomes", "leaves")


class EdgeFile(NamedTuple):
    """What an edge does, and what takes its records."""

    entry: EdgeEntry
    intake: Intake


def load_edge(path: Path) -> EdgeFile:
    """Reads an edge's file, its book and its mappings; raises ConfigError with every fault found.

    Files are named relative to the folder of the edge's own.
    """
    entry = _entry(path)
    faults: list[Fault] = []
    readers = {source.topic: _reader(source, path.parent, faults) for source in entry.sources}
    book = _book(path.parent / entry.book, faults)
    if faults or book is None:
        raise ConfigError(faults)
    return EdgeFile(entry, Intake(readers, book, entry.key))


def _entry(path: Path) -> EdgeEntry:
    source = read_yaml(read_text(path), str(path))
    root: Any = {} if source.root is None else source.root
    try:
        entry = EdgeEntry.model_validate(root)
    except ValidationError as error:
        raise refused([*source.faults, *model_faults(error, source, _model_at)]) from error
    if source.faults:
        raise ConfigError(source.faults)
    return _with_folder(entry, path.parent)


def _model_at(place: Place) -> type[Entry]:
    return _MODELS.get(place, SourceEntry)


def _with_folder(entry: EdgeEntry, folder: Path) -> EdgeEntry:
    """The entry with the files that Kafka's settings name, as seen from where Kept runs."""
    tls, sasl = entry.kafka.tls, entry.kafka.sasl
    if tls is not None:
        named = {name: value and folder / value for name, value in tls}
        tls = tls.model_copy(update=named)
    if sasl is not None:
        sasl = sasl.model_copy(update={"password_file": folder / sasl.password_file})
    return entry.model_copy(update={"kafka": entry.kafka.model_copy(update={"tls": tls, "sasl": sasl})})


def _book(path: Path, faults: list[Fault]) -> Book | None:
    try:
        return load_book(path)
    except ConfigError as error:
        faults += error.faults
        return None


def _reader(source: SourceEntry, folder: Path, faults: list[Fault]) -> Reader:
    if source.mapping is None:
        return EventReader()
    try:
        read = load_mapping(folder / source.mapping)
    except ConfigError as error:
        faults += error.faults
        return EventReader()
    faults += memory_faults(read)
    return MappedReader(read.mapping)


def memory_faults(read: MappingFile) -> Iterator[Fault]:
    """What a mapping asks that only whoever remembers the records before can answer."""
    mapping, source = read
    expected = "nothing that compares records: the edge remembers none"
    if mapping.order is not None:
        yield source.fault(("order",), "an order to sort by", "none: a topic is in order already", at_key=True)
    for number, rule in enumerate(mapping.events):
        for key in _asked(rule.when):
            yield source.fault(("events", number, "when", key), f"`{key}`", expected)


def _asked(when: When) -> Iterator[str]:
    if when.row != "every":
        yield "row"
    yield from (key for key in _COMPARING if getattr(when, key) is not None)
