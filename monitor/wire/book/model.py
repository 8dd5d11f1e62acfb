"""The promise book as it is written: its sections, and the JSON Schema that editors check it against."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from monitor.domain.promises.knowledge import Party
from monitor.wire.book.breaches import BreachesEntry
from monitor.wire.book.promises import ByKind
from monitor.wire.book.references import ReferencePatterns
from monitor.wire.book.risk import RiskEntry
from monitor.wire.book.values import (
    Channels,
    Day,
    Duration,
    Entry,
    Name,
    Names,
    Switch,
    TenureBounds,
    Words,
    Zone,
    folded_text,
)
from monitor.wire.shown.documented import Documented
from monitor.wire.written.calendars import CalendarModel

ALWAYS: Final = "always"
"""The built-in calendar that never closes; a book cannot define it."""


class StatusEntry(Entry):
    """A status in which clocks may stand still."""

    pauses: Annotated[Literal[Party.CLIENT, Party.THIRD_PARTY], BeforeValidator(folded_text)] = Field(
        description="Whose turn it is: client or third party."
    )
    reason: Words | None = Field(None, description="Why the clock stands still; the status' own words if left out.")


class SourceEntry(Entry):
    """What is known of a system that sends events."""

    silent_after: Duration | None = Field(None, description="How long it may say nothing before it counts as down.")
    sequenced: Switch = Field(default=False, description="It numbers its events without gaps.")
    channels: Channels | None = Field(None, description="The channels it carries; all if left out.")


class ClientEntry(Entry):
    """Somebody promises were made to."""

    name: Words | None = Field(None, description="What people call the client; its id if left out.")
    tier: Name | None = Field(None, description="Its tier.")
    zone: Zone | None = Field(None, description="Its time zone; the book's if left out.")
    contacts: Names = Field(
        (), description="Its mail addresses, whole mail domains (`@acme.example`) and telephone numbers."
    )


class AbsenceEntry(Entry):
    """A time in which somebody is away."""

    since: Day = Field(alias="from", description="The first day they are away.")
    until: Day = Field(description="The first day they are back.")


class StaffEntry(Entry):
    """Somebody who works for the firm."""

    grade: Name | None = Field(None, description="Their grade, one of `grades`.")
    team: Name | None = Field(None, description="Their team.")
    joined: Day | None = Field(None, description="Their first day with the firm.")
    left: Day | None = Field(None, description="The first day they are no longer with it.")
    absent: tuple[AbsenceEntry, ...] = Field((), description="When they are away.")


class BookEntry(Entry):
    """The whole promise book."""

    book: Words = Field(description="The firm's name, or the book's.")
    version: Name = Field("1", description="The book's version, a text or number of your own.")
    since: Day | None = Field(None, alias="from", description="First day of every promise that names none.")
    zone: Zone = Field("UTC", description="The time zone of dates that belong to no calendar.")
    grades: tuple[Name, ...] = Field((), description="Everybody's grades, lowest first.")
    tenure_bands: TenureBounds | None = Field(
        None, description="The times with the firm between which work is counted; 6 months and 24 months if left out."
    )
    tiers: tuple[Name, ...] = Field((), description="All tiers; those the clients have if left out.")
    calendars: dict[Name, CalendarModel] = Field({}, description="Opening hours by name; `always` is built in.")
    hours: Name = Field(ALWAYS, description="The calendar of every promise that names none.")
    statuses: dict[Name, StatusEntry] = Field({}, description="The statuses in which clocks may stand still.")
    robots: tuple[Name, ...] = Field((), description="Names and addresses whose messages are never an answer.")
    references: ReferencePatterns = Field(
        (), description="How the title of a message names a case: regular expressions with a group around the name."
    )
    sources: dict[Name, SourceEntry] = Field({}, description="The systems that send events, by the name they send.")
    clients: dict[Name, ClientEntry] = Field({}, description="The clients, by the id that events name.")
    staff: dict[Name, StaffEntry] = Field({}, description="The people, by the name that events give them.")
    promises: tuple[ByKind, ...] = Field((), description="Everything that was promised.")
    risk: RiskEntry | None = Field(None, description="By which facts a client is at risk.")
    breaches: BreachesEntry | None = Field(None, description="What you owe when a promise was broken.")


def book_json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the book, for editors; what it cannot say, `kept check` does."""
    schema = BookEntry.model_json_schema(schema_generator=Documented)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **without_null(schema)}


def without_null(schema: Any) -> Any:
    """A left-out key is None in the model, but nobody may write `null` into a book."""
    if isinstance(schema, list):
        return [without_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    pruned = {key: without_null(value) for key, value in schema.items() if value is not None}
    choices = [choice for choice in pruned.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        del pruned["anyOf"]
        return choices[0] | pruned
    return pruned | ({"anyOf": choices} if choices else {})
