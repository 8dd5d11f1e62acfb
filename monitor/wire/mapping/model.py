"""A mapping file as it is written: how the rows of somebody's export become events, written by whoever runs the help desk.

A plain word names a column (`client: caller_id`); a fixed text says so (`client: {text: callers}`), and may name columns
in braces (`case: {text: "{line}/{call}"}`). A rule makes one event of a row when its `when` holds; the events of
a row keep the order of the rules. What is compared is what the export says; `tables` translate what goes into the event.
`deploy/mappings/` has three mappings of real logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from monitor.domain.facts.events import OWN_SOURCE
from monitor.wire.book.faults import one_of, shown
from monitor.wire.book.values import Day, Entry, Name, Names, Words, Zone
from monitor.wire.events.cloud_events import EVENT_TYPES
from monitor.wire.mapping.times import readable_formats
from monitor.wire.written.yaml_source import Place

_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")


def placeholders(text: str) -> list[str]:
    """The columns that a fixed text names in braces."""
    return _PLACEHOLDER.findall(text)


def fill(text: str, cells: Mapping[str, str | None]) -> str:
    """A fixed text with the cells of the columns it names."""
    return _PLACEHOLDER.sub(lambda match: cells[match[1]] or "", text)


def _readable_text(text: str) -> str:
    if any(brace in _PLACEHOLDER.sub("", text) for brace in "{}"):
        raise ValueError(
            f"found {shown(text)} with a brace of its own, expected braces only around the name of a column"
        )
    return text


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)
    except (LookupError, ValueError):
        raise ValueError(f"found {shown(name)}, expected an encoding such as utf-8, cp1252 or latin-1") from None
    return name


def _one_character(text: str) -> str:
    text = "\t" if text.casefold() == "tab" else text
    if len(text) != 1 or not text.isascii() or text in "\r\n":
        raise ValueError(f'found {shown(text)}, expected one character such as ";", or tab')
    return text


def _known_type(name: str) -> str:
    if name not in EVENT_TYPES:
        raise ValueError(f"found {shown(name)}, expected {one_of(EVENT_TYPES, name)}")
    return name


def _foreign_source(name: str) -> str:
    if name == OWN_SOURCE:
        raise ValueError(f"found {shown(name)}, which is Kept itself, expected the name of the exporting system")
    return name


def _readable_pattern(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"found {shown(pattern)} ({error}), expected a regular expression") from None
    if groups > 1:
        raise ValueError(f"found {shown(pattern)} with {groups} groups, expected one at the most")
    return pattern


def _column(value: object) -> object:
    """A plain word is the name of a column."""
    return {"column": value} if isinstance(value, str) else value


def _position(value: object) -> object:
    """`when: first` is `when: {row: first}`."""
    return {"row": value} if isinstance(value, str) else value


Text = Annotated[Words, AfterValidator(_readable_text)]
Character = Annotated[str, AfterValidator(_one_character)]


class Dialect(Entry):
    """How the csv is written."""

    delimiter: Character = Field(",", description="What separates columns: one character, or tab.")
    quote: Character = Field('"', description="What stands around a cell that contains the delimiter.")
    encoding: Annotated[str, AfterValidator(_known_encoding)] = Field("utf-8", description="The encoding of the text.")


class Times(Entry):
    """How times are written in the export."""

    format: Annotated[Names, AfterValidator(readable_formats)] = Field(
        description="One or more formats as in strptime, or iso; the first that fits is used."
    )
    zone: Zone = Field("UTC", description="The time zone of times without an offset.")
    date: Day | None = Field(None, description="The date of an export whose times name none.")

    @model_validator(mode="after")
    def _one_date(self) -> Times:
        dated = [text for text in self.format if text == "iso" or "%d" in text or "%j" in text]
        if self.date is not None and dated:
            raise ValueError(
                f"found {shown(dated[0])}, which has a date of its own, beside `date`, expected one of them"
            )
        if self.date is None and len(dated) < len(self.format):
            undated = next(text for text in self.format if text not in dated)
            raise ValueError(f"found {shown(undated)} without a date, expected `date: 2026-01-31` beside it")
        return self


class Moment(Entry):
    """When something happened: a column, or a choice among those of several columns that say something."""

    column: Name | None = Field(None, description="The column with the time.")
    first_of: Names | None = Field(None, description="The first of these columns that is not empty.")
    earliest_of: Names | None = Field(None, description="The earliest time in these columns.")
    latest_of: Names | None = Field(None, description="The latest time in these columns.")

    @model_validator(mode="after")
    def _one_choice(self) -> Moment:
        _require_one(self, "column", "first_of", "earliest_of", "latest_of")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,) if self.column else self.first_of or self.earliest_of or self.latest_of or ()


ShortMoment = Annotated[Moment, BeforeValidator(_column, json_schema_input_type=str | Moment)]


class Value(Entry):
    """What goes into one field of an event: a column's cell, a fixed text, or a time."""

    column: Name | None = Field(None, description="The column it comes from.")
    text: Text | None = Field(None, description="A fixed text, with columns in braces.")
    time: ShortMoment | None = Field(None, description="The column with a time, written as `times` says.")
    table: Name | None = Field(None, description="The table of `tables` that translates it.")
    otherwise: Text | None = Field(None, description="What to say where the table has no such entry.")
    split: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="What separates several values in one cell."
    )
    find: Annotated[str, AfterValidator(_readable_pattern)] | None = Field(
        None,
        description=r"A regular expression: whatever it finds in the cell is a value, its group if it has one: \[#(\d+)\]. "
        "A field that takes one value takes the first.",
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Value:
        _require_one(self, "column", "text", "time")
        if self.column is None and (self.table or self.split or self.find):
            raise ValueError("found a table, split or find without a column, expected them beside `column`")
        if self.split is not None and self.find is not None:
            raise ValueError("found both split and find, expected one of them")
        if self.otherwise is not None and self.table is None:
            raise ValueError("found `otherwise` without a table, expected `table` beside it")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        named = [self.column] if self.column else []
        moment = self.time.columns if self.time else ()
        return (*named, *moment, *placeholders(self.text or ""), *placeholders(self.otherwise or ""))


ShortValue = Annotated[Value, BeforeValidator(_column, json_schema_input_type=str | Value)]
Cells = Annotated[dict[Name, Names], Field(min_length=1)]


class When(Entry):
    """Which rows a rule is for: all that is said must hold. What is compared is the case's row before."""

    row: Literal["first", "later", "every"] = Field(
        "every", description="The case's first row, a later one, or every row."
    )
    changed: Names | None = Field(None, description="At least one of these columns differs from the row before.")
    becomes: Cells | None = Field(None, description="Columns have these values now, and had not in the row before.")
    leaves: Cells | None = Field(None, description="Columns had these values in the row before, and have not now.")
    equals: Cells | None = Field(None, description="Columns have these values.")
    differs: Cells | None = Field(None, description="None of these columns has one of these values.")
    given: Names | None = Field(None, description="These columns are not empty.")
    empty: Names | None = Field(None, description="These columns are empty.")

    @property
    def watched(self) -> tuple[str, ...]:
        """The columns whose value in the row before matters."""
        return (*(self.changed or ()), *(self.becomes or ()), *(self.leaves or ()))

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.watched, *(self.equals or ()), *(self.differs or ()), *(self.given or ()), *(self.empty or ()))


class Rule(Entry):
    """One event that a row may become."""

    type: Annotated[str, AfterValidator(_known_type)] = Field(description="The type of event, e.g. ticket.opened.")
    when: Annotated[
        When, BeforeValidator(_position, json_schema_input_type=Literal["first", "later", "every"] | When)
    ] = Field(When(), description="Which rows it is for; all if left out.")
    time: ShortMoment | None = Field(None, description="When it happened; the row's time if left out.")
    data: dict[Name, ShortValue] = Field({}, description="What the event says, field by field.")


class ExportMapping(Entry):
    """The whole mapping file."""

    mapping: Words = Field(description="What this mapping is for.")
    source: Annotated[Name, AfterValidator(_foreign_source)] = Field(
        description="The system's name in every event: /helpdesk."
    )
    file: Dialect = Field(Dialect(), description="How the csv is written.")
    missing: tuple[str, ...] = Field(
        (), description="Cells that mean nothing is known, e.g. ?; an empty cell always does."
    )
    times: Times = Field(description="How times are written.")
    case: ShortValue = Field(description="The column that says which case a row belongs to.")
    client: ShortValue | None = Field(None, description="The column that says whose case it is.")
    id: ShortValue | None = Field(
        None,
        description="What tells a row from every other, for the ids of its events; made of the case and the row's number, "
        "or of the place in a topic, if left out.",
    )
    time: ShortMoment = Field(description="The column that says when the row became true.")
    order: Names | None = Field(None, description="Columns to sort the rows by; they come as they are if left out.")
    tables: dict[Name, Annotated[dict[str, Name], Field(min_length=1)]] = Field(
        {}, description="Translations: the export's word, and the book's."
    )
    events: Annotated[tuple[Rule, ...], Field(min_length=1)] = Field(description="What a row becomes, rule by rule.")

    def named_columns(self) -> Iterator[tuple[Place, str]]:
        """Every column the mapping names, with its place in the file."""
        for key, value in (("case", self.case), ("client", self.client), ("id", self.id), ("time", self.time)):
            yield from (((key,), column) for column in (value.columns if value else ()))
        yield from ((("order", place), column) for place, column in enumerate(self.order or ()))
        for number, rule in enumerate(self.events):
            yield from _columns_of_rule(("events", number), rule)


def _columns_of_rule(place: Place, rule: Rule) -> Iterator[tuple[Place, str]]:
    yield from (((*place, "when"), column) for column in rule.when.columns)
    yield from (((*place, "time"), column) for column in (rule.time.columns if rule.time else ()))
    for field, value in rule.data.items():
        yield from (((*place, "data", field), column) for column in value.columns)


def _require_one(entry: Entry, *keys: str) -> None:
    given = [key for key in keys if getattr(entry, key) is not None]
    if len(given) != 1:
        found = " and ".join(f"`{key}`" for key in given) or "none of them"
        raise ValueError(f"found {found}, expected exactly one of {', '.join(keys)}")
